import Foundation
import Testing

/// What the compiler says of programs that embed the library, and of the library's own interface.
@Suite struct CompilerTests {
    /// The folder with what was built along with the tests.
    static let build: URL = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent()
    }()

    /// What the compiler needs to find Bridge, and the C that is behind it.
    private static let flags: [String] = {
        let sources = Program.package.appendingPathComponent("Sources")
        let maps = [
            sources.appendingPathComponent("CLua/module.modulemap"),
            sources.appendingPathComponent("CKernel/include/module.modulemap"),
            build.appendingPathComponent("CFence.build/module.modulemap"),
        ]
        return ["-I", build.appendingPathComponent("Modules").path, "-Xcc", "-I/usr/include/lua5.4"]
            + maps.flatMap { ["-Xcc", "-fmodule-map-file=\($0.path)"] }
    }()

    private static func run(_ words: [String]) async throws -> Program.Result {
        var program = Program("/usr/bin/env")
        program.words = (words + flags).map { Array($0.utf8) }
        return try await program.run()
    }

    private static func swiftFiles(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
    }

    /// Those in `Flow` are found only when the types are right.
    @Test(arguments: ["Types", "Flow"])
    func `misuse does not compile`(_ folder: String) async throws {
        let files = try Self.swiftFiles(in: Program.package.appendingPathComponent("Tests/Misuse/\(folder)"))
        let result = try await Self.run(
            ["swiftc", "-emit-sil", "-wmo", "-parse-as-library", "-module-name", "Misuse", "-swift-version", "6"]
                + ["-diagnostic-style", "llvm", "-o", "/dev/null"] + files.map(\.path))
        #expect(result.status == 1)

        var found: [String: [String]] = [:]
        for match in result.errorText.matches(
            of: /(?m)^[^\n]*\/([A-Za-z]+\.swift:[0-9]+):[0-9]+: (error|warning): (.*)$/)
        {
            found[String(match.1), default: []].append(String(match.3))
        }
        var expected: [String: String] = [:]
        for file in files {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() {
                guard let mark = line.range(of: "// error: ") else { continue }
                expected["\(file.lastPathComponent):\(number + 1)"] = String(line[mark.upperBound...])
            }
        }
        #expect(!expected.isEmpty)
        for (place, text) in expected {
            let messages = found.removeValue(forKey: place) ?? []
            #expect(messages.contains { $0.contains(text) }, "\(place): \(text)\ngot \(messages)")
        }
        #expect(found == [:])
    }

    /// What the Swift of the pages takes for given.
    private static let given = """
        struct Page: Codable, Sendable {}
        struct Client: Sendable { func get(_ url: String) async throws -> Page { Page() } }
        let client = Client()
        func log(_ text: some Any) {}

        """

    @Test func `the Swift of the pages compiles`() async throws {
        let docs = Program.package.appendingPathComponent("docs")
        let pages = try FileManager.default.contentsOfDirectory(at: docs, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "md" }
        var (program, count) = ("import Bridge\n" + Self.given, 0)
        for page in pages + [Program.package.appendingPathComponent("README.md")] {
            let text = try String(contentsOf: page, encoding: .utf8)
            for block in text.matches(of: /\n```swift\n((?s).*?)\n```/) where !block.1.hasPrefix("dependencies:") {
                count += 1
                let effects = block.1.contains("await") ? "async throws" : "throws"
                program += """
                    func block\(count)(_ configuration: inout Runtime.Configuration, _ runtime: Runtime) \(effects) {
                        do {
                    #sourceLocation(file: "\(page.lastPathComponent)", line: 1)
                    \(block.1.replacing("import Bridge\n", with: ""))
                    #sourceLocation()
                        }
                    }

                    """
            }
        }
        #expect(count > 4)
        let file = TemporaryFolder.make("pages").appendingPathComponent("Pages.swift")
        try program.write(to: file, atomically: true, encoding: .utf8)
        let result = try await Self.run(["swiftc", "-typecheck", "-parse-as-library", "-swift-version", "6", file.path])
        #expect(result.status == 0, "\(result.errorText)")
    }

    @Test func `every public symbol has a documentation comment`() async throws {
        let folder = TemporaryFolder.make("symbols")
        let result = try await Self.run(
            ["swift-symbolgraph-extract", "-module-name", "Bridge", "-target", "\(Self.machine)-unknown-linux-gnu"]
                + ["-minimum-access-level", "public", "-output-dir", folder.path])
        #expect(result.status == 0, "\(result.errorText)")

        let graph = try JSONDecoder().decode(
            SymbolGraph.self, from: Data(contentsOf: folder.appendingPathComponent("Bridge.symbols.json")))
        #expect(graph.symbols.contains { $0.name == "Runtime.Configuration.memoryLimit" })
        let bare = graph.symbols.filter { $0.docComment == nil && !$0.identifier.precise.contains("::SYNTHESIZED::") }
        #expect(bare.map(\.name) == [])
    }

    private static let machine: String = {
        var name = utsname()
        uname(&name)
        return withUnsafeBytes(of: name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }()

    private struct SymbolGraph: Decodable {
        struct Symbol: Decodable {
            struct Identifier: Decodable { let precise: String }
            struct Comment: Decodable {}
            let identifier: Identifier
            let pathComponents: [String]
            let docComment: Comment?
            var name: String { pathComponents.joined(separator: ".") }
        }
        let symbols: [Symbol]
    }
}
