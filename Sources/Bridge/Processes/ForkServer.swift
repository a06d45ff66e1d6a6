/// This process's side of the fork server: a small process that forks children which are ready to run, with the
/// program loaded and a state opened. Two of them always wait for a task. The server is this program in another mode,
/// started in the background when a second child is asked for. It runs only one thread, so that it may fork. The
/// children are those of this process, not its own. Shared; guarded by its lock.
final class ForkServer: @unchecked Sendable {  // sound: everything that varies is under the lock
    typealias Answer = @Sendable (ReadyChild?) -> Void

    /// While it is not ready, children are started directly.
    private enum State {
        case none, starting, ready
    }

    private let settings: Program.Settings
    private let lock = Lock()
    private var state = State.none
    private var asked = 0
    /// When it may be started again, after it has failed or died.
    private var pauseEnd: Deadline?
    private static let pause: TimeSpan = .seconds(1)
    /// How many orders have been answered; `patience`: how long one may take.
    private var answers = 0
    private var isWatched = false
    private static let patience: TimeSpan = .seconds(2)
    /// The last order has failed: the next spare child is ordered only when somebody asks again.
    private var hasRefused = false
    private var process: ChildProcess?
    private var socket: Descriptor?
    private var watch: Reactor.Watch?
    private var null: Descriptor?
    /// This process's ends of the sockets of children that have been ordered, in the order in which they come.
    private var ordered: [(link: Descriptor, control: Descriptor)] = []
    private var ready: [ReadyChild] = []
    /// Tasks that wait for a child.
    private var waiting: [(task: ReadyChild.Task, answer: Answer)] = []
    /// Answers to be given when the lock is released.
    private var answered: [(Answer, ReadyChild?)] = []

    /// Its children have this filter from the start: to make one for each of them takes longer than everything else that
    /// walls take. Nil: they get no walls.
    private let filter: [UInt8]?

    init(_ settings: Program.Settings, filter: [UInt8]? = nil) { (self.settings, self.filter) = (settings, filter) }

    deinit {
        if let watch { Reactor.shared.unwatch(watch) }
        for child in ready { child.dismiss() }
    }

    /// Any thread: gives the task to a child if one is ready. Followed by `replenish`, once the child has all that it
    /// waits for.
    func give(_ task: ReadyChild.Task) -> ReadyChild? {
        lock.withLock { waiting.isEmpty ? takeReady(task) : nil }
    }

    /// Any thread: orders another child in place of one that was taken.
    func replenish() {
        lock.withLock {
            hasRefused = false
            orderEnough()
        }
    }

    /// On the reactor's thread: gives the task to a child as soon as there is one. The answer is nil if there is no
    /// fork server, or none yet.
    func give(_ task: ReadyChild.Task, _ answer: @escaping Answer) {
        answerAll {
            asked += 1
            hasRefused = false
            if asked >= 2, case .none = state, pauseEnd?.hasPassed ?? true {
                pauseEnd = Deadline(after: Self.pause)
                start()
            }
            waiting.append((task, answer))
        }
        watchOver()
    }

    /// Ends a fork server that does not answer in time.
    private func watchOver() {
        let answers = lock.withLock { () -> Int? in
            if waiting.isEmpty || isWatched { return nil }
            isWatched = true
            return self.answers
        }
        guard let answers else { return }
        Reactor.shared.call(after: Self.patience) { [weak self] in
            guard let self else { return }
            answerAll {
                self.isWatched = false
                if self.answers == answers, !self.waiting.isEmpty { self.end() }
            }
            watchOver()
        }
    }

    private func takeReady(_ task: ReadyChild.Task) -> ReadyChild? {
        while let child = ready.popLast() {
            if child.take(task) { return child }  // else it has died
        }
        return nil
    }

    /// How many children are kept ready.
    private static let spare = 2

    /// Orders a child for each task that waits, and some more.
    private func orderEnough() {
        let spare = hasRefused ? 0 : max(Self.spare - ready.count, 0)
        while case .ready = state, ordered.count < waiting.count + spare, order() {}
    }

    /// Calls `body` under the lock, then orders children. Gives the answers after the lock is released.
    private func answerAll(_ body: () -> Void) {
        let answers = lock.withLock {
            body()
            while !waiting.isEmpty, let child = takeReady(waiting[0].task) {
                answered.append((waiting.removeFirst().answer, child))
            }
            orderEnough()
            while waiting.count > ordered.count { refuse() }  // no order could be given
            defer { answered = [] }
            return answered
        }
        for (answer, child) in answers { answer(child) }
    }

    // MARK: - Its life

    private func start() {
        guard Forking.isPossible, let null = try? Descriptor.null(), let pair = try? Descriptor.packetPair() else {
            return
        }
        var launch = Launch([Array("luaconc".utf8), Array("fork-server".utf8)], file: settings.childExecutable)
        // The loader looks up all symbols at the start, so that it need not do so in each child.
        launch.environment =
            (settings.environment ?? Launch.ownEnvironment) + [
                ChildMode.forkServer.sign(settings, isWalled: filter != nil), Array("LD_BIND_NOW=1".utf8),
            ]
        launch.streams = [null.number, null.number, null.number]
        launch.extra = [pair.theirs.number]
        if let filter {
            guard let pipe = try? Walls.pipe(filter) else { return }
            launch.held.append(pipe)
            launch.extra += [pipe.number, pipe.number]  // the second is `ChildMode.walls`
        }
        pair.ours.stopBlocking()
        // If it cannot be watched, its socket is closed, and it ends.
        guard let process = try? ChildProcess(launch, onEnd: { process, _ in process.reap() }),
            let watch = try? Reactor.shared.watch(pair.ours.number, .read, { [weak self] _ in self?.receive() })
        else { return }
        (self.process, self.null, socket, self.watch) = (process, null, pair.ours, watch)
        state = .starting
    }

