import CFence
import CLua

/// The part of a module that is written in Lua. It receives the table of the native functions and returns the module's.
final class LuaChunk: Sendable {
    private let run: @Sendable (HostCall) throws(Fault) -> Void
    /// The module of all that the chunk returns.
    let late: LateModule

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
        self.run = run
        late = LateModule { call throws(Fault) in
            let L = call.L
            try run(call)
            lua_pushnil(L)
            lua_setmetatable(L, 1)
            lua_pushnil(L)
            while lua_next(L, -2) != 0 {
                lua_pushvalue(L, -2)
                lua_insert_(L, -2)
                lua_rawset(L, 1)
            }
        }
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
