import CFence
import CLua

/// Globals and loaded modules, read and written without metamethods.
extension Stack {
    /// [-0, +1, -] The table of the globals.
    @inline(__always)
    func pushGlobals() { lua_rawgeti(L, Registry.index, lua_Integer(LUA_RIDX_GLOBALS)) }

    /// [-0, +1, m]
    @discardableResult
    func pushGlobal(_ name: String) -> ValueKind {
        pushGlobals()
        let kind = pushField(name, of: -1)
        remove(-2)
        return kind
    }

    /// [-0, +1, m] `package.loaded`.
    @inline(__always)
    func pushLoadedModules() { pushField("_LOADED", of: Registry.index) }

    /// [-0, +1, m] The module that `require` gives for that name; nil if it is not loaded.
    @discardableResult
    func pushLoaded(_ name: String) -> ValueKind {
        pushLoadedModules()
        let kind = pushField(name, of: -1)
        remove(-2)
        return kind
    }

    // MARK: - The standard library

    /// Keeps what the globals are before a script can set any: the standard library.
    func keepStandard() {
        pushGlobals()
        fence_copy_fields(L, -1)
        lua_rawsetp(L, Registry.index, Registry.standard)
        lua_pop_(L, 1)
    }

    /// [-0, +1, m] What a fresh state has under that name, whatever the script has made of it.
    func pushStandard(_ global: ByteText) {
        lua_rawgetp(L, Registry.index, Registry.standard)
        pushField(global, of: -1)
        lua_remove_(L, -2)
    }

    /// Whether the value at `index` is what every state has under that name itself.
    func isStandard(_ global: ByteText, _ index: Int32) -> Bool {
        let index = lua_absindex(L, index)
        pushStandard(global)
        defer { lua_pop_(L, 1) }
        return lua_rawequal(L, -1, index) != 0
    }
}

extension LuaStack {
    /// [-0, +1, m] The global variable, or the field in tables that a dotted path leads to.
    func pushGlobal(_ path: String) throws(ScriptError) {
        let stack = Stack(L)
        guard stack.reserve(8) else { throw ScriptError(.error, "stack overflow") }
        stack.pushGlobals()
        for name in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard stack.kind(-1) == .table else {
                stack.pop()
                throw ScriptError(.error, "'\(path)': there is no table in which '\(name)' could be")
            }
            stack.pushField(ByteText(String(name)), of: -1)
            stack.remove(-2)
        }
    }
}

extension LuaState {
    /// Sets what the host's configuration says.
    func prepare(arguments: [String]?, packagePath: String?) throws(ScriptError) {
        let stack = LuaStack(HostCall(L: L, vm: vm))
        do throws(ConversionError) {
            if let arguments {
                try stack.push(arguments)
                setGlobal(Array("arg".utf8))
            }
            if let packagePath {
                Stack(L).pushLoaded("package")
                try stack.setField("path", packagePath)
                lua_pop_(L, 1)
            }
        } catch {
            throw ScriptError(.conversion, ByteText(error.description))
        }
    }

    /// [-1, +0, m] Makes the value on top of the stack a global variable: of that of the state's main thread, or of a
    /// coroutine.
    func setGlobal(_ name: [UInt8], on coroutine: OpaquePointer? = nil) {
        let L = coroutine ?? L
        let stack = Stack(L)
        stack.pushGlobals()
        push(name, on: L)
        lua_rotate(L, -3, -1)
        lua_rawset(L, -3)
        stack.pop()
    }

    /// [-0, +0, m] Replaces a function of a standard library, if the library's entry in `package.loaded` is a table.
    func replace(_ function: HostFunction, _ name: String, of library: String) {
        let stack = Stack(L)
        if stack.pushLoaded(library) == .table {
            function.push(L)
            stack.setField(name)
        }
        stack.pop()
    }

    /// [-0, +0, m] The same for a function that may still forward to the one that it replaces.
    func wrap(_ function: HostFunction, _ name: String, of library: String) {
        let stack = Stack(L)
        if stack.pushLoaded(library) == .table {
            stack.pushField(name, of: -1)
            lua_pushstring(L, function.name)
            lua_insert_(L, -2)
            lua_rawset(L, Registry.index)
        }
        stack.pop()
        replace(function, name, of: library)
    }

    /// The function that is called through the one of that name (`wrap`) gets its arguments.
    func forward(to name: String, _ call: HostCall) -> Outcome {
        let arguments = call.count
        Stack(call.L).pushField(name, of: Registry.index)
        lua_insert_(call.L, 1)
        return .forward(arguments, call)
    }
}
