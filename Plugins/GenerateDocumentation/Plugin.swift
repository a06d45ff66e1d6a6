// `swift package generate-documentation`: the reference and the tutorial of Bridge, by the docc of the toolchain. It is
// a plug-in of this package, because the usual one would be a dependency that all who embed the library had to fetch.
import Foundation
import PackagePlugin

@main
struct GenerateDocumentation: CommandPlugin {
    /// The arguments go to `docc convert`.
    func performCommand(context: PluginContext, arguments: [String]) async throws {
        let archive = context.pluginWorkDirectoryURL.appendingPathComponent("Bridge.doccarchive")
        guard let bridge = try context.package.targets(named: ["Bridge"]).first as? SwiftSourceModuleTarget else {
            return
        }
        let symbols = try packageManager.getSymbolGraph(
            for: bridge, options: .init(minimumAccessLevel: .public, includeSynthesized: false))
        let docc = Process()
        docc.executableURL = try context.tool(named: "docc").url
        docc.arguments =
            [
                "convert", bridge.directoryURL.appendingPathComponent("Bridge.docc").path,
                "--additional-symbol-graph-dir", symbols.directoryURL.path, "--output-path", archive.path,
                "--fallback-display-name", "Bridge", "--fallback-bundle-identifier", "Bridge",
            ] + arguments
        try docc.run()
        docc.waitUntilExit()
        guard docc.terminationStatus == 0 else { return Diagnostics.error("docc failed") }
        print("The documentation is in \(archive.path)")
    }
}
