import CFence
import CLua

/// A module's table that is empty until a script first looks into it. Compiling the part of a module that is written in
/// Lua would be a good part of the cost of a new state; and each function of a module that a thread does not use would
/// take its part of that thread's memory. Assignments, reading and `pairs` find all fields; `next` and raw access find
/// none until then. Immutable; lives as long as the module.
final class LateModule: Sendable {
    typealias Fill = @Sendable (HostCall) throws(Fault) -> Void

    let fill: Fill
    /// Made when they are first needed: a program without threads needs none for modules in Swift.
    private let metamethods = Guarded<[HostFunction]>([])

    /// `fill` gives the table at index 1 its fields, and the metatable that it has afterwards.
    init(_ fill: @escaping Fill) { self.fill = fill }

    /// [-0, +1, m]
    func push(_ L: OpaquePointer) {
        lua_createtable(L, 0, 0)
        lua_createtable(L, 0, 3)
        let functions = metamethods.withLock { made in
            if made.isEmpty { made = makeMetamethods() }
            return made
        }
        for function in functions {
            function.push(L)
            Stack(L).setField(function.name)
        }
        lua_setmetatable(L, -2)
    }

    private func makeMetamethods() -> [HostFunction] {
        [
            HostFunction("__index", "", "Fills the module, then reads.") { [unowned self] call throws(Fault) in
                let L = call.L
                try fillTable(call)
                lua_settop(L, 2)
                lua_pushvalue(L, 2)
                let isFound = lua_rawget(L, 1) != LUA_TNIL
                if isFound || luaL_getmetafield(L, 1, "__index") == LUA_TNIL { return .results(1) }
                lua_pushvalue(L, 1)
                lua_pushvalue(L, 2)
                return .forward(2, call)
            },
            HostFunction("__newindex", "", "Fills the module, then writes.") { [unowned self] call throws(Fault) in
                let L = call.L
                try fillTable(call)
                lua_settop(L, 3)
                if lua_type(L, 2) == LUA_TNIL { throw .message("index is nil") }
                if lua_type(L, 2) == LUA_TNUMBER, lua_tonumberx(L, 2, nil).isNaN { throw .message("index is NaN") }
                lua_rawset(L, 1)
                return .none
            },
            HostFunction("__pairs", "", "Fills the module, then lists.") { [unowned self] call throws(Fault) in
                try fillTable(call)
                call.stack.pushLoaded("_G")
                call.stack.pushField("next", of: -1)
                lua_pushvalue(call.L, 1)
                return .results(2)
            },
        ]
    }

    private func fillTable(_ call: HostCall) throws(Fault) {
        guard lua_type(call.L, 1) == LUA_TTABLE else { throw .type(1, "table") }
        lua_checkstack(call.L, 10)
        try fill(call)
        call.vm.pointee.loads &+= 1  // its functions have names from now on (`ModuleIndex`)
    }
}

extension LateModule {
    /// A module of functions and properties.
    convenience init(_ functions: [HostFunction], _ getters: [HostFunction]) {
        self.init { call throws(Fault) in
            lua_pushvalue(call.L, 1)
            Module.fill(call.L, functions, getters)
        }
    }
}
