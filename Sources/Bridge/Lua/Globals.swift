import CLua

/// Globals and loaded modules, read and written without metamethods.
extension Stack {
    /// [-0, +1, -] The table of the globals.
    @inline(__always)
    func pushGlobals() { lua_rawgeti(L, LuaState.registry, lua_Integer(LUA_RIDX_GLOBALS)) }

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
    func pushLoadedModules() { pushField("_LOADED", of: LuaState.registry) }

    /// [-0, +1, m] The module that `require` gives for that name; nil if it is not loaded.
    @discardableResult
    func pushLoaded(_ name: String) -> ValueKind {
        pushLoadedModules()
        let kind = pushField(name, of: -1)
        remove(-2)
        return kind
    }

    // MARK: - The registry

    /// [-0, +1, m] Pushes the table that the registry has under that key. At first use `make` makes and pushes it.
    @inline(__always)
    func pushRegistered(_ key: UnsafeRawPointer, _ make: () -> Void) {
        if lua_rawgetp(L, LuaState.registry, key) == LUA_TTABLE { return }
        lua_pop_(L, 1)
        make()
        lua_pushvalue(L, -1)
        lua_rawsetp(L, LuaState.registry, key)
    }
}

extension LuaState {
    /// [-1, +0, m] Makes the value on top of the stack of `L` (the state's main thread) a global variable.
    func setGlobal(_ name: [UInt8]) {
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
}
