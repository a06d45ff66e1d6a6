import CFence
import CLua

/// A class whose objects scripts hold by reference: its name, its methods and properties. Immutable.
class AnyHostType: @unchecked Sendable {  // sound: immutable
    let name: String
    let methods: [HostFunction]
    /// Called with the object when the property is read.
    let getters: [HostFunction]
    let metamethods: [HostFunction]

    init(_ name: String, methods: [HostFunction], getters: [HostFunction], metamethods: [HostFunction]) {
        self.name = name
        self.methods = methods
        self.getters = getters
        self.metamethods = metamethods
    }

    /// Stands for this type in the records of its objects, and in the registry for its metatable.
    final var identity: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    /// [-0, +1, m] The type's metatable in that state, made at first use.
    final func pushMetatable(_ L: OpaquePointer) {
        if lua_rawgetp(L, LuaState.registry, identity) == LUA_TTABLE { return }
        lua_pop_(L, 1)
        lua_createtable(L, 0, 6)
        lua_pushstring(L, name)
        lua_setfield_raw(L, "__name")
        fence_push_collector(L)
        lua_setfield_raw(L, "__gc")
        Self.pushTable(L, methods)
        if !getters.isEmpty {
            Self.pushTable(L, getters)
            fence_push_index(L)
        }
        lua_setfield_raw(L, "__index")
        for function in metamethods {
            function.push(L)
            lua_setfield_raw(L, function.name)
        }
        lua_pushvalue(L, -1)
        lua_rawsetp(L, LuaState.registry, identity)
    }

    /// [-0, +1, m]
    static func pushTable(_ L: OpaquePointer, _ functions: [HostFunction]) {
        lua_createtable(L, 0, Int32(functions.count))
        for function in functions {
            function.push(L)
            lua_setfield_raw(L, function.name)
        }
    }
}

final class HostType<Object: AnyObject>: AnyHostType, @unchecked Sendable {
    override init(
        _ name: String, methods: [HostFunction], getters: [HostFunction] = [], metamethods: [HostFunction] = []
    ) {
        super.init(name, methods: methods, getters: getters, metamethods: metamethods)
    }
}

/// [-1, +0, m] Sets a field of the table below the top without metamethods: cannot raise but for want of memory.
func lua_setfield_raw(_ L: OpaquePointer, _ name: String) {
    lua_pushstring(L, name)
    lua_insert_(L, -2)
    lua_rawset(L, -3)
}

/// [-0, +1, m] Pushes a field of the table at `index` without metamethods; its type.
@discardableResult
func lua_getfield_raw(_ L: OpaquePointer, _ index: Int32, _ name: String) -> Int32 {
    let index = lua_absindex(L, index)
    lua_pushstring(L, name)
    return lua_rawget(L, index)
}

/// The same with any name.
@discardableResult
func lua_getfield_raw(_ L: OpaquePointer, _ index: Int32, _ name: ByteText) -> Int32 {
    let index = lua_absindex(L, index)
    name.bytes.withUnsafeBytes {
        _ = lua_pushlstring(L, $0.assumingMemoryBound(to: CChar.self).baseAddress, $0.count)
    }
    return lua_rawget(L, index)
}

/// What a state needs to make a shared object of any kind known to scripts.
protocol HostObject: Shareable {
    var hostType: AnyHostType { get }
    /// Whether it can be given to another process.
    var crossesProcesses: Bool { get }
    /// Called when a message of that state takes the object along.
    func prepareToLeave(_ state: LuaState, _ L: OpaquePointer)
    /// What travels in its place.
    var traveller: any HostObject { get }
    /// What a state that it comes to gets, on that state's thread.
    func arrive(in state: LuaState) -> any HostObject
}

extension HostObject {
    var crossesProcesses: Bool { false }
    func prepareToLeave(_ state: LuaState, _ L: OpaquePointer) {}
    var traveller: any HostObject { self }
    func arrive(in state: LuaState) -> any HostObject { self }
}
