import Synchronization

/// A wait that ends as soon as it is known that nothing can be done at once. Shared by those who have to say so.
final class Poll: Sendable {
    private let node: WaitNode
    private let unanswered = Atomic<Int>(1)

    private init(_ node: WaitNode) { self.node = node }

    /// Asks the channels at which the waiter has left its nodes. False: the wait is over.
    static func ask(_ channels: [Channel], _ waiter: Waiter, _ ticket: Waiter.Ticket) -> Bool {
        let poll = Poll(WaitNode(waiter, ticket))
        for channel in channels {
            poll.unanswered.add(1, ordering: .relaxed)
            channel.poll(poll)
        }
        return !poll.isLast()
    }

    /// With no lock held.
    func answer() {
        if isLast() { node.waiter.notify() }
    }

    private func isLast() -> Bool {
        keepOrder()
        guard unanswered.subtract(1, ordering: .acquiringAndReleasing).newValue == 0, node.claim() else { return false }
        node.deliver(.timeout)
        return true
    }
}
