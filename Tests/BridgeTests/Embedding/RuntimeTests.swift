import Bridge
import Synchronization
import Testing

/// Runtimes as a host uses them: from any thread or task.
@Suite struct RuntimeTests {
    @Test func `run waits for all that the script has started`() async throws {
        let notes = Notes()
        let module = Module("notes") { Function("add") { (note: String) in notes.add(note) } }
        let runtime = try makeRuntime(module)
        try await runtime.run(
            source: """
                notes.add("begin " .. ...)
                timer.after(0.02, function() notes.add("timer") end)
                thread.spawn(function() sleep(0.03) notes.add("thread") end)
                task.spawn(function() sleep(0.01) notes.add("task") end)
                """, arguments: ["x"])
        #expect(notes.all.sorted() == ["begin x", "task", "thread", "timer"])
        await runtime.shutdown()
    }

    @Test func `many tasks use one runtime at once`() async throws {
        let runtime = try makeRuntime()
        try await runtime.run(source: "function double(n) sleep(0.001) return n * 2 end")
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for i in 1...200 { group.addTask { try await runtime.call("double", i) } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 200 * 201)
        await runtime.shutdown()
    }

    @Test func `cancelling the Swift task ends the work in Lua`() async throws {
        let notes = Notes()
        let module = Module("notes") { Function("add") { (note: String) in notes.add(note) } }
        let runtime = try makeRuntime(module)
        for source in [
            "notes.add('go') while true do end", "notes.add('go') sleep(60)",
            "notes.add('go') while true do pcall(function() while true do end end) end",
        ] {
            let begun = notes.all.count
            let work = Task { try await runtime.run(source: source) }
            while notes.all.count == begun { await Task.yield() }
            work.cancel()
            await #expect { try await work.value } throws: { ($0 as? ScriptError)?.kind == .cancelled }
        }
        let n: Int = try await runtime.evaluate("return 1")
        #expect(n == 1)
        await runtime.shutdown()
    }

