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

    private let vm: UnsafeMutablePointer<fence_vm>
    private var names: [Name] = []
    private var numbers = PointerMap()
    private var isMade = false
    private var loads: UInt32 = 0

    init(_ vm: UnsafeMutablePointer<fence_vm>) { self.vm = vm }

    /// Whether the value at that address may have a name.
    @inline(__always)
    func mayKnow(_ address: UnsafeRawPointer, on L: OpaquePointer) -> Bool {
        if !isMade || vm.pointee.loads != loads { make(L) }
        return numbers[address] != nil
    }

    /// The name of the table, function or light userdata at `index`, if it has one.
    func name(of index: Int32, on L: OpaquePointer) -> Name? {
        let index = lua_absindex(L, index)
        if !isMade || vm.pointee.loads != loads { make(L) }
        if let name = find(index, L) { return name }
        guard lua_iscfunction(L, index) != 0 || lua_type(L, index) == LUA_TLIGHTUSERDATA else { return nil }
        make(L)
        return find(index, L)
    }

    private func find(_ index: Int32, _ L: OpaquePointer) -> Name? {
        guard let number = numbers[Self.address(L, index)] else { return nil }
        let name = names[number]
        Self.push(name, L)
        defer { lua_pop_(L, 1) }
        return lua_rawequal(L, -1, index) != 0 ? name : nil
    }

    private static func address(_ L: OpaquePointer, _ index: Int32) -> UnsafeRawPointer {
        // A light userdata may be NULL (cjson.null): that gets an address of its own.
        lua_topointer(L, index) ?? nullAddress
    }
    private nonisolated(unsafe) static let nullAddress = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

    /// [-0, +1, -] The value that a name stands for now; nil when there is none.
    static func push(_ name: Name, _ L: OpaquePointer) {
        lua_checkstack(L, 4)
        if name.module == "_G", let member = name.member { return Stack(L).pushStandard(member) }
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

    /// The first name counts. So what was there before the script comes first, and modules come before members. Of
    /// several names of one module it is the one that a script has required: the others were loaded on its behalf, and
    /// alone may be a part of it.
    private func make(_ L: OpaquePointer) {
        isMade = true
        loads = vm.pointee.loads
        names.removeAll()
        numbers.removeAll()
        lua_checkstack(L, 16)
        lua_rawgetp(L, Registry.index, Registry.standard)
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
            if lua_type(L, -2) == LUA_TSTRING { body(Stack(L).text(-2)) }
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
}
