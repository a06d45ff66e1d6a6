/// The clock of a program's loops: all time that scripts see is read from it. What concerns the machine itself
/// (spinning, how long another process may take, the reactor's calls) is read from `Clock`.
struct LoopClock: Sendable {
    /// The program keeps it.
    private let simulated: Unmanaged<Simulation>?

    /// Nil: the machine's clock.
    init(_ simulation: Simulation? = nil) { simulated = simulation.map(Unmanaged.passUnretained) }

    @inline(__always)
    var isSimulated: Bool { simulated != nil }
    var simulation: Simulation? { simulated?.takeUnretainedValue() }

    @inline(__always)
    var now: Instant {
        guard let simulated else { return Clock.now }
        return simulated.borrow { $0.now }
    }

    /// Up to some milliseconds behind, but faster to read.
    @inline(__always)
    var coarse: Instant {
        guard let simulated else { return Clock.coarse }
        return simulated.borrow { $0.now }
    }

    /// The time of day, which may be set.
    var wall: Instant { simulation?.wall ?? Clock.wall }

    /// A time up to that one, by chance.
    func random(upTo most: TimeSpan) -> TimeSpan {
        guard let simulation else { return .nanoseconds(.random(in: 0...most.nanoseconds)) }
        var numbers = simulation.numbers
        return .nanoseconds(.random(in: 0...most.nanoseconds, using: &numbers))
    }
}
