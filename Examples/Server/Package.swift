// swift-tools-version: 6.2
import PackageDescription

// A package by itself, because it needs SwiftNIO.
let package = Package(
    name: "Server",
    dependencies: [
        .package(name: "luaconc", path: "../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
    ],
    targets: [
        .executableTarget(
            name: "Server",
            dependencies: [
                .product(name: "Bridge", package: "luaconc"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)])
    ],
    swiftLanguageModes: [.v6]
)
