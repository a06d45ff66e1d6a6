/// `sync`: locks and other ways to wait for each other, among all tasks of all threads.
enum SyncModule {
    static let module = Module("sync", natives)

    private static let natives = ModuleContents(
        functions: [
            HostFunction("lock", "sync.lock()", "A lock that one task holds at a time.") { call throws(Fault) in
                call.push(Permits.lock(), lock)
                return .results(1)
            },
            HostFunction("rwlock", "sync.rwlock()", "A lock for many readers, or one writer.") { call throws(Fault) in
                call.push(Permits.readersAndWriter(), rwlock)
                return .results(1)
            },
            HostFunction("semaphore", "sync.semaphore(n)", "A number of permits.") { call throws(Fault) in
                call.push(Permits.semaphore(try count(call, 1, from: 0)), semaphore)
                return .results(1)
            },
            HostFunction("event", "sync.event()", "A flag that is waited for.") { call throws(Fault) in
                call.push(EventFlag(), event)
                return .results(1)
            },
            HostFunction("barrier", "sync.barrier(n)", "A place where n tasks wait for each other.") {
                call throws(Fault) in
                call.push(Barrier(try count(call, 1, from: 1)), barrier)
                return .results(1)
            },
            HostFunction(
                "condition", "sync.condition([lock])", "A lock, and a line of those who wait for a change."
            ) {
                call throws(Fault) in
                call.push(Condition(call.isNone(1) ? .lock() : try call.object(1, lock)), condition)
                return .results(1)
            },
            OnceCall.make,
        ])

    private static let most = (1 << 40) - 1

    /// A whole number of `least` or more.
    private static func count(_ call: HostCall, _ index: Int32, from least: Int) throws(Fault) -> Int {
        let count = try call.integer(index)
        guard count >= least else { throw .argument(index, "\(least) or more expected, got \(count)") }
        guard count <= most else { throw .argument(index, "\(most) or less expected, got \(count)") }
        return count
    }

    // MARK: - Locks

    static let lock: HostType<Permits> = HostType(
        "lock",
        methods: [
            HostFunction(
                "acquire", "lock:acquire([timeout])", "Takes the lock, and returns a guard.", memory: .givesBack
            ) {
                call throws(Fault) in
                if let outcome = Guards.acquireQuickly(call, lock) { return outcome }
                return try Guards.acquire(call, call.object(1, lock))
            },
            HostFunction(
                "with", "lock:with(fn, ...)", "Calls a function while it holds the lock.", memory: .givesBack
            ) {
                call throws(Fault) in
                try Guards.with(call, call.object(1, lock))
            },
        ],
        metamethods: [
            .tostring("lock", "Number and state.", lock) {
                "\($0.title) (\($0.standing.holders > 0 ? "held" : "free"))"
            }
        ])

    static let rwlock: HostType<Permits> = HostType(
        "rwlock",
        methods: [
            HostFunction(
                "read", "rw:read([timeout])", "Takes the lock as one of many readers.", memory: .givesBack
            ) {
                call throws(Fault) in
                try Guards.acquire(call, call.object(1, rwlock))
            },
            HostFunction("write", "rw:write([timeout])", "Takes the lock as the only writer.", memory: .givesBack) {
                call throws(Fault) in
                try Guards.acquire(call, call.object(1, rwlock), all: true)
            },
            HostFunction("with_read", "rw:with_read(fn, ...)", "Calls a function as a reader.", memory: .givesBack) {
                call throws(Fault) in
                try Guards.with(call, call.object(1, rwlock))
            },
            HostFunction(
                "with_write", "rw:with_write(fn, ...)", "Calls a function as the writer.", memory: .givesBack
            ) {
                call throws(Fault) in
                try Guards.with(call, call.object(1, rwlock), all: true)
            },
        ],
        metamethods: [
            .tostring("rw", "Number and state.", rwlock) { lock in
                let standing = lock.standing
                let readers = standing.holders > 0 ? "\(standing.holders) reading" : "free"
                return "\(lock.title) (\(standing.isHeldWhole ? "held by a writer" : readers))"
            }
        ])

