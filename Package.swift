// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

// For a quick start: Swift's library and libstdc++ inside (the first folder holds only libstdc++.a, see the Makefile), a
// fixed address, so that the 16,000 pointers in Swift's tables need no change, no debug information, which spreads it
// over more pages. `make build` has Lua inside too.
let quickStart = [
    "-static-stdlib", "-L.build/static", "-Xclang-linker", "-static-libgcc", "-Xclang-linker", "-no-pie",
    "-Xlinker", "-S",
]

let package = Package(
    name: "luaconc",
    products: [
        .library(name: "Bridge", targets: ["Bridge"]),
        .library(name: "Cluster", targets: ["Cluster"]),
        .executable(name: "luaconc", targets: ["luaconc"]),
    ],
    targets: [
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(name: "CKernel"),
        .target(name: "CFence", dependencies: ["CLua", "CKernel"]),
        .target(
            name: "Bridge",
            dependencies: ["CLua", "CFence", "CKernel"],
            resources: [.embedInCode("Modules/Chunks"), .embedInCode("Report/report.html")],
            swiftSettings: strict
        ),
        // Loads nats.c when that is first needed.
        .target(name: "CNats", exclude: ["functions.h"]),
        .target(
            name: "Cluster", dependencies: ["Bridge", "CNats"], resources: [.embedInCode("Chunks")],
            swiftSettings: strict),
        // It replaces a function of Swift's runtime, so it belongs to the command and to no program that embeds the library.
        .target(name: "CArguments"),
        // Calls libedit for the prompt.
        .target(name: "CLineEditor"),
        .executableTarget(
            name: "luaconc",
            dependencies: ["Bridge", "Cluster", "CArguments", "CLineEditor"],
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(quickStart, .when(configuration: .release))]
        ),
        // How an embedding program looks; the tests run it.
        .executableTarget(
            name: "ExampleHost", dependencies: ["Bridge"], path: "Examples/Host", swiftSettings: strict),
        .executableTarget(
            name: "Bystander", dependencies: ["Bridge"], path: "Tests/Bystander", swiftSettings: strict),
        // `swift package generate-documentation`. No product, so packages that use this one do not see it.
        .plugin(
            name: "GenerateDocumentation", capability: .command(intent: .documentationGeneration())),
        // A host for the tests that need a process of their own.
        .executableTarget(
            name: "HostProbe", dependencies: ["Bridge"], path: "Tests/HostProbe", swiftSettings: strict),
        .testTarget(
            name: "BridgeTests",
            dependencies: ["Bridge", "Cluster", "luaconc", "ExampleHost", "HostProbe", "Bystander"],
            exclude: ["Scripts", "Stress"],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
