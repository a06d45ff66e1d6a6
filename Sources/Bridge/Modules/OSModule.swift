import Glibc

/// Functions of the standard library that concern the whole program: `os.exit`, and on virtual time `os.time` and
/// `os.date`.
enum OSModule {
    static let exit = HostFunction("os.exit", "os.exit([code[, close]])", "Ends the program.") { call throws(Fault) in
        var status = EXIT_SUCCESS
        if call.kind(1) == .boolean {
            status = call.boolean(1) ? EXIT_SUCCESS : EXIT_FAILURE
        } else if !call.isNone(1) {
            status = Int32(truncatingIfNeeded: try call.integer(1))
        }
        let worker = call.worker
        worker.program.requestExit(.init(status: status, closes: call.boolean(2)))
        guard let task = worker.current else { return .none }
        // A compiled module whose callback this is might catch the error, so the task does not unwind.
        if worker.program.settings.ownsProcess, LuaState.hasForeignFrame(call.L), !call.isInFinalizer {
            worker.leaveProgram()
        }
        throw worker.unwind(task, call, "os.exit") { _ in }
    }

    /// `os.getenv` where the host says which variables there are.
    static func getenv(_ variables: [String: String]) -> HostFunction {
        let values = Dictionary(variables.map { (ByteText($0.key), ByteText($0.value)) }) { $1 }
        return HostFunction("os.getenv", "os.getenv(name)", "The value of an environment variable.") {
            call throws(Fault) in
            if let value = values[try call.string(1)] { call.push(value) } else { call.pushNil() }
            return .results(1)
        }
    }

    static func install(_ state: LuaState) { state.replace(exit, "exit", of: "os") }

    // MARK: - Virtual time

    static let time = HostFunction("os.time", "os.time([table])", "The time of day, or of that table.") {
        call throws(Fault) in
        guard call.isNone(1) else {
            guard call.kind(1) == .table else { throw .type(1, "table") }
            return call.state.forward(to: "os.time", call)
        }
        pushTime(call)
        return .results(1)
    }

    static let date = HostFunction("os.date", "os.date([format [, time]])", "The time of day as text or table.") {
        call throws(Fault) in
        if !call.isNone(1), call.kind(1) != .number { _ = try call.string(1) }
        if call.isNone(2) {
            call.stack.resize(to: 1)
            if call.isNone(1) {
                call.push("%c")
                call.stack.replace(1)
            }
            pushTime(call)
        } else {
            _ = try call.integer(2)
        }
        return call.state.forward(to: "os.date", call)
    }

    private static func pushTime(_ call: HostCall) {
        call.push(Int(call.worker.clock.wall.rawValue).dividedDown(by: 1_000_000_000).quotient)
    }

    @Sendable
    static func followSimulation(_ state: LuaState) {
        state.wrap(time, "time", of: "os")
        state.wrap(date, "date", of: "os")
    }
}
