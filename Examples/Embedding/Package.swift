// swift-tools-version: 6.2
import PackageDescription

// A package of its own, as a host's is: it needs nothing but the library.
let package = Package(
    name: "Embedding",
    dependencies: [.package(name: "luaconc", path: "../..")],
    targets: ["TwentyLines", "Plugins", "Spawner", "Progress"].map { name in
        .executableTarget(
            name: name, dependencies: [.product(name: "Bridge", package: "luaconc")],
            swiftSettings: [.treatAllWarnings(as: .error)])
    },
    swiftLanguageModes: [.v6]
)
