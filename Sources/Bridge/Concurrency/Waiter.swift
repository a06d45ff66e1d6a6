import Synchronization

/// Waits for exactly one of several things: a message, an end of work, a deadline, a cancellation. Whoever claims it
/// first decides the outcome; all others find it claimed and leave it alone. A subclass knows how to wake the waiting
/// side.
///
/// The waiting side arms it (`arm` gives a ticket), leaves nodes with the ticket at what it waits for, and goes to
/// sleep. A claimer writes its delivery after the claim and before `notify`, the waiter reads it after it was woken.
class Waiter: Alarm, @unchecked Sendable {  // sound: `delivery` and `choice` belong to the claimer until `notify`
    private enum Phase {
        static let idle: UInt64 = 0, armed: UInt64 = 1, busy: UInt64 = 2, mask: UInt64 = 3
    }
    private let state = Atomic<UInt64>(0)

    /// What the claimer hands over.
    final var delivery: Delivery = .none
    /// Which of the things that it waited for came: the `choice` of the node.
    final var choice = 0
    /// The mark of the message that was handed over, for the trace (`Tracing`). Of a task that has not begun: when that
    /// was due.
    final var mark: UInt64 = 0

    /// The waiting side, after it was woken: takes out what was handed over.
    final func takeDelivery() -> Delivery {
        defer { delivery = .none }
        return delivery
    }

    enum Delivery {
        case none
        case parcel(Parcel)
        /// The message is on top of the stack of the coroutine that waits: its sender was a task of the same state.
        case pushed
        case accepted
        /// A meeting did not come about: the wait begins anew.
        case again
        case closed
        case ended
        case timeout
        case interrupted
        /// What was waited for can never come.
        indirect case failed(ScriptError)

        /// The place that was waited for delivered it, and has taken the node out of its line.
        var isFromPlace: Bool {
            switch self {
            case .parcel, .pushed, .accepted, .again, .closed, .ended: true
            case .none, .timeout, .interrupted, .failed: false
            }
        }
    }

    typealias Ticket = UInt64

    /// The waiting side: opens the next round. Nothing of an earlier round can claim it any more.
    final func arm() -> Ticket {
        let ticket = (state.load(ordering: .relaxed) & ~Phase.mask) &+ 4
        // To look takes less than to release what is mostly not there.
        if case .none = delivery {} else { delivery = .none }
        keepOrder()
        // Whatever takes the nodes to other threads is in order with it.
        state.store(ticket | Phase.armed, ordering: .releasing)
        return ticket
    }

    /// Takes the right to decide this round. After true, deliver and `notify`.
    final func claim(_ ticket: Ticket) -> Bool {
        while true {
            keepOrder()
            let (done, found) = state.compareExchange(
                expected: ticket | Phase.armed, desired: ticket | Phase.idle, ordering: .acquiringAndReleasing)
            if done { return true }
            if found != ticket | Phase.busy { return false }
        }
    }

    /// The same on the waiting side's own thread, where no other thread can claim this round: its only node is in a line
    /// whose lock the caller holds, or that no other thread knows. So it needs no atomic exchange.
    @inline(__always)
    final func claimAlone(_ ticket: Ticket) -> Bool {
        guard state.load(ordering: .relaxed) == ticket | Phase.armed else { return false }
        keepOrder()
        state.store(ticket | Phase.idle, ordering: .releasing)
        return true
    }

    /// Claims the round that is open now, whichever it is. The waiting side's own thread.
    final func claimRound() -> Bool { claim(state.load(ordering: .acquiring) & ~Phase.mask) }

    final func isArmed(_ ticket: Ticket) -> Bool {
        state.load(ordering: .acquiring) & ~Phase.mask == ticket
            && state.load(ordering: .acquiring) & Phase.mask != Phase.idle
    }

    /// Claims both rounds or neither, for a rendezvous. Others may try the same with either of them at the same time,
    /// so the waiter with the lower address is held first: two such calls never wait for each other.
    static func claim(_ a: Waiter, _ ticketA: Ticket, and b: Waiter, _ ticketB: Ticket) -> Pair {
        let swapped = ObjectIdentifier(b) < ObjectIdentifier(a)
        let (first, ticket1, second, ticket2) = swapped ? (b, ticketB, a, ticketA) : (a, ticketA, b, ticketB)
        guard first.hold(ticket1) else { return swapped ? .secondGone : .firstGone }
        let met = second.claim(ticket2)
        keepOrder()
        first.state.store(ticket1 | (met ? Phase.idle : Phase.armed), ordering: .releasing)
        return met ? .met : swapped ? .firstGone : .secondGone
    }

