import CLua

/// Userdata of plain bytes, with Lua values attached to it (its user values). For host objects see `HostType`.
extension Stack {
    /// [-0, +1, m] Pushes a new userdata with places for so many values. Returns its address.
    @inline(__always)
    func pushUserdata(size: Int, attachments: Int32) -> UnsafeMutableRawPointer {
        lua_newuserdatauv(L, size, attachments).unsafelyUnwrapped
    }

    /// The address of the userdata at `index`; nil for one of another size, and for any other value.
    @inline(__always)
    func userdata(_ index: Int32, size: Int) -> UnsafeMutableRawPointer? {
        guard lua_rawlen(L, index) == size else { return nil }
        return lua_touserdata(L, index)
    }

    /// [-0, +1, -] Pushes the attached value of that number, counted from 1; nil if there is no such place.
    @inline(__always) @discardableResult
    func pushAttachment(_ number: Int32, of index: Int32) -> ValueKind {
        ValueKind(lua_getiuservalue(L, index, number))
    }

    /// [-1, +0, -] Attaches the value on top under that number.
    @inline(__always)
    func setAttachment(_ number: Int32, of index: Int32) { lua_setiuservalue(L, index, number) }
}
