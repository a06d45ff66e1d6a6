import CLua

/// Booleans, numbers and strings between the stack and Swift.
extension Stack {
    /// Whether the value counts as true: all do except nil and false.
    @inline(__always)
    func boolean(_ index: Int32) -> Bool { lua_toboolean(L, index) != 0 }

    /// The number at `index`; nil for anything else, also for a string of digits.
    @inline(__always)
    func number(_ index: Int32) -> Double? {
        lua_type(L, index) == LUA_TNUMBER ? lua_tonumberx(L, index, nil) : nil
    }

    /// The integer at `index`; nil for anything else, also for a float.
    @inline(__always)
    func integer(_ index: Int32) -> Int? { lua_isinteger(L, index) != 0 ? Int(lua_tointegerx(L, index, nil)) : nil }

    @inline(__always)
    func isInteger(_ index: Int32) -> Bool { lua_isinteger(L, index) != 0 }

    /// Replaces a number at `index` by the string that Lua makes of it.
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
    /// [-0, +1, m] Pushes a short string. It needs so little memory that the reserve is enough.
    @inline(__always)
    func push(fewBytes bytes: UnsafeRawBufferPointer) {
        lua_pushlstring(L, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }

    /// [-0, +1, m] A short string of luaconc's own.
    func push(word: String) { lua_pushstring(L, word) }

    // MARK: - Numbers and booleans as they are in messages

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
