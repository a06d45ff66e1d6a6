import CFence
import CLua

/// The values that travel by name: loaded modules and their members, and functions that are globals in a fresh state
/// (as members of `_G`). What a script makes of its globals does not matter. Owned by its state's thread.
///
/// It is made when a message first needs it, again after `require` has loaded something, and when it does not know a C
/// function. It finds values by address. A hit is checked against the module, since the address of a collected value
/// may have been reused.
final class ModuleIndex {
    struct Name {
        let module: ByteText
        let member: ByteText?
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
        // A light userdata may be NULL (cjson.null): that gets an address of its own.
        lua_topointer(L, index) ?? nullAddress
    }
    private nonisolated(unsafe) static let nullAddress = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

    /// [-0, +1, -] Pushes the value that the name means at this moment; nil if there is none.
    private static func push(_ name: Name, _ state: LuaState, _ L: OpaquePointer) {
        lua_checkstack(L, 4)
        if name.module == "_G", let member = name.member { return LuaState.pushStandard(member, on: L) }
        Stack(L).pushLoadedModules()
        Stack(L).pushField(name.module, of: -1)
        lua_remove_(L, -2)
        guard let member = name.member else { return }
        if lua_type(L, -1) == LUA_TTABLE {
            Stack(L).pushField(member, of: -1)
        } else {
            lua_pushnil(L)
        }
        lua_remove_(L, -2)
    }

    /// Lists all names; the first name of a value counts. So the standard library comes first, and modules come before
    /// members. If a module has several names, the one that a script has required comes first: the others were loaded
    /// by it, and requiring one of them alone may load only a part.
    private func make(_ state: LuaState, _ L: OpaquePointer) {
        isMade = true
        loads = state.vm.pointee.loads
        names.removeAll()
        numbers.removeAll()
        lua_checkstack(L, 16)
        lua_rawgetp(L, LuaState.registry, LuaState.standardKey)
        eachField(L) { name in
            switch lua_type(L, -1) {
            case LUA_TTABLE: note(L, Name(module: name, member: nil))
            case LUA_TFUNCTION: note(L, Name(module: "_G", member: name))
            default: break
            }
        }
        eachField(L) { noteMembers(of: $0, L) }
        Stack(L).pushLoadedModules()
        let loaded = loadedNames(L)
        for name in loaded {
            let kind = Stack(L).pushField(name, of: -1)
            if kind == .table || kind == .function { note(L, Name(module: name, member: nil)) }
            lua_pop_(L, 1)
        }
        for name in loaded {
            Stack(L).pushField(name, of: -1)
            noteMembers(of: name, L)
            lua_pop_(L, 1)
        }
        lua_pop_(L, 2)
    }

    /// The names in `package.loaded`, which is on top: in the order in which `require` began to load them, then the
    /// others.
    private func loadedNames(_ L: OpaquePointer) -> [ByteText] {
        var names: [(order: Int, name: ByteText)] = []
        fence_push_loads(L)
        let order = lua_gettop(L)
        lua_pushvalue(L, -2)
        eachField(L) { name in
            var number = Int.max
            if lua_type(L, order) == LUA_TTABLE {
                if Stack(L).pushField(name, of: order) == .number { number = Int(lua_tointegerx(L, -1, nil)) }
                lua_pop_(L, 1)
            }
            names.append((number, name))
        }
        lua_pop_(L, 2)
        return names.sorted { ($0.order, $0.name) < ($1.order, $1.name) }.map(\.name)
    }

    /// Notes the members of the module on top.
    private func noteMembers(of module: ByteText, _ L: OpaquePointer) {
        guard module != "_G" else { return }
        eachField(L) { member in
            switch lua_type(L, -1) {
            case LUA_TFUNCTION, LUA_TTABLE, LUA_TLIGHTUSERDATA: note(L, Name(module: module, member: member))
            default: break
            }
        }
    }

    /// If a table is on top, calls `body` for each of its fields with a string for a key: the value is on top
    /// meanwhile.
    private func eachField(_ L: OpaquePointer, _ body: (ByteText) -> Void) {
        guard lua_type(L, -1) == LUA_TTABLE else { return }
        lua_pushnil(L)
        while lua_next(L, -2) != 0 {
            if lua_type(L, -2) == LUA_TSTRING { body(LuaState.text(L, -2)) }
            lua_pop_(L, 1)
        }
    }

    /// Gives the value on top that name, unless it has one already.
    private func note(_ L: OpaquePointer, _ name: Name) {
        let address = Self.address(L, -1)
        guard numbers[address] == nil else { return }
        numbers.insert(address, names.count)
        names.append(name)
    }

    /// [-0, +1, -] Pushes the value of a name in this state. Requires the module if it is not loaded, which may block.
    static func resolve(_ name: Name, _ state: LuaState, on L: OpaquePointer) throws(ScriptError) {
        lua_checkstack(L, 6)
        Stack(L).pushLoadedModules()
        let isLoaded = Stack(L).pushField(name.module, of: -1) != .nil
        lua_pop_(L, 2)
        if !isLoaded {
            Stack(L).pushGlobal("require")
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
