import CLua

/// The stack of a coroutine: what stands on it, and in which order. An index counts from the bottom, a negative one
/// from the top. Valid while the coroutine is; for its state's thread.
struct Stack {
    let L: OpaquePointer

    @inline(__always)
    init(_ L: OpaquePointer) { self.L = L }

    /// The index of the value on top: how many there are.
    @inline(__always)
    var top: Int32 { lua_gettop(L) }

    /// The index that stays the same when something is pushed.
    @inline(__always)
    func absolute(_ index: Int32) -> Int32 { lua_absindex(L, index) }

    /// Whether so many values more can be pushed.
    @inline(__always) @discardableResult
    func reserve(_ count: Int32) -> Bool { lua_checkstack(L, count) != 0 }

    // MARK: - Values that come and go

    /// [-?, +?, -] The stack has that many values: those above go, those that are missing are nil.
    @inline(__always)
    func resize(to count: Int32) { lua_settop(L, count) }

    /// [-count, +0, -]
    @inline(__always)
    func pop(_ count: Int32 = 1) { lua_pop_(L, count) }

    /// [-0, +1, -]
    @inline(__always)
    func push(copyOf index: Int32) { lua_pushvalue(L, index) }

    /// [-1, +1, -] The value on top goes below those from `index` on.
    @inline(__always)
    func insert(at index: Int32) { lua_insert_(L, index) }

    /// [-1, +0, -] The value at `index` goes.
    @inline(__always)
    func remove(_ index: Int32) { lua_remove_(L, index) }

    /// [-1, +0, -] The value on top takes the place of the one at `index`.
    @inline(__always)
    func replace(_ index: Int32) { lua_replace_(L, index) }

    /// [-0, +0, -] The value at `target` becomes that at `source`.
    @inline(__always)
    func copy(_ source: Int32, to target: Int32) { lua_copy(L, source, target) }

    /// Whether it is the same value, without metamethods.
    @inline(__always)
    func isSame(_ a: Int32, _ b: Int32) -> Bool { lua_rawequal(L, a, b) != 0 }
}
