import Synchronization

/// A wait that ends as soon as all who were asked have said that nothing can be done at once. Shared by them.
final class Poll: Sendable {
    private let node: WaitNode
    private let unanswered = Atomic<Int>(1)

    init(_ node: WaitNode) { self.node = node }

    /// One more answer is waited for.
    func add() { unanswered.add(1, ordering: .relaxed) }

    /// With no lock held.
    func answer() {
        if isLast() { node.waiter.notify() }
    }

    /// Counts one answer. True: it was the last, and the wait has ended with a timeout; the caller notifies the waiter.
    func isLast() -> Bool {
        keepOrder()
        guard unanswered.subtract(1, ordering: .acquiringAndReleasing).newValue == 0, node.claim() else { return false }
        node.deliver(.timeout)
        return true
    }
}
