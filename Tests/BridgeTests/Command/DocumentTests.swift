import Foundation
import Testing

/// The examples of the pages about the command that are no scripts: sessions at the prompt, and commands of a shell.
@Suite struct DocumentTests {
    /// The blocks of a page that begin with those words.
    private static func blocks(_ page: String, _ words: String) throws -> [[String]] {
        let text = try String(contentsOf: Program.package.appendingPathComponent("docs/" + page), encoding: .utf8)
        var blocks: [[String]] = []
        var block: [String]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let lines = block {
                block = line == "```" ? nil : lines + [line]
                if block == nil { blocks.append(lines) }
            } else if line == "```" + words {
                block = []
            }
        }
        return blocks
    }

    @Test(.enabled(if: ReplTests.hasEditor, "libedit2 is not installed"))
    func `a session at the prompt goes as the page shows it`() async throws {
        let sessions = try Self.blocks("prompt.md", "text prompt")
        #expect(sessions.count > 4)
        for session in sessions {
            try await Terminal.run(columns: 100) { terminal in
                try terminal.expect("\n> ")
                for (index, line) in session.enumerated() where line.hasPrefix("> ") || line.hasPrefix(">> ") {
                    terminal.type(line.drop { $0 == ">" }.dropFirst() + "\n")
                    let isLast = session[(index + 1)...].allSatisfy { !$0.hasPrefix(">") }
                    let next = session[(index + 1)...].prefix { !$0.hasPrefix(">") }
                    let goesOn = session.dropFirst(index + 1 + next.count).first?.hasPrefix(">> ") == true
                    try terminal.expectRows([line] + next + [goesOn && !isLast ? ">>" : ">"])
                }
            }
        }
    }

    @Test func `commands of the shell do something`() async throws {
        let folder = TemporaryFolder.make("shell")
        try "return".write(to: folder.appendingPathComponent("job.lua"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/luaconc", withDestinationPath: Program.luaconc)
        for block in try Self.blocks("running.md", "sh") where block.first?.hasPrefix("#!") != true {
            var program = Program("/bin/sh", "-ec", "PATH=\"$PWD:$PATH\"\n" + block.joined(separator: "\n"))
            program.folder = folder.path
            let result = try await program.run()
            #expect(result.status == 0, "\(result.errorText)")
        }
    }

    @Test func `make has the targets that the pages name`() throws {
        let makefile = try String(contentsOf: Program.package.appendingPathComponent("Makefile"), encoding: .utf8)
        let targets = Set(makefile.matches(of: /(?m)^([a-z-]+):/).map { String($0.1) })
        let docs = Program.package.appendingPathComponent("docs")
        let pages = try FileManager.default.contentsOfDirectory(at: docs, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "md" }
        var named: Set<String> = []
        for page in pages + ["README.md", "Benchmarks/README.md"].map(Program.package.appendingPathComponent) {
            let text = try String(contentsOf: page, encoding: .utf8)
            named.formUnion(text.matches(of: /(?m)(?:^|`|sudo )make ([a-z-]+)/).map { String($0.1) })
        }
        #expect(named.count > 8)
        #expect(named.subtracting(targets).sorted() == [])
    }
}
