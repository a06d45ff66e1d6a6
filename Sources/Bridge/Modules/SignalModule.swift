/// `process.on_signal`: what a script does when a signal of the system comes.
enum SignalModule {
    static let onSignal = HostFunction(
        "on_signal", "process.on_signal(signal, fn)", "Calls a function, as a task, whenever a signal comes."
    ) { call throws(Fault) in
        try call.refuseInCopy("handle signals")
        let number = try call.signal(1)
        try call.callable(2)
        call.dropArguments(after: 2)
        let name = SignalName.of(number) ?? "\(number)"
        guard !reserved.contains(name), number != ThreadIdentity.breakSignal else {
            throw .argument(1, "signal \(name) cannot be handled")
        }
        let handler = SignalHandler(call, number, ByteText(name))
        do throws(SystemError) { try handler.start() } catch {
            throw .argument(1, "signal \(name) cannot be handled: \(error.text)")
        }
        call.push(handler, type)
        return .results(1)
    }

    /// Signals that a faulty instruction causes, which would come again and again, and the runtime's own.
    private static let reserved: Set<String> = ["SEGV", "BUS", "FPE", "ILL", "TRAP", "ABRT", "SYS", "URG"]

    static let type: HostType<SignalHandler> = HostType(
        "signal handler",
        methods: [
            HostFunction("cancel", "h:cancel()", "Handles the signal no longer; whether it did.", memory: .givesBack) {
                call throws(Fault) in
                let handler = try call.object(1, type)
                call.dropArguments(after: 1)
                return try call.ask(handler.worker) { _ in handler.cancel() }
            }
        ],
        metamethods: [
            .tostring("h", "Signal and state.", type) {
                "signal handler: \($0.signal) (\($0.isActive ? "active" : "ended"))"
            },
            HostFunction("__close", "local h <close>", "Cancels it.", memory: .givesBack) { call throws(Fault) in
                let handler = try call.object(1, type)
                call.dropArguments(after: 1)
                return try call.ask(handler.worker) { _ in handler.cancel() }
            },
        ])
}

extension SignalHandler: HostObject {
    var hostType: AnyHostType { SignalModule.type }
}
