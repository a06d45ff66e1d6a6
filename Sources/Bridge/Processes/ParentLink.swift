/// The child's side of the link to its parent: gets its settings and its function, and sends the outcome. Shared;
/// guarded by its lock.
final class ParentLink: LinkPeer, @unchecked Sendable {  // sound: what varies is under the lock
    /// The settings of a child process, from its parent.
    struct Settings: Sendable {
        let number: Int
        let isDaemon: Bool
        let grace: TimeSpan
        let memory: Int
        let seconds: Int
        let site: SpawnSite?
        let inbox: Channel
        /// What the wall clock shows at the beginning of virtual time, if the program runs on that.
        let virtualTime: Instant?
        let confinement: Confinement
        /// The files of the parent's trace.
        let trace: Trace.Settings
    }

    /// The function that it runs, with its arguments.
    struct Function: Sendable {
        let inheritance: Inheritance
        let message: Message
        let count: Int
    }

    private struct State {
        var settings: Settings?
        /// The objects among the values that the state inherits.
        var inherited: [any Shareable] = []
        var function: Function?
        var work: Work?
        var cancel: (isWanted: Bool, reason: ByteText?) = (false, nil)
        var onCancel: (@Sendable (ByteText?) -> Void)?
        var hasEnded = false
        /// On virtual time: the clock, the turn that has come before there was one, and whom to tell when the parent has
        /// dealt with all that was sent, in order.
        var simulation: Simulation?
        var turn: Instant?
        var syncs: [@Sendable () -> Void] = []
        var isReady: Bool { settings != nil && function != nil && work != nil }
    }
    private let parent = Guarded(State())
    /// How much had been written when the parent was asked last whether it has dealt with all.
    private let lastSync = Guarded<UInt64?>(nil)
    private let sleeper = Sleeper()
    /// How many bytes that scripts wrote were sent, and how many of them the parent's host has taken.
    private struct Output {
        var sent = 0, taken = 0
        var isFull: Bool { sent - taken > 1 << 20 }
    }
    private let output = Guarded(Output())
    private let room = Sleeper()
    private static let patience: TimeSpan = .microseconds(60)

    override var own: Work? { parent.withLock { $0.work } }

    /// The description of this process comes before its settings, as one of the message's objects.
    override func makeOwn(_ name: ByteText, _ id: Int) -> Work? {
        let work = Work(.process, name: name, isDaemon: false, site: nil, program: program, status: .running, id: id)
        parent.withLock { $0.work = work }
        return work
    }

    /// Waits until settings and function have come. Nil: the parent has gone.
    func wait() -> (Settings, Function, Work)? {
        while true {
            // Only two flags are copied: copying the whole state would make Swift look up the types of its fields, in
            // each child anew.
            let (isReady, hasEnded) = parent.withLock { ($0.isReady, $0.hasEnded) }
            if isReady {
                let state = parent.withLock { $0 }
                if let settings = state.settings, let function = state.function, let work = state.work {
                    return (settings, function, work)
                }
            }
            if hasEnded { return nil }
            // Mostly they come at once: this thread reads them itself.
            _ = Processor.spin(for: Self.patience) { sleeper.isNotified }
            sleeper.sleep(until: .forever)
        }
    }

    /// Calls the action when the parent wants this process to end, or has gone; at once if that has happened already.
    func onCancel(_ action: @escaping @Sendable (ByteText?) -> Void) {
        let cancel = parent.withLock { state in
            state.onCancel = action
            return state.cancel
        }
        if cancel.isWanted { action(cancel.reason) }
    }

    /// Sends how the function has ended. `isLeaving`: the process ends at once.
    func sendEnd(of work: Work, isLeaving: Bool) {
        var fields = FieldWriter()
        fields.add(isLeaving)
        send(.ended, Self.write(work, &fields))
    }

    /// Ends the link. Waits, until the deadline, for all that was sent to be in the shared memory: then it is not lost
    /// when this process ends.
    func finish(until deadline: Deadline) {
        guard isConnected else { return }
        if close() { return }
        while !parent.withLock({ $0.hasEnded }), !deadline.hasPassed { sleeper.sleep(until: deadline.due) }
    }

    // MARK: - Called by the link

    override func received(_ frame: PeerFrame, _ message: Message) throws(FieldReader.Malformed) {
        var fields = FieldReader(message)
        switch frame {
        case .inherited:
            parent.withLock { $0.inherited = message.storage.shared }
        case .begin:
            let settings = try readSettings(&fields, message)
            let inheritance = try fields.message(parent.withLock { $0.inherited })
            let count = try fields.number()
            let function = Function(inheritance: .init(values: inheritance), message: fields.body(), count: count)
            parent.withLock { ($0.settings, $0.function) = (settings, function) }
        case .cancel:
            cancel(try fields.optionalText())
        case .turn:
            let now = Instant(rawValue: Int64(try fields.number()))
            parent.withLock { $0.turn = now }
            takeTurn()
        case .taken:
            let count = try fields.number()
            output.withLock { $0.taken += count }
            room.wake()
        case .synced:
            let action = parent.withLock { $0.syncs.isEmpty ? nil : $0.syncs.removeFirst() }
            action?()
        default:
            return try super.received(frame, message)
        }
        sleeper.wake()
    }

