import CFence
import CLua

/// Makes messages of a state's values, and values of messages. Also what a state remembers from one message to the
/// next.
extension LuaState {
    /// A message of the values from `first` to `last`. For `followsGlobals` and `leavesProcess` see `Encoder`.
    func message(
        _ first: Int32, _ last: Int32, as root: Encoder.Root, on L: OpaquePointer, followsGlobals: Bool = true,
        leavesProcess: Bool = false
    ) throws(Fault) -> Message {
        var encoder = Encoder(self, L, ByteBuffer())
        encoder.followsGlobals = followsGlobals
        encoder.leavesProcess = leavesProcess
        try encoder.encode(first, last, as: root)
        let shared = encoder.shared
        var buffer = encoder.finish()
        // For another process the bytes are copied into frames.
        guard !leavesProcess || buffer.count < 64 << 10 || MemoryBound.hasRoom(3 * buffer.count) else { throw .memory }
        return buffer.takeMessage(shared: shared)
    }

    /// [-0, +count, -] Nothing is pushed on failure.
    func push(_ message: Message, count: Int, on L: OpaquePointer) throws(ScriptError) {
        var decoder = Decoder(self, L, message.bytes, shared: message.storage.shared)
        defer { withExtendedLifetime(message) {} }
        try decoder.decode(count: count)
    }

    /// [-0, +1, -] The value of a name in this state; requires the module when it is not loaded. Blocks meanwhile.
    func push(_ name: ModuleIndex.Name, on L: OpaquePointer) throws(ScriptError) {
        lua_checkstack(L, 6)
        Stack(L).pushLoadedModules()
        let isLoaded = Stack(L).pushField(name.module, of: -1) != .nil
        lua_pop_(L, 2)
        if !isLoaded {
            Stack(L).pushGlobal("require")
            push(name.module, on: L)
            guard fence_call(vm, L, 1, 1) == LUA_OK else {
                let message = description(-1, on: L)
                lua_pop_(L, 1)
                throw ScriptError(.error, "cannot receive value: \(message)")
            }
            lua_pop_(L, 1)
        }
        ModuleIndex.push(name, L)
        if lua_type(L, -1) == LUA_TNIL, let member = name.member {
            lua_pop_(L, 1)
            if pushUnfilled(member, of: name.module, on: L) { return }
            throw ScriptError(.error, "cannot receive value: module '\(name.module)' has no member '\(member)' here")
        }
    }

    /// [-0, +(0|1), -] A member of a module whose table has an `__index` function that provides it.
    private func pushUnfilled(_ member: ByteText, of module: ByteText, on L: OpaquePointer) -> Bool {
        let top = lua_gettop(L)
        ModuleIndex.push(.init(module: module, member: nil), L)
        if luaL_getmetafield(L, -1, "__index") == LUA_TFUNCTION {
            lua_insert_(L, -2)
            push(member, on: L)
            if fence_call(vm, L, 2, 1) == LUA_OK, lua_type(L, -1) != LUA_TNIL { return true }
        }
        lua_settop(L, top)
        return false
    }

    // MARK: - Classes: tables that are metatables keep their identity over all messages

    /// The number of the class that the table at `index` is, the same in every state.
    func classIdentity(_ index: Int32, on L: OpaquePointer) -> Int64 {
        let index = lua_absindex(L, index)
        pushTable(Registry.classNumbers, "k", on: L)
        lua_pushvalue(L, index)
        if lua_rawget(L, -2) == LUA_TNUMBER {
            defer { lua_pop_(L, 2) }
            return lua_tointegerx(L, -1, nil)
        }
        lua_pop_(L, 2)
        let identity = Int64(Identity.next())
        lua_pushvalue(L, index)
        rememberClass(identity, on: L)
        return identity
    }

    /// [-1, +0, m] From now on the table on top is the class of that number.
    func rememberClass(_ identity: Int64, on L: OpaquePointer) {
        pushTable(Registry.classNumbers, "k", on: L)
        lua_pushvalue(L, -2)
        lua_pushinteger(L, identity)
        lua_rawset(L, -3)
        lua_pop_(L, 1)
        pushTable(Registry.classTables, "v", on: L)
        lua_insert_(L, -2)
        lua_rawseti(L, -2, identity)
        lua_pop_(L, 1)
    }

    /// [-0, +(0|1), m]
    func pushClass(_ identity: Int64, on L: OpaquePointer) -> Bool {
        pushTable(Registry.classTables, "v", on: L)
        let isKnown = lua_rawgeti(L, -1, identity) == LUA_TTABLE
        lua_remove_(L, -2)
        if !isKnown { lua_pop_(L, 1) }
        return isKnown
    }

    private func pushTable(_ key: UnsafeRawPointer, _ mode: String, on L: OpaquePointer) {
        lua_checkstack(L, 8)
        Stack(L).pushRegistered(key) { Stack(L).pushWeakTable(mode) }
    }

    // MARK: - Globals

    /// [-1, +0, m] Sets a global variable that came along with a function, unless this state's script has set it
    /// itself: what is there is replaced only if it came the same way, or is the standard library's.
    func importGlobal(_ name: ByteText, on L: OpaquePointer) {
        let value = lua_gettop(L)
        Stack(L).pushGlobals()
        let globals = lua_gettop(L)
        pushTable(Registry.imported, "", on: L)
        let imported = lua_gettop(L)
        Stack(L).pushField(name, of: globals)
        Stack(L).pushField(name, of: imported)
        if lua_type(L, -2) == LUA_TNIL || lua_rawequal(L, -1, -2) != 0 || Stack(L).isStandard(name, -2) {
            for table in [globals, imported] {
                push(name, on: L)
                lua_pushvalue(L, value)
                lua_rawset(L, table)
            }
        }
        lua_settop(L, value - 1)
    }
}
