import Synchronization

/// The seat of a child process among the states of its parent. Shared.
final class ChildSeat: Simulation.Seat, @unchecked Sendable {  // sound: see the base class
    private weak let child: ChildLink?
    private let wasStirred = Atomic<Bool>(false)

    init(_ child: ChildLink) { self.child = child }

    /// Something was sent to the child, or came from it, since it gave the turn back.
    func stir(_ isStirred: Bool) { wasStirred.store(isStirred, ordering: .relaxed) }
    override var isUrgent: Bool { wasStirred.load(ordering: .relaxed) }

    override func begin(_ now: Instant) {
        Console.flush()
        child?.giveTurn(now)
    }
}
