/// The types of pipes to and from programs and processes.
enum PipeTypes {
    static let reader: HostType<PipeReader> = HostType(
        "pipe",
        methods: [
            HostFunction("read", "pipe:read([format])", "Reads a line, n bytes or all.") { call throws(Fault) in
                try read(call, call.object(1, reader), request(call, 2))
            },
            HostFunction("lines", "pipe:lines([format])", "For a loop over the lines.") { call throws(Fault) in
                try pushLines(call, call.object(1, reader))
            },
            HostFunction("close", "pipe:close()", "Reads no more.", memory: .givesBack) { call throws(Fault) in
                try call.object(1, reader).close()
                return .none
            },
        ],
        metamethods: [
            .tostring("pipe", "State.", reader) { "pipe: \($0.isClosed ? "closed" : "open")" }
        ])

    static let writer: HostType<PipeWriter> = HostType(
        "pipe",
        methods: [
            HostFunction("write", "pipe:write(s, ...)", "Writes; waits while nobody reads.", memory: .once) {
                call throws(Fault) in
                try write(call, call.object(1, writer))
            },
            HostFunction("close", "pipe:close()", "Ends what the other side reads.", memory: .givesBack) {
                call throws(Fault) in
                try call.object(1, writer).close()
                return .none
            },
        ],
        metamethods: [
            .tostring("pipe", "State.", writer) { "pipe: \($0.isClosed ? "closed" : "open")" }
        ])

    /// The iterator that `lines` returns: each call reads the next line.
    private static let lines: HostType<Lines> = HostType(
        "lines", methods: [],
        metamethods: [
            HostFunction("__call", "for line in p:lines() do", "The next line.", memory: .givesBack) {
                call throws(Fault) in
                let lines = try call.object(1, lines)
                return try read(call, lines.reader, lines.request, raises: true)
            }
        ])

    private final class Lines: Sendable {
        let reader: PipeReader
        let request: PipeReader.Request
        init(_ reader: PipeReader, _ request: PipeReader.Request) { (self.reader, self.request) = (reader, request) }
    }

    // MARK: - Reading

    /// A format as for files: "l", "L", "a", or a number of bytes.
    static func request(_ call: HostCall, _ index: Int32) throws(Fault) -> PipeReader.Request {
        if call.isNone(index) { return .line(keepsEnd: false) }
        if call.kind(index) == .number {
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

    static func pushLines(_ call: HostCall, _ reader: PipeReader) throws(Fault) -> Outcome {
        call.push(Lines(reader, try request(call, 2)), lines)
        return .results(1)
    }

    static func read(
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
        var failure: SystemError?
        return try call.worker.wait(
            call, at: reader,
            { node in
                do throws(SystemError) { try reader.wait(node) } catch {
                    failure = error
                    return !node.claim()
                }
                return true
            },
            { call, delivery throws(Fault) in
                if let failure {
                    if raises { throw .message("\(failure.text)") }
                    return call.failure(failure)
                }
                guard case .accepted = delivery else { return .none }
                return try read(call, reader, request, raises: raises)
            })
    }

    // MARK: - Writing

    static func write(_ call: HostCall, _ writer: PipeWriter) throws(Fault) -> Outcome {
        if writer.isClosed, writer.error == nil { throw .message("attempt to use a closed pipe") }
        let bytes = try text(call)
        var failure: SystemError?
        return try call.worker.wait(
            call,
            { (node: WaitNode) in
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
                call.stack.push(copyOf: 1)
                return call.worker.take(call, results: 1)
            })
    }

    /// The arguments from the second on, joined. The bytes are those of a string on the stack.
    private static func text(_ call: HostCall) throws(Fault) -> UnsafeRawBufferPointer {
        let last = max(call.count, 2)
        for index in 2...last where call.kind(index) != .string && call.kind(index) != .number {
            throw .type(index, "string")
        }
        for index in 2...last where call.kind(index) == .number { call.stack.makeString(index) }
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
}

extension HostCall {
    /// Returns the object; nil if there is none.
    func result<T: AnyObject>(_ object: T?, _ type: HostType<T>) -> Outcome {
        if let object { push(object, type) } else { pushNil() }
        return .results(1)
    }
}
