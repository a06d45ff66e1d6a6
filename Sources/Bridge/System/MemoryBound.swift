import CSystem

/// How much memory the system lets this process have. Where that is bounded a part of it is kept for those who cannot be
/// told that there is none: whatever a script can make large asks first (`limits.c`). Any thread.
enum MemoryBound {
    /// Looks at the limits of the process. `ownsProcess`: its heap is set up for them, and it says why when it ends for
    /// want of memory.
    static func look(ownsProcess: Bool) { system_bound(ownsProcess) }

    /// Whether there is a bound at all.
    @inline(__always)
    static var isSet: Bool { system_is_bounded() }

    /// Whether so many bytes can be had, and what is kept remains. Always true where nothing is bounded.
    @inline(__always)
    static func hasRoom(_ bytes: Int) -> Bool { system_has_room(bytes) }

    /// Bounds this process: bytes that its state may use, and seconds of processor time; 0 or less: no bound. False when
    /// the system does not do that.
    static func limit(memory: Int, seconds: Int) -> Bool {
        system_limit(UInt64(max(memory, 0)), UInt64(max(seconds, 0)))
    }

    // MARK: - Threads

    /// Whether a thread with that much stack may be started; then `threadBegun` is to follow, once it has its state or
    /// will never have one.
    static func beginThread(_ stack: Int) -> Bool { system_begin_thread(stack) }
    static func threadBegun() { system_thread_begun() }

    /// Around the time in which the calling thread closes its state: who finds no room meanwhile waits for what it has.
    static func beginReleasing() { system_begin_releasing() }
    static func endReleasing() { system_end_releasing() }
}
