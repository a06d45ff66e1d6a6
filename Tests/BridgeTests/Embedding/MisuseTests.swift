import Bridge
import Synchronization
import Testing

/// Misuse that compiles is an error that says what is wrong. For what does not compile see `CompilerTests`.
@Suite struct MisuseTests {
    private final class Stray: LuaObject {}

    private func message(_ body: () async throws(ScriptError) -> Void) async -> String {
        do {
            try await body()
            return "no error"
        } catch {
            return error.message.description
        }
    }

    @Test func `a table is not used on another thread`() async throws {
        let runtime = try makeRuntime()
        let table: LuaTable = try await runtime.evaluate("return {1, 2, 3}")
        let shown = await message { () throws(ScriptError) in _ = try table.count() }
        #expect(shown.hasPrefix("a table of Lua can be used only on the thread of its state"))
        #expect(try await runtime.perform { _ in try table.count() } == 3)
        await runtime.shutdown()
    }

    @Test func `a function is not called on another thread but awaited`() async throws {
        let runtime = try makeRuntime()
        let double: LuaFunction = try await runtime.evaluate("return function(n) return 2 * n end")
        let shown = await message { () throws(ScriptError) in _ = try double(1) as Int }
        #expect(shown.hasPrefix("a function of Lua can be used only on the thread of its state"))
        let four: Int = try await double.call(2)
        #expect(four == 4)
        await runtime.shutdown()
    }

    @Test func `a table stays in its state also when an asynchronous function gets it`() async throws {
        let host = Module("host") {
            Function("later") { (table: LuaTable) async throws -> Int in
                await Task.yield()
                return try table.count()
            }
        }
        let runtime = try makeRuntime(host)
        let shown: String = try await runtime.evaluate("return select(2, pcall(host.later, {})).message")
        #expect(shown.hasPrefix("a table of Lua can be used only on the thread of its state"))
        await runtime.shutdown()
    }

    @Test func `a table does not go to another runtime`() async throws {
        let (one, other) = (try makeRuntime(), try makeRuntime())
        let table: LuaTable = try await one.evaluate("return {}")
        let shown = await message { () async throws(ScriptError) in try await other.setGlobal("t", table) }
        #expect(shown == "t: the value belongs to another state")
        await one.shutdown()
        await other.shutdown()
    }

    @Test func `an object without a type is refused by name`() async throws {
        let runtime = try makeRuntime()
        let shown = await message { () async throws(ScriptError) in try await runtime.setGlobal("stray", Stray()) }
        #expect(shown == "stray: no module of this runtime has a Type for Stray")
        await runtime.shutdown()
    }

    @Test func `a runtime is not held up by itself`() async throws {
        let own = Mutex<Runtime?>(nil)
        let host = Module("host") {
            Function("again") { () throws in try own.withLock { $0 }?.run(source: "", name: "=again") }
        }
        let runtime = try makeRuntime(host)
        own.withLock { $0 = runtime }
        let shown: String = try await runtime.evaluate("return select(2, pcall(host.again)).message")
        #expect(shown == "the main state cannot wait for itself: a host function called Runtime.run")
        own.withLock { $0 = nil }
        await runtime.shutdown()
    }
}
