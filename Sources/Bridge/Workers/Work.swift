import Synchronization

/// A task, a thread or a process as a handle sees it: what it is called, how it stands, what came of it. Shared;
/// guarded by its mutex. It does not say how the work is isolated.
public final class Work: HostObject, Awaited, Waitable, Sendable {
    enum Kind: String, Sendable {
        case task, thread, process
    }

    /// How the work stands.
    public enum Status: UInt8, Sendable {
        /// It has not begun.
        case pending
        /// Its code runs, or could.
        case running
        /// It waits for something.
        case waiting
        /// It has ended, with results.
        case done
        /// It has ended, with an error.
        case failed
        /// It has been ended.
        case cancelled
        var isFinal: Bool { rawValue >= Status.done.rawValue }
        var name: String {
            switch self {
            case .pending: "pending"
            case .running: "running"
            case .waiting: "waiting"
            case .done: "done"
            case .failed: "failed"
            case .cancelled: "cancelled"
            }
        }
    }

    /// How it ended. The results of a task stay in its state, anchored (`kept`), and are copied for other states.
    enum End: Sendable {
        case results(Message?, count: Int)
        case kept(anchor: Int, count: Int)
        indirect case failed(ScriptError)
    }

    private struct State {
        var outcome: End?
        var copy: End?
        var waiters = WaitList()
        var inbox: Channel?
        var isReported = false
        var isObserved = false
        var cancelReason: ByteText?
        var worker: Worker?
        /// It is a call for which others do the work.
        var errand: Errand?
        /// Called when the work becomes a daemon.
        var onDetach: (@Sendable () -> Void)?
    }

    /// A task that has other work done shows how that stands.
    enum Errand {
        case shown(Status)
        case done(by: Work)
    }

    let id: Int
    let kind: Kind
    let site: SpawnSite?
    private let givenName: ByteText?
    let program: Program
    /// The worker in whose state the work runs (a task) or that runs it (a thread). A thread's is nil once it has
    /// ended.
    var worker: Worker? {
        get { state.withLock { $0.worker } }
        set { state.withLock { $0.worker = newValue } }
    }
    /// A task's own record; nil once it has ended. Owned by the worker's thread, which keeps the task until then.
    var task: ScriptTask? {
        get { record?.takeUnretainedValue() }
        set { record = newValue.map(Unmanaged.passUnretained) }
    }
    nonisolated(unsafe) private var record: Unmanaged<ScriptTask>?
    /// What it joins without a timeout. Guarded by the lock of `WaitGraph`.
    nonisolated(unsafe) var joining: Work?
    /// The thread whose main task this is.
    let represents: Work?
    /// Of a thread: the handle of its main task. Owned by the worker's thread.
    nonisolated(unsafe) var mainTask: Work?
    @inline(__always)
    var hasMainTask: Bool { mainTask != nil }
    /// How long handlers may go on when the work is ended. Set before the work starts.
    nonisolated(unsafe) var grace = Grace.usual
    /// What people call it, if that is not its kind. Set before anybody else knows the work.
    nonisolated(unsafe) var role: String?
    /// Set if the work runs in another process. Set before anybody else knows the work.
    nonisolated(unsafe) var elsewhere: (any RemoteWork)?
    private let currentStatus: Atomic<UInt8>
    private let daemon: Atomic<Bool>
    /// The handle was sent to another state, so the results have to be copied into a message.
    private let isAbroad = Atomic<Bool>(false)
    private let state: Guarded<State>

    init(
        _ kind: Kind, name: ByteText?, isDaemon: Bool, site: SpawnSite?, program: Program, status: Status = .pending,
        worker: Worker? = nil, represents: Work? = nil, id: Int? = nil
    ) {
        self.id = id ?? Identity.next()
        state = Guarded(State(worker: worker))
        self.represents = represents
        self.kind = kind
        givenName = name
        self.site = site
        self.program = program
        currentStatus = Atomic(status.rawValue)
        daemon = Atomic(isDaemon)
    }

    deinit {
        elsewhere?.released(self)
        state.withLock { state in
            state.waiters.removeAll()
            if case .kept(let anchor, _)? = state.outcome { state.worker?.releaseLater(anchor) }
        }
    }

    var hostType: AnyHostType { program.settings.handleTypes.of(kind) }
    var crossesProcesses: Bool { true }
    var name: ByteText { givenName ?? "\(kind.rawValue)-\(id)" }
    var title: ByteText { "\(role ?? kind.rawValue) '\(name)'" }
    var waitText: ByteText { "join of \(title)" }

    /// How it stands at this moment.
    public internal(set) var status: Status {
        get { Status(rawValue: currentStatus.load(ordering: .acquiring)) ?? .pending }
        set {
            keepOrder()
            currentStatus.store(newValue.rawValue, ordering: .releasing)
        }
    }

    var errand: Errand? {
        get { status.isFinal ? nil : state.withLock { $0.errand } }
        set { state.withLock { $0.errand = newValue } }
    }

    /// The work that knows how this one stands.
    var doer: Work { if case .done(let work)? = errand { work } else { self } }

    /// The status that is shown.
    var shownStatus: Status {
        switch errand {
        case nil: status
        case .shown(let status): status
        case .done(let work): work.status.isFinal ? .running : work.status
        }
    }

    /// How a task is shown while it waits for work that is done elsewhere, until it has ended. Such a task has its
    /// first turn also if it is cancelled before that, and ends at its first wait.
    public func show(_ status: Status) { errand = .shown(status) }

    /// The program does not wait for it at the end.
    public var isDetached: Bool { isDaemon }

