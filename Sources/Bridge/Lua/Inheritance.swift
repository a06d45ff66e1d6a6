import CLua

/// What a new state gets from the state that spawned it, besides the function.
struct Inheritance: Sendable {
    /// `arg`, `package.path`, `package.cpath`, whether warnings are shown, in that order, as one message.
    let values: Message
    fileprivate static let count = 4
}

extension LuaState {
    /// What a state spawned from this one gets.
    func inheritance(_ L: OpaquePointer, leavesProcess: Bool = false) throws(Fault) -> Inheritance {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        lua_checkstack(L, 8)
        Stack(L).pushGlobal("arg")
        pushPaths(L)
        lua_pushboolean(L, vm.pointee.warnings)
        func message() throws(Fault) -> Message {
            try self.message(top + 1, top + Int32(Inheritance.count), as: .value, on: L, leavesProcess: leavesProcess)
        }
        do throws(Fault) { return Inheritance(values: try message()) } catch {
            if case .memory = error { throw error }
        }
        // The script put something into `arg` that cannot travel: the new state goes without.
        lua_pushnil(L)
        lua_replace_(L, top + 1)
        return Inheritance(values: try message())
    }

    /// [-0, +2, m] package.path and package.cpath, nil for what is no string.
    private func pushPaths(_ L: OpaquePointer) {
        let stack = Stack(L)
        stack.pushLoaded("package")
        let package = stack.top
        for name in ["path", "cpath"] {
            if stack.kind(package) == .table, stack.pushField(name, of: package) == .string { continue }
            stack.resize(to: package + (name == "path" ? 0 : 1))
            stack.pushNil()
        }
        stack.remove(package)
    }

    /// Sets the inherited values in this new state.
    func inherit(_ inheritance: Inheritance) throws(ScriptError) {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        try push(inheritance.values, count: Inheritance.count, on: L)
        vm.pointee.warnings = lua_toboolean(L, -1)
        Stack(L).pushLoaded("package")
        for (index, name) in [(top + 2, "path"), (top + 3, "cpath")] where lua_type(L, index) == LUA_TSTRING {
            lua_pushvalue(L, index)
            Stack(L).setField(name)
        }
        Stack(L).pushGlobals()
        lua_pushvalue(L, top + 1)
        Stack(L).setField("arg")
    }
}
