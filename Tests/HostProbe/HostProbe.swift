// A host for tests that need a process of their own: `HostProbe growth` makes a million calls in each direction, and
// fewer of other kinds, and says how much memory each kind has left behind; `HostProbe mix` does everything at once, for
// the sanitizers.
import Bridge
import Glibc
import Synchronization

final class Counter: LuaObject {
    private let value = Atomic<Int>(0)
    var count: Int {
        get { value.load(ordering: .relaxed) }
        set { value.store(newValue, ordering: .relaxed) }
    }
    func add(_ n: Int) -> Int { value.add(n, ordering: .relaxed).newValue }

    static let type = Type(Counter.self) {
        Method("add") { (counter: Counter, n: Int) in counter.add(n) }
        Property("count", get: { (counter: Counter) in counter.count }, set: { $0.count = $1 })
        Operator(.tostring) { (counter: Counter) in "counter \(counter.count)" }
    }
}

struct Point: Codable, Sendable {
    var x, y: Double
    var name: String
}

struct Failure: Error {
    let number: Int
}

let probe = Module("probe") {
    Function("add") { (a: Int, b: Int) in a + b }
    Function("five") { (a: Int, b: Int, c: Int, d: Int, e: String?) in (a + b + c + d, e) }
    Function("text") { (text: String) in text + "!" }
    Function("list") { (list: [Int]) in list.map { $0 + 1 } }
    Function("point") { (point: Point) -> Point in Point(x: point.y, y: point.x, name: point.name) }
    Function("fail") { (n: Int) throws -> Int in throw Failure(number: n) }
    Function("apply") { (body: LuaFunction, n: Int) throws -> Int in try body(n) }
    Function("counter") { Counter() }
    Function("immediate") { (n: Int) async in n + 1 }
    Function("later") { (n: Int) async throws -> Int in
        await Task.yield()
        return n + 1
    }
    Counter.type
}

func makeRuntime() throws -> Runtime {
    var configuration = Runtime.Configuration()
    configuration.modules = [probe]
    configuration.onError = { print("unseen: \($0)") }
    return try Runtime(configuration)
}

/// The resident set in KiB.
func resident() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return 0 }
    let words = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024 : 0
}

