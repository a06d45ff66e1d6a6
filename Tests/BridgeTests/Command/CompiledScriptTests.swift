import Foundation
import Testing

/// Scripts under `lib/` that need a module in C beside them: what a script cannot bring about by itself.
@Suite struct CompiledScriptTests {
    @Test func `a start that fails is an error and leaves nothing`() async throws {
        try await run("failing_starts.lua", with: "fail", isPreloaded: true)
    }

    @Test func `a child that cannot begin is heard of`() async throws {
        try await run("failing_children.lua", "60", with: "fail", isPreloaded: true)
    }

    @Test func `a copy by fork does what one thread can, and says what it cannot`() async throws {
        try await run("forked.lua", with: "fork")
    }

    /// `isPreloaded`: the module's functions take the place of the C library's.
    private func run(
        _ script: String, _ words: String..., with module: String, isPreloaded: Bool = false
    ) async throws {
        guard ProcessInfo.processInfo.environment["LUACONC_PATIENCE"] == nil else {
            try Test.cancel("sanitizers take the place of the same functions, and keep threads of their own")
        }
        let lib = Script.root.appendingPathComponent("lib")
        let folder = TemporaryFolder.make(module).path
        let (source, object) = ("\(lib.path)/\(module).c", "\(folder)/\(module).so")
        let build = "cc -shared -fPIC -O1 $(pkg-config --cflags lua5.4) -o '\(object)' '\(source)' -ldl"
        let compiled = try await Program("/bin/sh", "-c", build).run()
        try #require(compiled.status == 0, "\(compiled.errorText)")
        var program = Program(Program.luaconc, script)
        program.words += words.map { Array($0.utf8) }
        program.folder = lib.path
        program.environment = ["LUA_CPATH": folder + "/?.so"]
        if isPreloaded { program.environment["LD_PRELOAD"] = object }
        program.limit = 300
        let result = try await program.run()
        for problem in Script(lib.appendingPathComponent(script)).problems(with: result) { Issue.record("\(problem)") }
    }
}
