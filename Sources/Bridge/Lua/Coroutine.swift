import CFence
import CLua

/// The base coroutine of a task, with what the function and its arguments stand on.
struct Coroutine {
    let L: OpaquePointer
    let anchor: Int
    /// So many values below the function count as arguments of the first run.
    static let prepared = FENCE_PREPARED

    /// [-count, +0, -] Takes the values on top of another coroutine, if it has room for them.
    func take(_ count: Int32, from other: OpaquePointer) {
        if lua_checkstack(L, count + 7) != 0 { lua_xmove(other, L, count) }
    }

    /// [-0, +0, -] Keeps the value on top of another coroutine as the handle of the task, which was just prepared.
    func setHandle(from other: OpaquePointer) {
        lua_pushvalue(other, -1)
        lua_xmove(other, L, 1)
        fence_set_handle(L)
    }

    /// [-0, +(0|1), -] The task's handle, onto another coroutine, if the task has one and has not ended.
    func pushHandle(on other: OpaquePointer) -> Bool {
        fence_push_handle(L, other)
        if lua_type(other, -1) == LUA_TUSERDATA { return true }
        lua_pop_(other, 1)
        return false
    }
}