    /// Orders a child. Returns whether the order was sent.
    private func order() -> Bool {
        guard let socket, let null, let link = try? Descriptor.socketPair(), let control = try? Descriptor.packetPair()
        else { return false }
        let descriptors = [null.number, null.number, null.number, link.theirs.number, control.theirs.number]
        guard withUnsafeBytes(of: 0 as UInt8, { socket.send($0, descriptors) }) else { return false }
        ordered.append((link.ours, control.ours))
        return true
    }

    /// Packets from the fork server: the first says that it is ready, each other one is the number of a forked child.
    private func receive() {
        answerAll {
            while let socket {
                var number: Int32 = 0
                var none: [Int32] = []
                switch socket.receive(&number, 4, &none) {
                case .bytes: received(number)
                case .later: return
                case .end, .failed: return end()
                }
            }
        }
    }

    private func received(_ pid: Int32) {
        if case .starting = state {
            state = .ready
            return
        }
        guard !ordered.isEmpty else { return }
        answers += 1
        let (link, control) = ordered.removeFirst()
        if pid > 0, let child = ReadyChild(pid, link, control) { return ready.append(child) }
        hasRefused = true
        refuse()  // a child is started directly for one of the tasks
    }

    private func refuse() { if !waiting.isEmpty { answered.append((waiting.removeFirst().answer, nil)) } }

    /// It has died, or does not answer: ends it, and the children that it may have forked.
    private func end() {
        state = .none
        pauseEnd = Deadline(after: Self.pause)
        if let watch { Reactor.shared.unwatch(watch) }
        process?.kill(Signals.kill)
        (process, watch, socket, null) = (nil, nil, nil, nil)
        for (link, _) in ordered { Forking.endStray(link.number) }
        ordered = []
    }
}

/// A child that the fork server has forked, and that waits for a task. Shared; guarded by its lock.
final class ReadyChild: Sendable {
    /// What a ready child needs to begin: environment, folder, priority and streams, as the launch says, the page from
    /// which processes take their numbers, and the walls of its sandbox.
    struct Task: Sendable {
        fileprivate let descriptors: [Int32]
        private let held: [Descriptor]
        fileprivate let packet: [UInt8]

        init(_ launch: Launch, _ numbers: Int32, _ walls: Walls?) throws(Launch.Failure) {
            let folder = Launch.open(folder: launch.folder)
            guard folder.number >= 0 else { throw Launch.Failure(code: -folder.number, isFolder: true) }
            let bytes = walls?.bytesWithoutFilter ?? []
            var packet = withUnsafeBytes(of: (launch.nice, UInt32(bytes.count))) { Array($0) }
            packet += bytes
            for variable in launch.environment ?? [] {
                packet += variable
                packet.append(0)
            }
            self.packet = packet
            descriptors = launch.all + [numbers, folder.number] + (walls.map { [$0.rules.number] } ?? [])
            held = launch.held + [folder] + (walls.map { [$0.rules] } ?? [])
        }
    }

    private struct State {
        /// Nil once it has ended without having been taken.
        var process: ChildProcess?
        var isTaken = false
        var end: ChildProcess.End?
        var onEnd: (@Sendable (ChildProcess.End) -> Void)?
        /// This process's ends of its link and of the socket over which it gets its task.
        var link: Link?
        var control: Descriptor?
    }
    private let state = Guarded(State())

    fileprivate init?(_ pid: Int32, _ link: Descriptor, _ control: Descriptor) {
        let descriptor = Forking.adopt(pid)
        guard descriptor >= 0 else { return nil }  // it has been killed
        guard let process = try? ChildProcess((pid, descriptor), onEnd: { [self] _, end in ended(end) }) else {
            return nil
        }
        let made = Link(socket: link.release(), role: .broker)
        guard (try? made.start()) != nil else {
            process.abandon()
            return nil
        }
        state.withLock { ($0.process, $0.link, $0.control) = (process, made, control) }
    }

    /// After `take`: gives away its process and its link, once. Nil: it has ended before.
    func handOver() -> (ChildProcess, Link)? {
        state.withLock { state in
            guard let process = state.process, let link = state.link.take() else { return nil }
            return (process, link)
        }
    }

    /// Nobody needs it: closes its sockets, so that it ends.
    fileprivate func dismiss() {
        let (link, control) = state.withLock { ($0.link.take(), $0.control.take()) }
        link?.fail("nobody has a use for it")
        withExtendedLifetime(control) {}
    }

    private func ended(_ end: ChildProcess.End) {
        let action = state.withLock { state in
            state.end = end
            if !state.isTaken { state.process.take()?.reap() }
            return state.onEnd
        }
        action?(end)
    }

    /// Sends it the task. False: it has died.
    fileprivate func take(_ task: Task) -> Bool {
        state.withLock { state in
            guard state.process != nil, let control = state.control.take(),
                task.packet.withUnsafeBytes({ control.send($0, task.descriptors) })
            else { return false }
            state.isTaken = true
            return true
        }
    }

    /// For whoever has taken it: calls the action when it has ended. The action has to lead to `reap`.
    func whenEnded(_ action: @escaping @Sendable (ChildProcess.End) -> Void) {
        let end = state.withLock { state in
            state.onEnd = action
            return state.end
        }
        if let end { action(end) }
    }
}
