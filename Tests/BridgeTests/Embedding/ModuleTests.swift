import Foundation
import Bridge
import Synchronization
import Testing

/// An object of the host.
final class Camera: LuaObject {
    let name: String
    private let shots = Mutex<[Double]>([])
    private let live: LiveCount?

    init(_ name: String, _ live: LiveCount? = nil) {
        self.name = name
        self.live = live
        live?.change(1)
    }
    deinit { live?.change(-1) }

    func shoot(_ exposure: Double) -> Int {
        shots.withLock {
            $0.append(exposure)
            return $0.count
        }
    }
    var exposure: Double {
        get { shots.withLock { $0.last ?? 0 } }
        set { shots.withLock { $0.append(newValue) } }
    }
    var count: Int { shots.withLock { $0.count } }

    static let type = Type(Camera.self) {
        Method("shoot") { (camera: Camera, exposure: Double) in camera.shoot(exposure) }
        Property("name") { (camera: Camera) in camera.name }
        Property("exposure", get: { (camera: Camera) in camera.exposure }, set: { $0.exposure = $1 })
        Operator(.tostring) { (camera: Camera) in "camera \(camera.name)" }
        Operator(.length) { (camera: Camera) in camera.count }
        Operator(.add) { (a: Camera, b: Camera) in a.count + b.count }
        Operator(.call) { (camera: Camera, word: String) in "\(camera.name) \(word)" }
        Operator(.close) { (camera: Camera) in camera.exposure = -1 }
        Pairs { (camera: Camera) in ["name": camera.name, "count": "\(camera.count)"] }
    }
}

/// An actor of the host.
actor Store: LuaObject {
    private var total = 0
    func add(_ n: Int) async -> Int {
        await Task.yield()
        total += n
        return total
    }
}

/// A type whose conversion calls the function that it finds.
struct Restless: LuaConvertible {
    static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Restless {
        let function = try LuaFunction.read(index, from: stack)
        do throws(ScriptError) { try function() } catch { throw ConversionError(error.message.description) }
        return Restless()
    }
    func push(to stack: borrowing LuaStack) throws(ConversionError) { stack.pushNil() }
}

struct Broken: Error, CustomStringConvertible, Equatable {
    let number: Int
    var description: String { "broken \(number)" }
}

/// Modules that a host makes.
@Suite struct ModuleTests {
    private let module = Module("probe") {
        Constant("version", "1.0")
        Constant("sizes", [1, 2, 3])
        Function("add") { (a: Int, b: Int) in a + b }
        Function("two") { (a: Int) in (a, "x\(a)") }
        Function("nothing") {}
        Function("greet") { (name: String?, times: Int?) in String(repeating: "hi \(name ?? "you") ", count: times ?? 1)
        }
        Function("sum") { (label: String, numbers: Variadic<Double>) in "\(label) \(numbers.reduce(0, +))" }
        Function("spread") { (n: Int) in Variadic(0..<n) }
        Function("each") { (list: [String], body: LuaFunction) throws in for item in list { try body(item) } }
        Function("map") { (list: [Int], body: LuaFunction) throws -> [Int] in try list.map { try body($0) } }
        Function("fail") { (n: Int) throws -> Int in throw Broken(number: n) }
        Function("camera") { (name: String) in Camera(name) }
        Function("count") { (camera: Camera) in camera.count }
        Function("later") { (n: Int) async throws -> Int in
            if n < 0 { throw Broken(number: n) }
            await Task.yield()
            return n * 2
        }
        Function("immediate") { (n: Int) async in n + 1 }
        Function("store") { Store() }
        Camera.type
        Type(Store.self) { Method("add") { (store: Store, n: Int) async in await store.add(n) } }
    }

    private func run(_ source: String) async throws {
        let runtime = try makeRuntime(module)
        try await runtime.run(source: source)
        #expect(await runtime.shutdown() == 0)
    }

    @Test func `functions are called with typed arguments`() async throws {
        try await run(
            """
            assert(probe.version == "1.0" and #probe.sizes == 3 and require "probe" == probe)
            assert(probe.add(1, 2) == 3 and probe.add(2.0, 3) == 5)
            local a, b = probe.two(7)
            assert(a == 7 and b == "x7" and select("#", probe.nothing()) == 0)
            assert(probe.greet() == "hi you " and probe.greet(nil, 2) == "hi you hi you " and probe.greet("a") == "hi a ")
            assert(probe.sum("s", 1, 2, 3.5) == "s 6.5" and probe.sum("s") == "s 0.0")
            assert(select("#", probe.spread(5)) == 5 and select(5, probe.spread(5)) == 4)
            local seen = {}
            probe.each({"a", "b"}, function(x) seen[#seen + 1] = x end)
            assert(table.concat(seen) == "ab")
            assert(probe.map({1, 2, 3}, function(x) return x * x end)[3] == 9)
            """)
    }

