/// The kinds of messages between a process and its child.
enum PeerFrame: UInt8 {
    // To a child. `inherited`: the objects among the values that its state inherits, if there are any. `begin`: its
    // settings and its function.
    case inherited = 1, begin
    /// To a child: it has to end.
    case cancel
    /// From a child: the outcome of its function.
    case ended
    // About a handle that has crossed, by its number. `watch`: somebody waits for the end of the work. `outcome`: how
    // it ended. `stop`: cancel it. `detach`: make it a daemon. `question` and `answer`: see `WorkQuestion`.
    case watch, outcome, stop, detach, question, answer
    // On virtual time (`Simulation`). To a child: it has the turn; all that it has sent was dealt with. From a child:
    // when it has something to do again, before it says that it is idle; it wants to know that; it asks for a turn.
    case turn, synced
    case rest, sync, ask
    // For the parent's host. From a child: what a script has written, an error that nobody waits for. To a child: that
    // many bytes of it were taken.
    case output, report
    case taken
}

/// One side of the link between a process and its child: sends handles to the other side. The side that has given a
/// handle knows its work; the other side has a `Work` with a `RemoteHandle`, which asks over the link. Shared; guarded
/// by its lock.
class LinkPeer: LinkOwner, @unchecked Sendable {  // sound: what varies is under the lock
    private struct State {
        var link: Link?
        var questions: [Int: @Sendable (Message?) -> Void] = [:]
        var lastQuestion = 0
        var hasEnded = false
        var lastMark: UInt64 = 0
    }
    private let state = Guarded(State())
    let program: Program

    init(_ program: Program) { self.program = program }

    /// In a child: the first part of `connect`, which starts no thread.
    final func prepare(_ socket: Int32) throws(SystemError) { try makeLink(socket, .child, in: .this).prepare() }

    final func connect(_ socket: Int32, _ role: LinkRole) throws(SystemError) {
        let link = state.withLock { $0.link } ?? makeLink(socket, role, in: .this)
        do throws(SystemError) {
            try link.start()
        } catch {
            // Breaks the cycle: each holds the other.
            state.withLock { $0.link = nil }
            link.dismiss()
            throw error
        }
    }

    /// The other side is in a sandbox: what comes from there must not bring code along.
    var takesOnlyData: Bool { false }

    /// Becomes the owner of a link that exists already.
    final func adopt(_ link: Link) {
        if takesOnlyData { link.takeOnlyData() }
        state.withLock { $0.link = link }
        link.adopt(by: self)
    }

    final func makeLink(_ socket: Int32, _ role: LinkRole, in node: Node) -> Link {
        let link = Link(socket: socket, role: role, owner: self, in: node)
        if takesOnlyData { link.takeOnlyData() }
        state.withLock { $0.link = link }
        return link
    }

    final func send(_ frame: PeerFrame, _ message: Message) {
        state.withLock { $0.link }?.send(frame.rawValue, message)
    }
    final func send(_ frame: PeerFrame) {
        var fields = FieldWriter()
        send(frame, fields.finish())
    }
    /// Sets the mark of this process (`Program.setMark`).
    final func set(mark: UInt64) { state.withLock { $0.link }?.mark = mark }
    /// What the other side had set when the link ended.
    final var lastMark: UInt64 { state.withLock { $0.lastMark } }
    final var isConnected: Bool { state.withLock { $0.link != nil } }
    /// Ends the link; see `Link.close`.
    @discardableResult
    final func close() -> Bool { state.withLock { $0.link }?.close() ?? true }

    /// The numbers of the handles that have crossed.
    private var tables: ExportTable? { state.withLock { $0.link }?.tables }

    // MARK: - Called by the link

    func received(_ kind: UInt8, _ message: Message) {
        do throws(FieldReader.Malformed) {
            guard let frame = PeerFrame(rawValue: kind) else { throw FieldReader.Malformed() }
            try received(frame, message)
        } catch {
            broken("malformed frame \(kind)")
        }
    }

    /// The other side has sent a malformed message.
    func broken(_ reason: ByteText) {}

    func rested() { program.look() }
    /// The thread itself tells the program when it has nothing to do; virtual time has to be told of frames as well.
    func polled() { program.simulation?.look() }
    func idled() {}
    func stirred() {}
    func refuted() {}

    /// See `Link.sayIdle`.
    @discardableResult
    final func sayIdle(if isIdle: () -> Bool) -> Bool { state.withLock { $0.link }?.sayIdle(if: isIdle) ?? false }
    /// See `LinkWriter.written`.
    final var written: UInt64? { state.withLock { $0.link }?.writer.written }
    /// Nothing is sent in advance any more: how fast the processes are makes no difference then.
    final func forgetPace() { state.withLock { $0.link }?.pace = .zero }

    /// A `Work` for work of the other side is being released.
    fileprivate final func forget(_ work: any Shareable, _ number: UInt64) {
        state.withLock { $0.link }?.released(work, number)
    }

