/// `task`: coroutines that the state's event loop schedules.
enum TaskModule {
    static let module = Module(
        "task",
        [
            HostFunction("spawn", "task.spawn([opts,] fn, ...)", "Starts a function as a task of this state.", spawn),
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

    /// Starts the function, which has been looked at, with the arguments above it.
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
        // Also a sleep of 0 gives the others their turn.
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

    /// Without an end such as `.0`.
    private static func shown(_ seconds: Double) -> String {
        Int(exactly: seconds).map { "\($0)" } ?? "\(seconds)"
    }
}

/// The options of the spawning functions: a table before the function.
struct SpawnOptions {
    /// Where the function stands.
    let function: Int32
    private(set) var name: ByteText?
    private(set) var isDaemon = false
    /// How long its handlers may go on after a cancellation.
    private(set) var grace = Grace.usual
    /// Bytes that the state may use; nil: no bound.
    private(set) var memory: Int?
    /// Somebody will ask how the work has ended, from its beginning on.
    var isWatched = false
    let options: HostCall.Options?

    static let common = ["name", "daemon", "on_error", "grace"]

    /// `at`: where the options stand, or the function when there are none.
    init(_ call: HostCall, at first: Int32 = 1, known: [String] = common) throws(Fault) {
        guard call.kind(first) == .table, !call.isCallable(first) else {
            function = first
            options = nil
            return
        }
        function = first + 1
        let options = try call.options(first, known: known)
        self.options = options
        name = try options.string("name")
        isDaemon = try options.boolean("daemon") ?? false
        if let grace = try options.number("grace") {
            guard grace >= 0 else { throw options.wrong("grace", "0 or more seconds expected") }
            self.grace = TimeSpan(seconds: grace)
        }
        if known.contains("memory") { memory = try options.bytes("memory") }
        if try options.function("on_error") { call.stack.pop() }
    }

    /// The handler in option `on_error`.
    func onError(_ call: HostCall) -> ErrorHandler? {
        guard let options, (try? options.function("on_error")) == true else { return nil }
        return ErrorHandler(call)
    }
}
