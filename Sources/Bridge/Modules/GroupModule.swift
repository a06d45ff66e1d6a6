/// The groups of `task.group`: structured concurrency over tasks, threads and processes.
enum GroupModule {
    static let make = HostFunction("group", "task.group([opts])", "A group of work that ends together.") {
        call throws(Fault) in
        var limit = Int.max
        if !call.isNone(1) {
            let options = try call.options(1, known: ["limit"])
            if let number = try options.integer("limit") {
                guard number >= 1 else { throw options.wrong("limit", "1 or more expected, got \(number)") }
                limit = number
            }
        }
        call.givesUnmarked()
        call.push(TaskGroup(limit: limit, call.worker.program, type), type)
        return .results(1)
    }

    static let type: HostType<TaskGroup> = HostType(
        "group",
        methods: [
            HostFunction("task", "g:task([opts,] fn, ...)", "Spawns a task into the group.") { call throws(Fault) in
                let options = try SpawnOptions(call, at: 2)
                try call.callable(options.function)
                return try spawn(call) { call throws(Fault) in TaskModule.start(call, options) }
            },
            HostFunction("thread", "g:thread([opts,] fn | \"file.lua\", ...)", "Spawns a thread into the group.") {
                call throws(Fault) in try spawn(call, known: ThreadModule.options, ThreadModule.start)
            },
            HostFunction("process", "g:process([opts,] fn | \"file.lua\", ...)", "Spawns a process into the group.") {
                call throws(Fault) in try spawn(call, known: ProcessModule.options, ProcessModule.start)
            },
            HostFunction(
                "join", "g:join([timeout])", "Waits for all; raises the first failure.", memory: .givesBack, join),
            HostFunction("cancel", "g:cancel([reason])", "Asks all of it to stop; returns at once.", memory: .givesBack)
            {
                call throws(Fault) in
                try call.object(1, type).cancel(call.isNone(2) ? nil : try call.string(2))
                return .none
            },
        ],
        metamethods: [
            HostFunction("__len", "#g", "How much of its work has not ended.", memory: .givesBack) {
                call throws(Fault) in
                call.push(try call.object(1, type).count)
                return .results(1)
            },
            .tostring("g", "How much of its work has not ended.", type) { "group: \($0.count) running" },
            HostFunction(
                "__close", "local g <close>", "Waits for all; after an error, cancels all first.", memory: .givesBack,
                leave),
        ])

    // MARK: - Spawning

    private typealias Start = (HostCall) throws(Fault) -> Work

    /// Starts a function or file in a new state.
    private static func spawn(
        _ call: HostCall, known: [String], _ start: @escaping (HostCall, SpawnOptions) throws(Fault) -> Work
    ) throws(Fault) -> Outcome {
        var options = try SpawnOptions(call, at: 2, known: known)
        options.isWatched = true
        try ThreadModule.check(call, options)
        return try spawn(call) { [options] call throws(Fault) in try start(call, options) }
    }

    /// Starts work as soon as there is a place for it.
    private static func spawn(_ call: HostCall, _ start: @escaping Start) throws(Fault) -> Outcome {
        let group = try call.object(1, type)
        switch group.enter() {
        case .open: return try add(call, group, start)
        case .ended(let error): throw refusal(call, error)
        case .full: break
        }
        var entry = TaskGroup.Entry.full
        return try call.worker.wait(
            call, at: group, for: .other(group), choice: TaskGroup.asSpawner,
            { node in
                entry = group.enter(node)
                if case .full = entry { return true }
                return !node.claim()
            },
            { call, delivery throws(Fault) in
                switch (entry, delivery) {
                case (.open, _), (.full, .accepted): return try add(call, group, start)
                case (.ended(let error), _): throw refusal(call, error)
                case (.full, .ended): throw refusal(call, group.takeFailure())
                default: return .none
                }
            })
    }

    private static func refusal(_ call: HostCall, _ error: ScriptError?) -> Fault {
        error.map(Fault.script) ?? .message("the group has ended")
    }

    private static func add(_ call: HostCall, _ group: TaskGroup, _ start: Start) throws(Fault) -> Outcome {
        do throws(Fault) {
            let work = try start(call)
            group.add(work)
            Handles.push(work, call)
            return .results(1)
        } catch {
            group.leave()
            throw error
        }
    }

    // MARK: - Waiting

    private static func join(_ call: HostCall) throws(Fault) -> Outcome {
        let group = try call.object(1, type)
        let deadline = try call.deadline(2)
        if let own = call.waitingWork, group.contains(own), deadline == .forever {
            throw call.fail(.deadlock, "deadlock: \(own.name) -> its own group")
        }
        return try awaitAll(call, group, until: deadline) { call, isIdle throws(Fault) in
            guard isIdle else { throw call.fail(.timeout, "timeout waiting for a group") }
            if let failure = group.takeFailure() { throw .script(failure) }
            return .none
        }
    }

    private static func leave(_ call: HostCall) throws(Fault) -> Outcome {
        let group = try call.object(1, type)
        group.close()
        let isLeavingByError = !call.isNone(2)
        if isLeavingByError { group.cancel(abandoned) }
        return try awaitAll(call, group, until: .forever, hearsEnd: true) { call, _ throws(Fault) in
            if let fault = call.worker.heard(call) {  // cancelled at the end of the block: so is the group
                group.cancel(abandoned)
                return try awaitAll(call, group, until: .forever) { _, _ throws(Fault) in
                    group.reportUnseen()
                    throw fault
                }
            }
            if isLeavingByError {
                group.reportUnseen()
            } else if let failure = group.takeFailure() {
                throw .script(failure)
            }
            return .none
        }
    }

    private static let abandoned: ByteText = "the block of its group was left by an error"

    private static func awaitAll(
        _ call: HostCall, _ group: TaskGroup, until deadline: Instant, hearsEnd: Bool = false,
        _ then: @escaping (HostCall, _ isIdle: Bool) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        if group.isIdle { return try then(call, true) }
        if deadline == .past, call.worker.mayPoll { return try then(call, false) }
        return try call.worker.wait(
            call, at: group, for: .other(group), until: deadline, hearsEnd: hearsEnd, { group.wait($0) },
            { call, _ throws(Fault) in try then(call, group.isIdle) })
    }
}