    static let semaphore: HostType<Permits> = HostType(
        "semaphore",
        methods: [
            HostFunction(
                "acquire", "sem:acquire([timeout])", "Takes a permit, and returns a guard.", memory: .givesBack
            ) {
                call throws(Fault) in
                try Guards.acquire(call, call.object(1, semaphore))
            },
            HostFunction(
                "with", "sem:with(fn, ...)", "Calls a function while it holds a permit.", memory: .givesBack
            ) {
                call throws(Fault) in
                try Guards.with(call, call.object(1, semaphore))
            },
            HostFunction(
                "release", "sem:release([n])", "Gives back permits that the task holds, or adds new ones.",
                memory: .givesBack, release),
            HostFunction("available", "sem:available()", "How many permits are free.", memory: .givesBack) {
                call throws(Fault) in
                call.push(try call.object(1, semaphore).standing.free)
                return .results(1)
            },
        ],
        metamethods: [
            .tostring("sem", "Number and state.", semaphore) { "\($0.title) (\($0.standing.free) free)" }
        ])

    private static func release(_ call: HostCall) throws(Fault) -> Outcome {
        let permits = try call.object(1, semaphore)
        var missing = call.isNone(2) ? 1 : try count(call, 2, from: 1)
        while missing > 0, let task = call.worker.current, let grant = task.holds.last(of: permits) {
            task.drop(permits, grant)
            if permits.release(grant) { missing -= 1 }
        }
        if missing > 0, !permits.add(missing) { throw .argument(2, "the semaphore would have too many permits") }
        return .none
    }

    // MARK: - Events, barriers

    static let event: HostType<EventFlag> = HostType(
        "event",
        methods: [
            HostFunction("set", "event:set()", "Sets it, and wakes all who wait.", memory: .givesBack) {
                call throws(Fault) in
                try call.object(1, event).set()
                return .none
            },
            HostFunction("clear", "event:clear()", "Takes the flag back.", memory: .givesBack) { call throws(Fault) in
                try call.object(1, event).clear()
                return .none
            },
            HostFunction("is_set", "event:is_set()", "Whether it is set.", memory: .givesBack) { call throws(Fault) in
                call.push(try call.object(1, event).isSet)
                return .results(1)
            },
            HostFunction("wait", "event:wait([timeout])", "Waits until it is set.", memory: .givesBack) {
                call throws(Fault) in
                let event = try call.object(1, event)
                let deadline = try call.deadline(2)
                if event.isSet || deadline == .past {
                    return call.worker.take(call, results: finishWait(call, event.isSet).code)
                }
                return try call.worker.wait(call, at: event, for: .other(event), until: deadline, { event.wait($0) }) {
                    call, delivery throws(Fault) in
                    if case .accepted = delivery { return finishWait(call, true) }
                    return finishWait(call, false)
                }
            },
        ],
        metamethods: [
            .tostring("event", "Number and state.", event) { "event: \($0.id) (\($0.isSet ? "set" : "not set"))" }
        ])

    private static func finishWait(_ call: HostCall, _ hasCome: Bool) -> Outcome {
        guard hasCome else { return call.failure("timeout") }
        call.push(true)
        return .results(1)
    }

    static let barrier: HostType<Barrier> = HostType(
        "barrier",
        methods: [
            HostFunction(
                "wait", "barrier:wait([timeout])", "Waits until all have come; returns its number among them.",
                memory: .givesBack
            ) {
                call throws(Fault) in
                let barrier = try call.object(1, barrier)
                var own: WaitNode?
                return try call.worker.wait(
                    call, at: barrier, for: .other(barrier), until: try call.deadline(2), hearsEnd: true,
                    { node in
                        own = node
                        return barrier.wait(node)
                    },
                    { call, delivery throws(Fault) in
                        if case .parcel(.scalar(_, let number)) = delivery {
                            call.push(Int(number))
                        } else if let own, let number = barrier.takeNumber(late: own) {
                            call.worker.memory.interrupt()  // an ending comes after it
                            call.push(number)
                        } else {
                            if let fault = call.worker.heard(call) { throw fault }
                            return call.failure("timeout")
                        }
                        return .results(1)
                    })
            }
        ],
        metamethods: [
            .tostring("barrier", "Number and state.", barrier) {
                "barrier: \($0.id) (\($0.count) of \($0.size) waiting)"
            }
        ])

