/// The parent's side of a child process that runs a function: its process, the link to it, its outcome. The work has
/// ended when the child has said so (and has gone, if it leaves at once), or when it has gone without saying so.
/// Shared; guarded by its lock.
final class ChildLink: LinkPeer, RemoteWork, @unchecked Sendable {  // sound: what varies is under the lock
    /// The program holds it while the process lives.
    private weak var work: Work?
    let pipes: Pipes?
    private let forkServer: ForkServer
    private let onEnd: (@Sendable (ScriptError?) -> Void)?
    /// The child was started with the option `memory`.
    private let isBounded: Bool
    private let sandbox: Sandbox?

    private struct State {
        var process: ChildProcess?
        /// The outcome that the child has sent.
        var outcome: (end: Work.End, status: Work.Status)?
        /// How the process has ended, and how the link has.
        var exit: ChildProcess.End?
        var linkEnd: Link.End?
        /// What was wrong with a frame of the child.
        var flaw: ByteText?
        /// Process and link have ended, and the outcome is known.
        var isConcluded = false
        /// How many failures are about to be reported.
        var reports = 0
    }
    private let child = Guarded(State())
    /// On virtual time. Set before there is a process.
    nonisolated(unsafe) private var seat: ChildSeat?

    /// How long a child may live after its link has ended, and its link after the child has.
    private static let patience: TimeSpan = .seconds(2)
    /// A cancelled child cuts its handlers short itself. It gets so much more time to send its outcome.
    private static let margin: TimeSpan = .milliseconds(100)

    init(_ work: Work, _ spawn: inout ProcessSpawn, _ program: Program, _ forkServer: ForkServer)
        throws(Launch.Failure)
    {
        do throws(SystemError) {
            pipes = try Pipes(&spawn.launch, for: spawn.pipes)
        } catch {
            throw Launch.Failure(code: error.code, isFolder: false)
        }
        self.forkServer = forkServer
        onEnd = spawn.onEnd
        isBounded = spawn.memory != nil
        sandbox = spawn.sandbox
        self.work = work
        super.init(program)
    }

    override var own: Work? { work }
    override var takesOnlyData: Bool { sandbox != nil }

    var pid: Int32? { child.withLock { $0.process?.pid } }
    /// See `RemoteWork`; known once the process has gone.
    var exitCode: Int? {
        switch child.withLock({ $0.isConcluded ? $0.exit : nil }) {
        case .code(let code)?: Int(code)
        case .signal(let signal)?: -Int(signal)
        case .unknown?, nil: nil
        }
    }

    /// Sends a signal to the child and to all of its group. False if it has gone.
    func kill(_ signal: Int32) -> Bool {
        seat?.stir(true)  // it deals with the signal before the clock moves
        sendTaken(0)  // nor is it idle before that
        return child.withLock { $0.process }?.kill(signal) ?? false
    }

    // MARK: - Starting

    /// Gives the work to a child of the fork server that is ready; if there is none, starts one, and returns when it
    /// runs.
    func start(_ work: Work, _ spawn: ProcessSpawn) throws(Launch.Failure) {
        program.add(work)
        if let simulation = program.simulation {
            let seat = ChildSeat(self)
            self.seat = seat
            simulation.add(seat)
        }
        defer { forkServer.replenish() }
        do throws(Launch.Failure) {
            let numbers = try Launch.Failure.catching { () throws(SystemError) in try ProcessNumbers.shared() }
            if Tracing.isOn, spawn.walls != nil {
                Trace.shared?.note(work.title, "it has a sandbox, and may not be in this trace", isError: false)
            }
            let task = try ReadyChild.Task(spawn.launch, numbers.descriptor, spawn.walls)
            if !take(forkServer.give(task)) { try startOnReactor(task, spawn, numbers.descriptor) }
            tell(work, spawn, numbers.next())
        } catch {
            program.forget(work)
            leaveSeat()
            throw error
        }
    }

    /// A child dies with the thread that has started it, so the reactor's thread does, which lives as long as the
    /// process.
    private func startOnReactor(
        _ task: ReadyChild.Task, _ spawn: ProcessSpawn, _ numbers: Int32
    ) throws(Launch.Failure) {
        let sleeper = Sleeper()
        let result = Guarded<Result<Void, Launch.Failure>>(.success(()))
        try Launch.Failure.catching { () throws(SystemError) in
            try Reactor.shared.perform { [self] in
                forkServer.give(task) { [self] ready in
                    let started = Result<Void, Launch.Failure> { () throws(Launch.Failure) in
                        if !take(ready) { try start(spawn.launch, numbers, spawn.walls) }
                    }
                    result.withLock { $0 = started }
                    sleeper.wake()
                }
            }
        }
        sleeper.sleep(until: .forever)
        try result.withLock { $0 }.get()
    }

    /// Takes over a ready child. False: there is none, or it has died.
    private func take(_ ready: ReadyChild?) -> Bool {
        guard let (process, link) = ready?.handOver() else { return false }
        child.withLock { $0.process = process }
        adopt(link)
        ready?.whenEnded { [self] end in exited(end) }
        return true
    }

