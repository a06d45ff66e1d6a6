/// `sched`: events in order of time and priority. The part that calls functions of the script is Lua
/// (`Chunks/sched.lua`); the queue, its events, and waiting, are here. The calendar is in `CronModule`.
enum SchedModule {
    static let module = Module("sched", natives)

    private static let natives = ModuleContents(
        functions: [
            HostFunction("new", "", "A new queue.") { call throws(Fault) in
                call.push(EventQueue(), queueType)
                call.stack.pushTable(fields: 1)
                pushMetatable(call.L)
                call.stack.setItem(0, of: -2)  // for each new event; slots are counted from 1
                call.stack.setAttachment(1, of: -2)
                return .results(1)
            },
            HostFunction(
                "push", "",
                """
                Queue, base, time, priority, function, arguments: the event and its time; nothing when bad; nil, \
                nil and a message when the base is.
                """, push),
            HostFunction(
                "pop", "",
                """
                Queue, time: takes out the next event if it is due; when the one after it is due, and its function and \
                its list of arguments, if there are any. Nil, nil and a message when the time is bad.
                """, pop),
            HostFunction("first", "", "Queue: the time of the next event.") { call throws(Fault) in
                pushFirst(try call.object(1, queueType), call)
                return .results(1)
            },
            HostFunction(
                "drop", "", "Queue, event: whether it was queued there and is gone; nil for no event.",
                memory: .givesBack, drop),
            HostFunction("order", "", "Queue: the events in the order in which they come.") { call throws(Fault) in
                let order = try call.object(1, queueType).order
                call.stack.pushAttachment(1, of: 1)
                let events = call.count
                call.pushList(order) { event in
                    guard call.stack.pushItem(event.slot, of: events) == .function else { return }
                    let priority = event.priority
                    if event.isInteger { call.push(Int(priority)) } else { call.push(priority) }
                    makeEvent(EventRecord(due: event.due, priority: -1, call.stack), event.slot, events, call.stack)
                }
                return .results(1)
            },
            HostFunction("start", "", "Queue: a task for each event that is due by now.") { call throws(Fault) in
                let queue = try call.object(1, queueType)
                call.stack.pushAttachment(1, of: 1)
                EventTasks.of(queue, call).start(call)
                return .none
            },
            HostFunction("hold", "", "Queue, boolean: whether such tasks run nothing.") { call throws(Fault) in
                try call.object(1, queueType).isHeld = call.boolean(2)
                return .none
            },
            HostFunction(
                "wait", "", "Queue, time: until that time of the clock, or until something changes.",
                memory: .givesBack, wait),
            HostFunction("notify", "", "Queue: something has changed.") { call throws(Fault) in
                try call.object(1, queueType).notify()
                return .none
            },
        ] + CronModule.functions,
        chunk: PackageResources.sched_lua)

    private static let queueType = HostType<EventQueue>("event queue", methods: [])

    private static func pushFirst(_ queue: EventQueue, _ call: HostCall) {
        if let first = queue.first { first.push(call.stack) } else { call.pushNil() }
    }

    /// The value at `index`, from a script's clock, is no time: returns nil, nil and a message.
    private static func complain(_ index: Int32, _ call: HostCall) -> Outcome {
        let got = call.stack.number(index).map { $0.isNaN ? "NaN" : "\($0)" } ?? call.typeName(index)
        call.pushNil()
        call.pushNil()
        call.push("timefunc returned \(got), a finite number expected")
        return .results(3)
    }

    private static func push(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let stack = call.stack
        guard let time = stack.number(3), let priority = stack.number(4) else { return .none }
        guard let base = stack.number(2), base.isFinite else { return complain(2, call) }
        guard !time.isNaN, time != .infinity, !priority.isNaN else { return .none }
        guard call.isCallable(5) else { return .none }
        let due = EventTime(base + time, sum: 2, 3, stack)
        stack.pushAttachment(1, of: 1)
        stack.replace(2)
        if call.callerDropsResults, stack.top == 5, call.kind(5) == .function, priority.magnitude <= 0x1p53 {
            let slot = queue.push(due: due, priority: priority, isInteger: stack.isInteger(4), nil)
            stack.setItem(slot, of: 2)
            call.push(true)
            due.push(stack)
            return .results(2)
        }
        let record = pushEvent(EventRecord(due: due, priority: 4, stack), stack)
        let slot = queue.push(due: due, priority: priority, record)
        record.pointee.slot = Int32(truncatingIfNeeded: slot)
        stack.push(copyOf: -1)
        stack.setItem(slot, of: 2)
        due.push(stack)
        return .results(2)
    }

