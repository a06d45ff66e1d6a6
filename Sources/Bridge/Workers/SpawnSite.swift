/// The place where work was spawned, and the one where the work that spawned it was. Immutable.
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

    /// The traceback of an error that was raised outside of the work's own code.
    var story: ByteText { ByteText(lines.bytes.dropFirst()) }
}

/// Makes spawn sites. It reuses the last one, because work is often spawned in a loop. Owned by its worker's thread.
struct SpawnSites {
    private var last: SpawnSite?
    /// The place of the last one, if it was in the caller's own code.
    private var mark = CodeMark()
    private var lastLine: Int32 = 0
    private var lastName: [CChar] = []

    /// Whether the name is that of the last place.
    private func isLast(_ name: UnsafeBufferPointer<CChar>) -> Bool {
        var index = 0
        while index < lastName.count, lastName[index] == name[index] { index += 1 }
        return index == lastName.count
    }

    /// The place of the Lua code that called the running host function.
    @inline(__always)
    mutating func site(_ state: LuaState, _ L: OpaquePointer, parent: SpawnSite?) -> SpawnSite? {
        if let last, last.parent === parent, mark.isCaller(L) { return last }
        return find(state, L, parent)
    }

    @inline(never)
    private mutating func find(_ state: LuaState, _ L: OpaquePointer, _ parent: SpawnSite?) -> SpawnSite? {
        guard let position = CodePosition(of: L, from: 1) else { return parent }
        if position.level == 1 { mark.set(state, L) } else { mark.clear() }
        return position.withName { name -> SpawnSite in
            if let last, last.parent === parent, lastLine == position.line, isLast(name) { return last }
            let end = name.firstIndex(of: 0) ?? name.count
            lastName = Array(name[..<end]) + [0]
            lastLine = position.line
            let site = SpawnSite(position.text, parent)
            last = site
            return site
        }
    }
}