    func ended(_ end: Link.End) {
        let questions = state.withLock { state in
            state.lastMark = state.link?.mark ?? 0
            defer { (state.link, state.questions, state.hasEnded) = (nil, [:], true) }
            return Array(state.questions.values)
        }
        for question in questions { question(nil) }
    }

    func lost(_ standIn: any Shareable) {
        guard let work = standIn as? Work, work !== own else { return }
        work.finish(
            .failed(ScriptError(.exit, "the process that it ran in has ended", origin: work.title)), .failed)
    }

    /// Handles the messages about handles. A subclass handles the others before.
    func received(_ frame: PeerFrame, _ message: Message) throws(FieldReader.Malformed) {
        var fields = FieldReader(message)
        let number = try fields.number()
        if case .answer = frame {
            let question = state.withLock { $0.questions.removeValue(forKey: number) }
            question?(fields.body())
            return
        }
        let key = UInt64(bitPattern: Int64(number))
        if case .outcome = frame {
            let exitCode = try fields.optionalNumber()
            let (end, status) = try readEnd(&fields)
            guard let work = tables?.imported(key) as? Work, work !== own else { return }
            if let exitCode { work.elsewhere?.note(exitCode: exitCode) }
            work.finish(end, status)
            return
        }
        let work = number == 0 ? own : tables?.exported(key) as? Work
        switch frame {
        case .watch: work.map { watch($0, key) }
        case .stop: work?.cancel(try fields.optionalText())
        case .detach: work?.detach()
        case .question:
            let id = try fields.number()
            let question = WorkQuestion(rawValue: try fields.number())
            answer(id, question, try fields.number(), work)
        default: throw FieldReader.Malformed()
        }
    }

    /// The work that the child process is. Messages about it have the number 0.
    var own: Work? { nil }

    // MARK: - Handles that cross

    func export(_ object: any Shareable, _ number: UInt64) -> Message? {
        guard let work = object as? Work else { return nil }
        var fields = FieldWriter()
        fields.add(ByteText(work.kind.rawValue))
        fields.add(work.name)
        fields.add(work.id)
        fields.add(work === own)
        fields.add(Int(work.pid ?? 0))
        return fields.finish()
    }

    func name(of object: any Shareable) -> String {
        (object as? Unreachable)?.name ?? (object as? any HostObject)?.hostType.name ?? Unreachable.unknown
    }

    func `import`(_ number: UInt64, _ description: Message) -> (any Shareable)? {
        var fields = FieldReader(description)
        guard let kind = try? Work.Kind(rawValue: fields.text().description), let name = try? fields.text(),
            let id = try? fields.number(), let isOwn = try? fields.flag(),
            let pid = try? Int32(truncatingIfNeeded: fields.number())
        else { return nil }
        if isOwn { return makeOwn(name, id) }
        let work = Work(
            kind, name: name, isDaemon: true, site: nil, program: program, status: .running, id: id)
        work.elsewhere = RemoteHandle(self, number, pid: pid == 0 ? nil : pid)
        return work
    }

    /// In a child: makes the work that this process is.
    func makeOwn(_ name: ByteText, _ id: Int) -> Work? { nil }

    /// Somebody on the other side waits for the end of work on this side.
    private func watch(_ work: Work, _ number: UInt64) {
        let waiter = EndWaiter { [weak self, unowned work] in self?.sendOutcome(of: work, number) }
        if !work.wait(WaitNode(waiter, waiter.arm())) {
            work.observe()
            sendOutcome(of: work, number)
        }
    }

    /// This process is about to end: sends the outcomes of all work that the other side has handles of.
    final func sendOutcomes() {
        for (number, object) in tables?.allExported ?? [] {
            guard let work = object as? Work, work.status.isFinal, work !== own else { continue }
            sendOutcome(of: work, number)
        }
    }

    private func sendOutcome(of work: Work, _ number: UInt64) {
        var fields = FieldWriter()
        fields.add(Int(bitPattern: UInt(number)))
        fields.add(work.elsewhere?.exitCode)
        send(.outcome, Self.write(work, &fields))
    }

    // MARK: - Outcomes as fields

    static func write(_ work: Work, _ fields: inout FieldWriter) -> Message {
        fields.add(Int(work.status.rawValue))
        switch work.copy ?? work.outcome {
        case .results(let message, let count)?:
            fields.add(count)
            return fields.finish(message)
        case .failed(let error)?:
            fields.add(-1)
            return error.write(&fields)
        case .kept?, nil:  // its state has gone, and the results with it
            fields.add(-1)
            return ScriptError(.exit, "the state that it ran in has ended", origin: work.title).write(&fields)
        }
    }