    private func readSettings(_ fields: inout FieldReader, _ message: Message) throws(FieldReader.Malformed) -> Settings
    {
        let number = try fields.number()
        let isDaemon = try fields.flag()
        let grace = try fields.number()
        let memory = try fields.number()
        let seconds = try fields.number()
        let virtualTime = try fields.optionalNumber().map { Instant(rawValue: Int64($0)) }
        let confinement = try readConfinement(&fields)
        let trace = Trace.Settings(
            events: try fields.optionalText(), report: try fields.optionalText(), profile: try fields.optionalText())
        var places: [ByteText] = []
        for _ in 0..<max(0, try fields.number()) { places.append(try fields.text()) }
        guard let inbox = message.storage.shared.last as? Channel else { throw FieldReader.Malformed() }
        return Settings(
            number: number, isDaemon: isDaemon, grace: .nanoseconds(Int64(grace)), memory: memory, seconds: seconds,
            site: places.reversed().reduce(nil) { SpawnSite($1, $0) }, inbox: inbox, virtualTime: virtualTime,
            confinement: confinement, trace: trace)
    }

    /// What the parent's host takes is sent there.
    private func readConfinement(_ fields: inout FieldReader) throws(FieldReader.Malformed) -> Confinement {
        var confinement = Confinement(libraries: try fields.optionalNumber(), memoryLimit: try fields.number())
        if try fields.flag() { confinement.output = { [self] in write($0, 1) } }
        if try fields.flag() { confinement.errorOutput = { [self] in write($0, 2) } }
        if try fields.flag() { confinement.onError = { [self] in report($0) } }
        confinement.watchdog = .nanoseconds(Int64(try fields.number()))
        return confinement
    }

    // MARK: - For the parent's host

    /// Sends what a script has written to that stream. Waits while the parent has too much of it to take.
    private func write(_ bytes: [UInt8], _ stream: Int) {
        while output.withLock({ $0.isFull }), isConnected { room.sleep(until: Deadline(after: .milliseconds(10)).due) }
        output.withLock { $0.sent += bytes.count }
        var fields = FieldWriter()
        fields.add(stream)
        fields.add(bytes)
        send(.output, fields.finish())
    }

    private func report(_ error: ScriptError) {
        var fields = FieldWriter()
        send(.report, error.write(&fields))
    }

    override func broken(_ reason: ByteText) { cancel("the link to the parent process broke: \(reason)") }

    override func ended(_ end: Link.End) {
        super.ended(end)
        let hasBegun = parent.withLock { state in
            state.hasEnded = true
            return state.function != nil
        }
        if case .broken(let reason) = end, !hasBegun {
            program.settings.report("cannot start a child process: \(reason)")
        }
        cancel("the parent process has ended")
        sleeper.wake()
        parent.withLock { $0.simulation }?.orphaned()
    }

    // MARK: - Virtual time

    /// The program follows the parent's clock from now on. Called before any state is made.
    func follow(_ virtualTime: Instant, number: Int) {
        forgetPace()
        let simulation = Simulation(program, from: virtualTime, parent: self, number: number)
        program.follow(simulation)
        parent.withLock { $0.simulation = simulation }
        takeTurn()
        simulation.look()
    }

    /// What the program follows is set by another thread. Before that there is nothing to look at.
    override func rested() {
        let (isVirtual, simulation) = parent.withLock { ($0.settings.map { $0.virtualTime != nil }, $0.simulation) }
        if isVirtual == false { program.look() } else { simulation?.look() }
    }

    override func polled() { parent.withLock { $0.simulation }?.look() }

    /// A turn may come before the program follows the clock.
    private func takeTurn() {
        let (simulation, turn) = parent.withLock { state in
            (state.simulation, state.simulation == nil ? nil : state.turn.take())
        }
        if let turn { simulation?.gotTurn(at: turn) }
    }

    private func cancel(_ reason: ByteText?) {
        let action = parent.withLock { state in
            if !state.cancel.isWanted { state.cancel = (true, reason) }
            return state.onCancel
        }
        action?(reason)
    }
}

extension ParentLink: Simulation.Parent {
    var mustSync: Bool { written != lastSync.withLock { $0 } }

    func sync(_ then: @escaping @Sendable () -> Void) {
        parent.withLock { $0.syncs.append(then) }
        send(.sync)
        let written = written
        lastSync.withLock { $0 = written }
    }

    func rest(until due: Instant, holds: Bool, if isQuiet: () -> Bool) -> Bool {
        var fields = FieldWriter()
        fields.add(Int(due.rawValue))
        fields.add(holds)
        send(.rest, fields.finish())
        return sayIdle(if: isQuiet)
    }

    func askForTurn() { send(.ask) }
}
