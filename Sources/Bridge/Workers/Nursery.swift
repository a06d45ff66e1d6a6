import CFence

/// A small process that forks children which are ready to run: with the program loaded, a state opened, and one of them
/// always waiting for something to do. It is this program in another mode, started in the background when a second child
/// is asked for; only one thread of it runs, so that it may fork. What it forks are children of this process, not of its own.
/// Owned by the reactor's thread.
final class Nursery: @unchecked Sendable {  // sound: see above
    typealias Answer = @Sendable (ReadyChild?) -> Void

    private enum State {
        case none, starting, ready
        /// It could not be started, or has died: children are started directly.
        case gone
    }

    private let settings: Program.Settings
    private var state = State.none
    private var asked = 0
    private var socket: Descriptor?
    private var watch: Reactor.Watch?
    private var null: Descriptor?
    /// Children that have been ordered, as what we have of them, in the order in which they come.
    private var ordered: [(link: Descriptor, control: Descriptor)] = []
    private var ready: [ReadyChild] = []
    /// Those who wait for a child.
    private var waiting: [(task: ReadyChild.Task, answer: Answer)] = []

    init(_ settings: Program.Settings) { self.settings = settings }

    deinit {
        if let watch { Reactor.shared.unwatch(watch) }
    }

    /// Gives the task to a child; the answer is nil when there is no nursery (yet).
    func give(_ task: ReadyChild.Task, _ answer: @escaping Answer) {
        asked += 1
        if asked == 2 { start() }
        guard case .ready = state else { return answer(nil) }
        waiting.append((task, answer))
        serve()
        while case .ready = state, ordered.count < waiting.count + (ready.isEmpty ? 1 : 0), order() {}
    }

    private func serve() {
        while !waiting.isEmpty, let child = ready.popLast() {
            guard child.take(waiting[0].task) else { continue }  // it has died
            waiting.removeFirst().answer(child)
        }
    }

    // MARK: - Its life

    private func start() {
        state = .gone
        guard fence_may_fork(), let null = try? Descriptor.null(), let pair = try? Descriptor.packetPair() else {
            return
        }
        var launch = Launch([Array("luaconc".utf8), Array("nursery".utf8)])
        launch.files = [settings.childExecutable]
        // Symbols that are looked up at the start need not be looked up in each child.
        launch.environment = Launch.ownEnvironment + [ChildMode.nursery.sign(settings), Array("LD_BIND_NOW=1".utf8)]
        launch.streams = [null.number, null.number, null.number]
        launch.extra = [pair.theirs.number]
        pair.ours.stopBlocking()
        guard (try? ChildProcess(launch) { process, _ in process.reap() }) != nil else { return }
        (self.null, socket) = (null, pair.ours)
        watch = try? Reactor.shared.watch(pair.ours.number, .read) { [weak self] _ in self?.receive() }
        if watch != nil { state = .starting }
    }

    /// Whether the order has gone out.
    private func order() -> Bool {
        guard let socket, let null, let link = try? Descriptor.socketPair(), let control = try? Descriptor.packetPair()
        else { return false }
        let descriptors = [null.number, null.number, null.number, link.theirs.number, control.theirs.number]
        guard withUnsafeBytes(of: 0 as UInt8, { socket.send($0, descriptors) }) else { return false }
        ordered.append((link.ours, control.ours))
        return true
    }

    /// The first packet says that it is ready; the others, which child it has forked.
    private func receive() {
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

    private func received(_ pid: Int32) {
        if case .starting = state {
            state = .ready
            _ = order()
            return
        }
        guard !ordered.isEmpty else { return }
        let (link, control) = ordered.removeFirst()
        if pid > 0, let child = ReadyChild(pid, link, control) { ready.append(child) } else { refuse() }
        serve()
    }

    /// No child has come of an order: whoever waits does without.
    private func refuse() { if !waiting.isEmpty { waiting.removeFirst().answer(nil) } }

    /// It has died, or this process has no more use for it.
    private func end() {
        state = .gone
        if let watch { Reactor.shared.unwatch(watch) }
        (watch, socket) = (nil, nil)
        ordered = []
        while !waiting.isEmpty { refuse() }
    }
}

/// A child that the nursery has forked, and that waits for something to do. Owned by the reactor's thread.
final class ReadyChild: @unchecked Sendable {  // sound: see above
    /// What makes it somebody's child: its environment, folder, priority and streams, as the launch says, and the page
    /// that processes take their numbers from.
    struct Task: Sendable {
        fileprivate let descriptors: [Int32]
        private let held: [Descriptor]
        fileprivate let packet: [UInt8]

        init(_ launch: Launch, _ numbers: Int32) throws(Launch.Failure) {
            let folder = Launch.open(folder: launch.folder)
            guard folder.number >= 0 else { throw Launch.Failure(code: -folder.number, isFolder: true) }
            var packet = withUnsafeBytes(of: launch.nice) { Array($0) }
            for variable in launch.environment ?? [] {
                packet += variable
                packet.append(0)
            }
            self.packet = packet
            descriptors = launch.all + [numbers, folder.number]
            held = launch.held + [folder]
        }
    }

    private(set) var process: ChildProcess?
    /// Our end of its link.
    let link: Descriptor
    private let control: Descriptor
    private var onEnd: ((ChildProcess.End) -> Void)?

    fileprivate init?(_ pid: Int32, _ link: Descriptor, _ control: Descriptor) {
        self.link = link
        self.control = control
        let descriptor = fence_adopt_process(pid)
        guard descriptor >= 0 else { return nil }  // it finds that nobody listens, and ends
        process = try? ChildProcess((pid, descriptor)) { [self] process, end in
            if let onEnd { onEnd(end) } else { process.reap() }
            self.process = nil
        }
        if process == nil { return nil }
    }

    /// False: it has died.
    fileprivate func take(_ task: Task) -> Bool {
        process != nil && task.packet.withUnsafeBytes { control.send($0, task.descriptors) }
    }

    /// Whoever has it hears of its end, and reaps it.
    func whenEnded(_ action: @escaping (ChildProcess.End) -> Void) { onEnd = action }
}
