// What calls, conversions, channels and runtimes cost a host, beside C: `swift run -c release --package-path
// Benchmarks/Embedding`. Each figure is the best of several runs, in nanoseconds unless it says otherwise.
import Bridge
import CBaseline
import Synchronization

final class Counter: LuaObject {
    private let value = Atomic<Int>(0)
    func add(_ n: Int) -> Int { value.add(n, ordering: .relaxed).newValue }
}

struct Point: LuaConvertible, Sendable {
    var x, y: Double
    var name: String
    static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Point {
        Point(
            x: try stack.field("x", of: index), y: try stack.field("y", of: index),
            name: try stack.field("name", of: index))
    }
    func push(to stack: borrowing LuaStack) throws(ConversionError) {
        try stack.pushTable(fields: 3)
        try stack.setField("x", x)
        try stack.setField("y", y)
        try stack.setField("name", name)
    }
}

struct CodedPoint: Codable, LuaConvertible, Sendable {
    var x, y: Double
    var name: String
}

let probe = Module("probe") {
    Function("add") { (a: Int, b: Int) in a + b }
    Function("counter") { Counter() }
    Function("immediate") { (n: Int) async in n + 1 }
    Function("read") { (point: Point) in point.x }
    Function("decode") { (point: CodedPoint) in point.x }
    Function("write") { (x: Double) in Point(x: x, y: 2, name: "point") }
    Function("encode") { (x: Double) in CodedPoint(x: x, y: 2, name: "point") }
    Type(Counter.self) { Method("add") { (counter: Counter, n: Int) in counter.add(n) } }
}

/// A chunk that returns the nanoseconds of one turn of a loop, the best of several.
func chunk(_ prepare: String, _ body: String, turns: Int = 1_000_000) -> String {
    """
    local clock = os.clock
    \(prepare)
    local best = math.huge
    for round = 1, 7 do
      local before = clock()
      for i = 1, \(turns) do \(body) end
      local spent = clock() - before
      before = clock()
      for i = 1, \(turns) do end
      spent = spent - (clock() - before)
      if spent < best then best = spent end
    end
    return best / \(turns) * 1e9
    """
}

@main
struct Bench {
    static func main() async throws {
        var configuration = Runtime.Configuration()
        configuration.modules = [probe]
        let runtime = try Runtime(configuration)
        func measure(_ prepare: String, _ body: String, turns: Int = 1_000_000) async throws -> Double {
            try await runtime.evaluate(chunk(prepare, body, turns: turns))
        }
        func show(_ name: String, _ value: Double, _ beside: Double? = nil) {
            let ratio = beside.map { ", \(shown(value / $0)) x \(shown($0))" } ?? ""
            print("\(name): \(shown(value))\(ratio)")
        }
        let add = "local f = probe.add", object = "local c = probe.counter()"
        show("function (Int, Int), x C", try await measure(add, "f(i, 1)"), baseline_run(chunk(add, "f(i, 1)")))
        show("method, x C", try await measure(object, "c:add(1)"), baseline_run(chunk(object, "c:add(1)")))
        show(
            "asynchronous function that does not suspend",
            try await measure("local f = probe.immediate", "f(i)", turns: 100_000))
        let point = "local p = {x = 1, y = 2, name = 'point'} local f = probe."
        show(
            "decode, x read", try await measure(point + "decode", "f(p)", turns: 100_000),
            try await measure(point + "read", "f(p)", turns: 100_000))
        show(
            "encode, x push", try await measure(point + "encode", "f(i)", turns: 100_000),
            try await measure(point + "write", "f(i)", turns: 100_000))

        let function: LuaFunction = try await runtime.evaluate("return function(a, b) return a + b end")
        let calls = try await runtime.perform { _ throws -> Double in
            let start = ContinuousClock.now
            var sum = 0
            for i in 0..<1_000_000 { sum = try function(sum, i) }
            return nanoseconds(start) / 1_000_000
        }
        show("Swift calls Lua (Int, Int)", calls)

        let channel = Channel()
        try await runtime.setGlobal("channel", channel)
        let messages = 2_000_000
        let start = ContinuousClock.now
        let work = try await runtime.spawn(.thread, "for i = 1, \(messages) do channel:send(i) end channel:close()")
        var sum = 0
        for try await n in channel.values(of: Int.self) { sum += n }
        try await work.join()
        print("channel to Swift: \(shown(Double(messages) / nanoseconds(start) * 1e3)) M messages/s")

        let asked = ContinuousClock.now
        for i in 0..<20_000 { let _: Int = try await runtime.call("math.abs", i) }
        show("call from a Swift task, microseconds", nanoseconds(asked) / 20_000 / 1e3)
        await runtime.shutdown()

        let opened = ContinuousClock.now
        for _ in 0..<500 {
            let runtime = try Runtime()
            try await runtime.run(source: "x = 1")
            await runtime.shutdown()
        }
        let each = nanoseconds(opened) / 500 / 1e3
        let plain = ContinuousClock.now
        baseline_states(500)
        show("runtime opened, run, closed, microseconds, x a C state", each, nanoseconds(plain) / 500 / 1e3)
    }

    static func nanoseconds(_ start: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
    }

    static func shown(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
