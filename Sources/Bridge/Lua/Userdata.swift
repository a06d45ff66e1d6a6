import CLua

/// Userdata of plain bytes, with values of Lua attached to it. Host objects are another matter: see `HostType`.
extension Stack {
    /// [-0, +1, m] A new one, with places for so many values. Its address.
    @inline(__always)
    func pushUserdata(size: Int, attachments: Int32) -> UnsafeMutableRawPointer {
        lua_newuserdatauv(L, size, attachments).unsafelyUnwrapped
    }

    /// The address of the one at `index`; nil for what has another size, or is none.
    @inline(__always)
    func userdata(_ index: Int32, size: Int) -> UnsafeMutableRawPointer? {
        guard lua_rawlen(L, index) == size else { return nil }
        return lua_touserdata(L, index)
    }

    /// [-0, +1, -] The value in that place, counted from 1; nil where there is no such place.
    @inline(__always) @discardableResult
    func pushAttachment(_ number: Int32, of index: Int32) -> ValueKind {
        ValueKind(lua_getiuservalue(L, index, number))
    }

    /// [-1, +0, -] The value on top goes to that place.
    @inline(__always)
    func setAttachment(_ number: Int32, of index: Int32) { lua_setiuservalue(L, index, number) }
}
