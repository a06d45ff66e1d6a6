import CLua

/// A scheduler's events in their order. An event is a userdata: its `Record`, then its function and its arguments (a
/// table, if there are any) as user values. It is kept by its slot in a table that is the queue's own user value.
/// Owned by its state's thread.
final class EventQueue: Awaited {
    private struct Entry: Orderly {
        let time: Double
        let priority: Double
        let order: Int
        let slot: Int
        /// Only to have it at hand: it may be gone when the entry has been dropped.
        let record: UnsafeRawPointer

        @inline(__always)
        static func precedes(_ a: Entry, _ b: Entry) -> Bool {
            if a.time != b.time { return a.time < b.time }
            if a.priority != b.priority { return a.priority < b.priority }
            return a.order < b.order
        }
    }

    private var queue = DueQueue<Entry>()
    /// The order number of the entry that has the slot; 0 for a free one. Slots are counted from 1.
    private var slots: [Int] = [0]
    private var free: [Int] = []
    private var dropped = 0
    private var lastOrder = 0
    var waiters = WaitList()
    var waitText: String { "run of a schedule" }

    deinit { while waiters.popFirst() != nil {} }

    var first: Double? {
        clean()
        return queue.first?.time
    }

    /// The slot of the new entry.
    func push(time: Double, priority: Double, _ record: UnsafeRawPointer) -> Int {
        lastOrder += 1
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
        } else {
            slots.append(0)
            slot = slots.count - 1
        }
        slots[slot] = lastOrder
        queue.insert(Entry(time: time, priority: priority, order: lastOrder, slot: slot, record: record))
        return slot
    }

    func pop(until time: Double) -> Int? {
        clean()
        guard let first = queue.first, first.time <= time else { return nil }
        queue.removeFirst()
        if let next = queue.ahead(8) { Processor.prefetch(next.record - EventRecord.offset, 128) }
        release(first.slot)
        return first.slot
    }

    /// The slot of one that will be popped soon, where that is known.
    var ahead: Int? { queue.ahead(16)?.slot }

    /// The slot is in use.
    func drop(_ slot: Int) {
        slots[slot] = -1
        dropped += 1
        if dropped > 64, dropped > queue.count / 2 {
            for entry in queue.filter(isLive) { release(entry.slot) }
            dropped = 0
        }
    }

    var isEmpty: Bool { queue.count == dropped }

    var order: [Int] { queue.elements.filter(isLive).sorted(by: Entry.precedes).map(\.slot) }

    /// Whoever waits for this queue looks again.
    func notify() {
        while let node = waiters.popFirst() {
            guard node.claim() else { continue }
            node.deliver(.ended)
            node.waiter.notify()
        }
    }

    private func isLive(_ entry: Entry) -> Bool { slots[entry.slot] == entry.order }

    private func release(_ slot: Int) {
        slots[slot] = 0
        free.append(slot)
    }

    /// Takes entries that were dropped off the top.
    private func clean() {
        while dropped > 0, let first = queue.first, !isLive(first) {
            queue.removeFirst()
            release(first.slot)
            dropped -= 1
        }
    }
}

/// What an event's userdata holds.
struct EventRecord {
    // Distinct from what stands first in a host object, which is as long.
    private static let cookie: UInt32 = 0x6c75_6576, integerCookie: UInt32 = 0x6c75_6577
    private let cookie: UInt32
    /// How far it stands from the beginning of the userdata, about.
    static let offset = 56
    /// Where the queue keeps it; 0 when it is no longer queued.
    var slot: Int32 = 0
    let time: Double
    private let priority: UInt64

    /// The priority is the number at that index; a script gets an integer back as one.
    init(time: Double, priority index: Int32, _ L: OpaquePointer) {
        let isInteger = lua_isinteger(L, index) != 0
        cookie = isInteger ? Self.integerCookie : Self.cookie
        self.time = time
        priority =
            isInteger
            ? UInt64(bitPattern: lua_tointegerx(L, index, nil)) : lua_tonumberx(L, index, nil).bitPattern
    }

    /// [-0, +1, -]
    func pushPriority(_ L: OpaquePointer) {
        if cookie == Self.integerCookie {
            lua_pushinteger(L, lua_Integer(bitPattern: priority))
        } else {
            lua_pushnumber(L, Double(bitPattern: priority))
        }
    }

    /// [-0, +1, m] A new userdata with it; the function and the arguments are to be set. Its address.
    func push(hasArguments: Bool, _ L: OpaquePointer) -> UnsafeMutablePointer<EventRecord> {
        let place = lua_newuserdatauv(L, MemoryLayout<Self>.size, hasArguments ? 2 : 1).unsafelyUnwrapped
        return place.initializeMemory(as: Self.self, to: self)
    }

    /// That of the event at `index`; nil for anything else.
    static func at(_ index: Int32, _ L: OpaquePointer) -> UnsafeMutablePointer<EventRecord>? {
        guard lua_rawlen(L, index) == MemoryLayout<Self>.size, let place = lua_touserdata(L, index) else { return nil }
        let record = place.assumingMemoryBound(to: Self.self)
        let cookie = record.pointee.cookie
        return cookie == Self.cookie || cookie == Self.integerCookie ? record : nil
    }
}