    var isDaemon: Bool { daemon.load(ordering: .relaxed) }
    /// Returns whether it was no daemon before.
    func makeDaemon() -> Bool { !daemon.exchange(true, ordering: .relaxed) }

    /// The channel that the work reads, made when somebody first asks for it.
    var inbox: Channel {
        state.withLock { state in
            if let inbox = state.inbox { return inbox }
            let inbox = Channel()
            state.inbox = inbox
            return inbox
        }
    }

    /// The same; nil if the inbox has to be asked for in another process.
    var inboxHere: Channel? {
        elsewhere?.isChild == false && state.withLock { $0.inbox == nil } ? nil : inbox
    }

    /// Sets the inbox, which the work's own process has made.
    func set(inbox: Channel) { state.withLock { $0.inbox = inbox } }

    // MARK: - The end of the work

    var outcome: End? { state.withLock { $0.outcome } }

    /// The `choice` of a node that waits at the end of a block. That does not count as observing, since the block
    /// raises the failure itself.
    static let atBlockEnd = -1
    /// The failure that nobody has observed yet.
    var unseenFailure: ScriptError? {
        guard status == .failed, !isObserved, case .failed(let error)? = outcome else { return nil }
        return error
    }
    var isObserved: Bool { state.withLock { $0.isObserved } }

    /// Ends the work, and wakes those who wait. Returns whether anybody waited. Twice does nothing.
    @discardableResult
    func finish(_ outcome: End, _ status: Status) -> Bool {
        var effects = Effects()
        var isAwaited = false
        let unneeded = state.withLock { state -> ((@Sendable () -> Void)?, Errand?) in
            guard state.outcome == nil else { return (nil, nil) }
            state.outcome = outcome
            self.status = status
            while let node = state.waiters.popFirst() {
                guard node.claim() else { continue }
                node.deliver(.ended)
                effects.wake(node)
                isAwaited = true
                if node.choice != Work.atBlockEnd { state.isObserved = true }
            }
            return (state.onDetach.take(), state.errand.take())
        }
        _ = unneeded
        mainTask?.finish(outcome, status)
        mainTask = nil
        effects.carryOut()
        return isAwaited
    }

    /// Leaves the node until the work has ended (see `Waitable`).
    func wait(_ node: WaitNode) -> Bool {
        let waits = state.withLock { state in
            guard state.outcome != nil else {
                state.waiters.append(node)
                return true
            }
            return node.decide(.ended)
        }
        if waits { elsewhere?.watch() }
        return waits
    }

    func forget(_ node: WaitNode) { state.withLock { $0.waiters.remove(node) } }

    // MARK: - Cancellation

    private let cancelRequested = Atomic<Bool>(false)
    /// Somebody has asked this work to stop; false if it ends because the program does.
    public var isCancelRequested: Bool { cancelRequested.load(ordering: .acquiring) }
    var cancelReason: ByteText? { state.withLock { $0.cancelReason } }

    /// Any thread: asks the work to stop. Does nothing if it has ended.
    public func cancel(_ reason: ByteText? = nil) {
        guard !status.isFinal else { return }
        state.withLock { if $0.cancelReason == nil { $0.cancelReason = reason } }
        keepOrder()
        cancelRequested.store(true, ordering: .releasing)
        worker?.cancel(self)
        elsewhere?.cancel(reason)
    }

    /// Calls the action when the work becomes a daemon, or now if it is one.
    func whenDetached(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.onDetach = action }
        if isDaemon { state.withLock { $0.onDetach.take() }?() }
    }

    /// Makes it a daemon: the program does not wait for it at the end.
    func detach() {
        state.withLock { $0.onDetach.take() }?()
        if let elsewhere { elsewhere.detach() }
        if kind != .task { return program.detach(self) }
        worker?.perform { [self] worker in
            if let task, !status.isFinal { worker.makeDaemon(task) }
            _ = makeDaemon()
        }
    }

    /// Any thread: ends a thread with everything in its state, also if its own function has returned; or a process.
    func end() {
        keepOrder()
        cancelRequested.store(true, ordering: .releasing)
        worker?.cancel(self)
        elsewhere?.cancel(nil)
    }

    // MARK: - Failures

    /// Somebody has asked how it ended.
    func observe() {
        let wasReported = state.withLock { state in
            defer { state.isObserved = true }
            return state.isReported && !state.isObserved
        }
        if wasReported { program.observe(id) }
    }

    /// Reports the failure unless somebody has observed it.
    func reportIfUnobserved(_ error: ScriptError) {
        let isUnseen = state.withLock { state in
            if state.isObserved || state.isReported { return false }
            state.isReported = true
            return true
        }
        if isUnseen { program.reportUnobserved(id, error) }
    }

    // MARK: - Joins

    /// Takes over those who have joined its task by `Worker.joinQuickly`.
    func take(_ joiners: inout WaitList) { state.withLock { swap(&$0.waiters, &joiners) } }

    /// Calls the body with each task that waits for this work, on their worker's thread.
    func forEachJoiner(_ body: (ScriptTask) -> Void) {
        let joiners = state.withLock { state -> [ScriptTask] in
            var joiners: [ScriptTask] = []
            var next = state.waiters.head
            while let node = next {
                if let task = node.waiter as? ScriptTask { joiners.append(task) }
                next = state.waiters.after(node)
            }
            return joiners
        }
        joiners.forEach(body)
    }

    // MARK: - Results for other states

    /// The handle has left its state, so the results are copied into a message.
    var mustCopy: Bool { isAbroad.load(ordering: .acquiring) }
    func goAbroad() {
        keepOrder()
        isAbroad.store(true, ordering: .releasing)
    }
    func set(copy: End) { state.withLock { $0.copy = copy } }
    var copy: End? { state.withLock { $0.copy } }
}
