import Bridge
import Testing

/// Values between Swift and Lua.
@Suite struct ConversionTests {
    @Test func `numbers of every width are checked against their range`() async throws {
        let runtime = try makeRuntime()
        let n: Int = try await runtime.evaluate("return 40 + 2")
        #expect(n == 42)
        let small: Int8 = try await runtime.evaluate("return -128")
        #expect(small == -128)
        let exact: UInt16 = try await runtime.evaluate("return 3.0")
        #expect(exact == 3)
        let half: Float = try await runtime.evaluate("return 0.5")
        #expect(half == 0.5)
        await #expect(throws: ScriptError.self) { let _: UInt8 = try await runtime.evaluate("return 256") }
        await #expect(throws: ScriptError.self) { let _: UInt = try await runtime.evaluate("return -1") }
        await #expect(throws: ScriptError.self) { let _: Int = try await runtime.evaluate("return 1.5") }
        await #expect(throws: ScriptError.self) { let _: Int = try await runtime.evaluate("return '1'") }
        do {
            let _: [Int8] = try await runtime.evaluate("return {1, 2, 300}")
            Issue.record("300 is no Int8")
        } catch {
            #expect(error.kind == .conversion)
            #expect(error.message.description == "result #1: [3]: 300 is out of range for Int8")
        }
        await #expect(throws: ScriptError.self) { try await runtime.setGlobal("x", UInt64.max) }
        await runtime.shutdown()
    }

    private func check<T: FixedWidthInteger & LuaConvertible & Sendable>(_ type: T.Type, in runtime: Runtime)
        async throws
    {
        for value in [T.min, T.max, 1] {
            guard let whole = Int64(exactly: value) else {
                await #expect { try await runtime.setGlobal("n", value) } throws: {
                    ($0 as? ScriptError)?.message.description.contains("is out of range for Lua's integers") == true
                }
                continue
            }
            try await runtime.setGlobal("n", value)
            let kind: String = try await runtime.evaluate("return math.type(n)")
            let back: T = try await runtime.global("n")
            let same: Int64 = try await runtime.global("n")
            #expect(kind == "integer" && back == value && same == whole)
        }
        for outside in [
            Int64(clamping: T.min).subtractingReportingOverflow(1), Int64(clamping: T.max).addingReportingOverflow(1),
        ]
        where !outside.overflow && T(exactly: outside.partialValue) == nil {
            try await runtime.setGlobal("n", outside.partialValue)
            do {
                let _: T = try await runtime.global("n")
                Issue.record("\(outside.partialValue) is no \(T.self)")
            } catch {
                #expect(error.message.description.contains("\(outside.partialValue) is out of range for \(T.self)"))
            }
        }
    }

    @Test func `integers of every width keep their value or fail`() async throws {
        let runtime = try makeRuntime()
        try await check(Int8.self, in: runtime)
        try await check(Int16.self, in: runtime)
        try await check(Int32.self, in: runtime)
        try await check(Int64.self, in: runtime)
        try await check(Int.self, in: runtime)
        try await check(UInt8.self, in: runtime)
        try await check(UInt16.self, in: runtime)
        try await check(UInt32.self, in: runtime)
        try await check(UInt64.self, in: runtime)
        try await check(UInt.self, in: runtime)
        for number in ["2^63", "-2^63 - 1025", "0/0", "1/0", "0.5"] {
            await #expect(throws: ScriptError.self) { let _: Int = try await runtime.evaluate("return \(number)") }
        }
        let least: Int = try await runtime.evaluate("return -2^63")
        #expect(least == .min)
        await runtime.shutdown()
    }

    @Test func `text is UTF-8, bytes are bytes`() async throws {
        let runtime = try makeRuntime()
        let text: String = try await runtime.evaluate("return 'žlutý\\0kůň'")
        #expect(text == "žlutý\0kůň")
        let bytes: [UInt8] = try await runtime.evaluate("return '\\0\\255'")
        #expect(bytes == [0, 255])
        do {
            let _: String = try await runtime.evaluate("return '\\255'")
            Issue.record("not UTF-8")
        } catch {
            #expect(error.message.description == "result #1: string is not valid UTF-8")
        }
        try await runtime.setGlobal("bytes", [1, 2, 3] as [UInt8])
        let length: (String, Int) = try await runtime.evaluate("return type(bytes), #bytes")
        #expect(length == ("string", 3))
        await runtime.shutdown()
    }

    @Test func `compound values go both ways`() async throws {
        let runtime = try makeRuntime()
        try await runtime.setGlobal("sizes", ["a": [1, 2], "b": []])
        let sizes: [String: [Int]] = try await runtime.evaluate("sizes.c = {7} return sizes")
        #expect(sizes == ["a": [1, 2], "b": [], "c": [7]])
        let (first, second, third): (Int, String?, Bool) = try await runtime.evaluate("return 1, nil, true")
        #expect(first == 1 && second == nil && third)
        let none: Int? = try await runtime.evaluate("return")
        #expect(none == nil)
        let many: Variadic<Int> = try await runtime.evaluate("return 1, 2, 3")
        #expect(Array(many) == [1, 2, 3])
        let sum: Int = try await runtime.call("math.max", 3, 9, 4)
        #expect(sum == 9)
        let wanted: Double = try await runtime.global("math.pi")
        #expect(wanted == .pi)
        await runtime.shutdown()
    }

    @Test func `a value of any type is a Value`() async throws {
        let runtime = try makeRuntime()
        let (a, b, c, d): (Value, Value, Value, Value) = try await runtime.evaluate("return nil, 1, 1.5, 'x'")
        #expect(a == .nil && b == .integer(1) && c == .number(1.5) && d == "x")
        try await runtime.setGlobal("settings", ["list": [1, "two", true], "size": 2.5] as Value)
        let shown: String = try await runtime.evaluate("return settings.list[2] .. settings.size")
        #expect(shown == "two2.5")
        let copy = try await runtime.perform { stack throws in
            try stack.push(["list": [1, 2], 3: nil, 4: [:]] as Value)
            return try stack.read(-1, as: LuaTable.self).copy()
        }
        #expect(copy == ["list": [1, 2], 4: []])
        let table: Value = try await runtime.evaluate("return {}")
        if case .table = table {} else { Issue.record("a table is held by reference") }
        await runtime.shutdown()
    }

    @Test func `tables and functions are held by reference`() async throws {
        let runtime = try makeRuntime()
        try await runtime.run(
            source:
                "weak = setmetatable({}, {__mode = 'k'}) function make() local t = {n = 1} weak[t] = true return t end")
        var table: LuaTable? = try await runtime.call("make")
        let number = try await runtime.perform { [table] _ throws -> Int? in
            try table?.set("n", 5)
            return try table?.get("n", as: Int.self)
        }
        #expect(number == 5)
        let count = "collectgarbage() collectgarbage() local n = 0 for _ in pairs(weak) do n = n + 1 end return n"
        let held: Int = try await runtime.evaluate(count)
        #expect(held == 1)
        table = nil

        let released: Int = try await runtime.evaluate(count)
        #expect(released == 0)

        let add: LuaFunction = try await runtime.evaluate("return function(a, b) return a + b end")
        let sum: Int = try await add.call(1, 2)
        #expect(sum == 3)
        #expect(throws: ScriptError.self) { try add(1, 2) }
        await runtime.shutdown()
        await #expect(throws: ScriptError.self) { let _: Int = try await add.call(1, 2) }
    }
}
