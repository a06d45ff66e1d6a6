import Glibc

/// The clock of the machine. Above this layer nothing reads it: a loop is given a `LoopClock`, and what concerns the machine
/// itself has a `Deadline`.
enum Clock {
    /// The machine's monotonic clock: comparable between all threads and processes.
    @inline(__always)
    static var now: Instant { read(CLOCK_MONOTONIC) }
    /// The same clock, up to some milliseconds behind, but faster to read.
    static var coarse: Instant { read(CLOCK_MONOTONIC_COARSE) }

    @inline(__always)
    fileprivate static func read(_ clock: clockid_t) -> Instant {
        var t = timespec()
        clock_gettime(clock, &t)
        return Instant(rawValue: Int64(t.tv_sec) &* 1_000_000_000 &+ Int64(t.tv_nsec))
    }

    /// The time of day, which may be set: since 1970-01-01 00:00 UTC. Some milliseconds behind, as it is for `os.time`: it
    /// never shows a second that a script does not see yet.
    static var wall: Instant {
        var t = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &t)
        return Instant(rawValue: Int64(t.tv_sec) &* 1_000_000_000 &+ Int64(t.tv_nsec))
    }
}

extension Processor {
    /// The processor time that the calling thread has taken.
    static var spent: Instant { Clock.read(CLOCK_THREAD_CPUTIME_ID) }
}
