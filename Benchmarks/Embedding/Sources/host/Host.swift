// `host NAME N`: a program that embeds the library does N items of the work of that name and prints its figures, one
// `name value` a line. The same work in C is in Benchmarks/Sources/CPeers/hosts.c.
import Bridge
import Synchronization

final class Counter: LuaObject {
    private let value = Atomic<Int>(0)
    func add(_ n: Int) -> Int { value.add(n, ordering: .relaxed).newValue }
}

/// Converted by its own `read` and `push`.
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

/// Converted by its coding.
struct CodedPoint: Codable, Sendable {
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
    Function("encode") { (x: Double) -> CodedPoint in CodedPoint(x: x, y: 2, name: "point") }
    Type(Counter.self) { Method("add") { (counter: Counter, n: Int) in counter.add(n) } }
}

struct Failure: Error {
    let message: String
}

@main
struct Host {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 3, let size = Int(words[2]), size > 0 else { throw Failure(message: "usage: host NAME N") }
        switch words[1] {
        case "host-function":
            try await figure(size, "local f, sum = probe.add, 0", "sum = f(sum, i)", "sum == n * (n + 1) // 2")
        case "host-method":
            try await figure(size, "local c, sum = probe.counter()", "sum = c:add(1)", "sum >= n")
        case "host-async":
            try await figure(size, "local f, sum = probe.immediate, 0", "sum = f(sum)", "sum == n")
        case "host-read":
            try await conversion(size, "local p = {x = 1, y = 2, name = 'point'}", "read", "decode", "f(p)")
        case "host-push": try await conversion(size, "", "write", "encode", "f(i)")
        case "host-call": try await calls(size)
        case "host-channel": try await channel(size)
        case "host-runtime": try await runtimes(size)
        default: throw Failure(message: "no work is named \(words[1])")
        }
    }

    static func makeRuntime() throws -> Runtime {
        var configuration = Runtime.Configuration()
        configuration.modules = [probe]
        return try Runtime(configuration)
    }

    /// Prints what one turn of a loop in Lua takes, without what the empty loop takes: the best of ten passes.
    static func figure(_ size: Int, _ prepare: String, _ body: String, _ check: String) async throws {
        let runtime = try makeRuntime()
        print("ns_per_op", try await time(size, prepare, body, check, in: runtime))
        await runtime.shutdown()
    }

    static func time(
        _ size: Int, _ prepare: String, _ body: String, _ check: String = "true", in runtime: Runtime
    ) async throws -> Double {
        try await runtime.evaluate(
            """
            local clock, n, best = os.clock, \(size), math.huge
            for pass = 1, 11 do
              \(prepare)
              local start = clock()
              for i = 1, n do \(body) end
              local spent = clock() - start
              start = clock()
              for i = 1, n do end
              spent = spent - (clock() - start)
              assert(\(check))
              if pass > 1 and spent < best then best = spent end
            end
            return best / n * 1e9
            """)
    }

    /// A value through `Codable`, beside the same through the conversion protocol, in one run.
    static func conversion(
        _ size: Int, _ prepare: String, _ own: String, _ coded: String, _ body: String
    ) async throws {
        let runtime = try makeRuntime()
        let protocolTime = try await time(size, "\(prepare) local f = probe.\(own)", body, in: runtime)
        let codedTime = try await time(size, "\(prepare) local f = probe.\(coded)", body, in: runtime)
        print("ns_per_op", protocolTime)
        print("coded_ns", codedTime)
        print("times_protocol", codedTime / protocolTime)
        await runtime.shutdown()
    }

    /// Swift calls a function of Lua.
    static func calls(_ size: Int) async throws {
        let runtime = try makeRuntime()
        let function: LuaFunction = try await runtime.evaluate("return function(a, b) return a + b end")
        let best = try await runtime.perform { _ throws -> Double in
            var best = Double.infinity
            for pass in 0...10 {
                let start = ContinuousClock.now
                var sum = 0
                for i in 1...size { sum = try function(sum, i) }
                guard sum == size * (size + 1) / 2 else { throw Failure(message: "wrong sum") }
                if pass > 0 { best = min(best, nanoseconds(since: start)) }
            }
            return best
        }
        print("ns_per_op", best / Double(size))
        await runtime.shutdown()
    }

    /// A thread of Lua sends integers, a task of Swift receives them.
    static func channel(_ size: Int) async throws {
        let runtime = try makeRuntime()
        for count in [max(size / 10, 1), size] {
            let channel = Channel()
            try await runtime.setGlobal("channel", channel)
            let start = ContinuousClock.now
            let work = try await runtime.spawn(
                .thread, "for i = 1, ... do channel:send(i) end channel:close()", count)
            var sum = 0
            for try await n in channel.values(of: Int.self) { sum += n }
            let spent = nanoseconds(since: start)
            try await work.join()
            guard sum == count * (count + 1) / 2 else { throw Failure(message: "wrong sum") }
            if count == size { print("ops_per_s", Double(count) / spent * 1e9) }
        }
        await runtime.shutdown()
    }

    /// A runtime is opened, runs a chunk, and is closed.
    static func runtimes(_ size: Int) async throws {
        for count in [max(size / 10, 1), size] {
            let start = ContinuousClock.now
            for _ in 0..<count {
                let runtime = try Runtime()
                try await runtime.run(source: "n = 1")
                await runtime.shutdown()
            }
            if count == size { print("ns_per_op", nanoseconds(since: start) / Double(count)) }
        }
    }

    static func nanoseconds(since start: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
    }
}