    enum Pair { case met, firstGone, secondGone }

    private func hold(_ ticket: Ticket) -> Bool {
        while true {
            keepOrder()
            let (done, found) = state.compareExchange(
                expected: ticket | Phase.armed, desired: ticket | Phase.busy, ordering: .acquiringAndReleasing)
            if done { return true }
            if found != ticket | Phase.busy { return false }
        }
    }

    /// Any thread, after a claim: wakes the waiting side.
    func notify() { preconditionFailure("a waiter knows how it is woken") }

    /// The waiting side's own thread: goes on after it was woken.
    func woken() { preconditionFailure("a waiter knows how it goes on") }

    final override func isStale(_ ticket: UInt64) -> Bool { !isArmed(ticket) }

    /// The deadline of that round has come. The waiting side's own thread.
    final override func ring(_ ticket: UInt64, now: Instant) {
        guard claim(ticket) else { return }
        delivery = .timeout
        woken()
    }
}

/// One waiter's place in one queue. Guarded by the lock of that queue.
///
/// A task has one node of its own, for the waits in which it leaves a single one. Such a node is used again and again,
/// and keeps neither the task nor is kept by the line in which it stands: the task takes it out before it goes. So
/// whoever claims it keeps the waiter until that has been notified (`Effects.wake`), and begins to do so under the lock.
final class WaitNode: @unchecked Sendable {  // sound: see above
    private let reference: Unmanaged<Waiter>
    private let kept: Waiter?
    private(set) var ticket: Waiter.Ticket
    /// Delivered as the waiter's choice.
    private(set) var choice: Int
    private(set) var isSender: Bool
    /// The waiter takes a message on its coroutine's stack, from a sender of the same state (`Delivery.pushed`).
    var takesPushed = false
    /// What a waiting sender wants to send, until it has been accepted.
    private(set) var parcel: Parcel?
    /// The mark of that message, for the trace.
    private var mark: UInt64 = 0
    /// If set, the node stands for `wanted` waiters at that peer's proxy, in another process.
    let peer: (any ChannelPeer)?
    var wanted = 0
    fileprivate(set) var isQueued = false
    fileprivate var next: Unmanaged<WaitNode>?
    fileprivate var previous: Unmanaged<WaitNode>?

    init(_ waiter: Waiter, _ ticket: Waiter.Ticket, choice: Int = 0, parcel: Parcel? = nil) {
        reference = .passUnretained(waiter)
        kept = waiter
        self.ticket = ticket
        self.choice = choice
        self.parcel = parcel
        isSender = parcel != nil
        peer = nil
        if Tracing.isOn { keepMark() }
    }

    init(_ peer: any ChannelPeer) {
        let waiter = peer.waiter
        reference = .passUnretained(waiter)
        kept = waiter
        ticket = 0
        choice = 0
        parcel = nil
        isSender = false
        self.peer = peer
    }

    /// The waiter's own node, to be renewed for each wait.
    init(ofItsOwn waiter: Waiter) {
        reference = .passUnretained(waiter)
        kept = nil
        ticket = 0
        choice = 0
        parcel = nil
        isSender = false
        peer = nil
    }

    /// Prepares the waiter's own node, which is in no line, for another wait.
    @inline(__always)
    func renew(_ ticket: Waiter.Ticket, choice: Int, parcel: Parcel?, takesPushed: Bool) {
        self.ticket = ticket
        self.choice = choice
        if parcel != nil || self.parcel != nil { self.parcel = parcel }
        self.takesPushed = takesPushed
        isSender = parcel != nil
        if Tracing.isOn { keepMark() }
    }

    @inline(never)
    private func keepMark() {
        mark = isSender ? Tracing.sentMark : 0
        if isSender { Tracing.sentMark = 0 }
    }

    /// The message of this sender, which was claimed, is about to be handed on.
    @inline(__always)
    func bringMark() {
        if Tracing.isOn, mark != 0 { Tracing.sentMark = mark }
    }

