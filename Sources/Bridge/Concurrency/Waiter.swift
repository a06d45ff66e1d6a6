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

    /// The waiting side, after it was woken: takes out what was handed over.
    final func takeDelivery() -> Delivery {
        defer { delivery = .none }
        return delivery
    }

    enum Delivery {
        case none
        case parcel(Parcel)
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
            case .parcel, .accepted, .again, .closed, .ended: true
            case .none, .timeout, .interrupted, .failed: false
            }
        }
    }

    typealias Ticket = UInt64

    /// The waiting side: opens the next round. Nothing of an earlier round can claim it any more.
    final func arm() -> Ticket {
        let ticket = (state.load(ordering: .relaxed) & ~Phase.mask) &+ 4
        delivery = .none
        keepOrder()
        state.store(ticket | Phase.armed, ordering: .sequentiallyConsistent)
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
final class WaitNode: @unchecked Sendable {  // sound: see above
    let waiter: Waiter
    let ticket: Waiter.Ticket
    /// Delivered as the waiter's choice.
    let choice: Int
    let isSender: Bool
    /// What a waiting sender wants to send, until it has been accepted.
    private(set) var parcel: Parcel?
    /// If set, the node stands for `wanted` waiters at that peer's proxy, in another process.
    let peer: (any ChannelPeer)?
    var wanted = 0
    fileprivate(set) var isQueued = false
    fileprivate var next: WaitNode?
    fileprivate unowned(unsafe) var previous: WaitNode?  // sound: a queued node is kept by its list

    init(_ waiter: Waiter, _ ticket: Waiter.Ticket, choice: Int = 0, parcel: Parcel? = nil) {
        self.waiter = waiter
        self.ticket = ticket
        self.choice = choice
        self.parcel = parcel
        isSender = parcel != nil
        peer = nil
    }

    init(_ peer: any ChannelPeer) {
        waiter = peer.waiter
        ticket = 0
        choice = 0
        parcel = nil
        isSender = false
        self.peer = peer
    }

    func claim() -> Bool { waiter.claim(ticket) }

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
        waiter.delivery = delivery
        waiter.choice = choice
    }
}

/// Waiters in order of arrival; leaving from the middle costs no search.
struct WaitList {
    private var first: WaitNode?
    private unowned(unsafe) var last: WaitNode?
    private(set) var count = 0

    var isEmpty: Bool { first == nil }

    mutating func append(_ node: WaitNode) {
        node.isQueued = true
        node.previous = last
        if let last { last.next = node } else { first = node }
        last = node
        count += 1
    }

    mutating func remove(_ node: WaitNode) {
        guard node.isQueued else { return }
        node.isQueued = false
        let next = node.next
        let previous = node.previous
        node.next = nil
        node.previous = nil
        next?.previous = previous
        if previous == nil { first = next } else { previous?.next = next }
        if next == nil { last = previous }
        count -= 1
    }

    mutating func popFirst() -> WaitNode? {
        guard let node = first else { return nil }
        remove(node)
        return node
    }

    /// Before the owner goes: nodes keep each other.
    mutating func removeAll() {
        while popFirst() != nil {}
    }

    var head: WaitNode? { first }
    var tail: WaitNode? { last }
    func after(_ node: WaitNode) -> WaitNode? { node.next }
}
