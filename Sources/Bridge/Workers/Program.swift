import CFence

/// Everything that one runtime started, seen from the whole: which workers live, what failed unseen, how it ends.
/// Shared; guarded by its mutex.
final class Program: Sendable {
    struct Settings: Sendable {
        var modules: [Module]
        /// Prepares a fresh state beyond its modules.
        var prepare: @Sendable (LuaState) -> Void = { _ in }
        /// What handles look like to scripts.
        var handleTypes: HandleTypes
        /// States do not look at `LUA_PATH` and its like.
        var ignoresEnvironment = false
        /// What reports begin with.
        var name = "luaconc"
        /// The program that is started for a child process; empty: none can be.
        var childExecutable: [UInt8] = []
        /// Gets the whole text of a report of an error that nobody waits for.
        var report: @Sendable (String) -> Void = { Console.report($0) }
    }

    private struct State {
        var workers: [ObjectIdentifier: Worker] = [:]
        var threads: [Int: Work] = [:]
        var foreground = 0
        /// Failed work that was reported and that nobody has asked about since.
        var unobserved: Set<Int> = []
        var exit: Exit?
        var isShuttingDown = false
    }

    /// A request to end the program.
    struct Exit {
        let status: Int32
        let closes: Bool
    }

    let settings: Settings
    let pool = WorkerPool()
    /// Programs that scripts have started and that have not ended.
    let children = Children()
    let nursery: Nursery
    private let state = Guarded(State())
    /// This process, as its parent's handle shows it; nil in the first process of a program. Set before any state is made.
    nonisolated(unsafe) var ownProcess: Work?
    private let firstInbox = Guarded<Channel?>(nil)

    /// The inbox of this process.
    var inbox: Channel {
        if let ownProcess { return ownProcess.inbox }
        return firstInbox.withLock { inbox in
            let channel = inbox ?? Channel()
            inbox = channel
            return channel
        }
    }

    init(_ settings: Settings) {
        self.settings = settings
        nursery = Nursery(settings)
        fence_install_interrupts()
    }

    // MARK: Workers

    var main: Worker? { state.withLock { state in state.workers.values.first { $0.isMain } } }

    /// A thread is about to be started: from now on the program waits for it.
    func add(_ thread: Work) {
        state.withLock { state in
            state.threads[thread.id] = thread
            if !thread.isDaemon { state.foreground += 1 }
        }
    }

    func add(_ worker: Worker) { state.withLock { $0.workers[ObjectIdentifier(worker)] = worker } }

    /// The worker's loop has ended: its work, and all that went on in its state.
    func remove(_ worker: Worker, _ thread: Work) {
        let main = state.withLock { state in
            state.workers[ObjectIdentifier(worker)] = nil
            state.threads[thread.id] = nil
            if !thread.isDaemon, !worker.isMain { state.foreground -= 1 }
            return state.workers.values.first { $0.isMain }
        }
        main?.wake()
    }

    func childEnded(_ child: AnyObject) {
        children.remove(child)
        main?.wake()
    }

    /// The thread could not be started after all, or the process has gone.
    func forget(_ thread: Work) {
        let main = state.withLock { state in
            state.threads[thread.id] = nil
            if !thread.isDaemon { state.foreground -= 1 }
            return state.workers.values.first { $0.isMain }
        }
        main?.wake()
    }

    func detach(_ thread: Work) {
        let main = state.withLock { state -> Worker? in
            if thread.makeDaemon(), state.threads[thread.id] != nil { state.foreground -= 1 }
            return state.workers.values.first { $0.isMain }
        }
        main?.wake()
    }

    /// Whether nothing but the main worker keeps the program alive.
    var isQuiet: Bool {
        state.withLock { $0.isShuttingDown ? $0.threads.isEmpty && children.isEmpty : $0.foreground == 0 }
    }

    /// Those that were spawned and have not ended.
    func live(_ kind: Work.Kind) -> [Work] {
        state.withLock { state in
            state.threads.values.filter { $0.kind == kind && !$0.status.isFinal }.sorted { $0.id < $1.id }
        }
    }
    /// Those whose state lives, also when their work has ended.
    var runningThreads: [Work] { state.withLock { Array($0.threads.values) } }
    var liveWorkers: [Worker] { state.withLock { Array($0.workers.values) } }

    // MARK: Failures

    /// Says on standard error what nobody waits for, and remembers it.
    func reportUnobserved(_ work: Int, _ error: ScriptError) {
        state.withLock { _ = $0.unobserved.insert(work) }
        Console.flush()
        settings.report(error.description)
    }

    /// It has ended with failures of its own that it has reported.
    func noteUnobserved(_ work: Int) { state.withLock { _ = $0.unobserved.insert(work) } }

    func observe(_ work: Int) { state.withLock { _ = $0.unobserved.remove(work) } }
    var hasUnobservedFailures: Bool { state.withLock { !$0.unobserved.isEmpty } }

    // MARK: The end

    func requestExit(_ exit: Exit) {
        state.withLock { if $0.exit == nil { $0.exit = exit } }
        main?.wake()
    }

    var exitRequest: Exit? { state.withLock { $0.isShuttingDown ? nil : $0.exit } }
    /// Also one that a finalizer made when the program was ending already.
    var firstExitRequest: Exit? { state.withLock { $0.exit } }

    /// From now on the main loop serves those who are ending.
    func beginShutdown() { state.withLock { $0.isShuttingDown = true } }
}

/// The types that handles have in scripts; the modules say which.
struct HandleTypes: Sendable {
    let task: AnyHostType
    let thread: AnyHostType
    let process: AnyHostType

    func of(_ kind: Work.Kind) -> AnyHostType {
        switch kind {
        case .task: task
        case .thread: thread
        case .process: process
        }
    }
}
