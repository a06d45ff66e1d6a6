import CLua

/// The table that a state keeps for what no script sees.
enum Registry {
    static let index = lua_registryindex_()

    /// The number of the table of anchored values, which is faster to find than an address.
    static let anchors: lua_Integer = -1

    /// Addresses that stand for entries of the registry. Sound: never read or written.
    private nonisolated(unsafe) static let keys = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
    nonisolated(unsafe) static let objects = UnsafeRawPointer(keys + 1)
    nonisolated(unsafe) static let error = UnsafeRawPointer(keys + 2)
    nonisolated(unsafe) static let classNumbers = UnsafeRawPointer(keys + 3)
    nonisolated(unsafe) static let classTables = UnsafeRawPointer(keys + 4)
    nonisolated(unsafe) static let imported = UnsafeRawPointer(keys + 5)
    nonisolated(unsafe) static let standard = UnsafeRawPointer(keys + 6)
    nonisolated(unsafe) static let thrown = UnsafeRawPointer(keys + 7)
}

extension Stack {
    /// [-0, +1, m] The table that the registry has under that key. At first use `make` pushes it.
    @inline(__always)
    func pushRegistered(_ key: UnsafeRawPointer, _ make: () -> Void) {
        if lua_rawgetp(L, Registry.index, key) == LUA_TTABLE { return }
        lua_pop_(L, 1)
        make()
        lua_pushvalue(L, -1)
        lua_rawsetp(L, Registry.index, key)
    }
}
