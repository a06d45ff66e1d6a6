/// The events of a scheduler (`sched`), in order. An event is a userdata: its `EventRecord`, with its function and its
/// list of arguments (if there are any) as attachments. A Lua table holds the queued events by their slots. An event that
/// the script has not kept is its function alone there, until the script asks for the events. Owned by its state's thread.
final class EventQueue: Awaited, Waitable {
    private struct Entry: Orderly {
        let due: EventTime
        let hasIntegerPriority: Bool
        let slot: Int32
        let priority: Double
        let order: Int
        /// May be gone when the entry has been dropped. Nil if the event was its function alone.
        let record: UnsafeMutablePointer<EventRecord>?

        var rank: Double { due.value }

        @inline(__always)
        static func precedes(_ a: Entry, _ b: Entry) -> Bool {
            if a.due.value != b.due.value { return a.due.value < b.due.value }
            if a.priority != b.priority { return a.priority < b.priority }
            return a.order < b.order
        }
    }

    private var queue = DueQueue<Entry>()
    /// By slot, counted from 1: the order number of the entry that has it; 0 if it is free, -1 if the entry was
    /// dropped.
    private var slots: [Int] = [0]
    private var free: [Int] = []
    private var dropped = 0
    private var lastOrder = 0
    var waiters = WaitList()
    /// Runs its events on the event loop; made when that is first needed.
    var tasks: EventTasks?
    /// A script runs the events itself (`run`), so the event loop must not.
    var isHeld = false
    var waitText: ByteText { "run of a schedule" }

    func forget(_ node: WaitNode) { waiters.remove(node) }

    deinit { waiters.removeAll() }

    var first: EventTime? {
        clean()
        return queue.first?.due
    }

    /// How many are due. Dropped entries may be counted as well.
    func count(until time: Double) -> Int { queue.count { $0.due.value <= time } }

    /// Adds an event and returns its slot. Without a record it is its function alone.
    func push(
        due: EventTime, priority: Double, isInteger: Bool = false, _ record: UnsafeMutablePointer<EventRecord>?
    ) -> Int {
        lastOrder += 1
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
        } else {
            slots.append(0)
            slot = slots.count - 1
        }
        slots[slot] = lastOrder
        let short = Int32(truncatingIfNeeded: slot)
        queue.insert(
            Entry(
                due: due, hasIntegerPriority: isInteger, slot: short, priority: priority, order: lastOrder,
                record: record))
        return slot
    }

    /// Takes the first event if it is due. Its slot is free then.
    func pop(until time: Double) -> PoppedEvent? {
        clean()
        guard let first = queue.first, first.due.value <= time else { return nil }
        queue.removeFirst()
        if let record = queue.ahead(8)?.record {
            Processor.prefetch(UnsafeRawPointer(record) - EventRecord.offset, 128)
        }
        let slot = Int(first.slot)
        release(slot)
        return PoppedEvent(slot: slot)
    }

    /// The slot of an event that will be popped soon, if that is known.
    var ahead: Int? { queue.ahead(16).map { Int($0.slot) } }

    /// Drops the event in that slot, which must be in use.
    func drop(_ slot: Int) {
        slots[slot] = -1
        dropped += 1
        if dropped > 64, dropped > queue.count / 2 {
            for entry in queue.filter(isLive) { release(Int(entry.slot)) }
            dropped = 0
        }
    }

    var isEmpty: Bool { queue.count == dropped }

    /// All events, in order: the slot of each, and what its record has to hold if it is its function alone.
    var order: [(slot: Int, due: EventTime, priority: Double, isInteger: Bool)] {
        queue.elements.filter(isLive).sorted(by: Entry.precedes).map {
            (Int($0.slot), $0.due, $0.priority, $0.hasIntegerPriority)
        }
    }

    /// Wakes all who wait for the queue: they look at it again.
    func notify() {
        var effects = Effects()
        effects.deliver(.ended, to: &waiters)
        effects.carryOut()
    }

    private func isLive(_ entry: Entry) -> Bool { slots[Int(entry.slot)] == entry.order }

    private func release(_ slot: Int) {
        slots[slot] = 0
        free.append(slot)
    }

    /// Removes dropped entries at the beginning.
    private func clean() {
        while dropped > 0, let first = queue.first, !isLive(first) {
            queue.removeFirst()
            release(Int(first.slot))
            dropped -= 1
        }
    }
}
