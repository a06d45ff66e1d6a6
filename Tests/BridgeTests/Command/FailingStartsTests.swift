import Foundation
import Testing

/// Starting threads, programs and children, while the system refuses one call after the other: `lib/fail.c`.
@Suite struct FailingStartsTests {
    @Test func `a start that fails is an error and leaves nothing`() async throws {
        try await run("failing_starts.lua")
    }

    @Test func `a child that cannot begin is heard of`() async throws { try await run("failing_children.lua", "60") }

    private func run(_ script: String, _ words: String...) async throws {
        guard ProcessInfo.processInfo.environment["LUACONC_PATIENCE"] == nil else {
            try Test.cancel("a sanitizer takes the place of the same functions")
        }
        let lib = Script.root.appendingPathComponent("lib")
        let folder = TemporaryFolder.make("fail").path
        let source = lib.appendingPathComponent("fail.c").path
        let build = "cc -shared -fPIC -O1 $(pkg-config --cflags lua5.4) -o '\(folder)/fail.so' '\(source)' -ldl"
        let compiled = try await Program("/bin/sh", "-c", build).run()
        try #require(compiled.status == 0, "\(compiled.errorText)")
        var program = Program(Program.luaconc, script)
        program.words += words.map { Array($0.utf8) }
        program.folder = lib.path
        program.environment = ["LD_PRELOAD": folder + "/fail.so", "LUA_CPATH": folder + "/?.so"]
        program.limit = 300
        let result = try await program.run()
        let expected = Script(lib.appendingPathComponent(script)).output
        #expect(result.text.split(separator: "\n").map(String.init) == expected)
        #expect(result.errorText == "")
        #expect(result.status == 0)
    }
}
