import Synchronization

/// A worker's inbox for other threads: waiters that were woken, and jobs. Shared; guarded by its lock.
final class Mailbox: @unchecked Sendable {  // sound: `items` is only touched under the lock
    enum Item {
        case woken(Waiter)
        case job(() -> Void, orElse: (() -> Void)?)
    }

    private let lock = Lock()
    private var items: [Item] = []
    private var isClosed = false
    private let hasItems = Atomic<Bool>(false)
    let sleeper = Sleeper()
    /// The program keeps it.
    private let simulation: Unmanaged<Simulation>?

    init(_ simulation: Simulation?) { self.simulation = simulation.map(Unmanaged.passUnretained) }

    var isEmpty: Bool { !hasItems.load(ordering: .acquiring) }

    /// Any thread.
    var count: Int { lock.withLock { items.count } }

    enum Delivery {
        /// The mailbox is closed, nobody will read the item.
        case refused
        /// The owner slept, and will read the item before it does anything else.
        case wokeOwner
        case posted
    }

    /// Any thread.
    @discardableResult
    func post(_ item: Item) -> Delivery {
        lock.lock()
        if isClosed {
            lock.unlock()
            return .refused
        }
        items.append(item)
        keepOrder()
        hasItems.store(true, ordering: .releasing)
        lock.unlock()
        return wake() ? .wokeOwner : .posted
    }

    /// Any thread: the owner looks again. Returns whether it slept.
    @discardableResult
    func wake() -> Bool {
        let slept = sleeper.wake()
        simulation?.takeUnretainedValue().look()
        return slept
    }

    func close() {
        lock.lock()
        isClosed = true
        lock.unlock()
    }

    /// Takes everything; gives the empty array in exchange, so that no memory is allocated for the next ones.
    func take(_ emptied: inout [Item]) {
        emptied.removeAll(keepingCapacity: true)
        lock.lock()
        swap(&items, &emptied)
        keepOrder()
        hasItems.store(false, ordering: .releasing)
        lock.unlock()
    }
}
