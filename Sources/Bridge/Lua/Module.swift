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
    private let ownTypes: [AnyHostType]
    /// The module itself, if it is made when a script requires it.
    private let required: RequiredModule?

    /// Those that objects may have at this moment.
    var types: [AnyHostType] { required?.made?.types ?? ownTypes }
    /// Scripts find it without `require`.
    var isGlobal: Bool { required == nil }
    /// Its table is filled when a script first looks into it, in any state.
    var isLate: Bool { chunk != nil || required != nil }

    /// A module that scripts get by `require` alone: it sets no global. Its members are made when a script first looks
    /// into it, once in a process, on that script's thread.
    public init(required name: String, @ModuleBuilder _ members: @escaping @Sendable () -> [any ModuleMember]) {
        let required = RequiredModule { Module(name, members) }
        self.init(name, ModuleContents(), required, LateModule(required.fill))
    }

    init(_ name: String, _ contents: ModuleContents) { self.init(name, contents, nil, nil) }

    private init(_ name: String, _ contents: ModuleContents, _ required: RequiredModule?, _ late: LateModule?) {
        self.name = name
        self.required = required
        functions = contents.functions
        getters = contents.getters
        constants = contents.constants
        ownTypes = contents.types
        chunk = contents.chunk.map { LuaChunk(name, $0, contents.functions) }
        self.late = late ?? chunk?.late ?? LateModule(functions, getters)
        globals = contents.globals
    }

    /// [-0, +0, m] Gives the table on top of the stack the module's values.
    func setConstants(_ call: HostCall) throws(ScriptError) {
        for constant in constants {
            do throws(ConversionError) { try constant.push(call) } catch {
                throw ScriptError(.conversion, "module '\(name)': constant '\(constant.name)': \(error)")
            }
            Stack(call.L).setField(constant.name)
        }
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

/// A module that is made when a script first looks into it. Shared; guarded by its lock.
private final class RequiredModule: Sendable {
    private let make: @Sendable () -> Module
    private let module = Guarded<Module?>(nil)

    init(_ make: @escaping @Sendable () -> Module) { self.make = make }

    var made: Module? { module.withLock { $0 } }

    /// See `LateModule`.
    @Sendable func fill(_ call: HostCall) throws(Fault) {
        let module = module.withLock { module in
            let made = module ?? make()
            module = made
            return made
        }
        if module.chunk == nil {
            lua_pushvalue(call.L, 1)
            do throws(ScriptError) { try module.setConstants(call) } catch { throw .script(error) }
            lua_pop_(call.L, 1)
        }
        try module.late.fill(call)
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
            if module.isGlobal {
                lua_pushvalue(L, -1)
                lua_pushstring(L, module.name)
                lua_insert_(L, -2)
                lua_rawset(L, -4)
            }
            lua_pushstring(L, module.name)
            lua_insert_(L, -2)
            lua_rawset(L, -4)
        }
        lua_pop_(L, 2)
    }

    /// [-0, +1, m]
    private func push(_ module: Module, _ fillsLate: Bool) throws(ScriptError) {
        if module.isLate || (fillsLate && module.globals.isEmpty && module.constants.isEmpty) {
            return module.late.push(L)
        }
        lua_createtable(L, 0, Int32(module.functions.count))
        try module.setConstants(HostCall(L: L, vm: vm))
        lua_pushvalue(L, -1)
        Module.fill(L, module.functions, module.getters)
    }
}
