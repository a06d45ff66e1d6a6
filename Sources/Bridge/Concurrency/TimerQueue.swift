/// An object that a timer queue calls at an instant: a waiter, a timer of a script. Owned by its worker's thread.
class Alarm {
    /// The instant has come. `ticket` is the one given to `TimerQueue.add`; a stale one is ignored.
    func ring(_ ticket: UInt64, now: Instant) { preconditionFailure("an alarm knows what it does") }
    /// Whether nobody waits for that ticket any more.
    func isStale(_ ticket: UInt64) -> Bool { false }
    /// What is shown to a user for that ticket.
    func shown(_ ticket: UInt64) -> Alarm { self }
}

/// The alarms of one worker, ordered by instant, then by order of entry. Owned by its worker's thread.
///
/// An entry is cancelled by making its ticket stale: it is dropped when it comes up. `entryGivenUp` counts such
/// entries; when more than half are stale, the queue is rebuilt without them, so they hold no memory for long.
struct TimerQueue {
    private struct Entry: Orderly {
        let due: Instant
        let order: UInt64
        let alarm: Unmanaged<Alarm>  // retained by the queue
        let ticket: UInt64

        var rank: Double { Double(due.rawValue) }

        @inline(__always)
        static func precedes(_ a: Entry, _ b: Entry) -> Bool { a.due < b.due || (a.due == b.due && a.order < b.order) }
    }

    private var queue = DueQueue<Entry>()
    private var order: UInt64 = 0
    private var givenUp = 0

    var count: Int { queue.count }

    /// When the first entry is due, or `.forever`.
    var nextDue: Instant {
        mutating get { queue.first?.due ?? .forever }
    }

    /// The same, after entries that nobody waits for any more have been dropped.
    var nextLive: Instant {
        mutating get {
            while let first = queue.first, first.alarm.borrow({ $0.isStale(first.ticket) }) {
                queue.removeFirst()
                first.alarm.release()
            }
            return nextDue
        }
    }

    /// The alarms whose tickets are not stale.
    var live: [Alarm] {
        queue.elements.map { ($0.alarm.takeUnretainedValue(), $0.ticket) }.filter { !$0.isStale($1) }
            .map { $0.shown($1) }
    }

    /// How many alarms are due that somebody waits for and that satisfy the condition.
    mutating func due(_ now: Instant, _ isCounted: (Alarm) -> Bool) -> Int {
        guard nextLive <= now else { return 0 }
        return queue.elements.reduce(0) { count, entry in
            guard entry.due <= now else { return count }
            let alarm = entry.alarm.takeUnretainedValue()
            return alarm.isStale(entry.ticket) || !isCounted(alarm.shown(entry.ticket)) ? count : count + 1
        }
    }

    /// Returns its place in the order of entry.
    @discardableResult
    mutating func add(_ alarm: Alarm, ticket: UInt64, due: Instant) -> UInt64 {
        order &+= 1
        add(alarm, ticket: ticket, due: due, order: order)
        return order
    }

    /// In place of an entry that had that place in the order, and became stale.
    mutating func add(_ alarm: Alarm, ticket: UInt64, due: Instant, order: UInt64) {
        queue.insert(Entry(due: due, order: order, alarm: .passRetained(alarm), ticket: ticket))
    }

    /// Takes out the first entry if it is due at `now`.
    mutating func popDue(_ now: Instant) -> (alarm: Alarm, ticket: UInt64)? {
        guard let first = queue.first, first.due <= now else { return nil }
        queue.removeFirst()
        if let next = queue.ahead(4) { Processor.prefetch(next.alarm.toOpaque(), 256) }
        return (first.alarm.takeRetainedValue(), first.ticket)
    }

    /// An entry became stale.
    mutating func entryGivenUp() {
        givenUp += 1
        guard givenUp > 64, givenUp > queue.count / 2 else { return }
        givenUp = 0
        let stale = queue.filter { entry in !entry.alarm.borrow { $0.isStale(entry.ticket) } }
        for entry in stale { entry.alarm.release() }
    }

    mutating func removeAll() {
        for entry in queue.elements { entry.alarm.release() }
        queue = DueQueue()
    }
}
