import Glibc
import Synchronization

/// Memory for message bytes. Blocks of a MiB and more are kept for reuse, a few of them, because a fresh one costs a
/// page fault for every 4 KiB: most of the time of a large message.
enum LargeBlocks {
    private static let large = 1 << 20
    private static let keptBytes = 64 << 20

    private struct Kept: @unchecked Sendable {  // sound: only touched under the mutex, the blocks belong to nobody
        var blocks: [(start: UnsafeMutableRawPointer, capacity: Int)] = []
        var bytes = 0
    }

    private static let kept = Mutex(Kept())

    /// At least `size` bytes, or nil when the system has none left.
    static func take(_ size: Int) -> (start: UnsafeMutableRawPointer, capacity: Int)? {
        if size >= large {
            let reused = kept.withLock { kept -> (UnsafeMutableRawPointer, Int)? in
                let fits = kept.blocks.firstIndex { $0.capacity >= size && $0.capacity / 2 <= size }
                guard let fits else { return nil }
                let block = kept.blocks.remove(at: fits)
                kept.bytes -= block.capacity
                return block
            }
            if let reused { return reused }
        }
        return malloc(size).map { ($0, size) }
    }

    static func give(_ start: UnsafeMutableRawPointer, _ capacity: Int) {
        let isKept =
            capacity >= large
            && kept.withLock { kept in
                guard kept.bytes + capacity <= keptBytes else { return false }
                kept.blocks.append((start, capacity))
                kept.bytes += capacity
                return true
            }
        if !isKept { free(start) }
    }
}
