import CKernel
import Glibc

/// How much memory the system lets this process have. If that is bounded, a part is kept for allocations of Swift,
/// which cannot fail: whatever a script can make large asks first whether there is room (`limits.c`). Any thread.
enum MemoryBound {
    /// Reads the limits of the process. `ownsProcess`: also sets up the heap for them, and prints a message when the
    /// process ends for want of memory.
    static func look(ownsProcess: Bool) { system_bound(ownsProcess) }

    /// Whether there is a bound at all.
    @inline(__always)
    static var isSet: Bool { system_is_bounded() }

    /// Whether so many bytes can be had without touching the part that is kept. Always true if there is no bound.
    @inline(__always)
    static func hasRoom(_ bytes: Int) -> Bool { system_has_room(bytes) }

    /// Bounds this process: bytes that its state may use, and seconds of processor time; 0 or less: no bound. False
    /// when the system does not do that.
    static func limit(memory: Int, seconds: Int) -> Bool {
        system_limit(UInt64(max(memory, 0)), UInt64(max(seconds, 0)))
    }

    // MARK: - Threads

    /// Which stack a thread may be started with: this one, or else the smaller one; nil for none. Then `threadBegun` has
    /// to follow, once the thread has its state or will never have one. Memory that others are letting go of at this
    /// moment is waited for, a tenth of a second at most.
    static func beginThread(_ stack: Int, orElse least: Int) -> Int? {
        for attempt in 0..<100 {
            if attempt > 0 { usleep(1000) }
            if system_begin_thread(stack) { return stack }
            if system_begin_thread(least) { return least }
        }
        return nil
    }
    static func threadBegun() { system_thread_begun() }

    /// Before and after the calling thread closes its state: who finds no room meanwhile waits for that memory.
    static func beginReleasing() { system_begin_releasing() }
    static func endReleasing() { system_end_releasing() }
}