    @inline(__always)
    func withWaiter<R>(_ body: (Waiter) -> R) -> R { reference.borrow(body) }

    /// After a claim on the waiter's own thread: delivers, and returns the waiter.
    @inline(__always)
    func hand(_ delivery: Waiter.Delivery) -> Unmanaged<Waiter> {
        reference.borrow { waiter in
            waiter.delivery = delivery
            waiter.choice = choice
        }
        return reference
    }

    var waiter: Waiter { reference.takeUnretainedValue() }
    fileprivate var isOwn: Bool { kept == nil }

    @inline(__always)
    func claim() -> Bool { reference.borrow { $0.claim(ticket) } }

    /// See `Waiter.claimAlone`.
    @inline(__always)
    func claimAlone() -> Bool { reference.borrow { $0.claimAlone(ticket) } }

    /// The same for an operation that may have no node because it does not wait.
    static func claim(_ node: WaitNode?) -> Bool { node?.claim() ?? true }

    /// For a `Waitable` at which there is nothing to wait for: claims the round and delivers. Returns false, or true if
    /// another has claimed the round meanwhile.
    func decide(_ delivery: Waiter.Delivery) -> Bool {
        guard claim() else { return true }
        deliver(delivery)
        return false
    }

    func deliver(_ delivery: Waiter.Delivery) {
        // The message is kept elsewhere now, or by nobody. A string holds nothing whose release could want a lock.
        if case .owned(.string, _) = parcel { parcel = nil }
        reference.borrow { waiter in
            waiter.delivery = delivery
            waiter.choice = choice
            if Tracing.isOn, case .parcel = delivery { waiter.mark = Tracing.takeMark() }
        }
    }

    /// Takes back the message that was delivered, for whoever has not begun to wait. Nil: it was something else.
    func takeParcel() -> Parcel? {
        reference.borrow { waiter in
            guard case .parcel(let parcel) = waiter.takeDelivery() else { return nil }
            if Tracing.isOn { (Tracing.receivedMark, waiter.mark) = (waiter.mark, 0) }
            return parcel
        }
    }
}

/// Waiters in order of arrival; leaving from the middle costs no search. It keeps its nodes, but for those that are a
/// waiter's own.
struct WaitList {
    private var first: Unmanaged<WaitNode>?
    private var last: Unmanaged<WaitNode>?
    private(set) var count = 0

    @inline(__always)
    var isEmpty: Bool { first == nil }

    @inline(__always)
    mutating func append(_ node: WaitNode) {
        if !node.isOwn { _ = Handover.give(node) }
        node.isQueued = true
        node.previous = last
        let reference = Unmanaged.passUnretained(node)
        if let last { last.borrow { $0.next = reference } } else { first = reference }
        last = reference
        count += 1
    }

    @inline(__always)
    mutating func remove(_ node: WaitNode) {
        guard node.isQueued else { return }
        node.isQueued = false
        let (next, previous) = (node.next, node.previous)
        node.next = nil
        node.previous = nil
        if let next { next.borrow { $0.previous = previous } } else { last = previous }
        if let previous { previous.borrow { $0.next = next } } else { first = next }
        count -= 1
        if !node.isOwn { Unmanaged.passUnretained(node).release() }
    }

    mutating func popFirst() -> WaitNode? {
        guard let node = head else { return nil }
        remove(node)
        return node
    }

    /// Takes the first one out, claims it and delivers. Nil: there is none, or it was claimed before. On the thread of
    /// its waiter, which is kept meanwhile.
    @inline(__always)
    mutating func claimHead(_ delivery: Waiter.Delivery) -> Waiter? {
        guard let first else { return nil }
        return first.borrow { node in
            let waiter: Waiter? = node.claim() ? node.hand(delivery).takeUnretainedValue() : nil
            remove(node)
            return waiter
        }
    }

    /// Before the owner goes.
    mutating func removeAll() {
        while popFirst() != nil {}
    }

    var head: WaitNode? { first?.takeUnretainedValue() }
    var tail: WaitNode? { last?.takeUnretainedValue() }
    func after(_ node: WaitNode) -> WaitNode? { node.next?.takeUnretainedValue() }
    /// The head, not retained: valid while it is in line.
    @inline(__always)
    var headReference: Unmanaged<WaitNode>? { first }
}
