import CFence
import CLua

/// The place in a script's own Lua code where a coroutine is.
struct CodePosition {
    private let record: lua_Debug
    /// The level of that call.
    let level: Int32

    /// The innermost call of the script's own code, among the twelve innermost calls from level `first` on: 0 is the
    /// running function, 1 its caller.
    init?(of L: OpaquePointer, from first: Int32 = 0) {
        var record = lua_Debug()
        for level in first..<first + 12 {
            guard lua_getstack(L, level, &record) != 0 else { return nil }
            lua_getinfo(L, "Sl", &record)
            let isOurs = record.source[0] == 0x3d && record.source[1] == 0x5b  // `=[sched]`, a built-in module
            if record.currentline >= 0, !isOurs {
                self.record = record
                self.level = level
                return
            }
        }
        return nil
    }

    var line: Int32 { record.currentline }

    /// The name of its file or chunk, with a zero byte after it.
    @inline(__always)
    func withName<R>(_ body: (UnsafeBufferPointer<CChar>) -> R) -> R {
        withUnsafeBytes(of: record.short_src) { body($0.bindMemory(to: CChar.self)) }
    }

    /// `job.lua:3`
    var text: ByteText {
        let name = withUnsafeBytes(of: record.short_src) { ByteText($0.prefix { $0 != 0 }) }
        return "\(name):\(line)"
    }
}

/// A place in Lua code, to find out quickly that the code is there again. It does not keep the function alive. Owned by
/// its state's thread.
struct CodeMark {
    /// A weak table with the function, anchored in the state, and its address.
    private var anchor = 0
    private var table: UnsafeRawPointer?
    private var instruction: UnsafeRawPointer?

    /// Whether the caller of the running host function stands there.
    @inline(__always)
    func isCaller(_ L: OpaquePointer) -> Bool {
        guard let instruction else { return false }
        return fence_is_marked(L, table, instruction)
    }

    /// From now on it is no place.
    mutating func clear() { instruction = nil }

    /// [-0, +0, m] From now on it is the place of that caller.
    mutating func set(_ state: LuaState, _ L: OpaquePointer) {
        let stack = Stack(L)
        if anchor == 0 {
            stack.pushWeakTable("v", items: 1)
            table = lua_topointer(L, -1)
            anchor = state.anchor(L)
        }
        state.pushAnchored(anchor, on: L)
        instruction = fence_mark_caller(L, -1)
        stack.pop()
    }
}

extension LuaState {
    /// The traceback of another coroutine.
    func traceback(of other: OpaquePointer) -> ByteText {
        lua_checkstack(L, 8)
        luaL_traceback(L, other, nil, 0)
        defer { lua_pop_(L, 1) }
        return Stack(L).text(-1)
    }
}
