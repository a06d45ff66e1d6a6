import Synchronization

/// Finds out when no state of a program can ever go on: each sleeps without a deadline, none has mail, and nothing
/// outside is pending. Shared; atomics only.
///
/// It costs one addition each time that a state falls asleep without a deadline, and one when it wakes. Whoever
/// changes a count then looks. Why there is no false alarm: a state gets mail only from states that are awake, or from
/// outside.
/// 1. When as many are asleep as there are, all are asleep at that moment; whatever was posted before is in a mailbox.
/// 2. So each mailbox is looked at after that. A state that had mail and has woken meanwhile was counted (`woken`)
///    before it took its notification.
/// 3. If nobody was counted since 1, nobody was awake to post anything.
/// What comes from outside (a child process, the host's own threads) is announced with `beginOutside` by a state that
/// is awake, and `endOutside` follows only after the last message from there was posted.
final class Quiescence: Sendable {
    /// Low half: states asleep without a deadline. High half: how often one has woken.
    private let asleep = Atomic<UInt64>(0)
    private static let woken: UInt64 = 1 << 32
    /// The number of states, each from the request for its thread until it is closed.
    private let states = Atomic<Int>(0)
    private let outside = Atomic<Int>(0)

    func addState() { states.add(1, ordering: .sequentiallyConsistent) }
    /// The caller then calls `Program.look`.
    func removeState() { states.subtract(1, ordering: .sequentiallyConsistent) }

    /// From now on something that is no state of the program may wake one.
    func beginOutside() { outside.add(1, ordering: .sequentiallyConsistent) }
    /// That is over, and all its messages have been posted. The caller then calls `Program.look`.
    func endOutside() { outside.subtract(1, ordering: .sequentiallyConsistent) }

    /// In a copy that `fork` made: there is one state, and it is awake.
    func beginAnew() {
        states.store(1, ordering: .sequentiallyConsistent)
        outside.store(0, ordering: .sequentiallyConsistent)
        asleep.store(0, ordering: .sequentiallyConsistent)
    }

    func fallAsleep() { asleep.add(1, ordering: .sequentiallyConsistent) }
    func wake() { asleep.add(Self.woken &- 1, ordering: .sequentiallyConsistent) }

    var hasOutside: Bool { outside.load(ordering: .sequentiallyConsistent) != 0 }

    private func isComplete(_ asleep: UInt64) -> Bool {
        asleep & (Self.woken - 1) == UInt64(states.load(ordering: .sequentiallyConsistent))
            && outside.load(ordering: .sequentiallyConsistent) == 0
    }

    /// Whether the counts allow it: the quick look, before `holds`.
    @inline(__always)
    var mayHold: Bool { isComplete(asleep.load(ordering: .sequentiallyConsistent)) }

    /// Whether no state can ever go on. `isQuiet` looks at each mailbox.
    func holds(_ isQuiet: () -> Bool) -> Bool {
        let seen = asleep.load(ordering: .sequentiallyConsistent)
        guard isComplete(seen) else { return false }
        return isQuiet() && isComplete(seen) && asleep.load(ordering: .sequentiallyConsistent) == seen
    }
}
