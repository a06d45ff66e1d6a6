/// The asynchronous functions: for any thread and any Swift task. Each runs as a task of the main state, beside others.
/// Cancelling the Swift task that awaits one cancels what runs in Lua, and so does its deadline; then it throws
/// `ScriptError` of kind `cancelled` or `timeout`.
extension Runtime {
    /// A chunk of Lua code.
    enum Chunk: Sendable {
        case source(String, name: String)
        /// Nil: standard input.
        case file(String?)
    }

    /// Runs a file to the end of its chunk, and until nothing that was started is left to wait for: tasks, timers,
    /// threads and processes, except daemons.
    ///
    /// The chunk gets `arguments` as `...`, and may run as long as `deadline` says.
    public func run(
        contentsOf path: String, arguments: [String] = [], deadline: Duration? = nil
    ) async throws(ScriptError) {
        try await runAll(Self.prepare(.file(path), arguments), deadline)
    }

    /// Runs Lua source, as `run(contentsOf:)` does. `name` is for messages: `=stdin` is shown as `stdin`, `@x.lua` as a file.
    public func run(
        source: String, name: String = "=source", arguments: [String] = [], deadline: Duration? = nil
    ) async throws(ScriptError) {
        try await runAll(Self.prepare(.source(source, name: name), arguments), deadline)
    }

    /// Runs Lua source to its end, and returns its results: `let sum: Int = try await runtime.evaluate("return 40 + 2")`.
    @_disfavoredOverload  // see LuaFunction.callAsFunction
    public func evaluate<each R: LuaConvertible & Sendable>(
        _ source: String, name: String = "=evaluate", deadline: Duration? = nil
    ) async throws(ScriptError) -> (repeat each R) {
        try await runTask("evaluate", deadline: deadline, prepare: Self.prepare(.source(source, name: name), []))
    }

    /// The same for one result.
    public func evaluate<R: LuaConvertible & Sendable>(
        _ source: String, name: String = "=evaluate", deadline: Duration? = nil
    ) async throws(ScriptError) -> R {
        try await runTask("evaluate", deadline: deadline, prepare: Self.prepare(.source(source, name: name), []))
    }

    /// Calls a global function, or one in tables: `images.resize`. Returns its results.
    @_disfavoredOverload  // see LuaFunction.callAsFunction
    public func call<each A: LuaConvertible & Sendable, each R: LuaConvertible & Sendable>(
        _ path: String, _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) -> (repeat each R) {
        try await runTask(ByteText(path), deadline: deadline, prepare: Self.prepare(path, repeat each arguments))
    }

    /// The same for one result.
    public func call<each A: LuaConvertible & Sendable, R: LuaConvertible & Sendable>(
        _ path: String, _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) -> R {
        try await runTask(ByteText(path), deadline: deadline, prepare: Self.prepare(path, repeat each arguments))
    }

    /// Pushes a global function and its arguments. Packs that asynchronous functions make themselves would crash.
    static func prepare<each A: LuaConvertible & Sendable>(
        _ path: String, _ arguments: repeat each A
    ) -> HostRun.Prepare {
        { stack throws(ScriptError) in
            try stack.pushGlobal(path)
            guard stack.call.isCallable(-1) else {
                throw ScriptError(.error, "'\(path)' is not a function but \(stack.call.typeName(-1))")
            }
            let top = stack.top
            try stack.pushArguments(repeat each arguments)
            return stack.top - top
        }
    }

    /// The value of a global variable, or of a field in tables: `config.size`.
    public func global<T: LuaConvertible & Sendable>(_ path: String, as type: T.Type = T.self) async throws(ScriptError)
        -> T
    {
        try await perform { stack throws(ScriptError) in
            try stack.pushGlobal(path)
            let values: T = try stack.results(stack.top)
            return values
        }
    }

    /// Sets a global variable of the main state. Functions that a script sends to threads take it along.
    public func setGlobal<T: LuaConvertible & Sendable>(_ name: String, _ value: T) async throws(ScriptError) {
        try await perform { stack throws(ScriptError) in
            do throws(ConversionError) { try stack.push(value) } catch {
                throw ScriptError(.conversion, "\(name): \(error)")
            }
            stack.call.state.setGlobal(Array(name.utf8), on: stack.L)
        }
    }

