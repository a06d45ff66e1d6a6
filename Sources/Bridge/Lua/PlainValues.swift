import CLua

/// Booleans, numbers and strings between the stack and Swift.
extension Stack {
    /// What counts as true: all but nil and false.
    @inline(__always)
    func boolean(_ index: Int32) -> Bool { lua_toboolean(L, index) != 0 }

    /// Nil for what is no number; a string is none.
    @inline(__always)
    func number(_ index: Int32) -> Double? {
        lua_type(L, index) == LUA_TNUMBER ? lua_tonumberx(L, index, nil) : nil
    }

    /// Nil for what is no integer; a float is none.
    @inline(__always)
    func integer(_ index: Int32) -> Int? { lua_isinteger(L, index) != 0 ? Int(lua_tointegerx(L, index, nil)) : nil }

    @inline(__always)
    func isInteger(_ index: Int32) -> Bool { lua_isinteger(L, index) != 0 }

    /// A number at `index` becomes the string that Lua makes of it.
    func makeString(_ index: Int32) { lua_tolstring(L, index, nil) }

    /// The string at `index`; empty for what is no string.
    func text(_ index: Int32) -> ByteText { ByteText(bytes(index)) }

    /// The bytes of the string at `index`, valid while it is on the stack; none for what is no string.
    func bytes(_ index: Int32) -> UnsafeRawBufferPointer {
        guard lua_type(L, index) == LUA_TSTRING else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        var count = 0
        let start = lua_tolstring(L, index, &count)
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    // MARK: - Pushing

    /// [-0, +1, -]
    @inline(__always)
    func pushNil() { lua_pushnil(L) }
    /// [-0, +1, -]
    @inline(__always)
    func push(_ value: Bool) { lua_pushboolean(L, value ? 1 : 0) }
    /// [-0, +1, -]
    @inline(__always)
    func push(_ value: Int) { lua_pushinteger(L, lua_Integer(value)) }
    /// [-0, +1, -]
    @inline(__always)
    func push(_ value: Double) { lua_pushnumber(L, value) }
    /// [-0, +1, m] For a few bytes: where the state is short of memory they are had all the same.
    @inline(__always)
    func push(fewBytes bytes: UnsafeRawBufferPointer) {
        lua_pushlstring(L, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }

    /// [-0, +1, m] A short word of our own.
    func push(word: String) { lua_pushstring(L, word) }

    // MARK: - Numbers and booleans as messages have them

    /// The tag and the bits of the number at `index`.
    @inline(__always)
    func scalar(number index: Int32) -> (tag: Tag, bits: UInt64) {
        if lua_isinteger(L, index) != 0 { return (.integer, UInt64(bitPattern: lua_tointegerx(L, index, nil))) }
        return (.float, lua_tonumberx(L, index, nil).bitPattern)
    }

    /// [-0, +1, -] A number or boolean; nil for any other tag.
    @inline(__always)
    func push(scalar tag: Tag, _ bits: UInt64) {
        switch tag {
        case .integer: lua_pushinteger(L, lua_Integer(bitPattern: bits))
        case .float: lua_pushnumber(L, Double(bitPattern: bits))
        case .true, .false: lua_pushboolean(L, tag == .true ? 1 : 0)
        default: lua_pushnil(L)
        }
    }
}
