import Testing

@testable import Bridge

@Suite struct MessageTests {
    /// A state of its own, with a value made by a chunk on top of its stack.
    private func withState(_ source: String, _ body: (LuaState, OpaquePointer) throws -> Void) throws {
        let memory = StateMemory()
        let state = try LuaState(memory, modules: [])
        defer { state.close() }
        try state.load(Array(source.utf8), name: "=test", on: state.L)
        #expect(fence_call(memory.vm, state.L, 0, 1) == 0)
        try body(state, state.L)
    }

    @Test(arguments: [
        "return 1", "return -0.0", "return 'x\\0y'", "return {}", "return {1, 2, 3, a = {b = true}}",
        "local t = {} t.t = t return t", "local m = {} return {setmetatable({}, m), setmetatable({}, m)}",
        "local n = 0 return {function() n = n + 1 return n end, function() return n end}",
        "return {string.format, math}",
        "return (function() local t = {} for i = 1, 300 do t[i] = {i} end return t end)()",
        "return (function() local t = {} for i = 1, 300 do t[i] = i end return t end)()",
    ])
    func `a message is read back whole, and no damage to it does more than an error`(_ source: String) throws {
        try withState(source) { state, L in
            let message = try state.message(1, 1, as: .value, on: L)
            try state.push(message, count: 1, on: L)
            #expect(lua_gettop(L) == 2)
            lua_settop(L, 1)
            var random = SplitMix(seed: 7)
            for _ in 0..<3000 {
                var bytes = Array(message.bytes)
                // Bytecode is only ever made by ourselves: what follows a function's tag stays as it is.
                if bytes.contains(Tag.function.rawValue) { break }
                for _ in 0..<Int(random.next() % 4 + 1) {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
                bytes.withUnsafeBytes { bytes in
                    var decoder = Decoder(state, L, bytes, shared: [])
                    try? decoder.decode(count: 1)
                    lua_settop(L, 1)
                    _ = FlatTable.decode(L, bytes)
                    lua_settop(L, 1)
                }
            }
        }
    }

    @Test(arguments: [
        "return {}", "return {1, 2.5, 'x', true}", "return {id = 1, name = 'n', v = 2.5}",
        "return {10, 20, a = false}", "return {1, 2, nil, 4}", "return {('s'):rep(100), [('k'):rep(50)] = 1}",
        "local t = {1, 2, 3, 4, 5, 6, 7, 8} t[8] = nil t[7] = nil local n = #t t.x = 1 return t",
    ])
    func `the quick encoding of a flat table is the general one`(_ source: String) throws {
        try withState(source) { state, L in
            let message = try state.message(1, 1, as: .value, on: L)
            #expect(quickBytes(state, L) == Array(message.bytes))
        }
    }

    @Test(arguments: [
        "return {{}}", "return {__index = 1}", "return setmetatable({}, {})", "return {print}", "return string",
        "return {('s'):rep(300)}", "local t = {} for i = 1, 200 do t[i] = i end return t",
    ])
    func `what is not flat or too long has no quick encoding`(_ source: String) throws {
        try withState(source) { state, L in #expect(quickBytes(state, L) == nil) }
    }

    private func quickBytes(_ state: LuaState, _ L: OpaquePointer) -> [UInt8]? {
        withUnsafeTemporaryAllocation(byteCount: FlatTable.room, alignment: 8) { place in
            guard let start = place.baseAddress else { return nil }
            let count = FlatTable.encode(L, 1, state, into: start)
            return count.map { Array(UnsafeRawBufferPointer(start: start, count: $0)) }
        }
    }

    @Test func `C and Swift mean the same by a tag`() {
        #expect(Int(Tag.false.rawValue) == FENCE_TAG_FALSE)
        #expect(Int(Tag.true.rawValue) == FENCE_TAG_TRUE)
        #expect(Int(Tag.integer.rawValue) == FENCE_TAG_INTEGER)
        #expect(Int(Tag.float.rawValue) == FENCE_TAG_FLOAT)
        #expect(Int(Tag.short.rawValue) == FENCE_TAG_SHORT)
        #expect(Int(Tag.table.rawValue) == FENCE_TAG_TABLE)
        #expect(Int(Tag.end.rawValue) == FENCE_TAG_END)
    }

    @Test func `globals that a function reads are found in its bytecode`() throws {
        let source = """
            return function(a) local function inner() return one(a.two) + _ENV.x end three = a return inner, four end
            """
        try withState(source) { state, L in
            let message = try state.message(1, 1, as: .function, on: L)
            #expect(message.bytes.count > 0)
        }
    }
}

/// A small generator, so that a failure can be had again.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

import CFence
import CLua
