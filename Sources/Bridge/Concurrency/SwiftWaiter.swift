/// A Swift task that waits for exactly one of several things, as a `Waiter`: any thread may claim and notify it.
final class SwiftWaiter: Waiter, @unchecked Sendable {  // sound: as its superclass; the continuation is guarded
    private enum Sleep {
        case notYet
        case asleep(CheckedContinuation<Void, Never>)
        case over
    }

    private let sleep = Guarded(Sleep.notYet)

    override func notify() {
        let sleeper = sleep.withLock { sleep -> CheckedContinuation<Void, Never>? in
            defer { sleep = .over }
            if case .asleep(let continuation) = sleep { return continuation }
            return nil
        }
        sleeper?.resume()
    }

    override func woken() { notify() }

    private func park(_ continuation: CheckedContinuation<Void, Never>) {
        let isOver = sleep.withLock { sleep in
            if case .over = sleep { return true }
            sleep = .asleep(continuation)
            return false
        }
        if isOver { continuation.resume() }
    }

    /// Waits at `place`, where `register` leaves the node (see `Waitable`), until it is delivered, the deadline has
    /// passed, or the Swift task is cancelled.
    static func wait(
        at place: some Waitable & Sendable, until deadline: Instant, sending parcel: Parcel? = nil,
        _ register: (WaitNode) -> Bool
    ) async -> Delivery {
        let waiter = SwiftWaiter()
        let ticket = waiter.arm()
        let node = WaitNode(waiter, ticket, parcel: parcel)
        guard register(node) else { return waiter.takeDelivery() }
        if deadline != .forever { HostTimers.shared.add(waiter, ticket: ticket, due: deadline) }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter.park($0) }
        } onCancel: {
            guard waiter.claim(ticket) else { return }
            waiter.delivery = .interrupted
            waiter.notify()
        }
        let delivery = waiter.takeDelivery()
        if !delivery.isFromPlace { place.forget(node) }
        if deadline != .forever { HostTimers.shared.entryGivenUp() }
        return delivery
    }
}

/// The deadlines of Swift tasks: one queue for the process, told the time by the reactor. Shared; guarded by its lock.
final class HostTimers: Sendable {
    static let shared = HostTimers()

    private struct State {
        var queue = TimerQueue()
        /// When the reactor calls next.
        var armed: Instant = .forever
    }

    private let state = Guarded(State())

    /// Any thread: rings the alarm, on the reactor's thread.
    func add(_ alarm: Alarm, ticket: UInt64, due: Instant) {
        let arms = state.withLock { state in
            state.queue.add(alarm, ticket: ticket, due: due)
            guard due < state.armed else { return false }
            state.armed = due
            return true
        }
        if arms { Reactor.shared.call(at: due) { [self] in ring(due) } }
    }

    /// An entry has become stale.
    func entryGivenUp() { state.withLock { $0.queue.entryGivenUp() } }

    private func ring(_ due: Instant) {
        while let (alarm, ticket) = state.withLock({ $0.queue.popDue(due) }) {
            alarm.ring(ticket, now: due)
        }
        let next = state.withLock { state -> Instant? in
            guard state.armed == due else { return nil }  // another call is due before
            state.armed = state.queue.nextLive
            return state.armed == .forever ? nil : state.armed
        }
        if let next { Reactor.shared.call(at: next) { [self] in ring(next) } }
    }
}

/// Calls an action at a deadline of a Swift task, unless it was cancelled before. Shared; guarded by its lock.
final class LastAnswer: Alarm, @unchecked Sendable {  // sound: see above
    private let action: Guarded<(@Sendable () -> Void)?>

    init(_ action: @escaping @Sendable () -> Void) { self.action = Guarded(action) }

    func cancel() { action.withLock { $0 = nil } }
    override func isStale(_ ticket: UInt64) -> Bool { action.withLock { $0 == nil } }
    override func ring(_ ticket: UInt64, now: Instant) { action.withLock { $0.take() }?() }
}
