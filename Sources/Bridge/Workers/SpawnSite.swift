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
        var bytes: [UInt8] = []
        var site: SpawnSite? = self
        while let current = site {
            bytes += Self.words
            bytes += current.place.bytes
            site = current.parent
        }
        return ByteText(bytes)
    }

    private static let words = Array("\nspawned at ".utf8)

    /// The traceback of an error that was raised outside of the work's own code.
    var story: ByteText { ByteText(lines.bytes.dropFirst()) }
}

/// Makes spawn sites. It reuses the last one, because work is often spawned in a loop. Owned by its worker's thread.
struct SpawnSites {
    private var last: SpawnSite?
    /// The parent of the last one, which that keeps.
    private var lastParent: Unmanaged<SpawnSite>?
    private var lastLine: Int32 = 0
    private var lastName: [CChar] = []
    /// The place of the last one, if it was in the caller's own code.
    private var mark = CodeMark()

    /// The place of the Lua code that called the running host function. The result is kept until the next call.
    @inline(__always)
    mutating func site(
        _ state: LuaState, _ L: OpaquePointer, parent: Unmanaged<SpawnSite>?
    ) -> Unmanaged<SpawnSite>? {
        if mark.isCaller(L), lastParent?.toOpaque() == parent?.toOpaque() { return last.map { .passUnretained($0) } }
        return find(state, L, parent)
    }

    @inline(never)
    private mutating func find(
        _ state: LuaState, _ L: OpaquePointer, _ parent: Unmanaged<SpawnSite>?
    ) -> Unmanaged<SpawnSite>? {
        guard let position = CodePosition(of: L, from: 1) else { return parent }
        let isLastLine = last != nil && lastParent?.toOpaque() == parent?.toOpaque() && lastLine == position.line
        let isLast = isLastLine && position.withName(hasLastName)
        // For a place that is met once to mark it is not worth the while.
        if isLast, position.level == 1 { mark.set(state, L) } else { mark.clear() }
        if !isLast { note(position, parent) }
        return last.map { .passUnretained($0) }
    }

    private func hasLastName(_ name: UnsafeBufferPointer<CChar>) -> Bool {
        var index = 0
        while index < lastName.count, lastName[index] == name[index] { index += 1 }
        return index == lastName.count
    }

    private mutating func note(_ position: CodePosition, _ parent: Unmanaged<SpawnSite>?) {
        lastName = position.withName { name in Array(name[..<(name.firstIndex(of: 0) ?? name.count)]) + [0] }
        lastLine = position.line
        lastParent = parent
        last = SpawnSite(position.text, parent?.takeUnretainedValue())
    }
}

extension Worker {
    /// The place from which a script calls. Kept until the next call.
    @inline(__always)
    func spawnSite(_ L: OpaquePointer) -> Unmanaged<SpawnSite>? {
        spawnSites.site(state, L, parent: running?.borrow { $0.siteReference })
    }
}
