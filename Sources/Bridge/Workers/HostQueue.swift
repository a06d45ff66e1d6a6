import Synchronization

/// What the host asks of the main state from other threads. The loop looks here between its rounds, outside of all tasks.
/// Shared; guarded by its lock, but for what is said to be the thread's.
final class HostQueue: @unchecked Sendable {  // sound: see above
    typealias Job = (run: @Sendable (Worker) -> Void, refuse: @Sendable (ScriptError) -> Void)

    private struct State {
        var jobs: [Job] = []
        /// Why nothing is taken any more.
        var closed: ScriptError?
        var ending: (status: Int32, grace: TimeSpan?)?
        /// Called when all has ended, with the exit status.
        var atEnd: [@Sendable (Int32) -> Void] = []
        var status: Int32?
    }

    private let state = Guarded(State())
    private let hasNews = Atomic<Bool>(false)
    /// Those who wait until nothing keeps the program alive. The thread's.
    private var quiet: [@Sendable (ScriptError?) -> Void] = []
    private var runs: [ObjectIdentifier: HostRun] = [:]
    /// How much of the worker's `foreground` is the host's own. The thread's.
    var holds = 0
    /// On virtual time the host holds the clock while it waits for nothing. The thread's.
    private var isWaiting = false

    // MARK: - Any thread

    /// Has the job run on the main state's thread. `refuse` is called instead if the program ends before.
    func add(_ worker: Worker, _ job: Job) {
        let closed = state.withLock { state in
            if state.closed == nil { state.jobs.append(job) }
            return state.closed
        }
        if let closed { return job.refuse(closed) }
        announce(worker)
    }

    func add(_ run: HostRun, _ worker: Worker) {
        add(
            worker,
            (
                { [self] worker in run.start(worker, self) }, { run.abandon($0) }
            ))
    }

    /// Asks for the end of everything.
    func end(_ worker: Worker, status: Int32 = 0, grace: TimeSpan? = nil, _ atEnd: (@Sendable (Int32) -> Void)? = nil) {
        let status = state.withLock { state in
            if state.status == nil, let atEnd { state.atEnd.append(atEnd) }
            if state.ending == nil { state.ending = (status, grace) }
            return state.status
        }
        if let status { atEnd?(status) }
        announce(worker)
    }

    private func announce(_ worker: Worker) {
        keepOrder()
        hasNews.store(true, ordering: .releasing)
        worker.wake()
    }

    /// How the end was asked for.
    var ending: (status: Int32, grace: TimeSpan?)? { state.withLock { $0.ending } }

    // MARK: - The main state's thread

    /// Called by the loop. True: the end was asked for.
    @inline(__always)
    func look(_ worker: Worker) -> Bool {
        if hasNews.load(ordering: .acquiring) { runJobs(worker) }
        if !quiet.isEmpty { tellQuiet(worker) }
        if worker.program.simulation != nil, holds > 0 { noteWaiting(worker) }
        return isEnding
    }
    private var isEnding = false

    private func noteWaiting(_ worker: Worker) {
        let waits = !isEnding && (!runs.isEmpty || !quiet.isEmpty)
        guard waits != isWaiting else { return }
        isWaiting = waits
        if waits { worker.program.endOutside() } else { worker.program.beginOutside() }
    }

    private func runJobs(_ worker: Worker) {
        keepOrder()
        hasNews.store(false, ordering: .releasing)
        let (jobs, ends) = state.withLock { state in
            defer { state.jobs = [] }
            return (state.jobs, state.ending != nil)
        }
        worker.releaseAnchors()
        for job in jobs { job.run(worker) }
        if ends { isEnding = true }
    }

    /// The host does not hold the clock meanwhile. On the thread.
    func lending(_ worker: Worker, _ body: () -> Void) {
        if !isWaiting { worker.program.endOutside() }
        body()
        if !isWaiting { worker.program.beginOutside() }
    }

    func began(_ run: HostRun) { runs[ObjectIdentifier(run)] = run }
    func ended(_ run: HostRun) { runs[ObjectIdentifier(run)] = nil }

    /// Calls the action when nothing but the host keeps the program alive.
    func whenQuiet(_ action: @escaping @Sendable (ScriptError?) -> Void) { quiet.append(action) }

    private func tellQuiet(_ worker: Worker) {
        guard worker.foreground <= holds + runs.count, worker.mailbox.isEmpty, worker.program.isQuiet else { return }
        let actions = quiet
        quiet = []
        for action in actions { action(nil) }
    }

    /// The program has ended: answers all who wait.
    func close(_ status: Int32) {
        let error = ScriptError(.closed, "the runtime has ended")
        let (jobs, atEnd) = state.withLock { state in
            defer {
                state.jobs = []
                state.atEnd = []
            }
            state.closed = error
            state.status = status
            return (state.jobs, state.atEnd)
        }
        for job in jobs { job.refuse(error) }
        for run in runs.values { run.abandon(ScriptError(.cancelled, "the runtime has ended")) }
        runs = [:]
        let actions = quiet
        quiet = []
        for action in actions { action(nil) }
        for action in atEnd { action(status) }
    }
}

extension Worker {
    /// The main stack of the open state, outside of all tasks.
    var hostStack: LuaStack { LuaStack(HostCall(L: state.L, memory: memory)) }
}
