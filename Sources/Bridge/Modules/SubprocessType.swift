import CFence
import CLua

/// What `process.popen` gives: a program, and the pipes to it.
enum SubprocessType {
    static let program: HostType<Subprocess> = HostType(
        "program",
        methods: [
            HostFunction("write", "p:write(s, ...)", "Writes to the program's input; waits while it does not read.") {
                call throws(Fault) in
                let program = try call.object(1, program)
                guard let input = program.pipes.input else { throw noPipe(program, "input") }
                return try write(call, input)
            },
            HostFunction("close_stdin", "p:close_stdin()", "Ends the program's input.") { call throws(Fault) in
                try call.object(1, program).pipes.input?.close()
                return .none
            },
            HostFunction("read", "p:read([format])", "Reads a line, n bytes or all of the program's output.") {
                call throws(Fault) in
                try read(call, output(call), request(call, 2))
            },
            HostFunction("lines", "p:lines([format])", "For a loop over the lines of the program's output.") {
                call throws(Fault) in
                try pushLines(call, output(call))
            },
            HostFunction("wait", "p:wait([timeout])", "Waits for the program's end: code or signal, and ok.", wait),
            HostFunction("kill", "p:kill([signal])", "Sends a signal to the program and what it has started.") {
                call throws(Fault) in
                let program = try call.object(1, program)
                call.push(program.life.kill(try signal(call, 2)))
                return .results(1)
            },
        ],
        getters: [
            HostFunction("pid", "p.pid", "The number of its process.") { call throws(Fault) in
                call.push(Int(try call.object(1, program).life.pid ?? 0))
                return .results(1)
            },
            HostFunction("stdin", "p.stdin", "The pipe to its input, if there is one.") { call throws(Fault) in
                pushIfAny(call, try call.object(1, program).pipes.input, writer)
            },
            HostFunction("stdout", "p.stdout", "The pipe from its output, if there is one.") { call throws(Fault) in
                pushIfAny(call, try call.object(1, program).pipes.output, reader)
            },
            HostFunction("stderr", "p.stderr", "The pipe from its error output, if there is one.") {
                call throws(Fault) in
                pushIfAny(call, try call.object(1, program).pipes.errors, reader)
            },
        ],
        metamethods: [
            HostFunction("__tostring", "tostring(p)", "Command and state.") { call throws(Fault) in
                let program = try call.object(1, program)
                call.push("program: \(program.name) (\(program.life.end?.text ?? "running"))")
                return .results(1)
            },
            HostFunction("__close", "local p <close>", "Closes the pipes and waits; after an error, ends it first.") {
                call throws(Fault) in
                let program = try call.object(1, program)
                program.pipes.close()
                if Copy.isThis { return .none }
                if !call.isNone(2) { program.life.terminate() }
                return try awaitEnd(call, program.life, until: .forever) { _, _ throws(Fault) in .none }
            },
        ])

    static let reader: HostType<PipeReader> = HostType(
        "pipe",
        methods: [
            HostFunction("read", "pipe:read([format])", "Reads a line, n bytes or all.") { call throws(Fault) in
                try read(call, call.object(1, reader), request(call, 2))
            },
            HostFunction("lines", "pipe:lines([format])", "For a loop over the lines.") { call throws(Fault) in
                try pushLines(call, call.object(1, reader))
            },
            HostFunction("close", "pipe:close()", "Reads no more.") { call throws(Fault) in
                try call.object(1, reader).close()
                return .none
            },
        ],
        metamethods: [
            HostFunction("__tostring", "tostring(pipe)", "State.") { call throws(Fault) in
                call.push("pipe: \(try call.object(1, reader).isClosed ? "closed" : "open")")
                return .results(1)
            }
        ])

    static let writer: HostType<PipeWriter> = HostType(
        "pipe",
        methods: [
            HostFunction("write", "pipe:write(s, ...)", "Writes; waits while nobody reads.") { call throws(Fault) in
                try write(call, call.object(1, writer))
            },
            HostFunction("close", "pipe:close()", "Ends what the other side reads.") { call throws(Fault) in
                try call.object(1, writer).close()
                return .none
            },
        ],
        metamethods: [
            HostFunction("__tostring", "tostring(pipe)", "State.") { call throws(Fault) in
                call.push("pipe: \(try call.object(1, writer).isClosed ? "closed" : "open")")
                return .results(1)
            }
        ])

    /// What `lines` gives: each call reads the next.
    private static let lines: HostType<Lines> = HostType(
        "lines", methods: [],
        metamethods: [
            HostFunction("__call", "for line in p:lines() do", "The next line.") { call throws(Fault) in
                let lines = try call.object(1, lines)
                return try read(call, lines.reader, lines.request, raises: true)
            }
        ])

    private final class Lines: Sendable {
        let reader: PipeReader
        let request: PipeReader.Request
        init(_ reader: PipeReader, _ request: PipeReader.Request) { (self.reader, self.request) = (reader, request) }
    }

    static func pushIfAny<T: AnyObject>(_ call: HostCall, _ object: T?, _ type: HostType<T>) -> Outcome {
        if let object { call.push(object, type) } else { call.pushNil() }
        return .results(1)
    }

    private static func noPipe(_ program: Subprocess, _ stream: ByteText) -> Fault {
        .message("the \(stream) of '\(program.name)' is no pipe")
    }

