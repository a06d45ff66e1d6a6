import CLua

/// Anchored values: they stay alive until they are released, each under a number, in a table in the registry.
extension LuaState {
    func openAnchors() {
        lua_createtable(L, 8, 0)
        lua_rawseti(L, Registry.index, Registry.anchors)
    }

    /// [-1, +0, m] Keeps the value on top of a coroutine's stack until `release`. Its number is never 0.
    func anchor(_ L: OpaquePointer) -> Int {
        let number = anchors.take()
        lua_rawgeti(L, Registry.index, Registry.anchors)
        lua_insert_(L, -2)
        lua_rawseti(L, -2, lua_Integer(number))
        lua_pop_(L, 1)
        return number
    }

    /// [-count, +0, m] Keeps the values on top together: one as it is, any other number as a list.
    func anchor(_ count: Int32, on L: OpaquePointer) -> Int {
        if count != 1 { Stack(L).collect(count) }
        return anchor(L)
    }

    /// [-0, +0, m] Keeps the coroutine itself.
    func anchorCoroutine(_ L: OpaquePointer) -> Int {
        lua_pushthread(L)
        return anchor(L)
    }

    /// [-0, +1, -]
    func pushAnchored(_ number: Int, on L: OpaquePointer) {
        lua_rawgeti(L, Registry.index, Registry.anchors)
        lua_rawgeti(L, -1, lua_Integer(number))
        lua_remove_(L, -2)
    }

    /// [-0, +count, -] Pushes values that were anchored together. False, with nothing pushed, if there is no room.
    @discardableResult
    func pushAnchored(_ number: Int, count: Int32, on L: OpaquePointer) -> Bool {
        let stack = Stack(L)
        guard stack.reserve(count + 8) else { return false }
        pushAnchored(number, on: L)
        guard count != 1 else { return true }
        let list = stack.top
        stack.pushItems(Int(count), of: list)
        stack.remove(list)
        return true
    }

    /// [-0, +0, -] The chunk on top gets the anchored table as its globals.
    func setEnvironment(_ number: Int, on L: OpaquePointer) {
        pushAnchored(number, on: L)
        if lua_setupvalue(L, -2, 1) == nil { lua_pop_(L, 1) }
    }

    func release(_ number: Int) {
        lua_rawgeti(L, Registry.index, Registry.anchors)
        lua_pushboolean(L, 0)
        lua_rawseti(L, -2, lua_Integer(number))
        lua_pop_(L, 1)
        anchors.give(number)
    }
}
