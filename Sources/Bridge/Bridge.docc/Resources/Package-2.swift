// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Photos",
    dependencies: [.package(url: "https://git.example/luaconc", from: "1.0.0")],
    targets: [
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .target(name: "JPEGShim", dependencies: ["CJPEG"]),
        .executableTarget(
            name: "Photos", dependencies: [.product(name: "Bridge", package: "luaconc"), "JPEGShim"]),
    ],
    swiftLanguageModes: [.v6]
)
