// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

// A host of the library in a package by itself, because it needs SQLite.
let package = Package(
    name: "luaconc-jobs",
    products: [.executable(name: "luaconc-jobs", targets: ["luaconc-jobs"])],
    dependencies: [
        .package(name: "luaconc", path: ".."),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // What Swift cannot see of the C library.
        .target(name: "CHoles"),
        .target(
            name: "JobsCore",
            dependencies: [
                "CHoles", .product(name: "Bridge", package: "luaconc"), .product(name: "Cluster", package: "luaconc"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("Chunks"), .embedInCode("Assets")], swiftSettings: strict),
        .executableTarget(
            name: "luaconc-jobs",
            dependencies: [
                "CHoles", "JobsCore", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(name: "JobsTests", dependencies: ["JobsCore", "luaconc-jobs"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
