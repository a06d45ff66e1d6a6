import Foundation
import Testing

/// The options that stock Lua does not have, and that what tells of options agrees.
@Suite struct OptionTests {
    private static func run(
        _ words: String..., input: String = "", folder: String? = nil
    ) async throws -> Program.Result {
        var program = Program(Program.luaconc, input: input)
        program.words = words.map { Array($0.utf8) }
        if let folder { program.folder = folder }
        return try await program.run()
    }

    @Test func `--help goes to standard output, and nothing else is done`() async throws {
        let result = try await Self.run("--help", "-e", "print('no')", "no-such-file.lua")
        #expect(result.status == 0)
        #expect(result.text.hasPrefix("usage: luaconc [options] [script [args]]\n"))
        #expect(!result.text.contains("no\n"))
        #expect(result.errorText == "")
    }

    @Test func `--version tells luaconc's, Lua's and the build`() async throws {
        let result = try await Self.run("--version")
        #expect(result.status == 0)
        let lines = result.text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first?.wholeMatch(of: /luaconc \d+\.\d+\.\d+/) != nil)
        #expect(lines.dropFirst().first?.hasPrefix("Lua 5.4.") == true)
        #expect(lines.last?.wholeMatch(of: /build [0-9a-f]{12}, (debug|release), \w+/) != nil)
    }

    @Test(arguments: [
        ("--simulat", "--simulate"), ("--verison", "--version"), ("-help", "--help"), ("--form", "--from"),
    ])
    func `a slip is told with the option that is near`(_ word: String, _ option: String) async throws {
        let result = try await Self.run(word)
        #expect(result.status == 1)
        #expect(
            result.errorText.hasPrefix("luaconc: unrecognized option '\(word)'; did you mean '\(option)'?\nusage: "))
    }

    @Test func `-p compiles and does not run`() async throws {
        let folder = TemporaryFolder.make("syntax")
        for (name, text) in [("good.lua", "print('no')"), ("bad.lua", "x = = 1")] {
            try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let fine = try await Self.run("-p", "good.lua", folder: folder.path)
        #expect(fine.status == 0)
        #expect(fine.text + fine.errorText == "")
        let wrong = try await Self.run("-p", "bad.lua", "good.lua", "none.lua", folder: folder.path)
        #expect(wrong.status == 1)
        #expect(wrong.text == "")
        #expect(
            wrong.errorText == """
                luaconc: bad.lua:1: unexpected symbol near '='
                luaconc: cannot open none.lua: No such file or directory

                """)
        let input = try await Self.run("-p", "-", input: "x = = 1")
        #expect(input.errorText == "luaconc: stdin:1: unexpected symbol near '='\n")
        #expect(try await Self.run("-p").errorText.hasPrefix("luaconc: '-p' needs a script\n"))
    }

    // MARK: - What tells of options

    /// Those that `--help` lists.
    private static func listed() async throws -> Set<String> {
        let text = try await run("--help").text
        return Set(text.matches(of: /(?m)^  (-[^\s]*)/).map { String($0.1) })
    }

    private static func packaging(_ name: String) throws -> String {
        try String(contentsOf: Program.package.appendingPathComponent("packaging/" + name), encoding: .utf8)
    }

    @Test func `the manual page has the options that --help has`() async throws {
        let page = try Self.packaging("luaconc.1").replacing("\\-", with: "-")
        let options = page.matches(of: /(?m)^\.TP\n\.BI? (-[^\s]*)/).map { String($0.1) }
        #expect(try await Self.listed() == Set(options))
        #expect(options.count > 10)
    }

    @Test func `the reference has the options that --help has`() async throws {
        let page = try String(
            contentsOf: Program.package.appendingPathComponent("docs/running.md"), encoding: .utf8)
        let options = page.matches(of: /(?m)^\| `(-[^\s`]*)/).map { String($0.1) }
        #expect(try await Self.listed() == Set(options))
    }

    @Test func `the completions of the shells have them, too`() async throws {
        let listed = try await Self.listed().subtracting(["-", "--"])
        let words = try Self.packaging("completions/luaconc.bash").matches(of: /compgen -W '(-[^']*)'/).first?.1 ?? ""
        #expect(Set(words.split(separator: " ").map(String.init)).subtracting(["--"]) == listed)
        let zsh = try Self.packaging("completions/_luaconc").matches(of: /(?m)^  '(?:\([^)]*\)|\*)?(-[^\[]+)\[/)
        #expect(Set(zsh.map { String($0.1) }) == listed)
        let fish = try Self.packaging("completions/luaconc.fish").matches(of: /(?m)^complete -c luaconc -(s|l) (\w+)/)
        #expect(Set(fish.map { ($0.1 == "s" ? "-" : "--") + $0.2 }) == listed)
    }

    @Test func `bash completes options and scripts`() async throws {
        let folder = TemporaryFolder.make("bash")
        for name in ["job.lua", "other.txt"] { try Data().write(to: folder.appendingPathComponent(name)) }
        func complete(_ words: String) async throws -> [Substring] {
            let script = """
                source '\(Program.package.path)/packaging/completions/luaconc.bash'
                COMP_WORDS=(luaconc \(words)) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _luaconc; printf '%s\\n' "${COMPREPLY[@]}"
                """
            var program = Program("/bin/bash", "-c", script)
            program.folder = folder.path
            return try await program.run().text.split(separator: "\n")
        }
        #expect(try await complete("--s") == ["--simulate"])
        #expect(try await complete("--simulate 7") == ["7d"])
        #expect(try await complete("j") == ["job.lua"])
        #expect(try await complete("o") == [])
        #expect(try await complete("job.lua o") == ["other.txt"])
    }
}
