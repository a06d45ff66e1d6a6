import CLua

/// Where work was spawned, and where the work that spawned it was. Immutable.
final class SpawnSite: Sendable {
    let place: ByteText
    let parent: SpawnSite?

    init(_ place: ByteText, _ parent: SpawnSite?) {
        self.place = place
        self.parent = parent
    }

    /// One line a generation.
    var lines: ByteText {
        var text: ByteText = ""
        var site: SpawnSite? = self
        while let current = site {
            text += "\nspawned at \(current.place)"
            site = current.parent
        }
        return text
    }

    /// The whole traceback of what happened in no code of the work.
    var story: ByteText { ByteText(lines.bytes.dropFirst()) }
}

/// Remembers the last place, because work is often spawned in a loop. Owned by its worker's thread.
struct SpawnSites {
    private var last: SpawnSite?
    private var lastSource: UnsafePointer<CChar>?
    private var lastLine: Int32 = 0
    private var lastName: [CChar] = []

    /// Whether it is the name of the last place, up to its end.
    private func isLast(_ name: UnsafeBufferPointer<CChar>) -> Bool {
        var index = 0
        while index < lastName.count, lastName[index] == name[index] { index += 1 }
        return index == lastName.count
    }

    /// The place of the Lua code that called the running host function.
    mutating func site(_ L: OpaquePointer, parent: SpawnSite?) -> SpawnSite? {
        guard let record = LuaState.frame(of: L, from: 1) else { return parent }
        return withUnsafeBytes(of: record.short_src) { bytes -> SpawnSite in
            let name = bytes.bindMemory(to: CChar.self)
            if let last, last.parent === parent, lastLine == record.currentline, isLast(name) { return last }
            let end = name.firstIndex(of: 0) ?? name.count
            lastName = Array(name[..<end]) + [0]
            lastLine = record.currentline
            let site = SpawnSite(LuaState.place(record), parent)
            last = site
            return site
        }
    }
}

extension LuaState {
    /// The innermost call of the script's own Lua code in a coroutine, of those near its end.
    static func frame(of L: OpaquePointer, from first: Int32 = 0) -> lua_Debug? {
        var record = lua_Debug()
        for level in first..<first + 12 {
            guard lua_getstack(L, level, &record) != 0 else { return nil }
            lua_getinfo(L, "Sl", &record)
            let isOurs = record.source[0] == 0x3d && record.source[1] == 0x5b  // `=[sched]`, a built-in module
            if record.currentline >= 0, !isOurs { return record }
        }
        return nil
    }

    /// `job.lua:3`
    static func place(_ record: lua_Debug) -> ByteText {
        let name = withUnsafeBytes(of: record.short_src) { ByteText($0.prefix { $0 != 0 }) }
        return "\(name):\(record.currentline)"
    }

    static func place(of L: OpaquePointer) -> ByteText? { frame(of: L).map(place) }
}
