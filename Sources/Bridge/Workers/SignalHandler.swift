import Synchronization

/// A script's function that is called, as a task, when a signal comes. Owned by its worker's thread.
final class SignalHandler: TaskParent, @unchecked Sendable {  // sound: other threads only go through `perform`
    let worker: Worker
    let signal: ByteText
    private let number: Int32
    private let id = Identity.next()
    private let anchor: Int
    private let site: SpawnSite?
    private var subscription: Signals.Subscription?
    private let active = Atomic<Bool>(false)
    /// Any thread.
    var isActive: Bool { active.load(ordering: .relaxed) }

    /// Takes the function on top of the stack.
    init(_ call: HostCall, _ number: Int32, _ signal: ByteText) {
        self.number = number
        self.signal = signal
        worker = call.worker
        site = call.spawnSite()
        anchor = call.state.anchor(call.L)
    }

    deinit { worker.releaseLater(anchor) }

    var name: ByteText? { signal }
    var title: ByteText { "handler of signal \(signal)" }

    func start() throws(SystemError) {
        subscription = try Signals.shared.subscribe(number, evenIfIgnored: true) { [self] _ in
            worker.perform { [self] worker in
                if isActive { worker.start(for: self, site: site, isDaemon: false) }
            }
        }
        active.store(true, ordering: .relaxed)
        worker.program.beginSignals()
        worker.closers[ObjectIdentifier(self)] = { [unowned self] in _ = cancel() }
    }

    /// Ends the handler. Returns whether it was active.
    func cancel() -> Bool {
        guard let subscription = subscription.take() else { return false }
        active.store(false, ordering: .relaxed)
        worker.closers[ObjectIdentifier(self)] = nil
        Signals.shared.unsubscribe(subscription)
        worker.program.endSignals()
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
