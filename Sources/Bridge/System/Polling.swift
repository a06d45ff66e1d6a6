import CKernel
import Synchronization

/// Something that works on a thread of its own, and is paused while this process is copied.
protocol Pausable: AnyObject, Sendable {
    /// Takes its locks, so that no thread is in the middle of anything until `resume`. False: a thread is.
    func pause() -> Bool
    func resume()
}

/// Something (a link) that a spinning thread reads itself, so that no other thread has to be woken for it.
protocol Pollable: Pausable {
    /// A thread polls from now on: the link's own thread need not be woken.
    func beginPolling()
    func poll()
    func endPolling()
    /// In a copy that `fork` made: gives up the link, which belongs to the original process.
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

    private static let paused = Guarded<[any Pausable]>([])

    /// On the thread that is about to fork: a lock that another thread holds at that moment would stay locked in the
    /// copy.
    static func pause() {
        let items: [any Pausable] = [Reactor.shared] + all
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

    /// After the fork: on the same thread, and on the only thread of the copy.
    static func resume() {
        let items = paused.withLock { items in
            defer { items = [] }
            return items
        }
        for item in items.reversed() { item.resume() }
    }

    static var all: [any Pollable] { list.withLock { $0 } }
}
