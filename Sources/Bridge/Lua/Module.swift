import CFence
import CLua

/// A table of functions, constants and types that scripts find as a global and `require`.
public struct Module: Sendable {
    /// The name of the global variable, and what `require` is given.
    public let name: String
    let functions: [HostFunction]
    /// Called when the field is read.
    let getters: [HostFunction]
    /// The part that is written in Lua, if there is one. Then `functions` are the native functions that it receives.
    let chunk: LuaChunk?
    /// Functions of the module that are globals too.
    let globals: [String]
    /// The table of the module for states that fill it when a script first looks into it.
    let late: LateModule
    /// Values of a host's module, and the types of its objects.
    let constants: [Constant]
    let types: [AnyHostType]

    init(_ name: String, _ contents: ModuleContents) {
        self.name = name
        functions = contents.functions
        getters = contents.getters
        constants = contents.constants
        types = contents.types
        chunk = contents.chunk.map { LuaChunk(name, $0, contents.functions) }
        late = chunk?.late ?? LateModule(functions, getters)
        globals = contents.globals
    }

    /// [-1, +0, m] Gives the table on top of the stack those fields, and the metatable for what is called when it is
    /// read.
    static func fill(_ L: OpaquePointer, _ functions: [HostFunction], _ getters: [HostFunction]) {
        for function in functions {
            function.push(L)
            Stack(L).setField(function.name)
        }
        if getters.isEmpty {
            lua_pushnil(L)
        } else {
            lua_createtable(L, 0, 1)
            lua_createtable(L, 0, 0)
            AnyHostType.pushTable(L, getters)
            fence_push_index(L)
            Stack(L).setField("__index")
        }
        lua_setmetatable(L, -2)
        lua_pop_(L, 1)
    }
}

extension LuaState {
    /// A state with modules. Its owner keeps them until it is closed. `fillsLate`: their tables are filled when a script
    /// first looks into them.
    convenience init(_ memory: StateMemory, modules: [Module], fillsLate: Bool = false) throws(ScriptError) {
        try self.init(memory)
        try open(modules, fillsLate)
        Stack(L).keepStandard()
        fence_begin_collecting(L)
    }

    private func open(_ modules: [Module], _ fillsLate: Bool) throws(ScriptError) {
        Stack(L).pushLoadedModules()
        Stack(L).pushGlobals()
        for module in modules {
            try push(module, fillsLate)
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
    private func push(_ module: Module, _ fillsLate: Bool) throws(ScriptError) {
        if module.chunk != nil || (fillsLate && module.globals.isEmpty && module.constants.isEmpty) {
            return module.late.push(L)
        }
        lua_createtable(L, 0, Int32(module.functions.count))
        for constant in module.constants {
            do throws(ConversionError) { try constant.push(HostCall(L: L, vm: vm)) } catch {
                throw ScriptError(.conversion, "module '\(module.name)': constant '\(constant.name)': \(error)")
            }
            Stack(L).setField(constant.name)
        }
        lua_pushvalue(L, -1)
        Module.fill(L, module.functions, module.getters)
    }
}
