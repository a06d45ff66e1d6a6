/// `process`: external programs, and functions in child processes.
enum ProcessModule {
    static let module = Module("process", natives)

    private static let natives = ModuleContents(
        functions: [
            HostFunction(
                "run", "process.run([opts,] command, args...)", "Runs a program to its end; its output and exit code.",
                run),
            HostFunction(
                "popen", "process.popen([opts,] command, args...)", "Starts a program, to talk with it.", open),
            HostFunction(
                "spawn", "process.spawn([opts,] fn | \"file.lua\", ...)", "Starts a function in a child process.",
                spawn),
            HostFunction("current", "process.current()", "The child process that calls; nil in the program itself.") {
                call throws(Fault) in
                if let work = call.worker.program.ownProcess { Handles.push(work, call) } else { call.pushNil() }
                return .results(1)
            },
            HostFunction("list", "process.list()", "The child processes that have not ended.") { call throws(Fault) in
                call.pushList(call.worker.program.live(.process)) { Handles.push($0, call) }
                return .results(1)
            },
            SignalModule.onSignal,
            HostFunction("pid", "process.pid()", "The number of this process.") { call throws(Fault) in
                call.push(Int(Processor.processID))
                return .results(1)
            },
        ]
            + PoolModule.functions(
                "process", options, map: "process.map([opts,] fn, list)", pool: "process.pool([opts,] n)"),
        getters: [
            HostFunction("inbox", "process.inbox", "The channel of the process that reads it.") { call throws(Fault) in
                call.push(call.worker.program.inbox, ChannelModule.type)
                return .results(1)
            },
            PoolModule.mark,
        ])

    // MARK: - spawn

    static let options = SpawnOptions.common + ["memory", "cpu", "nice"] + LaunchOptions.names

    private static func spawn(_ call: HostCall) throws(Fault) -> Outcome {
        let options = try SpawnOptions(call, known: options)
        try ThreadModule.check(call, options)
        Handles.push(try start(call, options), call)
        return .results(1)
    }

    /// Starts the function or file (see `ThreadModule.check`) with the arguments above it.
    static func start(_ call: HostCall, _ options: SpawnOptions) throws(Fault) -> Work {
        try call.refuseInCopy("start a process")
        guard !call.worker.program.settings.childExecutable.isEmpty else {
            throw .message("cannot start a process: this program is not prepared for it (Runtime.childMain)")
        }
        let words = [Array("luaconc".utf8), Array((options.name ?? "process").bytes.prefix { $0 != 0 })]
        let launch = try LaunchOptions(
            call, options.options, words: words, file: call.worker.program.settings.childExecutable,
            streams: [.inherit, .inherit, .inherit])
        if let failure = launch.failure { throw .message("cannot start a process: \(failure.text)") }
        let message = try ThreadModule.message(call, options.function, leavesProcess: true)
        let memory = [options.memory, launch.sandbox?.memory].compactMap { $0 }.min()
        var spawn = ProcessSpawn(
            name: options.name, isDaemon: options.isDaemon, grace: options.grace, memory: memory,
            message: message, count: Int(call.count - options.function + 1),
            inheritance: try call.state.inheritance(call.L, leavesProcess: true), site: call.spawnSite(),
            isWatched: options.isWatched, launch: launch.launch)
        spawn.pipes = launch.pipes
        (spawn.sandbox, spawn.walls) = (launch.sandbox, launch.walls)
        spawn.launch.joinsGroup = false
        try readLimits(options.options, &spawn)
        spawn.seconds = [spawn.seconds, launch.sandbox?.seconds].compactMap { $0 }.min()
        let onError = options.onError(call)
        spawn.onEnd = onError?.onEnd
        do throws(Launch.Failure) {
            let work = try spawn.start(call.worker.program)
            if let onError { work.whenDetached(onError.stopHolding) }
            return work
        } catch {
            spawn.onEnd?(nil)
            let name: ByteText? = error.isFolder ? launch.launch.folder.map { "\(ByteText($0)): " } : nil
            throw .message("cannot start a process: \(name ?? "")\(error.text)")
        }
    }

