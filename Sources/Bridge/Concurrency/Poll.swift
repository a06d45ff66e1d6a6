import Synchronization

/// A wait that ends as soon as it is known that nothing can be done at once. Shared by those who have to say so.
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

    /// One answer fewer is waited for. True: those were all, and the wait is over.
    func isLast() -> Bool {
        keepOrder()
        guard unanswered.subtract(1, ordering: .acquiringAndReleasing).newValue == 0, node.claim() else { return false }
        node.deliver(.timeout)
        return true
    }
}