    @Test func `wrong arguments are named in Lua's words`() async throws {
        try await run(
            """
            local function message(f, ...) return select(2, pcall(f, ...)) end
            assert(message(probe.add, 1, "x") == "bad argument #2 to 'add' (integer expected, got string)", message(probe.add, 1, "x"))
            assert(message(probe.add, 1) == "bad argument #2 to 'add' (integer expected, got no value)")
            assert(message(probe.add, 1.5, 1) == "bad argument #1 to 'add' (number has no integer representation)")
            assert(message(probe.each, {"a", 2}, print) == "bad argument #1 to 'each' ([2]: string expected, got number)")
            assert(message(probe.count, {}) == "bad argument #1 to 'count' (Camera expected, got table)")
            assert(message(probe.each, {}, 5) == "bad argument #2 to 'each' (function expected, got number)")
            assert(message(function() probe.camera("x"):shoot("y") end):find("bad argument #1 to 'shoot' (number expected, got string)", 1, true))
            assert(message(function() probe.camera("x").shoot(1, 2) end):find("bad argument #1 to 'shoot' (Camera expected, got number)", 1, true))
            """)
    }

    @Test func `objects have methods, properties and operators`() async throws {
        try await run(
            """
            local c = probe.camera("front")
            assert(c:shoot(0.5) == 1 and c.name == "front" and c.exposure == 0.5 and #c == 1)
            c.exposure = 2
            assert(c.exposure == 2 and #c == 2 and probe.count(c) == 2)
            assert(tostring(c) == "camera front" and c + c == 4 and c("x") == "front x")
            local seen = {}
            for k, v in pairs(c) do seen[k] = v end
            assert(seen.name == "front" and seen.count == "2")
            do local d <close> = c end
            assert(c.exposure == -1)
            local ok, e = pcall(function() c.name = "x" end)
            assert(not ok and e:find("cannot set 'name' of a Camera", 1, true), e)
            ok, e = pcall(function() c.exposure = "x" end)
            assert(not ok and e:find("bad value for 'exposure' (number expected, got string)", 1, true), e)
            assert(c.nothing == nil)
            """)
    }

    @Test func `modules and objects are there in every state`() async throws {
        try await run(
            """
            local c = probe.camera("one")
            local n = thread.spawn(function(c)
              c:shoot(1)
              return probe.add(#c, probe.count(c)), probe.version, c
            end, c)
            local sum, version, same = n:join()
            assert(sum == 2 and version == "1.0" and rawequal(same, c) and #c == 1)
            local ch = channel.new()
            ch:send({camera = c})
            assert(ch:recv().camera == c)
            """)
    }

    private static let timesMade = Atomic<Int>(0)

    @Test func `a module that has to be required is made once, and is no global`() async throws {
        let module = Module(required: "late") {
            Constant("made", Self.timesMade.add(1, ordering: .relaxed).newValue)
            Function("camera") { (name: String) in Camera(name) }
            Camera.type
        }
        let runtime = try makeRuntime(module)
        #expect(Self.timesMade.load(ordering: .relaxed) == 0)
        try await runtime.run(
            source: """
                assert(rawget(_G, "late") == nil)
                local late = require "late"
                assert(late.made == 1 and late.nothing == nil)
                local c = late.camera("one")
                c:shoot(1)
                local made, count = thread.spawn(function() return late.made, #c, late.camera("two") end):join()
                assert(made == 1 and count == 1)
                """)
        #expect(await runtime.shutdown() == 0)
        #expect(Self.timesMade.load(ordering: .relaxed) == 1)
    }

    /// Runs what it is given where it is given.
    private final class Inline: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    @Test func `a function goes on where its executor says`() async throws {
        let module = Module("host") {
            Function("away", executor: Inline()) { (n: Int) async throws -> (Int, Bool) in
                let thread = await withCheckedContinuation { continuation in
                    Thread.detachNewThread { continuation.resume(returning: pthread_self()) }
                }
                if n < 0 { throw Broken(number: n) }
                return (n, pthread_self() == thread)
            }
        }
        let runtime = try makeRuntime(module)
        try await runtime.run(
            source: """
                -- Where it has not been suspended yet when it is woken, it goes on where it was.
                local there = 0
                repeat
                  local tasks = {}
                  for i = 1, 50 do tasks[i] = task.spawn(host.away, i) end
                  for i, t in ipairs(tasks) do
                    local n, is_there = t:join()
                    assert(n == i)
                    if is_there then there = there + 1 end
                  end
                until there > 10
                assert(select(2, pcall(host.away, -1)).message == "broken -1")
                """)
        #expect(await runtime.shutdown() == 0)
    }

