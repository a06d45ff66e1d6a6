import CFence

/// A small process that forks children which are ready to run: with the program loaded and a state opened. It is this
/// program in another mode, started in the background when a second child is asked for; it has one thread, so that it may fork.
/// What it forks are children of this process, not of its own. Owned by the reactor's thread.
final class Nursery: @unchecked Sendable {  // sound: see above
    typealias Answer = @Sendable (Result<(pid: Int32, descriptor: Int32), Launch.Failure>?) -> Void

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
    private var answers: [Answer] = []

    init(_ settings: Program.Settings) { self.settings = settings }

    deinit {
        if let watch { Reactor.shared.unwatch(watch) }
    }

    /// Has it fork a child: its environment, folder, priority and descriptors are those of the launch. The answer is nil when
    /// there is no nursery (yet).
    func fork(_ launch: Launch, _ environment: [[UInt8]], _ answer: @escaping Answer) {
        asked += 1
        if asked == 2 { start() }
        guard case .ready = state, let socket else { return answer(nil) }
        let folder = Launch.open(folder: launch.folder)
        guard folder.number >= 0 else { return answer(.failure(Launch.Failure(code: -folder.number, isFolder: true))) }
        var packet: [UInt8] = []
        withUnsafeBytes(of: launch.nice) { packet += $0 }
        for variable in environment { packet += variable + [0] }
        let isSent = packet.withUnsafeBytes { socket.send($0, launch.all + [folder.number]) }
        guard isSent else { return answer(nil) }  // it has no room, or has gone
        answers.append(answer)
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
        socket = pair.ours
        watch = try? Reactor.shared.watch(pair.ours.number, .read) { [weak self] _ in self?.receive() }
        if watch != nil { state = .starting }
    }

    /// The first packet says that it is ready; the others, which child it has forked.
    private func receive() {
        while let socket {
            var number: Int32 = 0
            var none: [Int32] = []
            switch socket.receive(&number, 4, &none) {
            case .bytes:
                if case .starting = state { state = .ready } else if !answers.isEmpty { answer(number) }
            case .later: return
            case .end, .failed: return end()
            }
        }
    }

    private func answer(_ pid: Int32) {
        let answer = answers.removeFirst()
        guard pid > 0 else { return answer(nil) }
        let descriptor = fence_adopt_process(pid)
        // Without descriptors there is nothing to watch it with; it ends when its link does.
        answer(
            descriptor < 0 ? .failure(Launch.Failure(code: -descriptor, isFolder: false)) : .success((pid, descriptor)))
    }

    /// It has died, or this process has no more use for it.
    private func end() {
        state = .gone
        if let watch { Reactor.shared.unwatch(watch) }
        watch = nil
        socket = nil
        for answer in answers { answer(nil) }
        answers = []
    }
}
