import CFence
import CLua

/// `sched`: events in order of time and priority. What calls back into the script is Lua (`Chunks/sched.lua`); the
/// queue, its events, and waiting for it, are here.
enum SchedModule {
    static let module = Module(
        "sched",
        [
            HostFunction("new", "", "A new queue.") { call throws(Fault) in
                call.push(EventQueue(), queueType)
                lua_createtable(call.L, 0, 1)
                pushMetatable(call.L)
                lua_rawseti(call.L, -2, 0)  // at hand for each event; slots are counted from 1
                lua_setiuservalue(call.L, -2, 1)
                return .results(1)
            },
            HostFunction(
                "push", "",
                "Queue, base, time, priority, function, arguments: the event and its time; nothing when bad; nil, "
                    + "nil and a message when the base is.", push),
            HostFunction(
                "pop", "",
                "Queue, time: takes out the next event if it is due; when the one after it is due, and its function and "
                    + "its list of arguments, if there are any. Nil, nil and a message when the time is bad.", pop),
            HostFunction("first", "", "Queue: the time of the next event.") { call throws(Fault) in
                pushFirst(try call.object(1, queueType), call)
                return .results(1)
            },
            HostFunction("drop", "", "Queue, event: whether it was queued there and is gone; nil for no event.", drop),
            HostFunction("order", "", "Queue: the events in the order in which they come.") { call throws(Fault) in
                let slots = try call.object(1, queueType).order
                lua_getiuservalue(call.L, 1, 1)
                let events = lua_gettop(call.L)
                call.pushList(slots) { lua_rawgeti(call.L, events, lua_Integer($0)) }
                return .results(1)
            },
            HostFunction("start", "", "Queue: a task for each event that is due by now.") { call throws(Fault) in
                let queue = try call.object(1, queueType)
                lua_getiuservalue(call.L, 1, 1)
                EventTasks.of(queue, call).start(call)
                return .none
            },
            HostFunction("hold", "", "Queue, boolean: whether such tasks run nothing.") { call throws(Fault) in
                try call.object(1, queueType).isHeld = call.boolean(2)
                return .none
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
        if let first = queue.first { first.push(call.L) } else { call.pushNil() }
    }

    /// What the clock of a script gave at `index` is no time: nil, nil and a message that says so.
    private static func complain(_ index: Int32, _ call: HostCall) -> Outcome {
        let value = lua_type(call.L, index) == LUA_TNUMBER ? lua_tonumberx(call.L, index, nil) : nil
        let got = value.map { $0.isNaN ? "NaN" : "\($0)" } ?? call.typeName(index)
        call.pushNil()
        call.pushNil()
        call.push("timefunc returned \(got), a finite number expected")
        return .results(3)
    }

    private static func push(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let L = call.L
        guard lua_type(L, 3) == LUA_TNUMBER, lua_type(L, 4) == LUA_TNUMBER else { return .none }
        let base = lua_tonumberx(L, 2, nil)
        guard base.isFinite, lua_type(L, 2) == LUA_TNUMBER else { return complain(2, call) }
        let time = lua_tonumberx(L, 3, nil)
        let priority = lua_tonumberx(L, 4, nil)
        guard !time.isNaN, time != .infinity, !priority.isNaN else { return .none }
        guard call.isCallable(5) else { return .none }
        let due = EventTime(base + time, sum: 2, 3, L)
        lua_getiuservalue(L, 1, 1)
        lua_replace_(L, 2)
        let record = pushEvent(EventRecord(due: due, priority: 4, L), L)
        let slot = queue.push(due: due, priority: priority, record)
        record.pointee.slot = Int32(truncatingIfNeeded: slot)
        lua_pushvalue(L, -1)
        lua_rawseti(L, 2, lua_Integer(slot))
        due.push(L)
        return .results(2)
    }

    /// [-0, +1, m] A new event. The table of events stands at 2, its function at 5, its arguments above.
    private static func pushEvent(_ record: EventRecord, _ L: OpaquePointer) -> UnsafeMutablePointer<EventRecord> {
        let last = lua_gettop(L)
        let place = record.push(hasArguments: last > 5, L)
        lua_pushvalue(L, 5)
        lua_setiuservalue(L, -2, 1)
        if last > 5 {
            pushArguments(L, 6, last)
            lua_setiuservalue(L, -2, 2)
        }
        lua_rawgeti(L, 2, 0)
        lua_setmetatable(L, -2)
        return place
    }

    /// [-0, +1, m] The values there as a list with `n`.
    private static func pushArguments(_ L: OpaquePointer, _ first: Int32, _ last: Int32) {
        let count = last - first + 1
        lua_createtable(L, count, 1)
        lua_pushinteger(L, lua_Integer(count))
        lua_setfield_raw(L, "n")
        for i in 0..<count {
            lua_pushvalue(L, first + i)
            lua_rawseti(L, -2, lua_Integer(i) + 1)
        }
    }

    private static func pop(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let L = call.L
        let time = lua_tonumberx(L, 2, nil)
        guard time.isFinite, lua_type(L, 2) == LUA_TNUMBER else { return complain(2, call) }
        let slot = queue.pop(until: time)
        lua_settop(L, 1)
        pushFirst(queue, call)
        guard let slot else { return .results(1) }
        lua_getiuservalue(L, 1, 1)
        if let next = queue.ahead { fence_prefetch_item(L, 3, lua_Integer(next)) }
        take(slot, of: 3, L)
        lua_copy(L, 2, 4)
        return .results(3)
    }

    /// [-0, +3, m] The event in that slot of the events at an index, which lose it; its function; its list of
    /// arguments, or nil.
    @inline(__always)
    static func take(_ slot: Int, of events: Int32, _ L: OpaquePointer) {
        lua_rawgeti(L, events, lua_Integer(slot))
        lua_pushnil(L)
        lua_rawseti(L, events, lua_Integer(slot))
        EventRecord.at(-1, L)?.pointee.slot = 0
        lua_getiuservalue(L, -1, 1)
        lua_getiuservalue(L, -2, 2)
    }

    private static func drop(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let L = call.L
        guard let record = EventRecord.at(2, L) else { return .none }
        let slot = Int(record.pointee.slot)
        lua_getiuservalue(L, 1, 1)
        lua_rawgeti(L, -1, lua_Integer(slot))
        let isQueued = slot > 0 && lua_rawequal(L, -1, 2) != 0
        if isQueued {
            record.pointee.slot = 0
            lua_pushnil(L)
            lua_rawseti(L, -3, lua_Integer(slot))
            queue.drop(slot)
        }
        call.push(isQueued)
        return .results(1)
    }

    // MARK: - Events

    /// Stands for the metatable in the registry. Sound: never read or written.
    private nonisolated(unsafe) static let metatableKey = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

    /// [-0, +1, m]
    private static func pushMetatable(_ L: OpaquePointer) {
        if lua_rawgetp(L, LuaState.registry, metatableKey) == LUA_TTABLE { return }
        lua_pop_(L, 1)
        AnyHostType.pushTable(L, metamethods)
        lua_pushstring(L, "event")
        lua_setfield_raw(L, "__name")
        lua_pushvalue(L, -1)
        lua_rawsetp(L, LuaState.registry, metatableKey)
    }

    private static let metamethods = [
        HostFunction("__index", "event.time, .priority, .fn, .args", "What it was entered with.") {
            call throws(Fault) in
            field(call)
            return .results(1)
        },
        HostFunction("__tostring", "tostring(event)", "Time and priority.") { call throws(Fault) in
            guard let record = EventRecord.at(1, call.L)?.pointee else { throw .type(1, "event") }
            record.due.push(call.L)
            record.pushPriority(call.L)
            let (time, priority) = (call.state.description(-2, on: call.L), call.state.description(-1, on: call.L))
            call.push("event: at \(time), priority \(priority)")
            return .results(1)
        },
    ]

    /// [-0, +1, m] The field of the event at 1 that the key at 2 names; nil for any other.
    private static func field(_ call: HostCall) {
        let L = call.L
        guard let record = EventRecord.at(1, L), call.type(2) == LUA_TSTRING else { return call.pushNil() }
        switch call.text(2) {
        case "time": record.pointee.due.push(L)
        case "priority": record.pointee.pushPriority(L)
        case "fn": lua_getiuservalue(L, 1, 1)
        case "args":
            // Without any there is no place for them: an empty list each time.
            if lua_getiuservalue(L, 1, 2) != LUA_TTABLE { pushArguments(L, 1, 0) }
        default: call.pushNil()
        }
    }

    private static func wait(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let due = Instant(seconds: lua_tonumberx(call.L, 2, nil))
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
