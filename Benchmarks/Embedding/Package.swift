// swift-tools-version: 6.2
import PackageDescription

// The host of the benchmarks `host-*`: a program like any that embeds the library. `bench` builds and runs it.
let package = Package(
    name: "Embedding",
    dependencies: [.package(name: "luaconc", path: "../..")],
    targets: [
        .executableTarget(
            name: "host", dependencies: [.product(name: "Bridge", package: "luaconc")],
            swiftSettings: [.treatAllWarnings(as: .error)])
    ],
    swiftLanguageModes: [.v6]
)