    /// Runs the closure on the thread of the main state, as a task beside others, with the stack of that task. What it calls
    /// of Lua ends with the Swift task and with the deadline, as everywhere.
    public func perform<R: Sendable, Failure: Error>(
        deadline: Duration? = nil, _ body: @escaping @Sendable (borrowing LuaStack) throws(Failure) -> R
    ) async throws(ScriptError) -> R {
        let (queue, worker) = (queue, worker)
        return try await HostRun.result(
            "perform", deadline: deadline ?? program.settings.timeLimit,
            { stack in
                do throws(Failure) { return .success(try body(stack)) } catch {
                    return .failure(ScriptError(hosting: error))
                }
            }, start: { queue.add($0, worker) })
    }

    // MARK: - Work

    /// Where work runs.
    public enum Isolation: Sendable {
        /// In the main state, beside its other tasks.
        case task
        /// In a state and on a thread of its own.
        case thread
        /// In a child process (see `Configuration.childExecutable`).
        case process
        /// In a child process that reaches only what the sandbox names.
        case sandboxed(Sandbox)

        /// As `sandboxed`.
        public static func process(sandbox: Sandbox) -> Isolation { .sandboxed(sandbox) }
    }

    /// Starts Lua source as a task, a thread or a process, and returns its handle at once. Global variables that the source
    /// names travel with it; it gets `arguments` as `...`. The options are those of `task.spawn`, `thread.spawn` and
    /// `process.spawn`: `["name": "reader", "daemon": true]`.
    public func spawn<each A: LuaConvertible & Sendable>(
        _ isolation: Isolation, options: [String: Value] = [:], _ source: String, _ arguments: repeat each A
    ) async throws(ScriptError) -> Work {
        try await runTask("spawn", deadline: nil, isLimited: false) { stack throws(ScriptError) in
            let module =
                switch isolation {
                case .task: TaskModule.module
                case .thread: ThreadModule.module
                case .process, .sandboxed: ProcessModule.module
                }
            var options = options
            if case .sandboxed(let sandbox) = isolation { options[SandboxOption.name] = SandboxOption.value(sandbox) }
            guard let spawn = module.functions.first(where: { $0.name == "spawn" }) else { return 0 }
            spawn.push(stack.call.L)
            let top = stack.top
            if !options.isEmpty { try stack.pushArguments(options) }
            try stack.call.state.load(Array(source.utf8), name: "=spawn", on: stack.call.L)
            try stack.pushArguments(repeat each arguments)
            return stack.top - top
        }
    }

    // MARK: - The end

    /// Ends everything that still runs, and closes the state: all has ended when it returns.
    ///
    /// - Parameter grace: The time that handlers (`<close>`) have; nil: what the scripts have set, 2 s as a rule.
    /// - Returns: The exit status that a script asked for by `os.exit`; 1 if an error was never observed; otherwise 0.
    @discardableResult
    public func shutdown(grace: Duration? = nil) async -> Int32 {
        let answer = OneAnswer<Int32>()
        let span = grace.map(TimeSpan.init)
        queue.end(worker, grace: span) { answer.give($0) }
        // A function in C that does not return keeps the thread of the main state for itself.
        let last = Deadline(after: (span ?? program.longestGrace) + Grace.margin * 4).due
        let alarm = LastAnswer { answer.give(1) }
        HostTimers.shared.add(alarm, ticket: 0, due: last)
        defer {
            alarm.cancel()
            HostTimers.shared.entryGivenUp()
        }
        let status = await answer.value
        forgetSignals()
        return status
    }

    // MARK: - Implementation

    static func prepare(_ chunk: Chunk, _ arguments: [String]) -> HostRun.Prepare {
        { stack throws(ScriptError) in
            let state = stack.call.state
            switch chunk {
            case .source(let text, let name): try state.load(Array(text.utf8), name: name, on: stack.call.L)
            case .file(let path): try state.load(file: path, on: stack.call.L)
            }
            let top = stack.top
            try stack.pushArguments(Variadic(arguments))
            return stack.top - top
        }
    }

