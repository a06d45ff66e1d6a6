import Bridge
import Testing

/// Calls are written without words for Swift's type inference: the results are those that are asked for.
@Suite struct InferenceTests {
    private static let host = Module("host") {
        Function("doubled") { (list: [Double], body: LuaFunction) throws -> [Double] in
            try list.map { number in try body(number) }
        }
        Function("each") { (list: [String], body: LuaFunction) throws in
            for item in list { try body(item) }
        }
        Function("both") { (body: LuaFunction) throws -> String in
            let (word, number): (String, Double) = try body()
            return "\(word) \(number)"
        }
        Function("sum") { (body: LuaFunction) throws -> Double in
            let number: Double = try body(1, 2.5)
            return try number + body(2, 3)
        }
    }

    @Test func `a function of Lua gives none, one or several results`() async throws {
        let runtime = try makeRuntime(Self.host)
        let list: [Double] = try await runtime.evaluate("return host.doubled({1, 2.5}, function(n) return 2 * n end)")
        #expect(list == [2, 5])
        let text: String = try await runtime.evaluate(
            """
            local text = ''
            host.each({'a', 'b'}, function(item) text = text .. item return 'dropped' end)
            return text .. host.both(function() return 'c', 1 end)
            """)
        #expect(text == "abc 1.0")
        let sum: Double = try await runtime.evaluate("return host.sum(function(a, b) return a + b end)")
        #expect(sum == 8.5)
        await runtime.shutdown()
    }
    @Test func `a call is a statement where no result is wanted`() async throws {
        let runtime = try makeRuntime()
        try await runtime.evaluate("count = 0 function up(by) count = count + (by or 1) return 'dropped' end return 7")
        try await runtime.call("up")
        try await runtime.call("up", 2, deadline: .seconds(60))
        let up: LuaFunction = try await runtime.global("up")
        try await up.call(4)
        let half: Double = try await runtime.evaluate("return count / 2")
        #expect(half == 3.5)
        await runtime.shutdown()
    }
}