    /// [-0, +1, m] Pushes a new event. The table of events is at 2, the function at 5, its arguments above.
    private static func pushEvent(_ record: EventRecord, _ stack: Stack) -> UnsafeMutablePointer<EventRecord> {
        let last = stack.top
        let place = record.push(hasArguments: last > 5, stack)
        stack.push(copyOf: 5)
        stack.setAttachment(1, of: -2)
        if last > 5 {
            stack.pushCountedList(copying: 6, last)
            stack.setAttachment(2, of: -2)
        }
        stack.pushItem(0, of: 2)
        stack.setMetatable()
        return place
    }

    /// [-2, +1, m] Makes an event of its function, which has that slot in the table of events at that index. Above the
    /// function is a value that is not needed any more.
    private static func makeEvent(_ record: EventRecord, _ slot: Int, _ events: Int32, _ stack: Stack) {
        stack.pop()
        record.push(hasArguments: false, stack).pointee.slot = Int32(truncatingIfNeeded: slot)
        stack.insert(at: -2)
        stack.setAttachment(1, of: -2)
        stack.pushItem(0, of: events)
        stack.setMetatable()
        stack.push(copyOf: -1)
        stack.setItem(slot, of: events)
    }

    private static func pop(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let stack = call.stack
        guard let time = stack.number(2), time.isFinite else { return complain(2, call) }
        let event = queue.pop(until: time)
        stack.resize(to: 1)
        pushFirst(queue, call)
        guard let event else { return .results(1) }
        stack.pushAttachment(1, of: 1)
        if let next = queue.ahead { stack.prefetchItem(next, of: 3) }
        event.take(of: 3, stack)
        stack.copy(2, to: 4)
        return .results(3)
    }

    private static func drop(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let stack = call.stack
        guard let record = EventRecord.at(2, stack) else { return .none }
        let slot = Int(record.pointee.slot)
        stack.pushAttachment(1, of: 1)
        stack.pushItem(slot, of: -1)
        let isQueued = slot > 0 && stack.isSame(-1, 2)
        if isQueued {
            record.pointee.slot = 0
            stack.pushNil()
            stack.setItem(slot, of: -3)
            queue.drop(slot)
        }
        call.push(isQueued)
        return .results(1)
    }

    // MARK: - Events

    /// The key of the metatable in the registry. Sound: never read or written.
    private nonisolated(unsafe) static let metatableKey = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

    /// [-0, +1, m]
    private static func pushMetatable(_ L: OpaquePointer) {
        Stack(L).pushRegistered(metatableKey) {
            AnyHostType.pushTable(L, metamethods)
            Stack(L).push(word: "event")
            Stack(L).setField("__name")
        }
    }

    private static let metamethods = [
        HostFunction("__index", "event.time, .priority, .fn, .args", "What it was entered with.") {
            call throws(Fault) in
            field(call)
            return .results(1)
        },
        HostFunction("__tostring", "tostring(event)", "Time and priority.") { call throws(Fault) in
            guard let record = EventRecord.at(1, call.stack)?.pointee else { throw .type(1, "event") }
            record.due.push(call.stack)
            record.pushPriority(call.stack)
            let (time, priority) = (call.state.description(-2, on: call.L), call.state.description(-1, on: call.L))
            call.push("event: at \(time), priority \(priority)")
            return .results(1)
        },
    ]

    /// [-0, +1, m] Pushes the field of the event at 1 that the key at 2 names; nil for any other key.
    private static func field(_ call: HostCall) {
        let stack = call.stack
        guard let record = EventRecord.at(1, stack), call.kind(2) == .string else { return call.pushNil() }
        switch call.text(2) {
        case "time": record.pointee.due.push(stack)
        case "priority": record.pointee.pushPriority(stack)
        case "fn": stack.pushAttachment(1, of: 1)
        case "args":
            // An event without arguments keeps no list: an empty one is made each time.
            if stack.pushAttachment(2, of: 1) != .table { stack.pushCountedList(copying: 1, 0) }
        default: call.pushNil()
        }
    }

    private static func wait(_ call: HostCall) throws(Fault) -> Outcome {
        let queue = try call.object(1, queueType)
        let due = Instant(seconds: call.stack.number(2) ?? 0)
        return try call.worker.wait(
            call, at: queue, for: .other(queue), until: due,
            { node in
                queue.waiters.append(node)
                return true
            }, { _, _ throws(Fault) in .none })
    }
}
