import CKernel
import Glibc

/// Memory for message bytes. Blocks of a MiB and more come from a store that the states' memory shares (`large.c`):
/// they are used again, and one that holds a string can become the string's memory in the state that receives it.
enum LargeBlocks {
    static let large = 1 << 20
    /// How many bytes Lua keeps before and after the bytes of a string.
    static let stringHeader = Int(SYSTEM_HEADROOM), stringTrailer = 1

    /// At least `size` bytes, or nil when the system has none left.
    static func take(_ size: Int) -> (start: UnsafeMutableRawPointer, capacity: Int)? {
        guard size >= large else {
            guard size < 64 << 10 || system_has_room(size) else { return nil }
            return malloc(size).map { ($0, size) }
        }
        return system_large_take(size).map { ($0, system_large_capacity($0)) }
    }

    static func give(_ start: UnsafeMutableRawPointer, _ capacity: Int) {
        if capacity == 0 { return }
        if capacity >= large { system_large_give(start) } else { free(start) }
    }
}
