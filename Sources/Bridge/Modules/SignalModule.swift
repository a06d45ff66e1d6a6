import CLua

/// `process.on_signal`: what a script does when a signal of the system comes.
enum SignalModule {
    static let onSignal = HostFunction(
        "on_signal", "process.on_signal(signal, fn)", "Calls a function, as a task, whenever a signal comes."
    ) { call throws(Fault) in
        try call.refuseInCopy("handle signals")
        let number = try SubprocessType.signal(call, 1)
        try call.callable(2)
        lua_settop(call.L, 2)
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

    /// Those that tell of a mistake in the program itself, which would come again and again, and the runtime's own.
    private static let reserved: Set<String> = ["SEGV", "BUS", "FPE", "ILL", "TRAP", "ABRT", "SYS", "URG"]

    static let type: HostType<SignalHandler> = HostType(
        "signal handler",
        methods: [
            HostFunction("cancel", "h:cancel()", "Handles the signal no longer; whether it did.") {
                call throws(Fault) in
                let handler = try call.object(1, type)
                lua_settop(call.L, 1)
                return try call.ask(handler.worker) { _ in handler.cancel() }
            }
        ],
        metamethods: [
            HostFunction("__tostring", "tostring(h)", "Signal and state.") { call throws(Fault) in
                let handler = try call.object(1, type)
                call.push("signal handler: \(handler.signal) (\(handler.isActive ? "active" : "ended"))")
                return .results(1)
            },
            HostFunction("__close", "local h <close>", "Cancels it.") { call throws(Fault) in
                let handler = try call.object(1, type)
                lua_settop(call.L, 1)
                return try call.ask(handler.worker) { _ in handler.cancel() }
            },
        ])
}

/// A function that a signal calls. Owned by its worker's thread.
final class SignalHandler: HostObject, TaskParent, @unchecked Sendable {  // sound: others only go through `ask`
    let worker: Worker
    let signal: ByteText
    private let number: Int32
    private let id = Identity.next()
    private let anchor: Int
    private let site: SpawnSite?
    private var subscription: Signals.Subscription?

    /// Takes the function on top of the stack.
    init(_ call: HostCall, _ number: Int32, _ signal: ByteText) {
        self.number = number
        self.signal = signal
        worker = call.worker
        site = call.spawnSite()
        anchor = call.state.anchor(call.L)
    }

    deinit { worker.releaseLater(anchor) }

    var hostType: AnyHostType { SignalModule.type }
    var name: ByteText? { signal }
    var title: ByteText { "handler of signal \(signal)" }
    var isActive: Bool { subscription != nil }

    func start() throws(SystemError) {
        subscription = try Signals.shared.subscribe(number, evenIfIgnored: true) { [self] _ in
            worker.perform { [self] worker in
                if isActive { worker.start(for: self, site: site, isDaemon: false) }
            }
        }
        worker.program.beginOutside()
        worker.closers[ObjectIdentifier(self)] = { [unowned self] in _ = cancel() }
    }

    /// Whether it was active.
    func cancel() -> Bool {
        guard let subscription = subscription.take() else { return false }
        worker.closers[ObjectIdentifier(self)] = nil
        Signals.shared.unsubscribe(subscription)
        worker.program.endOutside()
        return true
    }

    func push(on L: OpaquePointer) -> Int32 {
        worker.state.pushAnchored(anchor, on: L)
        worker.state.push(signal, on: L)
        return 1
    }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        guard let error else { return false }
        worker.program.reportUnobserved(id, error)
        return true
    }
}
