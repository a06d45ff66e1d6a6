// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "luaconc",
    products: [
        .library(name: "Bridge", targets: ["Bridge"]),
        .executable(name: "luaconc", targets: ["luaconc"]),
    ],
    targets: [
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(name: "CFence", dependencies: ["CLua"]),
        .target(
            name: "Bridge",
            dependencies: ["CLua", "CFence"],
            resources: [.embedInCode("Modules/Chunks")],
            swiftSettings: strict
        ),
        .executableTarget(name: "luaconc", dependencies: ["Bridge"], swiftSettings: strict),
        .testTarget(
            name: "BridgeTests",
            dependencies: ["Bridge", "luaconc"],
            exclude: ["Scripts"],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