    final func readEnd(_ fields: inout FieldReader) throws(FieldReader.Malformed) -> (Work.End, Work.Status) {
        guard let status = Work.Status(rawValue: UInt8(truncatingIfNeeded: try fields.number())), status.isFinal else {
            throw FieldReader.Malformed()
        }
        let count = try fields.number()
        guard (-1...1_000_000).contains(count) else { throw FieldReader.Malformed() }
        if count < 0 {
            return (.failed(try readError(&fields)), status == .done ? .failed : status)
        }
        let results = count == 0 ? nil : fields.body()
        if let results, !accepts(results) {
            return (.failed(ScriptError(.error, ByteText(Message.notData), origin: own?.title ?? "")), .failed)
        }
        return (.results(results, count: count), .done)
    }

    final func readError(_ fields: inout FieldReader) throws(FieldReader.Malformed) -> ScriptError {
        var error = try ScriptError(&fields)
        if let value = error.value, !accepts(value) { error.value = nil }
        return error
    }

    private func accepts(_ message: Message) -> Bool { !takesOnlyData || Message.holdsOnlyData(message.bytes) }

    // MARK: - Questions

    /// Asks about a handle. `then` gets the answer, on the thread that reads the link; nil if there will be none.
    func ask(
        _ number: UInt64, _ question: WorkQuestion, _ argument: Int, _ then: @escaping @Sendable (Message?) -> Void
    ) {
        let id = state.withLock { state -> Int? in
            guard !state.hasEnded else { return nil }
            state.lastQuestion += 1
            state.questions[state.lastQuestion] = then
            return state.lastQuestion
        }
        guard let id else { return then(nil) }
        var fields = FieldWriter()
        fields.add(Int(bitPattern: UInt(number)))
        fields.add(id)
        fields.add(question.rawValue)
        fields.add(argument)
        send(.question, fields.finish())
    }

    private func answer(_ id: Int, _ question: WorkQuestion?, _ argument: Int, _ work: Work?) {
        var fields = FieldWriter()
        fields.add(id)
        // If the work is in a third process, the question is passed on. Only the process in which the work runs knows
        // its status; the other questions can also be answered by the process that spawned it.
        let asked = question == .status ? work?.doer : work
        if let question, let elsewhere = asked?.elsewhere, elsewhere.exitCode == nil,
            question == .status ? asked?.status.isFinal == false : !elsewhere.isChild
        {
            return elsewhere.ask(question, argument) { [self] answer in
                var fields = FieldWriter()
                fields.add(id)
                guard question == .status, let work else { return send(.answer, fields.finish(answer)) }
                fields.add(Int(work.status(answer).rawValue))
                send(.answer, fields.finish())
            }
        }
        switch question {
        case .status: fields.add(Int((work?.shownStatus ?? .running).rawValue))
        case .inbox: if let work { fields.share(work.inbox) }
        case .tasks:
            return TaskDump.take(of: program, within: TaskDump.patience) { [self] answers in
                var fields = FieldWriter()
                fields.add(id)
                for task in answers.flatMap(\.reports) { task.write(&fields) }
                send(.answer, fields.finish())
            }
        case .report:
            return ProgramReport.take(of: program, within: ProgramReport.patienceOfChildren) { [self] report in
                var fields = FieldWriter()
                fields.add(id)
                fields.add(report)
                send(.answer, fields.finish())
            }
        case .exitCode: fields.add(work?.elsewhere?.exitCode)
        case .kill: fields.add(work?.elsewhere?.kill(Int32(truncatingIfNeeded: argument)) ?? false)
        case nil: break
        }
        send(.answer, fields.finish())
    }
}

/// The way to work of another process, whose handle this process was given. Shared; guarded by its lock.
final class RemoteHandle: RemoteWork {
    private let peer: LinkPeer
    private let number: UInt64
    let pid: Int32?
    private let end = Guarded<Int?>(nil)
    var exitCode: Int? { end.withLock { $0 } }
    func note(exitCode: Int) { end.withLock { $0 = exitCode } }
    var isChild: Bool { false }
    var mark: UInt64 { 0 }
    var pipes: Pipes? { nil }
    func kill(_ signal: Int32) -> Bool { false }

    init(_ peer: LinkPeer, _ number: UInt64, pid: Int32?) {
        self.peer = peer
        self.number = number
        self.pid = pid
    }

    private func send(_ frame: PeerFrame, _ more: (inout FieldWriter) -> Void = { _ in }) {
        var fields = FieldWriter()
        fields.add(Int(bitPattern: UInt(number)))
        more(&fields)
        peer.send(frame, fields.finish())
    }

    func cancel(_ reason: ByteText?) { send(.stop) { $0.add(reason) } }
    func watch() { send(.watch) }
    func detach() { send(.detach) }
    var hasGone: Bool { false }
    func released(_ handle: any Shareable) { peer.forget(handle, number) }
    func ask(_ question: WorkQuestion, _ argument: Int, _ then: @escaping @Sendable (Message?) -> Void) {
        peer.ask(number, question, argument, then)
    }
}
