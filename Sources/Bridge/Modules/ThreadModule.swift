/// `thread`: functions that run in a new state on a new OS thread.
enum ThreadModule {
    static let module = Module("thread", natives)

    private static let natives = ModuleContents(
        functions: [
            HostFunction(
                "spawn", "thread.spawn([opts,] fn | \"file.lua\", ...)", "Starts a function in a new state.", spawn),
            HostFunction(
                "exit", "thread.exit(...)", "Ends the calling thread with these results.", memory: .givesBack, exit),
            HostFunction("current", "thread.current()", "The thread that calls.") { call throws(Fault) in
                Handles.push(call.worker.thread, call)
                return .results(1)
            },
            HostFunction("list", "thread.list()", "The threads that have not ended.") { call throws(Fault) in
                call.pushList(call.worker.program.live(.thread)) { Handles.push($0, call) }
                return .results(1)
            },
            HostFunction("cores", "thread.cores()", "How many processors the program may use.") { call throws(Fault) in
                call.push(Processor.count)
                return .results(1)
            },
        ]
            + PoolModule.functions(
                "thread", options, map: "thread.map([opts,] fn, list)", pool: "thread.pool([opts,] n)"),
        getters: [
            HostFunction("inbox", "thread.inbox", "The channel of the thread that reads it.") { call throws(Fault) in
                call.push(call.worker.thread.inbox, ChannelModule.type)
                return .results(1)
            }
        ])

    static let options = SpawnOptions.common + ["memory"]

    private static func spawn(_ call: HostCall) throws(Fault) -> Outcome {
        let options = try SpawnOptions(call, known: options)
        try check(call, options)
        Handles.push(try start(call, options), call)
        return .results(1)
    }

    /// Throws unless the argument is a function or a file name.
    static func check(_ call: HostCall, _ options: SpawnOptions) throws(Fault) {
        let kind = call.kind(options.function)
        if kind != .function, kind != .string { throw .type(options.function, "function or file name") }
    }

    /// Starts the function or file (see `check`) with the arguments above it.
    static func start(_ call: HostCall, _ options: SpawnOptions) throws(Fault) -> Work {
        try call.refuseInCopy("start a thread")
        let message = try message(call, options.function)
        var spawn = ThreadSpawn(
            name: options.name, isDaemon: options.isDaemon, grace: options.grace, memory: options.memory,
            message: message, count: Int(call.count - options.function + 1),
            inheritance: try call.state.inheritance(call.L), site: call.spawnSite(), isWatched: options.isWatched)
        let onError = options.onError(call)
        spawn.onEnd = onError?.onEnd
        do throws(SystemError) {
            let work = try spawn.start(call.worker.program)
            if let onError { work.whenDetached(onError.stopHolding) }
            return work
        } catch {
            spawn.onEnd?(nil)
            throw .message("cannot start a thread: \(error)")
        }
    }

    /// A message with the function or file, and the arguments above it. A file is compiled here, so that an error in
    /// it is raised in the caller.
    static func message(
        _ call: HostCall, _ function: Int32, leavesProcess: Bool = false
    ) throws(Fault) -> Message {
        let isFile = call.kind(function) == .string
        if isFile {
            do throws(ScriptError) { try call.state.load(fileNamedAt: function, on: call.L) } catch {
                throw .message(error.message)
            }
            call.stack.replace(function)
        }
        return try call.state.message(
            function, call.count, as: .arguments, on: call.L, followsGlobals: !isFile, leavesProcess: leavesProcess)
    }

    private static func exit(_ call: HostCall) throws(Fault) -> Outcome {
        let worker = call.worker
        guard let task = worker.current else { throw .message("no thread to end here") }
        let count = call.count
        let leavesProcess = worker.thread.kind == .process
        let message =
            count == 0
            ? nil : try call.state.message(1, count, as: .results, on: call.L, leavesProcess: leavesProcess)
        throw worker.unwind(task, call, "thread.exit") { worker.end($0, .results(message, count: Int(count))) }
    }
}
