import CLua

/// Where work was spawned, and where the work that spawned it was. Immutable.
final class SpawnSite: Sendable {
    let place: String
    let parent: SpawnSite?

    init(_ place: String, _ parent: SpawnSite?) {
        self.place = place
        self.parent = parent
    }

    /// One line a generation.
    var lines: String {
        var text = ""
        var site: SpawnSite? = self
        while let current = site {
            text += "\nspawned at \(current.place)"
            site = current.parent
        }
        return text
    }
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

    /// `[sched]`: a chunk of a built-in module.
    private func isOurs(_ record: lua_Debug) -> Bool {
        record.source[0] == 0x3d && record.source[1] == 0x5b
    }

    /// The place of the Lua code that called the running host function.
    mutating func site(_ L: OpaquePointer, parent: SpawnSite?) -> SpawnSite? {
        var record = lua_Debug()
        var level: Int32 = 1
        repeat {
            guard lua_getstack(L, level, &record) != 0 else { return parent }
            lua_getinfo(L, "Sl", &record)
            level += 1
        } while level < 12 && (record.currentline < 0 || isOurs(record))
        guard record.currentline >= 0 else { return parent }
        return withUnsafeBytes(of: &record.short_src) { bytes -> SpawnSite in
            let name = bytes.bindMemory(to: CChar.self)
            if let last, last.parent === parent, lastLine == record.currentline, isLast(name) { return last }
            let end = name.firstIndex(of: 0) ?? name.count
            lastName = Array(name[..<end]) + [0]
            lastLine = record.currentline
            let text = name[..<end].map { UInt8(bitPattern: $0) }
            let site = SpawnSite("\(String(decoding: text, as: UTF8.self)):\(record.currentline)", parent)
            last = site
            return site
        }
    }
}
