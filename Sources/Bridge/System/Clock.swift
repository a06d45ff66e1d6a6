import Glibc

enum Clock {
    /// Nanoseconds of the machine's monotonic clock: comparable between all threads and processes.
    @inline(__always)
    static var now: Nanoseconds {
        var t = timespec()
        clock_gettime(CLOCK_MONOTONIC, &t)
        return Int64(t.tv_sec) &* 1_000_000_000 &+ Int64(t.tv_nsec)
    }

    /// The same clock some milliseconds ago, for a fraction of the price.
    static var coarse: Nanoseconds {
        var t = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &t)
        return Int64(t.tv_sec) &* 1_000_000_000 &+ Int64(t.tv_nsec)
    }
}
