/// Sends what scripts write to the standard streams to the host, if it takes that.
enum Redirection {
    /// The standard streams that scripts write to.
    enum Stream: Int32 {
        case output = 1
        case errors = 2
    }

    static func isNeeded(_ confinement: Confinement) -> Bool {
        confinement.output != nil || confinement.errorOutput != nil
    }

    /// Replaces what writes, in a state in which no script has run.
    static func install(_ state: LuaState, _ confinement: Confinement) {
        guard isNeeded(confinement) else { return }
        if confinement.output != nil { state.replace(print, "print", of: "_G") }
        if confinement.errorOutput != nil { state.replace(warn, "warn", of: "_G") }
        state.wrap(write, "write", of: "io")
        state.wrapFileMethod(fileWrite, "write")
    }

    private static func taker(_ stream: Stream?, _ call: HostCall) -> (@Sendable ([UInt8]) -> Void)? {
        if call.worker.memory.diverts, stream != nil, let terminal = call.worker.terminal { return terminal.say }
        let confinement = call.worker.program.confinement
        return switch stream {
        case .output: confinement.output
        case .errors: confinement.errorOutput
        case nil: nil
        }
    }

    private static let print = HostFunction("print", "print(...)", "Writes its arguments.") { call throws(Fault) in
        var text: ByteText = ""
        for index in stride(from: 1 as Int32, through: call.count, by: 1) {
            if index > 1 { text += "\t" }
            switch call.shown(index) {
            case .success(let shown): text += shown
            case .failure: throw .raised
            }
        }
        taker(.output, call)?((text + "\n").bytes)
        return .none
    }

    private static let warn = HostFunction("warn", "warn(...)", "Writes a warning.") { call throws(Fault) in
        try checkStrings(from: 1, call)
        let text = strings(from: 1, call)
        taker(.errors, call)?(("Lua warning: " + text + "\n").bytes)
        return .none
    }

    /// `io.write`: to the default output file.
    private static let write = HostFunction("io.write", "io.write(...)", "Writes to the default output file.") {
        call throws(Fault) in
        try checkStrings(from: 1, call)
        call.state.pushDefaultOutput(on: call.L)
        let file = call.count
        guard let take = taker(call.standardStream(file), call) else {
            call.stack.pop()
            return call.state.forward(to: "io.write", call)
        }
        call.stack.insert(at: 1)
        take(strings(from: 2, call).bytes)
        call.stack.resize(to: 1)
        return .results(1)
    }

    private static let fileWrite = HostFunction("file:write", "file:write(...)", "Writes to the file.") {
        call throws(Fault) in
        guard call.openStandardStream(1) >= 0 else { throw .type(1, "FILE*") }
        try checkStrings(from: 2, call)
        guard let take = taker(call.standardStream(1), call) else {
            return call.state.forward(to: "file:write", call)
        }
        take(strings(from: 2, call).bytes)
        call.stack.resize(to: 1)
        return .results(1)
    }

    private static func checkStrings(from first: Int32, _ call: HostCall) throws(Fault) {
        for index in stride(from: first, through: call.count, by: 1)
        where call.kind(index) != .string && call.kind(index) != .number { throw .type(index, "string") }
    }

    /// The strings and numbers from `first` on.
    private static func strings(from first: Int32, _ call: HostCall) -> ByteText {
        var text: ByteText = ""
        for index in stride(from: first, through: call.count, by: 1) {
            if case .success(let shown) = call.shown(index) { text += shown }
        }
        return text
    }
}

extension HostCall {
    /// The standard stream that the file handle at `index` is open on; nil for anything else.
    fileprivate func standardStream(_ index: Int32) -> Redirection.Stream? {
        Redirection.Stream(rawValue: openStandardStream(index))
    }
}
