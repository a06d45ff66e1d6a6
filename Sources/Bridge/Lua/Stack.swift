import CLua

/// The stack of a coroutine. An index counts from the bottom, a negative one from the top. Valid as long as the
/// coroutine; for its state's thread.
struct Stack {
    let L: OpaquePointer

    @inline(__always)
    init(_ L: OpaquePointer) { self.L = L }

    /// The index of the value on top, which is also the number of values.
    @inline(__always)
    var top: Int32 { lua_gettop(L) }

    /// The index that stays the same when something is pushed.
    @inline(__always)
    func absolute(_ index: Int32) -> Int32 { lua_absindex(L, index) }

    /// Whether so many values more can be pushed.
    @inline(__always) @discardableResult
    func reserve(_ count: Int32) -> Bool { lua_checkstack(L, count) != 0 }

    /// What identifies the table, function or userdata at `index`.
    @inline(__always)
    func address(_ index: Int32) -> UnsafeRawPointer? { lua_topointer(L, index) }

    // MARK: - Moving values

    /// [-?, +?, -] Removes the values above the first `count`, or adds nils up to that number.
    @inline(__always)
    func resize(to count: Int32) { lua_settop(L, count) }

    /// [-count, +0, -]
    @inline(__always)
    func pop(_ count: Int32 = 1) { lua_pop_(L, count) }

    /// [-0, +1, -]
    @inline(__always)
    func push(copyOf index: Int32) { lua_pushvalue(L, index) }

    /// [-1, +1, -] Moves the value on top to `index`; the values from there on move up.
    @inline(__always)
    func insert(at index: Int32) { lua_insert_(L, index) }

    /// [-1, +0, -] Removes the value at `index`.
    @inline(__always)
    func remove(_ index: Int32) { lua_remove_(L, index) }

    /// [-1, +0, -] Moves the value on top to `index`, in place of the one there.
    @inline(__always)
    func replace(_ index: Int32) { lua_replace_(L, index) }

    /// [-0, +0, -] Copies the value at `source` to `target`, in place of the one there.
    @inline(__always)
    func copy(_ source: Int32, to target: Int32) { lua_copy(L, source, target) }

    /// [-count, +0, -] Moves the values on top to another coroutine of the same state, which must have room for them.
    @inline(__always)
    func move(_ count: Int32, to other: OpaquePointer) { lua_xmove(L, other, count) }

    /// Whether it is the same value, without metamethods.
    @inline(__always)
    func isSame(_ a: Int32, _ b: Int32) -> Bool { lua_rawequal(L, a, b) != 0 }
}