    // MARK: - Conditions

    static let condition: HostType<Condition> = HostType(
        "condition",
        methods: [
            HostFunction(
                "acquire", "cond:acquire([timeout])", "Takes the lock, and returns a guard.", memory: .givesBack
            ) {
                call throws(Fault) in
                try Guards.acquire(call, call.object(1, condition).lock)
            },
            HostFunction(
                "with", "cond:with(fn, ...)", "Calls a function while it holds the lock.", memory: .givesBack
            ) {
                call throws(Fault) in
                try Guards.with(call, call.object(1, condition).lock)
            },
            HostFunction(
                "wait", "cond:wait([timeout])", "Gives the lock back, waits to be notified, and takes it again.",
                memory: .givesBack, wait),
            HostFunction(
                "notify", "cond:notify([n])", "Wakes the first who wait, one or n; returns how many.",
                memory: .givesBack
            ) {
                call throws(Fault) in
                let count = call.isNone(2) ? 1 : try count(call, 2, from: 0)
                call.push(try call.object(1, condition).notify(count))
                return .results(1)
            },
            HostFunction(
                "notify_all", "cond:notify_all()", "Wakes all who wait; returns how many.", memory: .givesBack
            ) {
                call throws(Fault) in
                call.push(try call.object(1, condition).notify(.max))
                return .results(1)
            },
        ],
        metamethods: [
            .tostring("cond", "Number and state.", condition) { "condition: \($0.id) (\($0.count) waiting)" }
        ])

    private static func wait(_ call: HostCall) throws(Fault) -> Outcome {
        let condition = try call.object(1, condition)
        let deadline = try call.deadline(2)
        let lock = condition.lock
        guard !call.isInFinalizer, let task = call.worker.current, let grant = task.holds.last(of: lock)
        else {
            throw .message("attempt to wait without holding the lock of the condition")
        }
        // Only then nobody can notify in between.
        return try call.worker.wait(
            call, at: condition, for: .other(condition), until: deadline == .past ? call.worker.clock.now : deadline,
            hearsEnd: true,
            { node in
                condition.enter(node)
                task.drop(lock, grant)
                lock.release(grant)
                return true
            },
            { call, delivery throws(Fault) in
                let fault = call.worker.heard(call)
                let isNotified = if case .accepted = delivery { true } else { false }
                // Without a deadline, and not notified: the program is stopped by an error, which is raised next.
                if !isNotified, fault == nil, deadline == .forever { return .none }
                return try retake(call, task, lock, grant) { call throws(Fault) in
                    guard let fault else { return finishWait(call, isNotified) }
                    if isNotified { _ = condition.notify(1) }  // for somebody else
                    throw fault
                }
            })
    }

    /// Takes the lock again, under the number that the task's guard has. The end of the task does not cut that short
    /// before its grace is over: what closes after this relies on the lock.
    private static func retake(
        _ call: HostCall, _ task: ScriptTask, _ lock: Permits, _ grant: Permits.Grant,
        _ then: @escaping (HostCall) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        try call.wait(task, for: lock, grant, until: .forever) { call, _ throws(Fault) in try then(call) }
    }
}

extension Permits: HostObject {
    var hostType: AnyHostType {
        switch kind {
        case .rwlock: SyncModule.rwlock
        case .semaphore: SyncModule.semaphore
        case .lock, .inner: SyncModule.lock
        }
    }
}

extension EventFlag: HostObject, Awaited {
    var hostType: AnyHostType { SyncModule.event }
    var waitText: ByteText { "wait for event: \(id)" }
}

extension Barrier: HostObject, Awaited {
    var hostType: AnyHostType { SyncModule.barrier }
    var waitText: ByteText { "wait at barrier: \(id)" }
}

extension Condition: HostObject, Awaited {
    var hostType: AnyHostType { SyncModule.condition }
    var waitText: ByteText { "wait for condition: \(id)" }
}