    @Test func `an error of Swift is a value in Lua, and comes back as the same error`() async throws {
        let runtime = try makeRuntime(module)
        try await runtime.run(
            source: """
                local ok, e = pcall(probe.fail, 3)
                assert(not ok and e.kind == "error" and e.message == "broken 3" and tostring(e):find("broken 3", 1, true))
                """)
        do {
            let _: Int = try await runtime.evaluate("local ok, e = pcall(probe.fail, 4) error(e)")
            Issue.record("no error")
        } catch {
            #expect(error.underlying as? Broken == Broken(number: 4))
            #expect(error.message.description == "broken 4")
        }
        do {
            try await runtime.run(source: "thread.spawn(function() probe.fail(5) end):join()")
            Issue.record("no error")
        } catch {
            #expect(error.underlying as? Broken == Broken(number: 5))
        }
        await runtime.shutdown()
    }

    @Test func `errors pass ten frames of Swift and Lua in turn`() async throws {
        let nested = Module("nested") {
            Function("down") { (n: Int, next: LuaFunction) throws -> Int in
                if n == 0 { throw Broken(number: 99) }
                return try next(n - 1, next)
            }
        }
        let runtime = try makeRuntime(nested)
        do {
            let _: Int = try await runtime.evaluate(
                "local function f(n, g) return nested.down(n, g) + 1 end return f(10, f)")
            Issue.record("no error")
        } catch {
            #expect(error.underlying as? Broken == Broken(number: 99))
        }
        await runtime.shutdown()
    }

    @Test func `a conversion may run code that changes the table which is converted`() async throws {
        let module = Module("odd") { Function("read") { (table: [String: Restless]) in table.count } }
        let runtime = try makeRuntime(module)
        let count: Int = try await runtime.evaluate(
            """
            local t = {}
            for i = 1, 100 do
              t["k" .. i] = function()
                for j = 1, 100 do t["k" .. j] = nil t["n" .. j .. i] = 1 end
                collectgarbage()
              end
            end
            return odd.read(t)
            """)
        #expect(count >= 1)
        await runtime.shutdown()
    }

    @Test func `asynchronous functions suspend only the task that calls`() async throws {
        try await run(
            """
            assert(probe.immediate(4) == 5 and probe.later(4) == 8)
            local tasks = {}
            for i = 1, 50 do tasks[i] = task.spawn(probe.later, i) end
            local sum = 0
            for i = 1, 50 do sum = sum + tasks[i]:join() end
            assert(sum == 50 * 51)
            local ok, e = pcall(probe.later, -1)
            assert(not ok and e.message == "broken -1")
            local s = probe.store()
            assert(s:add(2) == 2 and s:add(3) == 5)
            local list = {3, 1, 2}
            table.sort(list, function(a, b) return probe.later(a) < probe.later(b) end)
            assert(list[1] == 1 and list[3] == 3)
            assert(thread.spawn(function() return probe.later(5) end):join() == 10)
            """)
    }

    @Test func `a cancelled task of Lua cancels the task of Swift`() async throws {
        let notes = Notes()
        let module = Module("slow") {
            Function("wait") { () async throws -> Int in
                do { try await Task.sleep(for: .seconds(60)) } catch { notes.add("cancelled") }
                return 1
            }
        }
        let runtime = try makeRuntime(module)
        try await runtime.run(
            source: """
                local t = task.spawn(slow.wait)
                task.yield()
                t:cancel()
                assert(t:wait() == "cancelled")
                local ok, e = pcall(task.timeout, 0.01, slow.wait)
                assert(not ok and e.kind == "timeout")
                """)
        await runtime.shutdown()
        while notes.all.count < 2 { await Task.yield() }
        #expect(notes.all == ["cancelled", "cancelled"])
    }

    @Test func `objects live as long as somebody holds them`() async throws {
        let live = LiveCount()
        let module = Module("held") {
            Function("camera") { () in Camera("x", live) }
            Camera.type
        }
        let runtime = try makeRuntime(module)
        let camera: Camera = try await runtime.evaluate(
            "c = held.camera() for i = 1, 100 do held.camera() end return c")
        try await runtime.run(source: "c = nil collectgarbage() collectgarbage()")
        #expect(live.value == 1 && camera.name == "x")
        try await runtime.setGlobal("mine", camera)
        let same: Camera = try await runtime.global("mine")
        #expect(same === camera)
        await runtime.shutdown()
        #expect(live.value == 1)
    }
}
