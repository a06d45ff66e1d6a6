/// An external program that a script has started (`process.popen`): its life, and the pipes to it, which close when
/// nobody holds this any more. Shared; immutable.
final class Subprocess: HostObject {
    let name: ByteText
    let pipes: Pipes
    let life: SubprocessLife
    let hostType: AnyHostType

    /// Makes the pipes among its three streams, and notes their other ends in the launch. It is not started yet.
    init(
        _ program: Program, _ launch: inout Launch, pipes: [Bool], grace: TimeSpan, type: AnyHostType
    ) throws(SystemError) {
        name = ByteText(launch.words.first ?? [])
        hostType = type
        life = SubprocessLife(program, grace: grace, isDetached: launch.isDetached, isWalled: launch.walls != nil)
        self.pipes = try Pipes(&launch, for: pipes)
        life.set(self)
    }

    // MARK: - Ownership

    var traveller: any HostObject { SubprocessInTransit(self, life.depart()) }
}

/// Takes the place of a subprocess in a message. While the message is under way the subprocess goes on, even if the
/// state that sent it has ended. Shared; guarded by the lock of its life.
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
    /// This state has started the subprocess (0), or has received it in the message of that number.
    func own(_ subprocess: Subprocess, sentAs number: Int = 0) {
        let life = subprocess.life
        guard !life.isDetached, life.arrive(at: self, number), !subprocesses.contains(where: { $0 === life }) else {
            return
        }
        subprocesses.append(life)
        life.whenEnded { [weak self] in _ = self?.perform { $0.subprocesses.removeAll { $0 === life } } }
    }
}

/// The life of a subprocess: its process and its owner. The process holds it while it lives. Shared; guarded by its
/// lock.
final class SubprocessLife: OwnedSubprocess, Waitable {
    private struct State {
        /// The object that scripts hold, while they do.
        weak var subprocess: Subprocess?
        var process: ChildProcess?
        var failure: Launch.Failure?
        var end: ChildProcess.End?
        var waiters = WaitList()
        var actions: [@Sendable () -> Void] = []
        var isTerminated = false
        /// The worker whose state owns it, and the number of the message by which it came there; 0: it was started
        /// there.
        var owner: ObjectIdentifier?
        var ownerNumber = 0
        /// How many messages it has been put into, and the numbers of those that are under way.
        var sent = 0
        var underWay: [Int] = []

        /// No state owns it, and no message is under way whose receiver could.
        var isAbandoned: Bool { owner == nil && !underWay.contains { $0 > ownerNumber } }
    }
    private let program: Program
    private let grace: TimeSpan
    /// It has no owner, and goes on by itself (option `detach`).
    let isDetached: Bool
    /// It has a sandbox.
    let isWalled: Bool
    private let state = Guarded(State())

    init(_ program: Program, grace: TimeSpan, isDetached: Bool, isWalled: Bool) {
        self.program = program
        self.grace = grace
        self.isDetached = isDetached
        self.isWalled = isWalled
    }

    fileprivate func set(_ subprocess: Subprocess) { state.withLock { $0.subprocess = subprocess } }

    var pid: Int32? { state.withLock { $0.process?.pid } }
    var failure: Launch.Failure? { state.withLock { $0.failure } }
    var end: ChildProcess.End? { state.withLock { $0.end } }

    /// Starts it, on the reactor's thread. The node gets `accepted` when it runs, or `failure` is set. False: it has
    /// failed already, and the round is claimed.
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
        var effects = Effects()
        let actions = state.withLock { state in
            state.end = end
            effects.deliver(.ended, to: &state.waiters)
            defer { state.actions = [] }
            return state.actions
        }
        program.ended(self)
        for action in actions { action() }
        effects.carryOut()
    }

    func whenEnded(_ action: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            if state.end == nil { state.actions.append(action) }
            return state.end != nil
        }
        if hasEnded { action() }
    }

    /// Leaves the node until it has ended (see `Waitable`).
    func wait(_ node: WaitNode) -> Bool {
        state.withLock { state in
            if state.end != nil { return node.decide(.ended) }
            state.waiters.append(node)
            return true
        }
    }

    func forget(_ node: WaitNode) { state.withLock { $0.waiters.remove(node) } }

    /// Sends a signal to it and to all of its group. False if it has gone.
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

    // MARK: - Ownership

    /// It is put into a message. Returns the number of that message.
    fileprivate func depart() -> Int {
        state.withLock { state in
            state.sent += 1
            state.underWay.append(state.sent)
            return state.sent
        }
    }

    /// It has arrived at a state by the message of that number. The state owns it from now on, unless a later message
    /// has brought it to another. A message that is read a second time counts as a new one. Returns whether the state
    /// owns it.
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

    /// The message has been released.
    fileprivate func lose(_ number: Int) { endIfAbandoned { $0.underWay.removeAll { $0 == number } } }

    private func endIfAbandoned(_ change: (inout State) -> Void) {
        let isAbandoned = state.withLock { state in
            change(&state)
            return state.isAbandoned
        }
        if isAbandoned, !isDetached { terminate() }
    }
}
