import CFence
import CLua

/// A table of functions, constants and types that scripts find as a global and `require`.
public struct Module: Sendable {
    public let name: String
    let functions: [HostFunction]
    /// Called when the field is read.
    let getters: [HostFunction]
    /// The part that is written in Lua, if there is one. Then `functions` are the native functions that it receives.
    let chunk: LuaChunk?
    /// Functions of the module that are globals too.
    let globals: [String]

    init(
        _ name: String, _ functions: [HostFunction], getters: [HostFunction] = [], chunk: [UInt8]? = nil,
        globals: [String] = []
    ) {
        self.name = name
        self.functions = functions
        self.getters = getters
        self.chunk = chunk.map { LuaChunk(name, $0, functions) }
        self.globals = globals
    }
}

extension LuaState {
    /// A state with modules. Its owner keeps them until it is closed.
    convenience init(_ memory: StateMemory, modules: [Module]) throws(ScriptError) {
        try self.init(memory)
        open(modules)
        Stack(L).keepStandard()
        fence_begin_collecting(L)
    }

    private func open(_ modules: [Module]) {
        Stack(L).pushLoadedModules()
        Stack(L).pushGlobals()
        for module in modules {
            push(module)
            for name in module.globals {
                Stack(L).pushField(name, of: -1)
                lua_pushstring(L, name)
                lua_insert_(L, -2)
                lua_rawset(L, -4)
            }
            lua_pushvalue(L, -1)
            lua_pushstring(L, module.name)
            lua_insert_(L, -2)
            lua_rawset(L, -4)
            lua_pushstring(L, module.name)
            lua_insert_(L, -2)
            lua_rawset(L, -4)
        }
        lua_pop_(L, 2)
    }

    /// [-0, +1, m]
    private func push(_ module: Module) {
        if let chunk = module.chunk { return pushUnfilled(module, chunk) }
        AnyHostType.pushTable(L, module.functions)
        guard !module.getters.isEmpty else { return }
        lua_createtable(L, 0, 1)
        lua_createtable(L, 0, 0)
        AnyHostType.pushTable(L, module.getters)
        fence_push_index(L)
        Stack(L).setField("__index")
        lua_setmetatable(L, -2)
    }

    /// [-0, +1, m] A module that is written in Lua: an empty table that is filled when a script first looks into it,
    /// because compiling the chunk would be a good part of the cost of a new state.
    private func pushUnfilled(_ module: Module, _ chunk: LuaChunk) {
        lua_createtable(L, 0, 0)
        lua_createtable(L, 0, 2)
        for function in chunk.fillers {
            function.push(L)
            Stack(L).setField(function.name)
        }
        lua_setmetatable(L, -2)
    }
}
