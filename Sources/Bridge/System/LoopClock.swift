import Synchronization

/// The clock that a program's loops are given: all time that scripts see is read from it.
struct LoopClock: Sendable {
    /// The program keeps it.
    private let virtual: Unmanaged<VirtualClock>?

    static var ofMachine: LoopClock { LoopClock(virtual: nil) }

    init(_ clock: VirtualClock) { virtual = .passUnretained(clock) }

    private init(virtual: Unmanaged<VirtualClock>?) { self.virtual = virtual }

    @inline(__always)
    var isSimulated: Bool { virtual != nil }

    @inline(__always)
    var now: Instant {
        guard let virtual else { return Clock.now }
        return virtual.borrow { $0.now }
    }

    /// Up to some milliseconds behind, but faster to read.
    @inline(__always)
    var coarse: Instant {
        guard let virtual else { return Clock.coarse }
        return virtual.borrow { $0.now }
    }

    /// The time of day, which may be set.
    var wall: Instant { virtual?.borrow { $0.wall } ?? Clock.wall }

    /// On virtual time: random numbers that are the same ones in each run.
    var numbers: VirtualClock.Numbers? { virtual?.takeUnretainedValue().numbers }

    /// A time up to that one, by chance.
    func random(upTo most: TimeSpan) -> TimeSpan {
        guard var numbers else { return .nanoseconds(.random(in: 0...most.nanoseconds)) }
        return .nanoseconds(.random(in: 0...most.nanoseconds, using: &numbers))
    }
}

/// Virtual time: a clock that stands until it is moved, with random numbers that are the same in each run. Shared.
final class VirtualClock: Sendable {
    private let time = Atomic<Instant>(.past)
    private let random: Atomic<UInt64>
    /// What the wall clock shows at the beginning.
    let from: Instant

    /// `number` makes the random numbers of one process differ from those of others.
    init(from: Instant, number: Int = 0) {
        self.from = from
        random = Atomic(UInt64(truncatingIfNeeded: number))
    }

    @inline(__always)
    var now: Instant { time.load(ordering: .relaxed) }
    var wall: Instant { from + (now - .past) }

    /// Only the one that decides about turns calls it. The clock never goes back.
    func move(to instant: Instant) {
        if instant > now { time.store(instant, ordering: .relaxed) }
    }

    var numbers: Numbers { Numbers(clock: self) }

    struct Numbers: RandomNumberGenerator {
        fileprivate let clock: VirtualClock

        func next() -> UInt64 {
            var mixed = clock.random.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }
}
