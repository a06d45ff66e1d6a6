import Glibc
import Synchronization

/// Memory for message bytes. Blocks of a MiB and more are kept for reuse, a few of them, because a fresh one costs a
/// page fault for every 4 KiB: most of the time of a large message.
///
/// Shared. Nobody ever waits here: whoever finds the store in use does without it.
enum LargeBlocks {
    private static let large = 1 << 20
    private static let keptBytes = 64 << 20

    nonisolated(unsafe) private static var kept: [(start: UnsafeMutableRawPointer, capacity: Int)] = []
    nonisolated(unsafe) private static var bytes = 0  // sound, like `kept`: only touched while `inUse` is ours
    private static let inUse = Atomic<Bool>(false)

    private static func enter() -> Bool { !inUse.exchange(true, ordering: .acquiring) }
    private static func leave() { inUse.store(false, ordering: .releasing) }

    /// At least `size` bytes, or nil when the system has none left.
    static func take(_ size: Int) -> (start: UnsafeMutableRawPointer, capacity: Int)? {
        if size >= large, let reused = reuse(size) { return reused }
        return malloc(size).map { ($0, size) }
    }

    static func give(_ start: UnsafeMutableRawPointer, _ capacity: Int) {
        if capacity < large || !keep(start, capacity) { free(start) }
    }

    private static func reuse(_ size: Int) -> (start: UnsafeMutableRawPointer, capacity: Int)? {
        guard enter() else { return nil }
        defer { leave() }
        guard let fits = kept.firstIndex(where: { $0.capacity >= size && $0.capacity / 2 <= size }) else { return nil }
        let block = kept.remove(at: fits)
        bytes -= block.capacity
        return block
    }

    private static func keep(_ start: UnsafeMutableRawPointer, _ capacity: Int) -> Bool {
        guard enter() else { return false }
        defer { leave() }
        guard bytes + capacity <= keptBytes else { return false }
        kept.append((start, capacity))
        bytes += capacity
        return true
    }
}
