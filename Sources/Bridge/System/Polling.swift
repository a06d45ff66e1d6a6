import Synchronization

/// What can be looked at by a thread that waits actively anyway, so that it learns of things without another thread's
/// being woken first.
protocol Pollable: AnyObject, Sendable {
    /// Somebody looks from now on: nobody needs to be woken.
    func beginPolling()
    func poll()
    func endPolling()
    /// This process is a copy of the one that this belongs to.
    func cut()
}

/// All that there is to poll in this process. Shared; guarded by its lock.
enum Polling {
    private static let count = Atomic<Int>(0)
    private static let list = Guarded<[any Pollable]>([])

    static var isWanted: Bool { count.load(ordering: .relaxed) != 0 }

    static func add(_ item: any Pollable) {
        list.withLock { $0.append(item) }
        count.add(1, ordering: .relaxed)
    }

    static func remove(_ item: any Pollable) {
        let isKnown = list.withLock { list in
            guard let place = list.firstIndex(where: { $0 === item }) else { return false }
            list.remove(at: place)
            return true
        }
        if isKnown { count.subtract(1, ordering: .relaxed) }
    }

    static var all: [any Pollable] { list.withLock { $0 } }
}
