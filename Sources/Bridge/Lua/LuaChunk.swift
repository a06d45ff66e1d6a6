import CFence
import CLua

/// The part of a module that is written in Lua. It receives the table of the native functions and returns the module's.
final class LuaChunk: Sendable {
    private let run: @Sendable (HostCall) throws(Fault) -> Void
    /// Metamethods of a module's empty table, which fill it when a script first looks into it.
    let fillers: [HostFunction]

    init(_ name: String, _ source: [UInt8], _ natives: [HostFunction]) {
        /// [-0, +1, m] Compiles and runs the chunk, and pushes the table that it returns.
        @Sendable func run(_ call: HostCall) throws(Fault) {
            let L = call.L
            do throws(ScriptError) { try call.state.load(source, name: "=[\(name)]", on: L) } catch {
                throw .message(error.message)
            }
            AnyHostType.pushTable(L, natives)
            guard fence_call(call.vm, L, 1, 1) == LUA_OK, lua_type(L, -1) == LUA_TTABLE else { throw .raised }
        }
        @Sendable func fill(_ call: HostCall) throws(Fault) {
            let L = call.L
            try run(call)
            lua_pushnil(L)
            lua_setmetatable(L, 1)
            call.vm.pointee.loads &+= 1  // its functions have names from now on (`ModuleIndex`)
            lua_pushnil(L)
            while lua_next(L, -2) != 0 {
                lua_pushvalue(L, -2)
                lua_insert_(L, -2)
                lua_rawset(L, 1)
            }
        }
        self.run = run
        fillers = [
            HostFunction("__index", "", "Fills the module, then reads.") { call throws(Fault) in
                try fill(call)
                lua_settop(call.L, 2)
                lua_rawget(call.L, 1)
                return .results(1)
            },
            HostFunction("__pairs", "", "Fills the module, then lists.") { call throws(Fault) in
                try fill(call)
                call.stack.pushLoaded("_G")
                call.stack.pushField("next", of: -1)
                lua_pushvalue(call.L, 1)
                return .results(2)
            },
        ]
    }

    /// [-0, +1, m] Pushes a field of the table that the chunk returns. It runs once in a state.
    func push(_ field: String, _ call: HostCall) throws(Fault) {
        let L = call.L
        let key = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        lua_checkstack(L, 8)
        if lua_rawgetp(L, Registry.index, key) != LUA_TTABLE {
            lua_pop_(L, 1)
            try run(call)
            lua_pushvalue(L, -1)
            lua_rawsetp(L, Registry.index, key)
        }
        Stack(L).pushField(field, of: -1)
        lua_remove_(L, -2)
    }
}
