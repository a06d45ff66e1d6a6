/// A flag that is waited for. Shared; guarded by its lock.
final class EventFlag: Waitable, Shareable {
    private struct State {
        var isSet = false
        var line = WaitList()
    }
    let id = Identity.next()
    private let state = Guarded(State())

    deinit { state.withLock { $0.line.removeAll() } }

    var isSet: Bool { state.withLock { $0.isSet } }

    /// Sets it, and wakes all who wait.
    func set() {
        var effects = Effects()
        state.withLock { state in
            state.isSet = true
            effects.deliver(.accepted, to: &state.line)
        }
        effects.carryOut()
    }

    func clear() { state.withLock { $0.isSet = false } }

    /// Leaves the node until it is set (see `Waitable`).
    func wait(_ node: WaitNode) -> Bool {
        state.withLock { state in
            if state.isSet { return node.decide(.accepted) }
            state.line.append(node)
            return true
        }
    }

    func forget(_ node: WaitNode) { state.withLock { $0.line.remove(node) } }
}

/// Tasks that wait until somebody says that something has changed: the line of a condition. Shared; guarded by its lock.
final class Condition: Waitable, Shareable {
    let id = Identity.next()
    /// The lock that belongs to it.
    let lock: Permits
    private let line = Guarded(WaitList())

    init(_ lock: Permits) { self.lock = lock }

    deinit { line.withLock { $0.removeAll() } }

    var count: Int { line.withLock { $0.count } }

    func enter(_ node: WaitNode) { line.withLock { $0.append(node) } }
    func forget(_ node: WaitNode) { line.withLock { $0.remove(node) } }

    /// Wakes the first ones, as many as that. Returns how many were woken.
    func notify(_ most: Int) -> Int {
        var effects = Effects()
        var woken = 0
        line.withLock { line in
            while woken < most, let node = line.popFirst() {
                guard node.claim() else { continue }
                node.deliver(.accepted)
                effects.wake(node)
                woken += 1
            }
        }
        effects.carryOut()
        return woken
    }
}

/// A place where a number of tasks wait for each other. The last one lets all go on, and the next round begins. Shared;
/// guarded by its lock.
final class Barrier: Waitable, Shareable {
    private struct State {
        var line = WaitList()
        /// Nodes that were counted in a round, and whose wait ended otherwise while it was opened; with their numbers.
        var late: [(node: WaitNode, number: Int)] = []
    }
    let id = Identity.next()
    let size: Int
    private let state = Guarded(State())

    init(_ size: Int) { self.size = size }

    deinit { state.withLock { $0.line.removeAll() } }

    var count: Int { state.withLock { $0.line.count } }

    /// Leaves the node until as many have come as it takes (see `Waitable`). Each gets the number in which it came.
    func wait(_ node: WaitNode) -> Bool {
        var effects = Effects()
        let waits = state.withLock { state in
            state.line.append(node)
            var counted: [WaitNode] = []
            var next = state.line.head
            while let node = next {
                if node.waiter.isArmed(node.ticket) { counted.append(node) }
                next = state.line.after(node)
            }
            guard counted.count >= size else { return true }
            for (index, node) in counted.enumerated() {
                state.line.remove(node)
                guard node.claim() else {
                    state.late.append((node, index + 1))
                    continue
                }
                node.deliver(.parcel(.scalar(.integer, UInt64(index + 1))))
                effects.wake(node)
            }
            return !effects.takeBack(node)
        }
        effects.carryOut()
        return waits
    }

    /// The number of a node that has taken part in a round although its wait ended otherwise.
    func takeNumber(late node: WaitNode) -> Int? {
        state.withLock { state in
            guard let index = state.late.firstIndex(where: { $0.node === node }) else { return nil }
            return state.late.remove(at: index).number
        }
    }

    func forget(_ node: WaitNode) { state.withLock { $0.line.remove(node) } }
}
