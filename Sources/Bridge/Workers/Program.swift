import Synchronization

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
        var report: @Sendable (ByteText) -> Void = { Console.report($0) }
        /// The process is there for this program: its signals are the program's, and a program that is to end takes the
        /// process with it even if its main thread is stuck.
        var ownsProcess = false
    }

    // What every program uses is no dictionary and no set: the first of a kind costs Swift a search of the whole
    // executable's tables, a good part of the time that a short script runs.
    private struct State {
        var workers: [Worker] = []
        var threads: [Int: Work] = [:]
        var foreground = 0
        /// Failed work that was reported and that nobody has asked about since.
        var unobserved: Set<Int> = []
        var exit: Exit?
        /// When the first signal came that asks for the end, and which it was, once that has been said.
        var signalled: Instant?
        var signal: Signals.Arrival?
        var isShuttingDown = false

        mutating func add(_ worker: Worker) {
            worker.place = workers.count
            workers.append(worker)
        }

        mutating func remove(_ worker: Worker) {
            guard worker.place < workers.count, workers[worker.place] === worker else { return }
            let last = workers.removeLast()
            guard last !== worker else { return }
            last.place = worker.place
            workers[last.place] = last
        }

        var main: Worker? { workers.first { $0.isMain } }
    }

    /// A request to end the program.
    struct Exit {
        let status: Int32
        let closes: Bool
    }

    let settings: Settings
    let clock = LoopClock()
    let pool = WorkerPool()
    let processes: any ProcessHost
    /// When it is ended if its main thread has not gone on by then.
    let lastMoment = Atomic<Instant>(.forever)
    let quiescence = Quiescence()
    let isAsking = Atomic<Bool>(false)
    private let state = Guarded(State())
    /// This process, as its parent's handle shows it; nil in the first process of a program. Set before any state is made.
    nonisolated(unsafe) var ownProcess: Work?
    /// In a child: tells the parent that nothing goes on here, if that is so. Set as above.
    nonisolated(unsafe) var sayIdle: (@Sendable (_ isIdle: () -> Bool) -> Void)?
    /// In a child: what its parent has to hear before the process goes, when it does not end as usual. Set as above.
    nonisolated(unsafe) var sayLastWords: (@Sendable () -> Void)?
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

    init(_ settings: Settings, _ processes: any ProcessHost) {
        self.settings = settings
        self.processes = processes
        MemoryBound.look(ownsProcess: settings.ownsProcess)
        StateMemory.installInterrupts()
        Copy.watch()
    }

    // MARK: Workers

    var main: Worker? { state.withLock { $0.main } }

    /// A thread or a process is about to be started: from now on the program waits for it.
    func add(_ thread: Work) {
        if thread.kind == .process { beginOutside() } else { quiescence.addState() }
        state.withLock { state in
            state.threads[thread.id] = thread
            if !thread.isDaemon { state.foreground += 1 }
        }
    }

    func add(_ worker: Worker) {
        if worker.isMain { quiescence.addState() }
        state.withLock { $0.add(worker) }
    }

    /// All that went on in the state of a thread has ended, but for its finalizers; or a process has gone.
    func ended(_ thread: Work) {
        let main = state.withLock { state in
            state.threads[thread.id] = nil
            if !thread.isDaemon { state.foreground -= 1 }
            return state.main
        }
        main?.wake()
    }

    /// The state has been closed, with all that its finalizers did.
    func closed(_ worker: Worker) {
        state.withLock { $0.remove(worker) }
        quiescence.removeState()
        look()
    }

    /// The thread could not be started after all, or the process has gone.
    func forget(_ thread: Work) {
        ended(thread)
        if thread.kind == .process { return endOutside() }
        quiescence.removeState()
        look()
    }

    /// This process is a copy, in which only that worker's thread runs.
    func copied(with worker: Worker) {
        state.withLock { state in
            state.workers = []
            state.add(worker)
            state.threads = worker.isMain ? [:] : [worker.thread.id: worker.thread]
            state.foreground = worker.isMain || worker.thread.isDaemon ? 0 : 1
            state.unobserved = []
        }
        processes.forget()
        quiescence.beginAnew()
        sayIdle = nil
    }

    // MARK: Subprocesses

    /// A subprocess has been started that does not go on by itself. `end` asks it to end and kills it after its grace;
    /// `kill` kills it at once.
    func began(_ subprocess: AnyObject, end: @escaping @Sendable () -> Void, kill: @escaping @Sendable () -> Void) {
        beginOutside()
        processes.add(subprocess, end: end, kill: kill)
    }

    func ended(_ subprocess: AnyObject) {
        processes.remove(subprocess)
        main?.wake()
        endOutside()
    }

    /// Neither threads nor processes nor subprocesses, be they daemons or not.
    var hasNothingLeft: Bool { runningThreads.isEmpty && processes.isEmpty }

    func detach(_ thread: Work) {
        let main = state.withLock { state -> Worker? in
            if thread.makeDaemon(), state.threads[thread.id] != nil { state.foreground -= 1 }
            return state.main
        }
        main?.wake()
    }

    /// Whether nothing but the main worker keeps the program alive.
    var isQuiet: Bool {
        state.withLock { $0.isShuttingDown ? $0.threads.isEmpty && processes.isEmpty : $0.foreground == 0 }
    }

    /// Those that were spawned and have not ended.
    func live(_ kind: Work.Kind) -> [Work] {
        state.withLock { state in
            state.threads.values.filter { $0.kind == kind && !$0.status.isFinal }.sorted { $0.id < $1.id }
        }
    }
    /// Whether nothing keeps the program alive any more but processes that have gone already.
    var isAboutToBeQuiet: Bool { runningThreads.allSatisfy { $0.isDaemon || $0.elsewhere?.hasGone == true } }

    /// Those whose state lives, also when their work has ended.
    var runningThreads: [Work] { state.withLock { Array($0.threads.values) } }
    var liveWorkers: [Worker] { state.withLock { $0.workers } }

    // MARK: Quiescence

    /// Something outside of all states (a child process, a host's thread) may wake one from now on: whoever is awake
    /// says so before it can happen. Calls are counted.
    func beginOutside() { quiescence.beginOutside() }

    /// Any thread: it will not happen any more. What it had to say has been posted to mailboxes and channels before.
    func endOutside() {
        quiescence.endOutside()
        look()
    }

    /// Any thread, after one of the counts has changed: stops the program if nothing can ever go on in it.
    @inline(__always)
    func look() {
        if quiescence.mayHold { lookAgain() }
    }

    // MARK: Failures

    /// Says on standard error what nobody waits for, and remembers it.
    func reportUnobserved(_ work: Int, _ error: ScriptError) {
        state.withLock { _ = $0.unobserved.insert(work) }
        Console.flush()
        settings.report(error.story)
    }

    /// It has ended with failures of its own that it has reported.
    func noteUnobserved(_ work: Int) { state.withLock { _ = $0.unobserved.insert(work) } }

    func observe(_ work: Int) { state.withLock { _ = $0.unobserved.remove(work) } }
    var hasUnobservedFailures: Bool { state.withLock { !$0.unobserved.isEmpty } }

    // MARK: The end

    /// Any thread: all else ends. The first request counts, also before a signal that came earlier.
    func requestExit(_ exit: Exit) {
        state.withLock { if $0.exit == nil { $0.exit = exit } }
        endAll()
    }

    /// Any thread: a signal asks for the end. False when one has done so some time before; programs such as `timeout`
    /// send theirs twice in a row. The first is said, as `word`, before anything ends.
    func requestExit(_ arrival: Signals.Arrival, _ word: ByteText) -> Bool {
        let now = Clock.now
        let first = state.withLock { state in
            defer { state.signalled = state.signalled ?? now }
            return state.signalled
        }
        if let first { return now - first < Self.sameSignal }
        Console.report(word)
        state.withLock { $0.signal = arrival }
        endAll()
        return true
    }

    private static let sameSignal: TimeSpan = .milliseconds(100)

    /// Asks all states to end but the one that asks, which does so itself. The main one first: it does not fail because
    /// of what it waits for.
    private func endAll() {
        let workers = liveWorkers.filter { $0.identity != .current }
        for worker in workers.filter(\.isMain) + workers.filter({ !$0.isMain }) { worker.thread.end() }
        main?.wake()
        mustEnd(within: longestGrace)
    }

    var exitRequest: Exit? {
        state.withLock { state in
            if state.isShuttingDown { return nil }
            return state.exit ?? state.signal.map { Exit(status: 128 + $0.number, closes: true) }
        }
    }

    /// The status that was asked for, also by a finalizer when the program was ending already.
    var exitStatus: Int32? { state.withLock { $0.exit?.status ?? $0.signal.map { 128 + $0.number } } }
    /// The exit status, when all is over and all output is out: what was asked for, or `status`, but never 0 when
    /// something has failed unseen. Output that was lost is said here.
    func finalStatus(_ status: Int32) -> Int32 {
        let failure = settings.ownsProcess ? Console.failure : nil
        if let failure { settings.report("\(failure)") }
        let status = exitStatus ?? (status == 0 && hasUnobservedFailures ? 1 : status)
        return status == 0 && failure != nil ? 1 : status
    }

    /// The signal that ends the program, unless a script has chosen the status.
    var signal: Signals.Arrival? { state.withLock { $0.exit == nil ? $0.signal : nil } }
    var longestGrace: TimeSpan { runningThreads.map(\.grace).reduce(main?.thread.grace ?? Grace.usual, max) }

    func forgetLastMoment() { lastMoment.store(.forever, ordering: .relaxed) }

    var isEnding: Bool { state.withLock { $0.isShuttingDown } }
    /// From now on the main loop serves those who are ending.
    func beginShutdown() { state.withLock { $0.isShuttingDown = true } }
}

/// The processes that a program starts, as the program sees them. Whoever makes the program gives it one. Shared.
protocol ProcessHost: AnyObject, Sendable {
    /// Starts a function in a child process.
    func start(_ spawn: ProcessSpawn, of program: Program) throws(Launch.Failure) -> Work
    /// See `Program.began`.
    func add(_ subprocess: AnyObject, end: @escaping @Sendable () -> Void, kill: @escaping @Sendable () -> Void)
    func remove(_ subprocess: AnyObject)
    /// Whether all that were added have been removed.
    var isEmpty: Bool { get }
    /// Ends, or kills, those that were added.
    func end()
    func kill()
    /// This process is a copy: they are the former one's.
    func forget()
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
