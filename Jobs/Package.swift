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
    ],
    targets: [
        // A system call that Swift cannot see.
        .target(name: "CHoles"),
        .target(
            name: "JobsCore",
            dependencies: [
                "CHoles", .product(name: "Bridge", package: "luaconc"), .product(name: "GRDB", package: "GRDB.swift"),
            ],
            resources: [.embedInCode("Chunks")], swiftSettings: strict),
        .executableTarget(
            name: "luaconc-jobs",
            dependencies: ["JobsCore", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),
        .testTarget(name: "JobsTests", dependencies: ["JobsCore", "luaconc-jobs"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
