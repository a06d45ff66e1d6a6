/// The type of what `process.popen` returns: a program, and the pipes to it.
enum SubprocessType {
    static let type: HostType<Subprocess> = HostType(
        "program",
        methods: [
            HostFunction(
                "write", "p:write(s, ...)", "Writes to the program's input; waits while it does not read.",
                memory: .once
            ) {
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
            HostFunction(
                "wait", "p:wait([timeout])", "Waits for the program's end: code or signal, and ok.", memory: .givesBack,
                wait),
            HostFunction(
                "kill", "p:kill([signal])", "Sends a signal to the program and what it has started.", memory: .givesBack
            ) {
                call throws(Fault) in
                let subprocess = try call.object(1, type)
                call.push(subprocess.life.kill(try call.signal(2)))
                return .results(1)
            },
        ],
        getters: [
            HostFunction("pid", "p.pid", "The number of its process.") { call throws(Fault) in
                call.push(Int(try call.object(1, type).life.pid ?? 0))
                return .results(1)
            },
            HostFunction("stdin", "p.stdin", "The pipe to its input, if there is one.") { call throws(Fault) in
                call.result(try call.object(1, type).pipes.input, PipeTypes.writer)
            },
            HostFunction("stdout", "p.stdout", "The pipe from its output, if there is one.") { call throws(Fault) in
                call.result(try call.object(1, type).pipes.output, PipeTypes.reader)
            },
            HostFunction("stderr", "p.stderr", "The pipe from its error output, if there is one.") {
                call throws(Fault) in
                call.result(try call.object(1, type).pipes.errors, PipeTypes.reader)
            },
        ],
        metamethods: [
            .tostring("p", "Command and state.", type) { "program: \($0.name) (\($0.life.end?.text ?? "running"))" },
            HostFunction(
                "__close", "local p <close>", "Closes the pipes and waits; after an error, ends it first.",
                memory: .givesBack
            ) {
                call throws(Fault) in
                let subprocess = try call.object(1, type)
                subprocess.pipes.close()
                if Copy.isThis { return .none }
                if !call.isNone(2) { subprocess.life.terminate() }
                return try awaitEnd(call, subprocess.life, until: .forever) { _, _ throws(Fault) in .none }
            },
        ])

    /// [-0, +1, m] Pushes a table that says how a program ended: `code` or `signal`, if that is known, `ok`, and the
    /// `limit` of its sandbox that has ended it.
    static func push(_ end: ChildProcess.End, _ call: HostCall, isWalled: Bool) {
        call.stack.pushTable(fields: 5)
        switch end {
        case .code(let code):
            call.push(Int(code))
            call.stack.setField("code")
        case .signal(let signal):
            call.push(Int(signal))
            call.stack.setField("signal")
        case .unknown: break
        }
        if isWalled, let limit = Sandbox.limit(behind: end) {
            call.push(word: limit)
            call.stack.setField("limit")
        }
        call.push(end == .code(0))
        call.stack.setField("ok")
    }

    private static func noPipe(_ subprocess: Subprocess, _ stream: ByteText) -> Fault {
        .message("the \(stream) of '\(subprocess.name)' is no pipe")
    }

    private static func output(_ call: HostCall) throws(Fault) -> PipeReader {
        let subprocess = try call.object(1, type)
        guard let output = subprocess.pipes.output else { throw noPipe(subprocess, "output") }
        return output
    }

    // MARK: - Waiting

    private static func wait(_ call: HostCall) throws(Fault) -> Outcome {
        let life = try call.object(1, type).life
        return try awaitEnd(call, life, until: call.deadline(2)) { call, end throws(Fault) in
            guard let end else { return call.failure("timeout") }
            push(end, call, isWalled: life.isWalled)
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
        return try call.worker.wait(
            call, at: life, until: deadline, { life.wait($0) }, { call, _ throws(Fault) in try then(call, life.end) })
    }
}

extension HostCall {
    /// Returns nil, message and code, as Lua's own functions do for a failure of the system.
    func failure(_ error: SystemError) -> Outcome {
        pushNil()
        push(word: error.text)
        push(Int(error.code))
        return .results(3)
    }
}
