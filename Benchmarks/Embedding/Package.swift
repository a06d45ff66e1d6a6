// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "EmbeddingBench",
    dependencies: [.package(name: "luaconc", path: "../..")],
    targets: [
        .target(name: "CBaseline", linkerSettings: [.linkedLibrary("lua5.4"), .linkedLibrary("m")]),
        .executableTarget(
            name: "EmbeddingBench", dependencies: ["CBaseline", .product(name: "Bridge", package: "luaconc")],
            swiftSettings: [.treatAllWarnings(as: .error)]),
    ],
    swiftLanguageModes: [.v6]
)
