import CLua

/// A scheduler's events in their order. An event is a userdata: its `Record`, then its function and its arguments (a
/// table, if there are any) as user values. It is kept by its slot in a table that is the queue's own user value.
/// Owned by its state's thread.
final class EventQueue: Awaited {
    private struct Entry: Orderly {
        let due: EventTime
        let slot: Int32
        let priority: Double
        let order: Int
        /// Only to have it at hand: it may be gone when the entry has been dropped.
        let record: UnsafeRawPointer

        @inline(__always)
        static func precedes(_ a: Entry, _ b: Entry) -> Bool {
            if a.due.value != b.due.value { return a.due.value < b.due.value }
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
    /// What runs its events on the event loop, once it has.
    var tasks: EventTasks?
    /// Somebody runs the events: the event loop must not.
    var isHeld = false
    var waitText: ByteText { "run of a schedule" }

    deinit { while waiters.popFirst() != nil {} }

    var first: EventTime? {
        clean()
        return queue.first?.due
    }

    /// How many are due, or a few more.
    func count(until time: Double) -> Int { queue.count { $0.due.value <= time } }

    /// The slot of the new entry.
    func push(due: EventTime, priority: Double, _ record: UnsafeRawPointer) -> Int {
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
        queue.insert(Entry(due: due, slot: short, priority: priority, order: lastOrder, record: record))
        return slot
    }

    func pop(until time: Double) -> Int? {
        clean()
        guard let first = queue.first, first.due.value <= time else { return nil }
        queue.removeFirst()
        if let next = queue.ahead(8) { Processor.prefetch(next.record - EventRecord.offset, 128) }
        let slot = Int(first.slot)
        release(slot)
        return slot
    }

    /// The slot of one that will be popped soon, where that is known.
    var ahead: Int? { queue.ahead(16).map { Int($0.slot) } }

    /// The slot is in use.
    func drop(_ slot: Int) {
        slots[slot] = -1
        dropped += 1
        if dropped > 64, dropped > queue.count / 2 {
            for entry in queue.filter(isLive) { release(Int(entry.slot)) }
            dropped = 0
        }
    }

    var isEmpty: Bool { queue.count == dropped }

    var order: [Int] { queue.elements.filter(isLive).sorted(by: Entry.precedes).map { Int($0.slot) } }

    /// Whoever waits for this queue looks again.
    func notify() {
        while let node = waiters.popFirst() {
            guard node.claim() else { continue }
            node.deliver(.ended)
            node.waiter.notify()
        }
    }

    private func isLive(_ entry: Entry) -> Bool { slots[Int(entry.slot)] == entry.order }

    private func release(_ slot: Int) {
        slots[slot] = 0
        free.append(slot)
    }

    /// Takes entries that were dropped off the top.
    private func clean() {
        while dropped > 0, let first = queue.first, !isLive(first) {
            queue.removeFirst()
            release(Int(first.slot))
            dropped -= 1
        }
    }
}

/// A time as a scheduler's clock gives it. Immutable.
struct EventTime {
    let value: Double
    /// A script gets it back as one.
    let isInteger: Bool

    /// The sum of the numbers at two indices: an integer if both are, unless it is so large that not every integer is a
    /// float. `value`: the sum as a float.
    @inline(__always)
    init(_ value: Double, sum base: Int32, _ delay: Int32, _ L: OpaquePointer) {
        if lua_isinteger(L, delay) == 0 || lua_isinteger(L, base) == 0 {
            self.init(value, isInteger: false)
        } else {
            self.init(value, exact: lua_tointegerx(L, base, nil), lua_tointegerx(L, delay, nil))
        }
    }

    private init(_ value: Double, exact base: lua_Integer, _ delay: lua_Integer) {
        let (sum, overflow) = base.addingReportingOverflow(delay)
        isInteger = !overflow && sum.magnitude <= 1 << 53
        self.value = isInteger ? Double(sum) : value
    }

    fileprivate init(_ value: Double, isInteger: Bool) {
        self.value = value
        self.isInteger = isInteger
    }

    /// [-0, +1, -]
    func push(_ L: OpaquePointer) {
        if isInteger { lua_pushinteger(L, lua_Integer(value)) } else { lua_pushnumber(L, value) }
    }
}

/// What an event's userdata holds.
struct EventRecord {
    // Distinct from what stands first in a host object, which is as long. Two bits of it say what is an integer.
    private static let cookie: UInt32 = 0x6c75_6574, integerPriority: UInt32 = 1, integerTime: UInt32 = 2
    private let cookie: UInt32
    /// How far it stands from the beginning of the userdata, about.
    static let offset = 56
    /// Where the queue keeps it; 0 when it is no longer queued.
    var slot: Int32 = 0
    private let time: Double
    private let priority: UInt64

    /// The priority is the number at that index; a script gets an integer back as one.
    init(due: EventTime, priority index: Int32, _ L: OpaquePointer) {
        let isInteger = lua_isinteger(L, index) != 0
        cookie = Self.cookie | (isInteger ? Self.integerPriority : 0) | (due.isInteger ? Self.integerTime : 0)
        time = due.value
        priority =
            isInteger
            ? UInt64(bitPattern: lua_tointegerx(L, index, nil)) : lua_tonumberx(L, index, nil).bitPattern
    }

    var due: EventTime { EventTime(time, isInteger: cookie & Self.integerTime != 0) }

    /// [-0, +1, -]
    func pushPriority(_ L: OpaquePointer) {
        if cookie & Self.integerPriority != 0 {
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
        return record.pointee.cookie & ~(integerPriority | integerTime) == cookie ? record : nil
    }
}
