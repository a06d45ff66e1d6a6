import CFence
import CLua

/// Which values travel by name: loaded modules and their members. Owned by its state's thread.
///
/// Made when a message first needs it, again after `require` loaded something, and when it does not know a C function. A hit is checked
/// against the module before it is believed, since a collected value's address may be another's by now.
final class ModuleIndex {
    struct Name {
        let module: String
        let member: String?
    }

    private var names: [Name] = []
    private var numbers = PointerMap()
    private var isMade = false
    private var loads: UInt32 = 0

    /// Whether the value at that address may have a name.
    @inline(__always)
    func mayKnow(_ address: UnsafeRawPointer, _ state: LuaState, on L: OpaquePointer) -> Bool {
        if !isMade || state.vm.pointee.loads != loads { make(state, L) }
        return numbers[address] != nil
    }

    /// The name of the table, function or light userdata at `index`, if it has one.
    func name(of index: Int32, _ state: LuaState, on L: OpaquePointer) -> Name? {
        let index = lua_absindex(L, index)
        if !isMade || state.vm.pointee.loads != loads { make(state, L) }
        if let name = find(index, state, L) { return name }
        guard lua_iscfunction(L, index) != 0 || lua_type(L, index) == LUA_TLIGHTUSERDATA else { return nil }
        make(state, L)
        return find(index, state, L)
    }

    private func find(_ index: Int32, _ state: LuaState, _ L: OpaquePointer) -> Name? {
        guard let number = numbers[Self.address(L, index)] else { return nil }
        let name = names[number]
        Self.push(name, state, L)
        defer { lua_pop_(L, 1) }
        return lua_rawequal(L, -1, index) != 0 ? name : nil
    }

    private static func address(_ L: OpaquePointer, _ index: Int32) -> UnsafeRawPointer {
        // A light userdata may well be NULL (cjson.null): give that an address of its own.
        lua_topointer(L, index) ?? nullAddress
    }
    private nonisolated(unsafe) static let nullAddress = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

    /// [-0, +1, -] The value that a name stands for now; nil when there is none.
    private static func push(_ name: Name, _ state: LuaState, _ L: OpaquePointer) {
        lua_checkstack(L, 4)
        lua_getfield_raw(L, LuaState.registry, LUA_LOADED_TABLE)
        lua_getfield_raw(L, -1, name.module)
        lua_remove_(L, -2)
        guard let member = name.member else { return }
        if lua_type(L, -1) == LUA_TTABLE {
            lua_getfield_raw(L, -1, member)
        } else {
            lua_pushnil(L)
        }
        lua_remove_(L, -2)
    }

    private func make(_ state: LuaState, _ L: OpaquePointer) {
        isMade = true
        loads = state.vm.pointee.loads
        names.removeAll()
        numbers.removeAll()
        lua_checkstack(L, 8)
        lua_getfield_raw(L, LuaState.registry, LUA_LOADED_TABLE)
        let loaded = lua_gettop(L)
        lua_pushnil(L)
        while lua_next(L, loaded) != 0 {  // first the modules: one that is another's member keeps its own name
            let isModule = lua_type(L, -1) == LUA_TTABLE || lua_type(L, -1) == LUA_TFUNCTION
            if isModule, lua_type(L, -2) == LUA_TSTRING { note(L, Name(module: LuaState.text(L, -2), member: nil)) }
            lua_pop_(L, 1)
        }
        lua_pushnil(L)
        while lua_next(L, loaded) != 0 {
            if lua_type(L, -2) == LUA_TSTRING, LuaState.text(L, -2) != "_G" { add(LuaState.text(L, -2), L, all: true) }
            lua_pop_(L, 1)
        }
        // The globals last: there, only what is C belongs to the language; the rest is the script's.
        if lua_getfield_raw(L, loaded, "_G") == LUA_TTABLE { add("_G", L, all: false) }
        lua_settop(L, loaded - 1)
    }

    /// Adds the members of the module on top of the stack.
    private func add(_ module: String, _ L: OpaquePointer, all: Bool) {
        guard lua_type(L, -1) == LUA_TTABLE else { return }
        let table = lua_gettop(L)
        lua_pushnil(L)
        while lua_next(L, table) != 0 {
            let type = lua_type(L, -1)
            let counts =
                all
                ? type == LUA_TFUNCTION || type == LUA_TTABLE || type == LUA_TLIGHTUSERDATA
                : lua_iscfunction(L, -1) != 0
            if counts, lua_type(L, -2) == LUA_TSTRING { note(L, Name(module: module, member: LuaState.text(L, -2))) }
            lua_pop_(L, 1)
        }
    }

    /// The value on top has that name, unless it has one already.
    private func note(_ L: OpaquePointer, _ name: Name) {
        let address = Self.address(L, -1)
        guard numbers[address] == nil else { return }
        numbers.insert(address, names.count)
        names.append(name)
    }

    /// [-0, +1, -] The value of a name in this state; requires the module when it is not loaded. Blocks meanwhile.
    static func resolve(_ name: Name, _ state: LuaState, on L: OpaquePointer) throws(ScriptError) {
        lua_checkstack(L, 6)
        lua_getfield_raw(L, LuaState.registry, LUA_LOADED_TABLE)
        let isLoaded = lua_getfield_raw(L, -1, name.module) != LUA_TNIL
        lua_pop_(L, 2)
        if !isLoaded {
            lua_rawgeti(L, LuaState.registry, lua_Integer(LUA_RIDX_GLOBALS))
            lua_getfield_raw(L, -1, "require")
            lua_remove_(L, -2)
            state.push(name.module, on: L)
            guard fence_call(state.vm, L, 1, 1) == LUA_OK else {
                let message = state.description(-1, on: L)
                lua_pop_(L, 1)
                throw ScriptError(.error, "cannot receive value: \(message)")
            }
            lua_pop_(L, 1)
        }
        push(name, state, L)
        if lua_type(L, -1) == LUA_TNIL, let member = name.member {
            throw ScriptError(.error, "cannot receive value: module '\(name.module)' has no member '\(member)' here")
        }
    }
}
