/// What `process.popen` gives: a program, and the pipes to it.
enum SubprocessType {
    static let type: HostType<Subprocess> = HostType(
        "program",
        methods: [
            HostFunction("write", "p:write(s, ...)", "Writes to the program's input; waits while it does not read.") {
                call throws(Fault) in
                let subprocess = try call.object(1, type)
                guard let input = subprocess.pipes.input else { throw noPipe(subprocess, "input") }
                return try PipeTypes.write(call, input)
            },
            HostFunction("close_stdin", "p:close_stdin()", "Ends the program's input.") { call throws(Fault) in
                try call.object(1, type).pipes.input?.close()
                return .none
            },
            HostFunction("read", "p:read([format])", "Reads a line, n bytes or all of the program's output.") {
                call throws(Fault) in
                try PipeTypes.read(call, output(call), PipeTypes.request(call, 2))
            },
            HostFunction("lines", "p:lines([format])", "For a loop over the lines of the program's output.") {
                call throws(Fault) in
                try PipeTypes.pushLines(call, output(call))
            },
            HostFunction("wait", "p:wait([timeout])", "Waits for the program's end: code or signal, and ok.", wait),
            HostFunction("kill", "p:kill([signal])", "Sends a signal to the program and what it has started.") {
                call throws(Fault) in
                let subprocess = try call.object(1, type)
                call.push(subprocess.life.kill(try signal(call, 2)))
                return .results(1)
            },
        ],
        getters: [
            HostFunction("pid", "p.pid", "The number of its process.") { call throws(Fault) in
                call.push(Int(try call.object(1, type).life.pid ?? 0))
                return .results(1)
            },
            HostFunction("stdin", "p.stdin", "The pipe to its input, if there is one.") { call throws(Fault) in
                pushIfAny(call, try call.object(1, type).pipes.input, PipeTypes.writer)
            },
            HostFunction("stdout", "p.stdout", "The pipe from its output, if there is one.") { call throws(Fault) in
                pushIfAny(call, try call.object(1, type).pipes.output, PipeTypes.reader)
            },
            HostFunction("stderr", "p.stderr", "The pipe from its error output, if there is one.") {
                call throws(Fault) in
                pushIfAny(call, try call.object(1, type).pipes.errors, PipeTypes.reader)
            },
        ],
        metamethods: [
            HostFunction("__tostring", "tostring(p)", "Command and state.") { call throws(Fault) in
                let subprocess = try call.object(1, type)
                call.push("program: \(subprocess.name) (\(subprocess.life.end?.text ?? "running"))")
                return .results(1)
            },
            HostFunction("__close", "local p <close>", "Closes the pipes and waits; after an error, ends it first.") {
                call throws(Fault) in
                let subprocess = try call.object(1, type)
                subprocess.pipes.close()
                if Copy.isThis { return .none }
                if !call.isNone(2) { subprocess.life.terminate() }
                return try awaitEnd(call, subprocess.life, until: .forever) { _, _ throws(Fault) in .none }
            },
        ])

    static func pushIfAny<T: AnyObject>(_ call: HostCall, _ object: T?, _ type: HostType<T>) -> Outcome {
        if let object { call.push(object, type) } else { call.pushNil() }
        return .results(1)
    }

    private static func noPipe(_ subprocess: Subprocess, _ stream: ByteText) -> Fault {
        .message("the \(stream) of '\(subprocess.name)' is no pipe")
    }

    private static func output(_ call: HostCall) throws(Fault) -> PipeReader {
        let subprocess = try call.object(1, type)
        guard let output = subprocess.pipes.output else { throw noPipe(subprocess, "output") }
        return output
    }

    /// A signal by number or name; SIGTERM when there is none.
    static func signal(_ call: HostCall, _ index: Int32) throws(Fault) -> Int32 {
        if call.isNone(index) { return 15 }
        if call.kind(index) == .string {
            let name = call.text(index)
            guard let number = SignalName.number(name.description) else {
                throw .argument(index, "unknown signal '\(name)'")
            }
            return number
        }
        guard call.kind(index) == .number else { throw .type(index, "name or number of a signal") }
        guard let number = Int32(exactly: try call.integer(index)), (0...64).contains(number) else {
            throw .argument(index, "no such signal")
        }
        return number
    }

    // MARK: - Waiting

    private static func wait(_ call: HostCall) throws(Fault) -> Outcome {
        let life = try call.object(1, type).life
        return try awaitEnd(call, life, until: call.deadline(2)) { call, end throws(Fault) in
            guard let end else { return call.failure("timeout") }
            ProcessModule.push(end, call)
            return .results(1)
        }
    }

    private static func awaitEnd(
        _ call: HostCall, _ life: SubprocessLife, until deadline: Instant,
        _ then: @escaping (HostCall, ChildProcess.End?) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        if let end = life.end { return try then(call, end) }
        try call.refuseInCopy("wait for a program")
        if deadline == .past {
            let outcome = try then(call, nil)
            return call.worker.take(call, results: outcome.code)
        }
        var node: WaitNode?
        return try call.worker.wait(
            call, until: deadline,
            { waiter, ticket in
                let made = WaitNode(waiter, ticket)
                node = made
                return life.wait(made)
            },
            { call, _ throws(Fault) in
                if let node { life.forget(node) }
                return try then(call, life.end)
            })
    }
}

extension HostCall {
    /// nil, message, code: how a failure of the outside world is told.
    func failure(_ error: SystemError) -> Outcome {
        pushNil()
        push(word: error.text)
        push(Int(error.code))
        return .results(3)
    }
}