    @Test func `deadlines end the work in Lua`() async throws {
        let runtime = try makeRuntime()
        for source in ["while true do end", "sleep(60)", "task.shield(function() return 1 end) while true do end"] {
            do {
                try await runtime.run(source: source, deadline: .milliseconds(20))
                Issue.record("it has ended")
            } catch {
                #expect(error.kind == .timeout)
            }
        }
        try await runtime.run(source: "function late() sleep(60) end")
        await #expect(throws: ScriptError.self) {
            let _: Int = try await runtime.call("late", deadline: .milliseconds(10))
        }
        let n: Int = try await runtime.evaluate("return 1", deadline: .seconds(60))
        #expect(n == 1)
        await runtime.shutdown()
    }

    @Test func `what Swift calls of Lua on the thread of the state ends like any work`() async throws {
        let notes = Notes()
        let module = Module("notes") { Function("add") { (note: String) in notes.add(note) } }
        let runtime = try makeRuntime(module) { $0.timeLimit = .seconds(600) }
        let endless: LuaFunction = try await runtime.evaluate("return function() notes.add('go') while true do end end")
        await #expect { try await runtime.perform(deadline: .milliseconds(20)) { _ in try endless() } } throws: {
            ($0 as? ScriptError)?.kind == .timeout
        }
        let begun = notes.all.count
        let work = Task { try await runtime.perform { _ in try endless() } }
        while notes.all.count == begun { await Task.yield() }
        work.cancel()
        await #expect { try await work.value } throws: { ($0 as? ScriptError)?.kind == .cancelled }
        let two = try await runtime.perform { stack throws in
            try stack.push(2)
            return try stack.read(-1, as: Int.self)
        }
        #expect(two == 2)
        await runtime.shutdown()

        let hasty = try makeRuntime(module) { $0.timeLimit = .milliseconds(20) }
        let again: LuaFunction = try await hasty.evaluate(
            "return function() while true do end end", deadline: .seconds(600))
        await #expect { try await hasty.perform { _ in try again() } } throws: {
            ($0 as? ScriptError)?.kind == .timeout
        }
        await hasty.shutdown()
    }

    @Test func `a function that does not return holds up its thread, and not the host`() async throws {
        let gate = Gate()
        let module = Module("host") {
            Function("block") { () in
                gate.begun.add("begun")
                gate.wait()
            }
        }
        let runtime = try makeRuntime(module)
        do {
            try await runtime.run(
                source: "setmetatable({}, {__gc = host.block}) collectgarbage() host.block()",
                deadline: .milliseconds(20))
            Issue.record("it has ended")
        } catch {
            #expect(error.kind == .timeout)
        }
        #expect(gate.begun.all == ["begun"])
        let waiting = Task { try await runtime.evaluate("return 1") }
        waiting.cancel()
        await #expect { try await waiting.value } throws: { ($0 as? ScriptError)?.kind == .cancelled }
        await runtime.shutdown(grace: .zero)
        // The gate is still shut, so it was not the end of the function that all this has waited for.
        gate.open()
    }

    @Test func `errors say what has failed`() async throws {
        let runtime = try makeRuntime()
        await #expect { try await runtime.run(source: "x =") } throws: {
            ($0 as? ScriptError)?.kind == .syntax(incomplete: true)
        }
        await #expect { try await runtime.run(source: "error('oops', 0)") } throws: {
            ($0 as? ScriptError)?.message == "oops"
        }
        await #expect { let _: Int = try await runtime.call("no.such") } throws: {
            ($0 as? ScriptError)?.message.description.contains("'no.such'") == true
        }
        await #expect { let _: Int = try await runtime.call("print.x") } throws: { $0 is ScriptError }
        await #expect { try await runtime.run(contentsOf: "/no/such.lua") } throws: { $0 is ScriptError }
        await runtime.shutdown()
        await #expect { try await runtime.run(source: "") } throws: { ($0 as? ScriptError)?.kind == .closed }
    }

    @Test func `work is spawned and awaited`() async throws {
        let runtime = try makeRuntime()
        for isolation in [Runtime.Isolation.task, .thread] {
            let work = try await runtime.spawn(
                isolation, options: ["name": "adder"], "local a, b = ... return a + b", 2, 3)
            let sum: Int = try await work.join()
            #expect(sum == 5 && work.status == .done)
            let failing = try await runtime.spawn(isolation, "error('no', 0)")
            await #expect(throws: ScriptError.self) { try await failing.join() }
            let endless = try await runtime.spawn(isolation, "sleep(60)")
            endless.cancel()
            await #expect(throws: ScriptError.self) { try await endless.join() }
            #expect(endless.status == .cancelled)
        }
        await runtime.shutdown()
    }

    @Test func `whoever asks is called when work ends`() async throws {
        func end(of work: Work) async -> Result<[Value], ScriptError> {
            await withCheckedContinuation { continuation in work.whenEnded { continuation.resume(returning: $0) } }
        }
        let runtime = try makeRuntime()
        for isolation in [Runtime.Isolation.task, .thread] {
            let work = try await runtime.spawn(isolation, "return 1, nil, 'three'")
            for _ in 1...2 { #expect(try await end(of: work).get() == [.integer(1), .nil, .string("three")]) }
            let silent = try await runtime.spawn(isolation, "return")
            #expect(try await end(of: silent).get().isEmpty)
            let failing = try await runtime.spawn(isolation, "error('no', 0)")
            let failure = await #expect(throws: ScriptError.self) { try await end(of: failing).get() }
            #expect(failure?.message == "no")
            let endless = try await runtime.spawn(isolation, "sleep(60)")
            endless.cancel()
            await #expect(throws: ScriptError.self) { try await end(of: endless).get() }
        }
        let late = try await runtime.spawn(.task, "return 1")
        try await late.join()
        await runtime.shutdown()
        await #expect(throws: ScriptError.self) { try await end(of: late).get() }
    }

    @Test func `a hundred runtimes know nothing of each other`() async throws {
        let runtimes = try (0..<100).map { _ in try makeRuntime() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (i, runtime) in runtimes.enumerated() {
                group.addTask {
                    #expect(try await runtime.global("x", as: Int?.self) == nil)
                    try await runtime.setGlobal("x", i)
                    let x: Int = try await runtime.evaluate("sleep(0.001) return x")
                    #expect(x == i)
                    await runtime.shutdown()
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `a host drops its runtime while scripts run`() async throws {
        let notes = Notes()
        let module = Module("notes") { Function("add") { (note: String) in notes.add(note) } }
        do {
            let runtime = try makeRuntime(module)
            _ = try await runtime.spawn(
                .task,
                "local x <close> = setmetatable({}, {__close = function() notes.add('closed') end}) notes.add('go') while true do sleep(0.001) end"
            )
            _ = try await runtime.spawn(.thread, "while true do end")
            while notes.all.isEmpty { await Task.yield() }
        }
        while notes.all.count < 2 { await Task.yield() }
        #expect(notes.all == ["go", "closed"])
    }

    @Test func `the main state can live on the thread that the host gives`() throws {
        let notes = Notes()
        let module = Module("notes") { Function("add") { (note: String) in notes.add(note) } }
        let runtime = try makeRuntime(module) { $0.thread = .calling }
        Task {
            try await runtime.run(source: "notes.add('asked')")
            await runtime.shutdown()
        }
        runtime.serve()
        #expect(notes.all == ["asked"])
        #expect(runtime.end() == 0)
    }

    @Test func `functions that hold up the caller work with a thread of its own, too`() throws {
        let runtime = try makeRuntime()
        try runtime.run(source: "x = 1", name: "=test")
        #expect(throws: ScriptError.self) { try runtime.run(source: "error('no')", name: "=test") }
        #expect(runtime.finish() == 0)
    }

    @Test func `memory is limited in every state`() async throws {
        let runtime = try makeRuntime { $0.memoryLimit = 8 << 20 }
        for source in [
            "local t = {} for i = 1, 1e9 do t[i] = {i} end", "return #string.rep('x', 1 << 30)",
            "thread.spawn(function() local t = {} for i = 1, 1e9 do t[i] = {i} end end):join()",
        ] {
            await #expect { try await runtime.run(source: source) } throws: { ($0 as? ScriptError)?.kind == .memory }
        }
        await runtime.shutdown()
    }

    @Test func `configuration reaches the script`() async throws {
        let runtime = try makeRuntime {
            $0.arguments = ["a", "b"]
            $0.packagePath = "/nowhere/?.lua"
        }
        let all: (String, String) = try await runtime.evaluate("return arg[2], package.path")
        #expect(all == ("b", "/nowhere/?.lua"))
        await runtime.shutdown()
    }

    @Test func `os exit ends the runtime with its status`() async throws {
        let runtime = try makeRuntime()
        await #expect(throws: ScriptError.self) { try await runtime.run(source: "os.exit(3)") }
        #expect(await runtime.shutdown() == 3)
    }

    @Test func `a million calls each way leave nothing behind`() async throws {
        let module = Module("probe") { Function("next") { (n: Int, s: String) in n + 1 } }
        let runtime = try makeRuntime(module)
        let growth: Int = try await runtime.evaluate(
            """
            local f = probe.next
            local function many(n) for i = 1, n do f(i, "word") end collectgarbage() return collectgarbage("count") end
            many(1000)
            local before = many(1000)
            return math.tointeger((many(1000000) - before) // 1)
            """)
        #expect(growth < 64)
        let add: LuaFunction = try await runtime.evaluate("return function(a) return a + 1 end")
        let sum = try await runtime.perform { _ throws in
            var sum = 0
            for _ in 0..<1_000_000 { sum = try add(sum) }
            return sum
        }
        #expect(sum == 1_000_000)
        let used: Double = try await runtime.evaluate("collectgarbage() return collectgarbage('count')")
        #expect(used < 4096)
        await runtime.shutdown()
    }
}
