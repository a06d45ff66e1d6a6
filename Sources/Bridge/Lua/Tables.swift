import CFence
import CLua

/// Tables, read and written without metamethods: no script's code runs.
extension Stack {
    /// [-0, +1, m] An empty table with room for so many items and fields.
    @inline(__always)
    func pushTable(items: Int = 0, fields: Int = 0) { lua_createtable(L, Int32(items), Int32(fields)) }

    /// [-0, +1, m] An empty table whose keys ("k") or values ("v") are weak; "" for neither.
    func pushWeakTable(_ mode: String, items: Int32 = 0) {
        lua_createtable(L, items, 0)
        lua_createtable(L, 0, 1)
        lua_pushstring(L, mode)
        setField("__mode")
        lua_setmetatable(L, -2)
    }

    // MARK: - Fields

    /// [-1, +0, m] Sets a field of the table below the value on top to that value.
    func setField(_ name: String) {
        lua_pushstring(L, name)
        lua_insert_(L, -2)
        lua_rawset(L, -3)
    }

    /// [-0, +1, m] A field of the table at `index`.
    @discardableResult
    func pushField(_ name: String, of index: Int32) -> ValueKind {
        let index = lua_absindex(L, index)
        lua_pushstring(L, name)
        return ValueKind(lua_rawget(L, index))
    }

    /// [-0, +1, m]
    @discardableResult
    func pushField(_ name: ByteText, of index: Int32) -> ValueKind {
        let index = lua_absindex(L, index)
        name.bytes.withUnsafeBytes { push(fewBytes: $0) }
        return ValueKind(lua_rawget(L, index))
    }

    /// Calls `body` for each pair of the table at `index`. Key and value are on top meanwhile; the body leaves them
    /// there.
    @inline(__always)
    func forEachPair<E>(of index: Int32, _ body: () throws(E) -> Void) throws(E) {
        let index = lua_absindex(L, index)
        lua_pushnil(L)
        while lua_next(L, index) != 0 {
            try body()
            lua_pop_(L, 1)
        }
    }

    /// [-1, +0, -] Makes the table on top the metatable of the value below it.
    @inline(__always)
    func setMetatable() { lua_setmetatable(L, -2) }

    // MARK: - Items

    /// How many items the table at `index` has, as `rawlen` tells it.
    @inline(__always)
    func itemCount(of index: Int32) -> Int { Int(lua_rawlen(L, index)) }

    /// [-0, +1, -]
    @inline(__always) @discardableResult
    func pushItem(_ number: Int, of index: Int32) -> ValueKind { ValueKind(lua_rawgeti(L, index, lua_Integer(number))) }

    /// Loads an item into the cache, which will be needed soon.
    @inline(__always)
    func prefetchItem(_ number: Int, of index: Int32) { fence_prefetch_item(L, index, lua_Integer(number)) }

    /// [-1, +0, m] Sets an item of the table at `index` to the value on top.
    @inline(__always)
    func setItem(_ number: Int, of index: Int32) { lua_rawseti(L, index, lua_Integer(number)) }

    /// The first of the list's items that is nil; 0 if there is none.
    func firstHole(in index: Int32, count: Int) -> Int { fence_first_hole(L, index, count) }

    /// [-0, +1, m] Pushes a new list of the items from `first` on.
    func pushSlice(of index: Int32, from first: Int, count: Int) { fence_push_slice(L, index, first, count) }

    /// [-0, +0, m] Copies the first items of one list into another, which has room for them, from `first` on.
    func place(_ count: Int, of source: Int32, into target: Int32, from first: Int) {
        fence_place_items(L, source, count, target, first)
    }

    /// [-0, +count, -] Pushes the first items of the table at `index`. There must be room on the stack.
    @inline(__always)
    func pushItems(_ count: Int, of index: Int32) {
        let index = lua_absindex(L, index)
        for number in 0..<count { lua_rawgeti(L, index, lua_Integer(number + 1)) }
    }

    /// [-count, +1, m] A list of the values on top.
    @inline(__always)
    func collect(_ count: Int32) {
        lua_createtable(L, count, 0)
        lua_insert_(L, -count - 1)
        for number in stride(from: count, through: 1, by: -1) { lua_rawseti(L, -number - 1, lua_Integer(number)) }
    }

    /// [-0, +1, m] A list of copies of the values from `first` to `last`, with their number as `n`.
    func pushCountedList(copying first: Int32, _ last: Int32) {
        let count = last - first + 1
        lua_createtable(L, count, 1)
        lua_pushinteger(L, lua_Integer(count))
        setField("n")
        for i in 0..<count {
            lua_pushvalue(L, first + i)
            lua_rawseti(L, -2, lua_Integer(i) + 1)
        }
    }

    /// [-0, +count, -] Pushes the items of such a list at `index`, and returns how many there are: 0 if it is no list,
    /// or there is no room for `n` items.
    func pushCountedItems(of index: Int32) -> Int32 {
        let top = lua_gettop(L)
        var count: Int32 = 0
        if lua_type(L, index) == LUA_TTABLE, pushField("n", of: index) == .number {
            count = Int32(clamping: max(0, lua_tointegerx(L, -1, nil)))
        }
        lua_settop(L, top)
        if count > 0, !reserve(count + 8) { count = 0 }
        pushItems(Int(count), of: index)
        return count
    }
}

extension HostCall {
    /// [-0, +1, m] Pushes a list of the items; `push` pushes one.
    func pushList<T>(_ items: [T], _ push: (T) -> Void) {
        stack.pushTable(items: items.count)
        for (index, item) in items.enumerated() {
            push(item)
            stack.setItem(index + 1, of: -2)
        }
    }
}