    private func start(_ launch: Launch, _ numbers: Int32, _ walls: Walls?) throws(Launch.Failure) {
        let (ours, theirs) = try Launch.Failure.catching { () throws(SystemError) in try Descriptor.socketPair() }
        var launch = launch
        launch.extra = [theirs.number, numbers]
        if let walls {
            let bytes = try Launch.Failure.catching { () throws(SystemError) in try Walls.pipe(walls.bytes) }
            launch.held.append(bytes)
            launch.extra += [bytes.number, walls.rules.number]
        }
        launch.environment?.append(ChildMode.child.sign(program.settings, isWalled: walls != nil))
        let process = try ChildProcess(launch) { [self] _, end in exited(end) }
        child.withLock { $0.process = process }
        do throws(SystemError) {
            try connect(ours.release(), .broker)
        } catch {
            process.abandon()
            throw Launch.Failure(code: error.code, isFolder: false)
        }
    }

    /// Sends the child its settings and its function.
    private func tell(_ work: Work, _ spawn: ProcessSpawn, _ number: Int) {
        if !spawn.inheritance.values.storage.shared.isEmpty { send(.inherited, spawn.inheritance.values) }
        send(.begin, spawn.beginning(work, number: number))
        if work.isCancelRequested { cancel(work.cancelReason) }  // it was cancelled before there was a link
    }

    // MARK: - Ending

    override func received(_ frame: PeerFrame, _ message: Message) throws(FieldReader.Malformed) {
        if let seat, let simulation = program.simulation, try took(frame, message, seat, simulation) { return }
        var fields = FieldReader(message)
        switch frame {
        case .ended: break
        case .output: return take(stream: try fields.number(), try fields.bytes())
        case .report: return program.report(try readError(&fields))
        default: return try super.received(frame, message)
        }
        let isLeaving = try fields.flag()
        var outcome = try readEnd(&fields)
        if isBounded, case .failed(let error) = outcome.0 { outcome.0 = .failed(asDeath(error)) }
        let isFirst = child.withLock { state in
            defer { if state.outcome == nil { state.outcome = outcome } }
            return state.outcome == nil
        }
        // A child that leaves at once is waited for, so that nothing of it is left when somebody learns of its end.
        if isFirst, !isLeaving { finish(outcome.0, outcome.1) }
    }

    /// What a script of the child has written goes where that of this process does.
    private func take(stream: Int, _ bytes: [UInt8]) {
        let confinement = program.confinement
        (stream == 2 ? confinement.errorOutput : confinement.output)?(bytes)
        sendTaken(bytes.count)
    }

    private func sendTaken(_ count: Int) {
        var fields = FieldWriter()
        fields.add(count)
        send(.taken, fields.finish())
    }

    override func broken(_ reason: ByteText) {
        child.withLock { if $0.flaw == nil { $0.flaw = reason } }
        _ = kill(9)
    }

    override func ended(_ end: Link.End) {
        super.ended(end)
        if case .broken(let reason) = end { broken(ByteText(reason)) }
        let process = child.withLock { state in
            state.linkEnd = end
            return state.exit == nil ? state.process : nil
        }
        process?.killLater(Self.patience)
        concludeIfGone()
    }

    private func exited(_ end: ChildProcess.End) {
        // Kills what it has started, which is in its group.
        _ = kill(9)
        let waits = child.withLock { state in
            state.exit = end
            return state.linkEnd == nil
        }
        if waits { Reactor.shared.call(after: Self.patience) { [weak self] in self?.close() } }
        concludeIfGone()
    }

    private func concludeIfGone() {
        let state = child.withLock { state -> State? in
            guard state.exit != nil, state.linkEnd != nil, !state.isConcluded else { return nil }
            state.isConcluded = true
            return state
        }
        guard let state, let exit = state.exit else { return }
        state.process?.reap()
        let (end, status) = state.outcome ?? death(exit, state.flaw)
        finish(end, status)
        if case .code(1...) = exit, case .done = status, let work { program.noteUnobserved(work.id) }
        forgetIfOver()
        leaveSeat()
    }

    /// The error of a child that ran out of its bound of memory: it gets the kind `exit`, as if the child had been
    /// killed.
    private func asDeath(_ error: ScriptError) -> ScriptError {
        guard error.kind == .memory else { return error }
        var death = error
        (death.kind, death.exit) = (.exit, .code(1))
        death.message = "\(ChildProcess.End.code(1).text): \(error.message)"
        if let memory = sandbox?.memory { death.message += ": limit 'memory' of its sandbox (\(memory) bytes)" }
        return death
    }

