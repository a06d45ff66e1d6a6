// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Benchmarks",
    products: [.executable(name: "bench", targets: ["bench"])],
    targets: [
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(name: "CPeers", dependencies: ["CLua"], linkerSettings: [.linkedLibrary("m")]),
        .executableTarget(
            name: "bench",
            dependencies: ["CPeers"],
            swiftSettings: [.treatAllWarnings(as: .error)]
        ),
    ],
    swiftLanguageModes: [.v6]
)