@main
struct HostProbe {
    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        switch words.first {
        case "growth": try await growth(words.dropFirst().first.flatMap { Int($0) } ?? 1_000_000)
        case "mix": try await mix(words.dropFirst().first.flatMap { Int($0) } ?? 20)
        default: print("usage: HostProbe growth [calls] | mix [rounds]")
        }
    }

    // MARK: - A million calls

    /// Prints by how many KiB the process has grown, from a tenth of the calls to all of them.
    static func report(_ name: String, _ count: Int, _ calls: (Int) async throws -> Void) async throws {
        try await calls(count / 10)
        let before = resident()
        try await calls(count)
        print(name, resident() - before)
    }

    static func growth(_ count: Int) async throws {
        let runtime = try makeRuntime()
        for (name, body) in [
            ("function", "probe.add(i, 1)"), ("five", "probe.five(1, 2, 3, 4, 'x')"), ("text", "probe.text('word')"),
            ("list", "probe.list{1, 2, 3}"), ("point", "probe.point{x = 1, y = 2, name = 'p'}"),
            ("error", "pcall(probe.fail, i)"), ("argument", "pcall(probe.add, 'x')"),
            ("callback", "probe.apply(f, i)"), ("object", "probe.counter():add(1)"),
            ("immediate", "probe.immediate(i)"),
            ("later", "probe.later(i)"),
        ] {
            try await report(name, ["function", "object"].contains(name) ? count : count / 10) { n in
                try await runtime.run(source: "local f = function(n) return n end for i = 1, \(n) do \(body) end")
            }
        }
        let function: LuaFunction = try await runtime.evaluate("return function(n) return n + 1 end")
        let failing: LuaFunction = try await runtime.evaluate("return function(n) error({code = n}) end")
        try await report("from Swift", count) { n in
            try await runtime.perform { _ throws in for i in 0..<n { let _: Int = try function(i) } }
        }
        try await report("errors to Swift", count / 10) { n in
            try await runtime.perform { _ in for i in 0..<n { try? failing(i) } }
        }
        try await report("awaited from Swift", count / 20) { n in
            for i in 0..<n { let _: Int = try await function.call(i) }
        }
        let channel = Channel(capacity: 16)
        try await runtime.setGlobal("channel", channel)
        try await report("channel", count / 10) { n in
            let work = try await runtime.spawn(.thread, "for i = 1, ... do channel:send(i) end", n)
            for _ in 0..<n { let _: Int? = try await channel.receive() }
            try await work.join()
        }
        await runtime.shutdown()
        try await report("runtimes", max(count / 2_000, 10)) { n in
            for _ in 0..<n {
                let runtime = try makeRuntime()
                try await runtime.run(source: "probe.add(1, 2) local c = probe.counter()")
                await runtime.shutdown()
            }
        }
    }

    // MARK: - Everything at once

    static func mix(_ rounds: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in [objects, errors, channels, drops, cancels, many] {
                group.addTask { for _ in 0..<rounds { try await part() } }
            }
            try await group.waitForAll()
        }
        print("mixed")
    }

    static func check(_ condition: Bool, _ what: String) throws {
        if !condition { throw ScriptError(.error, "wrong: \(ByteText(what))") }
    }

    /// An object that two states and Swift use at once.
    @Sendable static func objects() async throws {
        let runtime = try makeRuntime()
        let counter = Counter()
        try await runtime.setGlobal("counter", counter)
        let source = "local c = ... for i = 1, 200 do c:add(1) local x = c.count tostring(c) probe.immediate(i) end"
        let threads = [
            try await runtime.spawn(.thread, source, counter), try await runtime.spawn(.thread, source, counter),
        ]
        for _ in 0..<100 { _ = counter.add(1) }
        for thread in threads { try await thread.join() }
        try check(counter.count == 500, "objects")
        await runtime.shutdown()
    }

    /// Errors in both directions, on several tasks of one state.
    @Sendable static func errors() async throws {
        let runtime = try makeRuntime()
        try await runtime.run(source: "function fail(n) probe.apply(function(n) probe.fail(n) end, n) end")
        await withTaskGroup(of: Void.self) { group in
            for i in 0..<20 {
                group.addTask {
                    do {
                        let _: () = try await runtime.call("fail", i)
                        print("no error")
                    } catch {
                        if ((error as? ScriptError)?.underlying as? Failure)?.number != i {
                            print("another error: \(error)")
                        }
                    }
                }
            }
        }
        await runtime.shutdown()
    }

    @Sendable static func channels() async throws {
        let runtime = try makeRuntime()
        let (there, back) = (Channel(capacity: 2), Channel())
        try await runtime.setGlobal("there", there)
        try await runtime.setGlobal("back", back)
        let work = try await runtime.spawn(.thread, "for m in there do back:send(m) end back:close()")
        let sender = Task {
            for i in 0..<200 { try await there.send(Point(x: Double(i), y: 0, name: "p")) }
            there.close()
        }
        var sum = 0.0
        for try await point in back.values(of: Point.self) { sum += point.x }
        try await sender.value
        try await work.join()
        try check(sum == 19_900, "channels")
        await runtime.shutdown()
    }

    /// Nobody holds the runtime any more while its scripts run.
    @Sendable static func drops() async throws {
        let runtime = try makeRuntime()
        _ = try await runtime.spawn(.task, "while true do probe.later(1) end")
        _ = try await runtime.spawn(.thread, "while true do probe.add(1, 2) end")
        let _: LuaFunction = try await runtime.evaluate("return function() end")
    }

    @Sendable static func cancels() async throws {
        let runtime = try makeRuntime()
        for source in ["while true do end", "probe.later(1) sleep(60)", "while true do probe.later(1) end"] {
            let work = Task { try await runtime.run(source: source) }
            await Task.yield()
            work.cancel()
            do {
                try await work.value
                print("not cancelled")
            } catch {
                try check((error as? ScriptError)?.kind == .cancelled, "cancels")
            }
        }
        await runtime.shutdown()
    }

    @Sendable static func many() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for i in 0..<10 {
                group.addTask {
                    let runtime = try makeRuntime()
                    let n: Int = try await runtime.evaluate("return probe.later(\(i))")
                    try check(n == i + 1, "many")
                    await runtime.shutdown()
                }
            }
            try await group.waitForAll()
        }
    }
}
