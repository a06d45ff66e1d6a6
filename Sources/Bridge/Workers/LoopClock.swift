/// The clock of a program's loops: all time that scripts see is read from it. What concerns the machine itself
/// (spinning, how long another process may take, the reactor's calls) is read from `Clock`.
struct LoopClock: Sendable {
    @inline(__always)
    var now: Instant { Clock.now }
    /// Up to some milliseconds behind, but faster to read.
    @inline(__always)
    var coarse: Instant { Clock.coarse }
    /// The time of day, which may be set.
    var wall: Instant { Clock.wall }
}
