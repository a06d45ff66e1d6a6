import CKernel
import Synchronization

/// One thread sleeps here until another wakes it or a deadline passes. A wake that comes before the sleep is not lost.
final class Sleeper: Sendable {
    private enum State {
        static let awake: UInt32 = 0, asleep: UInt32 = 1, notified: UInt32 = 2
    }
    private let word = Atomic<UInt32>(State.awake)

    /// Any thread. Costs a system call only when the owner sleeps. Returns whether it did.
    @discardableResult
    func wake() -> Bool {
        keepOrder()
        guard word.exchange(State.notified, ordering: .acquiringAndReleasing) == State.asleep else { return false }
        system_futex_wake(address, 1)
        return true
    }

    var isNotified: Bool { word.load(ordering: .acquiring) == State.notified }

    /// Any thread.
    var isAsleep: Bool { word.load(ordering: .relaxed) == State.asleep }

    /// The owner's thread: returns when it has been woken since the last return, or the deadline has passed. Calls
    /// `awake` first; until then `isNotified` stays true after a wake. Returns whether it was woken. If it sleeps that
    /// long it calls `rest` once, asleep.
    @discardableResult
    func sleep(
        until deadline: Instant, awake: () -> Void = {}, restingAt restTime: Instant = .forever, rest: () -> Void = {}
    ) -> Bool {
        var next = min(restTime, deadline)
        while true {
            keepOrder()
            let (exchanged, original) = word.compareExchange(
                expected: State.awake, desired: State.asleep, ordering: .acquiringAndReleasing)
            if !exchanged && original == State.notified { break }
            system_futex_wait(address, State.asleep, next == .forever ? -1 : next.rawValue)
            if word.load(ordering: .acquiring) == State.notified { break }
            if next == .forever || Clock.now < next { continue }
            if next == deadline { break }
            rest()
            next = deadline
        }
        awake()
        return takeNotification()
    }

    /// The owner's thread: whether it has been woken since the last return.
    func takeNotification() -> Bool { word.exchange(State.awake, ordering: .sequentiallyConsistent) == State.notified }

    /// Sound: see `Lock.address`.
    private var address: UnsafeRawPointer { withUnsafePointer(to: word) { UnsafeRawPointer($0) } }
}
