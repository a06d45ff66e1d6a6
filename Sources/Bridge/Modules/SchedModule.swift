import CLua

/// `sched`: events in order of time and priority. What calls back into the script is Lua (`Chunks/sched.lua`); the
/// queue, and waiting for it, are here.
enum SchedModule {
    static let module = Module(
        "sched",
        [
            HostFunction("new", "", "A new queue.") { call throws(Fault) in
                call.push(EventQueue(), queueType)
                return .results(1)
            },
            HostFunction(
                "push", "", "Queue, base, time, priority, function: the slot and the time; nil when bad.", push),
            HostFunction("pop", "", "Queue, time: the slot of the next event that is due; or nil and its time.") {
                call throws(Fault) in
                let queue = try call.object(1, queueType)
                if let slot = queue.pop(until: lua_tonumberx(call.L, 2, nil)) {
                    call.push(slot)
                    return .results(1)
                }
                call.pushNil()
                pushFirst(queue, call)
                return .results(2)
            },
            HostFunction("first", "", "Queue: the time of the next event.") { call throws(Fault) in
                pushFirst(try call.object(1, queueType), call)
                return .results(1)
            },
            HostFunction("drop", "", "Queue, slot: that event is gone.") { call throws(Fault) in
                try call.object(1, queueType).drop(try call.integer(2))
                return .none
            },
            HostFunction("order", "", "Queue: the slots in the order in which they come.") { call throws(Fault) in
                call.pushList(try call.object(1, queueType).order) { call.push($0) }
                return .results(1)
            },
            HostFunction("wait", "", "Queue, time: until that time of the clock, or until something changes.", wait),
            HostFunction("notify", "", "Queue: something has changed.") { call throws(Fault) in
                try call.object(1, queueType).notify()
                return .none
            },
        ],
        chunk: PackageResources.sched_lua)

    private static let queueType = HostType<EventQueue>("event queue", methods: [])

    private static func pushFirst(_ queue: EventQueue, _ call: HostCall) {
        if let first = queue.first { call.push(first) } else { call.pushNil() }
    }

    private static func push(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let L = call.L
        guard lua_type(L, 3) == LUA_TNUMBER, lua_type(L, 4) == LUA_TNUMBER else { return .none }
        let base = lua_tonumberx(L, 2, nil)
        let time = lua_tonumberx(L, 3, nil)
        let priority = lua_tonumberx(L, 4, nil)
        guard !time.isNaN, time != .infinity, !priority.isNaN else { return .none }
        if lua_type(L, 5) != LUA_TFUNCTION {
            guard luaL_getmetafield(L, 5, "__call") != LUA_TNIL else { return .none }
        }
        call.push(queue.push(time: base + time, priority: priority))
        call.push(base + time)
        return .results(2)
    }

    private static func wait(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let due = Nanoseconds(seconds: lua_tonumberx(call.L, 2, nil))
        var node: WaitNode?
        return try call.worker.wait(
            call, for: .other(queue), until: due,
            { waiter, ticket in
                let made = WaitNode(waiter, ticket)
                node = made
                queue.waiters.append(made)
                return true
            },
            { _, _ throws(Fault) in
                if let node { queue.waiters.remove(node) }
                return .none
            })
    }
}

/// The order of a scheduler's events; the events themselves are Lua's, by slot. Owned by its state's thread.
final class EventQueue: Awaited {
    private struct Entry {
        let time: Double
        let priority: Double
        let order: Int
        let slot: Int

        @inline(__always)
        static func < (a: Entry, b: Entry) -> Bool {
            if a.time != b.time { return a.time < b.time }
            if a.priority != b.priority { return a.priority < b.priority }
            return a.order < b.order
        }
    }

    private var heap = Heap4<Entry>()
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
        return heap.first?.time
    }

    func push(time: Double, priority: Double) -> Int {
        lastOrder += 1
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
        } else {
            slots.append(0)
            slot = slots.count - 1
        }
        slots[slot] = lastOrder
        heap.insert(Entry(time: time, priority: priority, order: lastOrder, slot: slot), by: <)
        return slot
    }

    func pop(until time: Double) -> Int? {
        clean()
        guard let first = heap.first, first.time <= time else { return nil }
        heap.removeFirst(by: <)
        release(first.slot)
        return first.slot
    }

    func drop(_ slot: Int) {
        guard slots.indices.contains(slot), slots[slot] != 0 else { return }
        slots[slot] = -1
        dropped += 1
        if dropped > 64, dropped > heap.count / 2 { compact() }
    }

    var order: [Int] { heap.elements.filter { isLive($0) }.sorted(by: <).map(\.slot) }

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
        while dropped > 0, let first = heap.first, !isLive(first) {
            heap.removeFirst(by: <)
            release(first.slot)
            dropped -= 1
        }
    }

    private func compact() {
        let (live, dead) = heap.split(isLive)
        for entry in dead { release(entry.slot) }
        heap = live
        heap.restore(by: <)
        dropped = 0
    }
}
