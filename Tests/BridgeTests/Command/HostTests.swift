import Bridge
import Foundation
import Testing

/// Programs that embed the library, and their child processes.
@Suite struct HostTests {
    private static let host: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("ExampleHost").path
    }()

    private func run(_ source: String, _ environment: [String: String] = [:]) async throws -> Program.Result {
        let script = TemporaryFolder.make("host").appendingPathComponent("script.lua")
        try Data(source.utf8).write(to: script)
        var program = Program(Self.host, script.path)
        program.environment = environment
        return try await program.run()
    }

    private static let script = """
        local p = process.spawn(function(...) return process.pid(), select("#", ...) end, 1, 2)
        local pid, count = p:join()
        print(pid == p.pid, pid ~= process.pid(), count)
        for i = 1, 5 do process.spawn(function() print(i) end):join() end
        print((process.spawn(os.getenv, "LUACONC_CHILD"):join()))
        """

    @Test func `a host's children are the host itself`() async throws {
        let result = try await run(Self.script)
        #expect(result.text == "true\ttrue\t2\n1\n2\n3\n4\n5\nnil\n")
        #expect(result.errorText == "")
        #expect(result.status == 0)
    }

    @Test func `a host may name another program for its children`() async throws {
        let result = try await run(Self.script, ["CHILD_EXECUTABLE": Program.luaconc])
        #expect(result.text == "true\ttrue\t2\n1\n2\n3\n4\n5\nnil\n")
        #expect(result.errorText == "")
        #expect(result.status == 0)
    }

    @Test func `a host that is not prepared refuses, and runs programs as ever`() async throws {
        let source = """
            print((select(2, pcall(process.spawn, print))))
            print(process.run("echo", "hello").stdout)
            """
        let result = try await run(source, ["CHILD_EXECUTABLE": ""])
        let message = "cannot start a process: this program is not prepared for it (Runtime.childMain)"
        #expect(result.text == "\(message)\nhello\n\n")
        #expect(result.status == 0)
    }

    @Test func `failures of children are said in the host's name`() async throws {
        let result = try await run(
            """
            process.spawn({name = "child"}, function()
              task.spawn({name = "inner"}, function() error("inside", 0) end):wait(1)
              task.spawn({name = "lost"}, function() error("lost", 0) end)
            end):join()
            """)
        #expect(result.errorText.hasPrefix("host: task 'lost': lost"))
        #expect(result.status == 1)
    }

    @Test func `with a runtime go the children that wait for work`() async throws {
        do {
            var configuration = Runtime.Configuration()
            configuration.childExecutable = Program.luaconc
            let runtime = try Runtime(configuration)
            try await runtime.run(
                source: "for i = 1, 9 do process.spawn(print):join() end", name: "=test")
            for _ in 0..<1000 where Self.waitingChildren.isEmpty { try await Task.sleep(nanoseconds: 10_000_000) }
            #expect(runtime.finish() == 0)
            #expect(!Self.waitingChildren.isEmpty)
        }
        for _ in 0..<1000 where !Self.waitingChildren.isEmpty { try await Task.sleep(nanoseconds: 10_000_000) }
        #expect(Self.waitingChildren.isEmpty)
    }

    /// The numbers of fork servers that this process has started, and of the children that they have forked.
    private static var waitingChildren: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { number in
            func text(_ name: String) -> String {
                String(
                    decoding: FileManager.default.contents(atPath: "/proc/\(number)/\(name)") ?? Data(), as: UTF8.self)
            }
            return Int(number) != nil && text("status").contains("\nPPid:\t\(getpid())\n")
                && text("cmdline").contains("fork-server")
        }
    }
}
