/// A program that a script talks with: its life, and the pipes to it, which close when nobody holds this any more.
/// Shared; immutable.
final class RunningProgram: HostObject {
    let name: ByteText
    let input: PipeWriter?
    let output: PipeReader?
    let errors: PipeReader?
    let life: ProgramLife
    let hostType: AnyHostType
    private let worker: Worker

    /// Makes those of its three streams that are to be pipes, and notes their other ends in the launch.
    init(
        _ worker: Worker, _ launch: inout Launch, pipes: [Bool], grace: Nanoseconds, type: AnyHostType
    ) throws(SystemError) {
        name = ByteText(launch.words.first ?? [])
        hostType = type
        self.worker = worker
        life = ProgramLife(worker.program, grace: grace)
        input = try launch.pipe(0, if: pipes[0]).map(PipeWriter.init)
        output = try launch.pipe(1, if: pipes[1]).map(PipeReader.init)
        errors = try launch.pipe(2, if: pipes[2]).map(PipeReader.init)
    }

    /// The state that has started it waits for it at its end: when nothing else is left there, nobody will use the pipes
    /// any more, so they are closed, and the program is waited for.
    func closeAtRest() {
        let key = ObjectIdentifier(life)
        worker.atRest.append(
            (
                key,
                { [weak self, life, worker] in
                    self?.close()
                    worker.holdOn()
                    life.whenEnded { worker.perform { $0.letGo() } }
                }
            ))
        life.whenEnded { [worker] in worker.perform { $0.atRest.removeAll { $0.key == key } } }
    }

    func close() {
        input?.close()
        output?.close()
        errors?.close()
    }
}

/// The life of a program: from its start until it has been waited for. Kept by its process while that lives. Shared;
/// guarded by its lock.
final class ProgramLife: Sendable {
    private struct State {
        var process: ChildProcess?
        var failure: Launch.Failure?
        var end: ChildProcess.End?
        var waiters = WaitList()
        var actions: [@Sendable () -> Void] = []
    }
    private let program: Program
    private let grace: Nanoseconds
    private let state = Guarded(State())

    init(_ program: Program, grace: Nanoseconds) {
        self.program = program
        self.grace = grace
    }

    var pid: Int32? { state.withLock { $0.process?.pid } }
    var failure: Launch.Failure? { state.withLock { $0.failure } }
    var end: ChildProcess.End? { state.withLock { $0.end } }

    /// Starts the program; the node is told when it runs, or has failed to. False: that is known already.
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

    /// Calls the action when the program has ended, or at once.
    func whenEnded(_ action: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            if state.end == nil { state.actions.append(action) }
            return state.end != nil
        }
        if hasEnded { action() }
    }

    /// Leaves the node with those who wait for the end; false when that has come.
    func wait(_ node: WaitNode) -> Bool {
        let waits = state.withLock { state in
            if state.end == nil { state.waiters.append(node) }
            return state.end == nil
        }
        return waits || !node.claim()
    }

    func forget(_ node: WaitNode) { state.withLock { $0.waiters.remove(node) } }

    /// Sends a signal to it and to all of its group; false when it has gone.
    @discardableResult
    func kill(_ signal: Int32) -> Bool { state.withLock { $0.process }?.kill(signal) ?? false }

    /// Asks it to end; kills its group after the grace.
    func terminate() { state.withLock { $0.process }?.end(grace: grace) }
}
