import CSystem
import Synchronization

/// What can be looked at by a thread that waits actively anyway, so that it learns of things without another thread's
/// being woken first.
protocol Pollable: AnyObject, Sendable {
    /// Somebody looks from now on: nobody needs to be woken.
    func beginPolling()
    func poll()
    func endPolling()
    /// Nobody is in the middle of anything on it until `resume`. False: somebody is.
    func pause() -> Bool
    func resume()
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

    // MARK: - While this process is copied

    private static let paused = Guarded<[any Pollable]>([])

    /// On the thread that is about to fork: what others have locked at that moment stays locked in the copy.
    static func pause() {
        let items = all
        var count = 0
        while count < items.count {
            if items[count].pause() {
                count += 1
            } else {
                for item in items[..<count].reversed() { item.resume() }
                count = 0
                system_pause()
            }
        }
        paused.withLock { $0 = items }
    }

    /// On the same thread, and on the one of the copy.
    static func resume() {
        let items = paused.withLock { items in
            defer { items = [] }
            return items
        }
        for item in items.reversed() { item.resume() }
    }

    static var all: [any Pollable] { list.withLock { $0 } }
}