    func runTask<each R: LuaConvertible & Sendable>(
        _ title: ByteText, deadline: Duration?, isLimited: Bool = true, prepare: @escaping HostRun.Prepare
    ) async throws(ScriptError) -> (repeat each R) {
        let (queue, worker) = (queue, worker)
        let limit = deadline ?? (isLimited ? program.settings.timeLimit : nil)
        return try await HostRun.results(title, deadline: limit, prepare: prepare) { queue.add($0, worker) }
    }

    /// Runs a chunk to its end, then waits until nothing is left that keeps the program alive.
    private func runAll(_ prepare: @escaping HostRun.Prepare, _ deadline: Duration?) async throws(ScriptError) {
        let answer = OneAnswer<ScriptError?>()
        let run = HostRun(
            "main", deadline: deadline ?? program.settings.timeLimit, prepare: prepare,
            receive: { _, _ throws(ScriptError) in },
            completion: { [queue] error in
                // Without an error it is called on the thread of the main state.
                if let error { answer.give(error) } else { queue.whenQuiet { answer.give($0) } }
            })
        queue.add(run, worker)
        let error = await withTaskCancellationHandler {
            await answer.value
        } onCancel: {
            let error = ScriptError(.cancelled, "cancelled")
            run.stop(error)
            if run.hasEnded { answer.give(error) }
        }
        if let error { throw error }
    }

    // MARK: - Holding up the calling thread

    /// `run` for a runtime with a thread of its own.
    func runAndWait(_ chunk: Chunk, _ arguments: [String]) throws(ScriptError) {
        try refuseOnMainThread()
        let answer = OneAnswer<ScriptError?>()
        let run = HostRun(
            "main", prepare: Self.prepare(chunk, arguments), receive: { _, _ throws(ScriptError) in },
            completion: { answer.give($0) })
        queue.add(run, worker)
        if let error = answer.wait() { throw error }
    }

    func finishAndWait() -> Int32 {
        let answer = OneAnswer<ScriptError?>()
        queue.add(worker, ({ [queue] _ in queue.whenQuiet { answer.give($0) } }, { answer.give($0) }))
        _ = answer.wait()
        return endAndWait(0)
    }

    func endAndWait(_ status: Int32) -> Int32 {
        guard worker.identity != .current else {
            queue.end(worker, status: status)
            return status
        }
        let answer = OneAnswer<Int32>()
        queue.end(worker, status: status) { answer.give($0) }
        defer { forgetSignals() }
        return answer.wait()
    }

    private func refuseOnMainThread() throws(ScriptError) {
        guard worker.identity == .current else { return }
        throw ScriptError(.error, "the main state cannot wait for itself: a host function called Runtime.run")
    }
}

extension LuaFunction {
    /// Calls the function as a task of its state, from any thread or Swift task. Cancelling the Swift task cancels it.
    @_disfavoredOverload  // see LuaFunction.callAsFunction
    public func call<each A: LuaConvertible & Sendable, each R: LuaConvertible & Sendable>(
        _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) -> (repeat each R) {
        try await run(deadline, prepare(repeat each arguments))
    }

    /// The same for one result.
    public func call<each A: LuaConvertible & Sendable, R: LuaConvertible & Sendable>(
        _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) -> R {
        try await run(deadline, prepare(repeat each arguments))
    }

    func prepare<each A: LuaConvertible & Sendable>(_ arguments: repeat each A) -> HostRun.Prepare {
        { [self] stack throws(ScriptError) in
            do throws(ConversionError) { try push(to: stack) } catch {
                throw ScriptError(.conversion, ByteText(error.description))
            }
            let top = stack.top
            try stack.pushArguments(repeat each arguments)
            return stack.top - top
        }
    }

    func run<each R: LuaConvertible & Sendable>(
        _ deadline: Duration?, _ prepare: @escaping HostRun.Prepare
    ) async throws(ScriptError) -> (repeat each R) {
        guard let worker = reference.owner as? Worker else { throw ScriptError(.closed, "the state is closed") }
        let limit = deadline ?? worker.program.settings.timeLimit
        return try await HostRun.results("function", deadline: limit, prepare: prepare) { run in
            let closed = { run.abandon(ScriptError(.closed, "the state of the function is closed")) }
            if !worker.perform({ run.start($0, nil) }, orElse: closed) { closed() }
        }
    }
}
