import Glibc

enum Clock {
    /// Nanoseconds of the machine's monotonic clock: comparable between all threads and processes.
    @inline(__always)
    static var now: Nanoseconds {
        var t = timespec()
        clock_gettime(CLOCK_MONOTONIC, &t)
        return Int64(t.tv_sec) &* 1_000_000_000 &+ Int64(t.tv_nsec)
    }
}
