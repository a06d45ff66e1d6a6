import Synchronization
import Testing

@testable import Bridge

/// One after the other: they count live objects.
@Suite(.serialized) struct FenceTests {
    /// Counts those that live.
    final class Tracked: Sendable {
        static let live = Atomic<Int>(0)
        init() { Self.live.add(1, ordering: .relaxed) }
        deinit { Self.live.subtract(1, ordering: .relaxed) }
    }

    static func module(_ functions: HostFunction...) -> Module { Module("probe", ModuleContents(functions: functions)) }

    private func run(_ source: String, _ module: Module) throws {
        var configuration = Runtime.Configuration()
        configuration.modules = [module]
        let runtime = try Runtime(configuration)
        try runtime.run(source: source, name: "=test")
        #expect(runtime.finish() == 0)
    }

    @Test func `ten thousand errors raised through host functions leak nothing`() throws {
        let before = Tracked.live.load(ordering: .relaxed)
        let module = Self.module(
            HostFunction("message", "", "") { call throws(Fault) in
                let tracked = Tracked()
                defer { withExtendedLifetime(tracked) {} }
                throw .message("failed with \(call.count)")
            },
            HostFunction("argument", "", "") { call throws(Fault) in
                let tracked = [Tracked(), Tracked()]
                guard tracked.isEmpty else { throw .argument(1, "never right") }
                return .none
            },
            HostFunction("object", "", "") { call throws(Fault) in
                _ = Tracked()
                throw .script(ScriptError(.closed, "an error object"))
            })
        try run(
            """
            for i = 1, 10000 do
              local ok, e = pcall(probe.message, i)
              assert(not ok and e:find("failed with 1", 1, true))
              ok, e = pcall(probe.argument, i)
              assert(not ok and e == "bad argument #1 to 'argument' (never right)", e)
              ok, e = pcall(probe.object)
              assert(not ok and e.kind == "closed")
            end
            """, module)
        #expect(Tracked.live.load(ordering: .relaxed) == before)
    }

    @Test func `a guard is marked although signals come one after the other`() throws {
        let module = Self.module(
            HostFunction("acquire", "", "") { call throws(Fault) in
                if let task = call.worker.current { call.worker.cancelHere(task) }
                return try Guards.acquire(call, call.object(1, SyncModule.lock))
            },
            HostFunction("check", "", "") { call throws(Fault) in
                call.worker.memory.interrupt()
                return .results(1)
            })
        try run(
            """
            local lock = sync.lock()
            local t = task.spawn(function()
              local held <close> = probe.check(probe.acquire(lock))
              while true do end
            end)
            assert(t:wait() == "cancelled")
            local held <close>, why = lock:acquire()
            assert(held and why == nil, why)
            """, module)
    }

    @Test func `there may be more host functions than the fence has C functions for them`() throws {
        let functions = (1...300).map { number in
            HostFunction("f\(number)", "", "") { call throws(Fault) in
                guard call.count == 0 else { throw .argument(1, "wrong in \(number)") }
                call.push(number)
                return .results(1)
            }
        }
        try run(
            """
            local count, seen = 0, {}
            for name, f in pairs(probe) do
              local number = f()
              assert(name == "f" .. number and f == probe[name] and not seen[f])
              local ok, e = pcall(f, 1)
              assert(not ok and e == ("bad argument #1 to '%s' (wrong in %d)"):format(name, number), e)
              seen[f], count = true, count + 1
            end
            assert(count == 300)
            """, Module("probe", ModuleContents(functions: functions)))
    }

    @Test func `objects that a script drops are released`() throws {
        let before = Tracked.live.load(ordering: .relaxed)
        let type = HostType<Tracked>("tracked", methods: [])
        let module = Self.module(
            HostFunction("make", "", "") { call throws(Fault) in
                call.push(Tracked(), type)
                return .results(1)
            })
        try run("for i = 1, 1000 do local t = probe.make() end collectgarbage() kept = probe.make()", module)
        #expect(Tracked.live.load(ordering: .relaxed) == before)
    }

    @Test func `a memory limit that a host function overruns is raised after it returns`() throws {
        let module = Self.module(
            HostFunction("limit", "", "") { call throws(Fault) in
                call.vm.pointee.limit = call.vm.pointee.used + (try call.integer(1))
                return .none
            },
            HostFunction("fill", "", "") { call throws(Fault) in
                let tracked = Tracked()
                for _ in 0..<20 { call.push(word: String(repeating: "x", count: 60_000)) }
                withExtendedLifetime(tracked) {}
                return .results(1)
            })
        let before = Tracked.live.load(ordering: .relaxed)
        try run(
            """
            probe.limit(500000)
            local ok, e = pcall(probe.fill)
            assert(not ok and e == "not enough memory", e)
            collectgarbage()
            assert(pcall(string.rep, "x", 1000))
            assert(not pcall(string.rep, "x", 1000000))
            """, module)
        #expect(Tracked.live.load(ordering: .relaxed) == before)
    }

    @Test func `a host function that waits where Lua cannot yield holds up the thread and goes on`() throws {
        try run(
            """
            local t = {3, 1, 2}
            table.sort(t, function(a, b) sleep(0.0001) return a < b end)
            assert(table.concat(t, " ") == "1 2 3")
            """, Self.module())
    }
}