    private static func output(_ call: HostCall) throws(Fault) -> PipeReader {
        let program = try call.object(1, program)
        guard let output = program.pipes.output else { throw noPipe(program, "output") }
        return output
    }

    /// A signal by number or name; SIGTERM when there is none.
    static func signal(_ call: HostCall, _ index: Int32) throws(Fault) -> Int32 {
        if call.isNone(index) { return 15 }
        if call.type(index) == LUA_TSTRING {
            let name = call.text(index)
            guard let number = SignalName.number(name.description) else {
                throw .argument(index, "unknown signal '\(name)'")
            }
            return number
        }
        guard call.type(index) == LUA_TNUMBER else { throw .type(index, "name or number of a signal") }
        guard let number = Int32(exactly: try call.integer(index)), (0...64).contains(number) else {
            throw .argument(index, "no such signal")
        }
        return number
    }

    // MARK: - Reading

    /// A format as files have it: "l", "L", "a", or a number of bytes.
    private static func request(_ call: HostCall, _ index: Int32) throws(Fault) -> PipeReader.Request {
        if call.isNone(index) { return .line(keepsEnd: false) }
        if call.type(index) == LUA_TNUMBER {
            let count = try call.integer(index)
            guard count >= 0 else { throw .argument(index, "number of bytes expected") }
            return .bytes(count)
        }
        let format = try call.string(index)
        switch format.bytes.first == UInt8(ascii: "*") ? ByteText(format.bytes.dropFirst()) : format {
        case "l": return .line(keepsEnd: false)
        case "L": return .line(keepsEnd: true)
        case "a": return .all
        default: throw .argument(index, "invalid format")
        }
    }

    private static func pushLines(_ call: HostCall, _ reader: PipeReader) throws(Fault) -> Outcome {
        call.push(Lines(reader, try request(call, 2)), lines)
        return .results(1)
    }

    private static func read(
        _ call: HostCall, _ reader: PipeReader, _ request: PipeReader.Request, raises: Bool = false
    ) throws(Fault) -> Outcome {
        switch reader.take(request) {
        case .bytes(let bytes):
            defer { withExtendedLifetime(bytes) {} }
            let start = bytes.start?.assumingMemoryBound(to: CChar.self)
            guard call.state.push(start, bytes.count, on: call.L) else { throw .memory }
            return call.worker.take(call, results: 1)
        case .noMemory:
            throw .memory
        case .end:
            call.pushNil()
            return .results(1)
        case .failed(let error):
            if raises { throw .message("\(error.text)") }
            return call.failure(error)
        case .nothing:
            return try wait(call, reader, request, raises)
        }
    }

    private static func wait(
        _ call: HostCall, _ reader: PipeReader, _ request: PipeReader.Request, _ raises: Bool
    ) throws(Fault) -> Outcome {
        var node: WaitNode?
        var failure: SystemError?
        return try call.worker.wait(
            call, until: .forever,
            { waiter, ticket in
                let made = WaitNode(waiter, ticket)
                do throws(SystemError) { try reader.wait(made) } catch {
                    failure = error
                    return !made.claim()
                }
                node = made
                return true
            },
            { call, delivery throws(Fault) in
                if let failure {
                    if raises { throw .message("\(failure.text)") }
                    return call.failure(failure)
                }
                if let node { reader.forget(node) }
                guard case .accepted = delivery else { return .none }
                return try read(call, reader, request, raises: raises)
            })
    }

    // MARK: - Writing

    private static func write(_ call: HostCall, _ writer: PipeWriter) throws(Fault) -> Outcome {
        if writer.isClosed, writer.error == nil { throw .message("attempt to use a closed pipe") }
        let bytes = try text(call)
        var failure: SystemError?
        return try call.worker.wait(
            call, until: .forever,
            { waiter, ticket in
                let node = WaitNode(waiter, ticket)
                switch writer.write(bytes, node) {
                case .later: return true
                case .all: break
                case .failed(let error): failure = error
                }
                return !node.claim()
            },
            { call, delivery throws(Fault) in
                if case .closed = delivery { failure = writer.error }
                if let failure { return call.failure(failure) }
                lua_pushvalue(call.L, 1)
                return call.worker.take(call, results: 1)
            })
    }

    /// The arguments from the second on, one after the other, on the stack.
    private static func text(_ call: HostCall) throws(Fault) -> UnsafeRawBufferPointer {
        let last = max(call.count, 2)
        for index in 2...last where call.type(index) != LUA_TSTRING && call.type(index) != LUA_TNUMBER {
            throw .type(index, "string")
        }
        for index in 2...last where call.type(index) == LUA_TNUMBER { lua_tolstring(call.L, index, nil) }
        if last == 2 { return call.bytes(2) }
        let bytes = GrowingBytes()
        do throws(GrowingBytes.OutOfMemory) {
            for index in 2...last { try bytes.append(call.bytes(index)) }
        } catch {
            throw .memory
        }
        defer { withExtendedLifetime(bytes) {} }
        let start = bytes.start?.assumingMemoryBound(to: CChar.self)
        guard call.state.push(start, bytes.count, on: call.L) else { throw .memory }
        return call.bytes(-1)
    }

    // MARK: - Waiting

    private static func wait(_ call: HostCall) throws(Fault) -> Outcome {
        let life = try call.object(1, program).life
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
