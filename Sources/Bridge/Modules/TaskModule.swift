/// `task`: coroutines that the state's event loop schedules.
enum TaskModule {
    static let module = Module("task", natives)

    private static let natives = ModuleContents(
        functions: [
            HostFunction(
                "spawn", "task.spawn([opts,] fn, ...)", "Starts a function as a task of this state.",
                entry: {
                    HostCall.enter($0, $1, $2) { call in
                        call.kind(1) == .function ? call.withWorker { $0.spawn(call) } : nil
                    }
                }, spawn),
            HostFunction("sleep", "task.sleep(seconds)", "Suspends the task for a while.", sleep),
            HostFunction("yield", "task.yield()", "Lets the others run.") { call throws(Fault) in
                call.worker.yield(call, results: 0)
            },
            HostFunction(
                "timeout", "task.timeout(seconds, fn, ...)", "Runs a function, but no longer than that.", timeout),
            HostFunction(
                "shield", "task.shield(fn, ...)", "Runs a function that cancellation and deadlines wait for."
            ) {
                call throws(Fault) in
                try call.callable(1)
                return try call.worker.enterScope(call, arguments: call.count - 1, deadline: .forever, shields: true)
            },
            GroupModule.make,
            HostFunction("current", "task.current()", "The task that calls.") { call throws(Fault) in
                guard let task = call.worker.current else {
                    call.pushNil()
                    return .results(1)
                }
                Handles.push(task.handle(), call)
                return .results(1)
            },
            HostFunction("list", "task.list()", "The tasks of this state that have not ended.") { call throws(Fault) in
                let tasks = call.worker.tasks.map { $0.handle() }.sorted { $0.id < $1.id }
                call.pushList(tasks) { Handles.push($0, call) }
                return .results(1)
            },
        ],
        getters: [
            HostFunction("inbox", "task.inbox", "The channel of the task that reads it.") { call throws(Fault) in
                guard let task = call.worker.current else {
                    call.pushNil()
                    return .results(1)
                }
                call.push(task.handle().inbox, ChannelModule.type)
                return .results(1)
            }
        ],
        globals: ["sleep"])

    private static func spawn(_ call: HostCall) throws(Fault) -> Outcome {
        let options = try SpawnOptions(call)
        try call.callable(options.function)
        let work = start(call, options)
        Handles.push(work, call)
        return .results(1)
    }

    /// Starts the function, which the caller has checked, with the arguments above it.
    static func start(_ call: HostCall, _ options: SpawnOptions) -> Work {
        let worker = call.worker
        let site = call.spawnSite()
        let work = Work(
            .task, name: options.name, isDaemon: options.isDaemon, site: site, program: worker.program,
            worker: worker)
        let task = worker.start(
            call.L, arguments: call.count - options.function, site: site, isDaemon: options.isDaemon, work: work)
        work.task = task
        work.grace = options.grace
        task.grace = options.grace
        if let onError = options.onError(call) {
            task.parent = TaskErrors(work, onError)
            work.whenDetached(onError.stopHolding)
        }
        return work
    }

    private static func sleep(_ call: HostCall) throws(Fault) -> Outcome {
        let delay = try call.delay(1)
        // A sleep of 0 also lets the others run.
        if delay == .zero { return call.worker.yield(call, results: 0) }
        return try call.worker.wait(
            call, for: .sleep, until: call.worker.clock.now + delay, { _, _ in true }, { _, _ throws(Fault) in .none })
    }
}

extension TaskModule {
    private static func timeout(_ call: HostCall) throws(Fault) -> Outcome {
        let deadline = try call.deadline(1)
        try call.callable(2)
        let seconds = call.stack.number(1) ?? .infinity
        return try call.worker.enterScope(
            call, arguments: call.count - 2, deadline: deadline, message: "timed out after \(shown(seconds)) s")
    }

    /// The number, without `.0` at the end.
    private static func shown(_ seconds: Double) -> String {
        Int(exactly: seconds).map { "\($0)" } ?? "\(seconds)"
    }
}
