/// What a timer queue rings: a sleeping task, a timer of a script. Owned by its worker's thread.
class Alarm {
    /// Due; `ticket` is the one that it was scheduled with. An owner that no longer cares about that ticket ignores it.
    func ring(_ ticket: UInt64, now: Nanoseconds) { preconditionFailure("an alarm knows what it does") }
}

/// Everything one worker waits for in time, ordered by (due, order of scheduling). Owned by its worker's thread.
///
/// Cancelling is the owner's affair: an entry whose ticket is stale is dropped when it comes up; when more than half of
/// the entries are stale the queue is rebuilt without them, so they cost no memory for long.
struct TimerQueue: ~Copyable {
    struct Entry {
        let due: Nanoseconds
        let order: UInt64
        let alarm: Unmanaged<Alarm>  // retained by the queue
        let ticket: UInt64
    }

    private var heap: UnsafeMutablePointer<Entry>
    private var capacity = 16
    private(set) var count = 0
    private var order: UInt64 = 0

    init() { heap = .allocate(capacity: 16) }

    deinit {
        for i in 0..<count { heap[i].alarm.release() }
        heap.deallocate()
    }

    /// When the first entry is due, or `.forever`.
    var nextDue: Nanoseconds { count == 0 ? .forever : heap[0].due }

    mutating func add(_ alarm: Alarm, ticket: UInt64, due: Nanoseconds) {
        if count == capacity { grow() }
        order &+= 1
        count += 1
        lift(Entry(due: due, order: order, alarm: .passRetained(alarm), ticket: ticket), from: count - 1)
    }

    /// Takes out the first entry if it is due at `now`.
    mutating func popDue(_ now: Nanoseconds) -> (alarm: Alarm, ticket: UInt64)? {
        guard count > 0, heap[0].due <= now else { return nil }
        let entry = heap[0]
        count -= 1
        if count > 0 { sink(heap[count]) }
        return (entry.alarm.takeRetainedValue(), entry.ticket)
    }

    /// Drops every entry that `isStale` says nobody waits for.
    mutating func compact(where isStale: (Alarm, UInt64) -> Bool) {
        var kept = 0
        for i in 0..<count {
            if isStale(heap[i].alarm.takeUnretainedValue(), heap[i].ticket) {
                heap[i].alarm.release()
            } else {
                heap[kept] = heap[i]
                kept += 1
            }
        }
        count = 0
        for i in 0..<kept {
            count += 1
            lift(heap[i], from: i)
        }
    }

    // A heap with four children a node: fewer levels, and the four stand together in memory.

    @inline(__always)
    private static func precedes(_ a: Entry, _ b: Entry) -> Bool {
        a.due < b.due || (a.due == b.due && a.order < b.order)
    }

    private func lift(_ entry: Entry, from index: Int) {
        var i = index
        while i > 0 {
            let parent = (i - 1) >> 2
            guard Self.precedes(entry, heap[parent]) else { break }
            heap[i] = heap[parent]
            i = parent
        }
        heap[i] = entry
    }

    private func sink(_ entry: Entry) {
        var i = 0
        while true {
            let first = 4 * i + 1
            guard first < count else { break }
            var least = first
            for child in first + 1..<max(first + 1, min(first + 4, count)) where Self.precedes(heap[child], heap[least]) {
                least = child
            }
            guard Self.precedes(heap[least], entry) else { break }
            heap[i] = heap[least]
            i = least
        }
        heap[i] = entry
    }

    private mutating func grow() {
        let bigger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        bigger.moveInitialize(from: heap, count: count)
        heap.deallocate()
        heap = bigger
        capacity *= 2
    }
}
