import CFence
import CLua
import Testing

@testable import Bridge

@Suite struct StateImageTests {
    private func makeImage(_ chunk: String = "") -> StateImage? {
        StateImage { memory throws(ScriptError) in
            let state = try LuaState(memory, modules: Module.builtin)
            try state.load(Array(chunk.utf8), name: "=chunk", on: state.L)
            #expect(fence_call(memory.vm, state.L, 0, 0) == 0)
            return state
        }
    }

    /// What a chunk returns in that state, as text.
    private func result(_ chunk: String, _ memory: StateMemory, _ state: LuaState) throws -> String {
        try state.load(Array(chunk.utf8), name: "=chunk", on: state.L)
        let status = fence_call(memory.vm, state.L, 0, 1)
        defer { lua_settop(state.L, 0) }
        return "\(status) " + String(decoding: state.description(-1, on: state.L).bytes, as: UTF8.self)
    }

    private static let work = """
        local t = {}
        for i = 1, 3000 do t[i] = { name = 'x' .. i, i } _G['global' .. i] = i end
        for i = 1, 3000 do t[i] = i % 3 == 0 and { t[i] } or nil end
        collectgarbage()
        local names = {}
        for name, library in pairs(package.loaded) do
          for key, value in pairs(type(library) == 'table' and library or {}) do
            assert(library[key] == value and rawequal(library[key], value))
            names[#names + 1] = name .. '.' .. tostring(key) .. type(value)
          end
        end
        table.sort(names)
        return #table.concat(names) .. ('x'):rep(3) .. select(2, pcall(error, 'caught')) .. tostring(io.stdout):sub(1, 4)
        """

    @Test func `copies of a state are like states that were opened, one after the other in the same memory`() throws {
        let image = try #require(makeImage())
        let memory = StateMemory()
        let opened = try LuaState(memory, modules: Module.builtin)
        let expected = try result(Self.work, memory, opened)
        opened.close()
        #expect(expected.hasPrefix("0 "))
        for _ in 0..<20 {
            let state = try LuaState(memory, copying: image)
            #expect(try result(Self.work, memory, state) == expected)
            state.close()
            #expect(memory.vm.pointee.used == 0)
        }
    }

    @Test func `copies do not share what they change`() throws {
        let image = try #require(makeImage())
        let memories = (0..<10).map { _ in StateMemory() }
        let states = try memories.map { try LuaState($0, copying: image) }
        for (memory, state) in zip(memories, states) {
            #expect(try result("x = (x or 0) + 1 string.x = x return x + #_G", memory, state) == "0 1")
        }
        for state in states { state.close() }
    }

    @Test(arguments: [
        "t = { [{}] = 1 }", "t = { [print] = 1, [function() end] = 2 }", "t = { [coroutine.create(print)] = 1 }",
        "setmetatable(string, { [io.stdout] = 1 })", "c = channel.new()", "t = { { { channel.new() } } }",
        "local c = channel.new() function f() return c end", "co = coroutine.create(print)",
    ])
    func `a state with what a copy could not find, or must not have, is not copied`(_ chunk: String) {
        #expect(makeImage(chunk) == nil)
    }

    @Test func `a state that does not fit is not copied`() {
        #expect(makeImage("t = {} for i = 1, 3000 do t[i] = { i } end") == nil)
        #expect(makeImage("s = ('x'):rep(100000)") == nil)
        #expect(makeImage("s = ('x'):rep(10000)") != nil)
    }
}