    /// The outcome of a child that has gone without sending one.
    private func death(_ exit: ChildProcess.End, _ flaw: ByteText?) -> (Work.End, Work.Status) {
        let traceback = work?.site?.story ?? ""
        func error(_ kind: ScriptError.Kind, _ message: ByteText) -> ScriptError {
            ScriptError(kind, message, traceback: traceback, origin: work?.title ?? "")
        }
        if let work, work.isCancelRequested {
            return (.failed(error(.cancelled, work.cancelReason ?? "cancelled")), .cancelled)
        }
        var failure = error(.exit, exit.text)
        switch sandbox == nil ? nil : Sandbox.limit(behind: exit) {
        case "cpu": if let cpu = sandbox?.seconds { failure.message += ": limit 'cpu' of its sandbox (\(cpu) s)" }
        case "size": if let size = sandbox?.size { failure.message += ": limit 'size' of its sandbox (\(size) bytes)" }
        default: break
        }
        switch exit {
        case .code(let code): failure.exit = .code(Int(code))
        case .signal(let signal): failure.exit = .signal(Int(signal))
        case .unknown: break
        }
        if let flaw {
            failure.message = "the link to the process broke: \(flaw)"
        }
        return (.failed(failure), .failed)
    }

    private func finish(_ end: Work.End, _ status: Work.Status) {
        guard let work, work.outcome == nil else { return }
        var failure: ScriptError?
        if case .failed(let error) = end, status == .failed { failure = error }
        if Tracing.isOn, let failure, failure.kind == .exit {
            Trace.shared?.note(work.title, failure.message, isError: true)
        }
        if onEnd != nil, failure != nil { work.observe() }
        let isAwaited = work.finish(end, status)
        onEnd?(failure)
        guard let failure, !isAwaited, onEnd == nil else { return }
        // Whoever spawned the work may be about to join it, so a failure is reported a moment later.
        if program.simulation != nil, program.main?.perform({ $0.reportLater(work, failure) }) == true { return }
        forgetIfOver { $0.reports += 1 }
        Reactor.shared.call(after: LateReport.delay) { [self] in
            work.reportIfUnobserved(failure)
            forgetIfOver { $0.reports -= 1 }
        }
    }

    /// The program stops waiting for the process once that is concluded and its failure is reported.
    private func forgetIfOver(after change: (inout State) -> Void = { _ in }) {
        let isOver = child.withLock { state in
            change(&state)
            return state.isConcluded && state.reports == 0
        }
        if isOver, let work { program.forget(work) }
    }

    // MARK: - Quiescence

    override func idled() {
        guard let seat, let simulation = program.simulation else { return program.endOutside() }
        seat.stir(false)
        simulation.gaveBack(seat)
    }

    override func stirred() {
        if let seat { seat.stir(true) } else { program.beginOutside() }
    }

    // MARK: - Virtual time

    /// The child runs until it is at rest.
    func giveTurn(_ now: Instant) {
        var fields = FieldWriter()
        fields.add(Int(now.rawValue))
        send(.turn, fields.finish())
    }

    override func refuted() {
        if let seat, let simulation = program.simulation, simulation.hasTurn(seat) { giveTurn(simulation.now) }
    }

    private func leaveSeat() {
        if let seat { program.simulation?.remove(seat) }
    }

    /// Whether the frame was one of those about turns. What follows of them is looked at in `rested`.
    private func took(
        _ frame: PeerFrame, _ message: Message, _ seat: ChildSeat, _ simulation: Simulation
    ) throws(FieldReader.Malformed) -> Bool {
        switch frame {
        case .rest:
            var fields = FieldReader(message)
            let due = Instant(rawValue: Int64(try fields.number()))
            simulation.note(seat, due: due, holds: try fields.flag())
        case .ask: simulation.note(wish: seat)
        case .sync: simulation.syncParent { [self] in send(.synced) }
        default: return false
        }
        return true
    }

    // MARK: - What the handle asks for

    func cancel(_ reason: ByteText?) {
        var fields = FieldWriter()
        fields.add(reason)
        send(.cancel, fields.finish())
        guard let work, let process = child.withLock({ $0.process }) else { return }
        process.killLater(work.grace + Self.margin)
    }

    var isChild: Bool { true }
    func watch() {}
    func detach() {}
    var mark: UInt64 { hasGone ? lastMark : 0 }
    var hasGone: Bool { child.withLock { $0.isConcluded } }
    func note(exitCode: Int) {}
    func released(_ handle: any Shareable) {}
    func ask(_ question: WorkQuestion, _ argument: Int, _ then: @escaping @Sendable (Message?) -> Void) {
        ask(0, question, argument, then)
    }
}

extension Sandbox {
    /// The name of the limit that ends a process in that way; nil: none does.
    static func limit(behind end: ChildProcess.End) -> String? {
        switch end {
        case .signal(Signals.cpuTime): "cpu"
        case .signal(Signals.fileSize): "size"
        default: nil
        }
    }
}

extension ChildProcess.End {
    /// For messages.
    var text: ByteText {
        switch self {
        case .code(let code): "exit code \(code)"
        case .signal(let signal): "killed by signal \(SignalName.description(signal))"
        case .unknown: "ended, and nobody knows how"
        }
    }
}
