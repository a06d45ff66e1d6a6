import CFence
import CLua

/// `process`: other programs, and functions in processes of their own.
enum ProcessModule {
    static let module = Module(
        "process",
        [
            HostFunction(
                "run", "process.run([opts,] command, args...)", "Runs a program to its end; its output and exit code.",
                run),
            HostFunction(
                "popen", "process.popen([opts,] command, args...)", "Starts a program, to talk with it.", open),
            HostFunction("pid", "process.pid()", "The number of this process.") { call throws(Fault) in
                call.push(Int(Processor.processID))
                return .results(1)
            },
        ])

    // MARK: - run

    private static func run(_ call: HostCall) throws(Fault) -> Outcome {
        let options = try ProgramOptions(call, for: .run)
        var plan = Execution.Plan(launch: options.launch, grace: options.grace)
        plan.input = options.text
        if case .pipe = options.output { plan.output = .collected }
        switch options.errors {
        case .pipe: plan.errors = .collected
        case .merged: plan.errors = .merged
        case .descriptor: break
        }
        plan.limit = options.limit
        plan.deadline = options.deadline
        return try wait(call, for: Execution(plan))
    }

    private static func wait(_ call: HostCall, for execution: Execution) throws(Fault) -> Outcome {
        let program = call.worker.program
        return try call.worker.wait(
            call, until: .forever,
            { waiter, ticket in
                let node = WaitNode(waiter, ticket)
                // It is ended by the cancellation of whoever waits for it.
                program.children.add(execution, end: {}, kill: { execution.kill() })
                execution.start { execution in
                    program.childEnded(execution)
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
        guard case .success(let result) = outcome else {
            if case .failure(let failure) = outcome { return push(failure, plan.launch, call) }
            return .none
        }
        switch result.excess {
        case .memory:
            throw .memory
        case .output:
            let name = String(decoding: plan.launch.words[0], as: UTF8.self)
            throw call.fail(.limit, "the output of '\(name)' is more than \(plan.limit) bytes")
        case .time: _ = call.failure("timeout")
        case nil: break
        }
        push(result.end, call)
        for (name, bytes) in [("stdout", result.output), ("stderr", result.errors)] {
            guard let bytes else { continue }
            let start = bytes.start?.assumingMemoryBound(to: CChar.self)
            guard call.state.push(start, bytes.count, on: call.L) else { throw .memory }
            lua_setfield_raw(call.L, name)
        }
        return .results(result.excess == nil ? 1 : 3)
    }

    /// [-0, +1, m] How a program ended: `code` or `signal`, and `ok`.
    static func push(_ end: ChildProcess.End, _ call: HostCall) {
        lua_createtable(call.L, 0, 5)
        switch end {
        case .code(let code):
            call.push(Int(code))
            lua_setfield_raw(call.L, "code")
        case .signal(let signal):
            call.push(Int(signal))
            lua_setfield_raw(call.L, "signal")
        }
        call.push(end == .code(0))
        lua_setfield_raw(call.L, "ok")
    }

    /// nil, message, code: a program that cannot be started.
    static func push(_ failure: Launch.Failure, _ launch: Launch, _ call: HostCall) -> Outcome {
        call.pushNil()
        let name = (failure.isFolder ? launch.folder : launch.words.first) ?? []
        let text = name + Array(": \(failure.text)".utf8)
        text.withUnsafeBytes {
            _ = call.state.push($0.assumingMemoryBound(to: CChar.self).baseAddress, $0.count, on: call.L)
        }
        call.push(Int(failure.code))
        return .results(3)
    }

    // MARK: - popen

    private static func open(_ call: HostCall) throws(Fault) -> Outcome {
        let options = try ProgramOptions(call, for: .open)
        var launch = options.launch
        let program: RunningProgram
        do throws(SystemError) {
            program = try RunningProgram(
                call.worker, &launch, pipes: options.pipes, grace: options.grace, type: ProgramTypes.program)
        } catch {
            return push(Launch.Failure(code: error.code, isFolder: false), launch, call)
        }
        if case .merged = options.errors { launch.streams[2] = launch.streams[1] }
        let plan = launch
        launch.held = []
        return try call.worker.wait(
            call, until: .forever, { waiter, ticket in program.life.start(plan, WaitNode(waiter, ticket)) },
            { call, delivery throws(Fault) in
                if let failure = program.life.failure { return push(failure, plan, call) }
                guard case .accepted = delivery else { return .none }
                program.closeAtRest()
                call.push(program, ProgramTypes.program)
                return .results(1)
            })
    }
}
