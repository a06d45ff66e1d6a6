// swift-tools-version: 6.2
import PackageDescription

// It has a C library of the system to bring along, so it is a package by itself. On Debian: apt install libjpeg-dev.
let package = Package(
    name: "Photos",
    dependencies: [.package(name: "luaconc", path: "../..")],
    targets: [
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .target(name: "JPEGShim", dependencies: ["CJPEG"]),
        .executableTarget(
            name: "Photos", dependencies: [.product(name: "Bridge", package: "luaconc"), "JPEGShim"],
            swiftSettings: [.treatAllWarnings(as: .error)]),
    ],
    swiftLanguageModes: [.v6]
)
