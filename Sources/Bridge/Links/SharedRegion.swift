import Synchronization

/// The part of a link's memory in which the parent puts long strings for the child: each is copied into it once, and
/// out of it once. Only the parent can write there. The string stays until it is known that the child has received it.
/// When nothing was there for a second, the memory goes back to the system. Shared; guarded by its lock.
final class SharedRegion: @unchecked Sendable {  // sound: what varies is under the lock
    static let size = 64 << 20
    static let unit = 64 << 10
    private static let patience: TimeSpan = .seconds(1)

    private struct State {
        /// Units that are in use, from the start on.
        var used = [Bool](repeating: false, count: SharedRegion.size / SharedRegion.unit)
        var blocks = 0
        /// Of all blocks that there were.
        var lastBlock: UInt64 = 0
        /// A second after the last use: whether that is being waited for, and the last block when the wait began.
        var isTimed = false
        var timedAt: UInt64 = 0
    }

    let start: UnsafeMutableRawPointer
    /// Keeps it mapped.
    private let memory: LinkMemory
    private let state = Guarded(State())

    init(_ memory: LinkMemory, at start: UnsafeMutableRawPointer) {
        self.memory = memory
        self.start = start
    }

    /// A place for a string, until it is released.
    final class Block: Sendable {
        let region: SharedRegion
        let offset: Int
        private let units: Range<Int>

        fileprivate init(_ region: SharedRegion, _ units: Range<Int>) {
            self.region = region
            self.units = units
            offset = units.lowerBound * SharedRegion.unit
        }

        deinit { region.free(units) }
    }

    /// A copy of the string; nil if there is no room for it.
    func message(_ bytes: UnsafeRawBufferPointer) -> Message? {
        guard let source = bytes.baseAddress, let block = take(bytes.count) else { return nil }
        let place = start + block.offset
        place.copyMemory(from: source, byteCount: bytes.count)
        return Message(storage: Message.Storage(start: place, count: bytes.count, owner: block))
    }

    private func take(_ count: Int) -> Block? {
        guard count > 0, count <= Self.size else { return nil }
        let wanted = (count + Self.unit - 1) / Self.unit
        return state.withLock { state in
            var run = 0
            for unit in state.used.indices {
                run = state.used[unit] ? 0 : run + 1
                guard run == wanted else { continue }
                let units = unit - wanted + 1..<unit + 1
                for unit in units { state.used[unit] = true }
                state.blocks += 1
                state.lastBlock += 1
                return Block(self, units)
            }
            return nil
        }
    }

    private func free(_ units: Range<Int>) {
        let mustTime = state.withLock { state in
            for unit in units { state.used[unit] = false }
            state.blocks -= 1
            if state.isTimed || state.blocks > 0 { return false }
            state.isTimed = true
            state.timedAt = state.lastBlock
            return true
        }
        if mustTime { callLater() }
    }

    private func callLater() { Reactor.shared.call(after: Self.patience) { [weak self] in self?.look() } }

    private func look() {
        let isInUse = state.withLock { state in
            if state.timedAt == state.lastBlock, state.blocks == 0 { SharedMemory.empty(start, Self.size) }
            state.isTimed = state.timedAt != state.lastBlock
            state.timedAt = state.lastBlock
            return state.isTimed
        }
        if isInUse { callLater() }
    }
}
