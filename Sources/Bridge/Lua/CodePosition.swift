import CLua

/// The place in a script's own Lua code where a coroutine is.
struct CodePosition {
    private let record: lua_Debug

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

extension LuaState {
    /// The traceback of another coroutine.
    func traceback(of other: OpaquePointer) -> ByteText {
        lua_checkstack(L, 8)
        luaL_traceback(L, other, nil, 0)
        defer { lua_pop_(L, 1) }
        return Stack(L).text(-1)
    }
}
