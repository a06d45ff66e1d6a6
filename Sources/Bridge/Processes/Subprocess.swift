/// An external program that a script talks with: its life, and the pipes to it, which close when nobody holds this any more.
/// Shared; immutable.
final class Subprocess: HostObject {
    let name: ByteText
    let pipes: Pipes
    let life: SubprocessLife
    let hostType: AnyHostType

    /// Makes those of its three streams that are to be pipes, and notes their other ends in the launch.
    init(
        _ program: Program, _ launch: inout Launch, pipes: [Bool], grace: TimeSpan, type: AnyHostType
    ) throws(SystemError) {
        name = ByteText(launch.words.first ?? [])
        hostType = type
        life = SubprocessLife(program, grace: grace, isDetached: launch.isDetached)
        self.pipes = try Pipes(&launch, for: pipes)
        life.set(self)
    }

    // MARK: - Whose it is

    var traveller: any HostObject { SubprocessInTransit(self, life.depart()) }
}

/// A subprocess in a message: it goes on while it is under way, also when the state that sent it has ended. Shared; guarded
/// by the lock of its life.
final class SubprocessInTransit: HostObject {
    private let subprocess: Subprocess
    private let number: Int
    var hostType: AnyHostType { subprocess.hostType }

    fileprivate init(_ subprocess: Subprocess, _ number: Int) {
        (self.subprocess, self.number) = (subprocess, number)
    }

    deinit { subprocess.life.lose(number) }

    func arrive(in state: LuaState) -> any HostObject {
        if let worker = state.owner as? Worker { worker.own(subprocess, sentAs: number) }
        return subprocess
    }
}

extension Worker {
    /// This state has started the subprocess, or has got it in the message of that number.
    func own(_ subprocess: Subprocess, sentAs number: Int = 0) {
        let life = subprocess.life
        guard !life.isDetached, life.arrive(at: self, number), !subprocesses.contains(where: { $0 === life }) else {
            return
        }
        subprocesses.append(life)
        life.whenEnded { [weak self] in _ = self?.perform { $0.subprocesses.removeAll { $0 === life } } }
    }
}

/// The life of a subprocess: from its start until it has been waited for. Kept by its process while that lives. Shared;
/// guarded by its lock.
final class SubprocessLife: OwnedSubprocess, Waitable {
    private struct State {
        /// What scripts hold, while they do.
        weak var subprocess: Subprocess?
        var process: ChildProcess?
        var failure: Launch.Failure?
        var end: ChildProcess.End?
        var waiters = WaitList()
        var actions: [@Sendable () -> Void] = []
        var isTerminated = false
        /// The state that it belongs to, and the number of the message by which it came there; 0: started there.
        var owner: ObjectIdentifier?
        var ownerNumber = 0
        /// How many messages have taken it along, and those of them that are under way.
        var sent = 0
        var underWay: [Int] = []

        /// Nobody has it, nor will anybody get it who could own it.
        var isAbandoned: Bool { owner == nil && !underWay.contains { $0 > ownerNumber } }
    }
    private let program: Program
    private let grace: TimeSpan
    /// It goes on whatever becomes of those who have it.
    let isDetached: Bool
    private let state = Guarded(State())

    init(_ program: Program, grace: TimeSpan, isDetached: Bool) {
        self.program = program
        self.grace = grace
        self.isDetached = isDetached
    }

    fileprivate func set(_ subprocess: Subprocess) { state.withLock { $0.subprocess = subprocess } }

    var pid: Int32? { state.withLock { $0.process?.pid } }
    var failure: Launch.Failure? { state.withLock { $0.failure } }
    var end: ChildProcess.End? { state.withLock { $0.end } }

    /// Starts it; the node is told when it runs, or has failed to. False: that is known already.
    func start(_ launch: Launch, _ node: WaitNode) -> Bool {
        do throws(SystemError) {
            try Reactor.shared.perform { [self] in
                begin(launch)
                if !node.claim() { return terminate() }  // nobody wants it any more
                node.deliver(.accepted)
                node.waiter.notify()
            }
            return true
        } catch {
            state.withLock { $0.failure = Launch.Failure(code: error.code, isFolder: false) }
            return !node.claim()
        }
    }

    private func begin(_ launch: Launch) {
        do throws(Launch.Failure) {
            let process = try ChildProcess(launch) { [self] process, end in
                process.reap()
                ended(end)
            }
            state.withLock { $0.process = process }
            if isDetached { return program.beginOutside() }
            program.began(self, end: { [self] in terminate() }, kill: { [self] in kill(9) })
        } catch {
            state.withLock { $0.failure = error }
        }
    }

    private func ended(_ end: ChildProcess.End) {
        let (woken, actions) = state.withLock { state in
            state.end = end
            var woken: [WaitNode] = []
            while let node = state.waiters.popFirst() {
                if node.claim() { woken.append(node) }
            }
            defer { state.actions = [] }
            return (woken, state.actions)
        }
        program.ended(self)
        for action in actions { action() }
        for node in woken {
            node.deliver(.ended)
            node.waiter.notify()
        }
    }

    func whenEnded(_ action: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            if state.end == nil { state.actions.append(action) }
            return state.end != nil
        }
        if hasEnded { action() }
    }

    /// Leaves the node with those who wait for the end (see `Waitable`).
    func wait(_ node: WaitNode) -> Bool {
        state.withLock { state in
            if state.end != nil { return node.decide(.ended) }
            state.waiters.append(node)
            return true
        }
    }

    func forget(_ node: WaitNode) { state.withLock { $0.waiters.remove(node) } }

    /// Sends a signal to it and to all of its group; false when it has gone.
    @discardableResult
    func kill(_ signal: Int32) -> Bool { state.withLock { $0.process }?.kill(signal) ?? false }

    /// Asks it to end, once; kills its group after the grace.
    func terminate() {
        let process = state.withLock { state in
            defer { state.isTerminated = true }
            return state.isTerminated ? nil : state.process
        }
        process?.end(grace: grace)
    }

    // MARK: - Whose it is

    /// A message takes it along: the number of that.
    fileprivate func depart() -> Int {
        state.withLock { state in
            state.sent += 1
            state.underWay.append(state.sent)
            return state.sent
        }
    }

    /// It is that state's from now on, unless it has come to another by a later message. A message that is read once
    /// more counts as sent again. Whether it is that state's.
    fileprivate func arrive(at worker: Worker, _ number: Int) -> Bool {
        state.withLock { state in
            var number = number
            if let place = state.underWay.firstIndex(of: number) {
                state.underWay.remove(at: place)
            } else if number > 0 {
                state.sent += 1
                number = state.sent
            }
            guard number >= state.ownerNumber else { return state.owner == ObjectIdentifier(worker) }
            (state.owner, state.ownerNumber) = (ObjectIdentifier(worker), number)
            return true
        }
    }

    func belongs(to owner: AnyObject) -> Bool { state.withLock { $0.owner == ObjectIdentifier(owner) } }

    func closePipes() { state.withLock { $0.subprocess }?.pipes.close() }

    func leave(_ owner: AnyObject) {
        endIfAbandoned { if $0.owner == ObjectIdentifier(owner) { $0.owner = nil } }
    }

    /// The message is no more.
    fileprivate func lose(_ number: Int) { endIfAbandoned { $0.underWay.removeAll { $0 == number } } }

    private func endIfAbandoned(_ change: (inout State) -> Void) {
        let isAbandoned = state.withLock { state in
            change(&state)
            return state.isAbandoned
        }
        if isAbandoned, !isDetached { terminate() }
    }
}