    private static func readLimits(_ options: HostCall.Options?, _ spawn: inout ProcessSpawn) throws(Fault) {
        guard let options else { return }
        if let seconds = try options.number("cpu"), seconds != .infinity {
            guard seconds > 0 else { throw options.wrong("cpu", "more than 0 seconds expected") }
            spawn.seconds = Int(min(seconds, 1e9).rounded(.up))
        }
        if let nice = try options.integer("nice") {
            guard (-20...19).contains(nice) else { throw options.wrong("nice", "-20 to 19 expected, got \(nice)") }
            spawn.launch.nice = Int32(nice)
        }
    }

    // MARK: - run

    private static func run(_ call: HostCall) throws(Fault) -> Outcome {
        try call.refuseInCopy("start a program")
        let options = try SubprocessOptions(call, for: .run)
        let launch = options.launch
        if let failure = launch.failure { return push(.init(code: failure.code, isFolder: false), launch.launch, call) }
        var plan = Execution.Plan(launch: launch.launch, grace: options.grace)
        plan.input = options.text
        plan.collectsOutput = launch.pipes[1]
        plan.collectsErrors = launch.pipes[2]
        plan.limit = options.limit
        plan.deadline = options.deadline
        return try wait(call, for: Execution(plan))
    }

    private static func wait(_ call: HostCall, for execution: Execution) throws(Fault) -> Outcome {
        let program = call.worker.program
        return try call.worker.wait(
            call,
            { (node: WaitNode) in
                // `end` does nothing: the task that waits is cancelled, and ends it.
                program.began(execution, end: {}, kill: { execution.kill() })
                execution.start { execution in
                    program.ended(execution)
                    guard node.claim() else { return }
                    node.deliver(.ended)
                    node.waiter.notify()
                }
                return true
            },
            { call, _ throws(Fault) in
                if let outcome = execution.outcome { return try push(outcome, execution.plan, call) }
                execution.end()
                return .none
            })
    }

    private static func push(
        _ outcome: Execution.Outcome, _ plan: Execution.Plan, _ call: HostCall
    ) throws(Fault) -> Outcome {
        guard case .success(let report) = outcome else {
            if case .failure(let failure) = outcome { return push(failure, plan.launch, call) }
            return .none
        }
        switch report.excess {
        case .memory:
            throw .memory
        case .output:
            let name = ByteText(plan.launch.words[0])
            throw call.fail(.limit, "the output of '\(name)' is more than \(plan.limit) bytes")
        case .time: _ = call.failure("timeout")
        case nil: break
        }
        SubprocessType.push(report.end, call, isWalled: plan.launch.walls != nil)
        for (name, bytes) in [("stdout", report.output), ("stderr", report.errors)] {
            guard let bytes else { continue }
            let start = bytes.start?.assumingMemoryBound(to: CChar.self)
            guard call.state.push(start, bytes.count, on: call.L) else { throw .memory }
            call.stack.setField(name)
        }
        return .results(report.excess == nil ? 1 : 3)
    }

    /// Returns nil, message and code for an external program that cannot be started.
    static func push(_ failure: Launch.Failure, _ launch: Launch, _ call: HostCall) -> Outcome {
        call.pushNil()
        let name = (failure.isFolder ? launch.folder : launch.words.first) ?? []
        let text = "\(failure.isSandbox ? ": sandbox" : ""): \(failure.text)"
        call.state.push(name + Array(text.utf8), on: call.L)
        call.push(Int(failure.code))
        return .results(3)
    }

    // MARK: - popen

    private static func open(_ call: HostCall) throws(Fault) -> Outcome {
        try call.refuseInCopy("start a program")
        let options = try SubprocessOptions(call, for: .open)
        var launch = options.launch.launch
        if let failure = options.launch.failure {
            return push(.init(code: failure.code, isFolder: false), launch, call)
        }
        let pipes = options.launch.pipes
        let subprocess: Subprocess
        do throws(SystemError) {
            subprocess = try Subprocess(
                call.worker.program, &launch, pipes: pipes, grace: options.grace, type: SubprocessType.type)
        } catch {
            return push(Launch.Failure(code: error.code, isFolder: false), launch, call)
        }
        let plan = launch
        launch.held = []
        return try call.worker.wait(
            call, { (node: WaitNode) in subprocess.life.start(plan, node) },
            { call, delivery throws(Fault) in
                if let failure = subprocess.life.failure { return push(failure, plan, call) }
                guard case .accepted = delivery else { return .none }
                call.worker.own(subprocess)
                call.push(subprocess, SubprocessType.type)
                return .results(1)
            })
    }
}
