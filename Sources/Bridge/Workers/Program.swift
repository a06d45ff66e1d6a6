import Synchronization

/// Everything that one runtime runs: its workers, threads and processes, the failures that nobody has seen, its end.
/// Shared; guarded by its lock.
final class Program: Sendable {
    struct Settings: Sendable {
        var modules: [Module]
        /// The types of the host's objects: those of the modules.
        let hostTypes: HostTypeTable
        /// Called with each fresh state, after its modules were opened.
        var prepare: @Sendable (LuaState) throws(ScriptError) -> Void = { _ in }
        /// Called with each state before a script runs in it.
        var confine: @Sendable (LuaState, Confinement) throws(ScriptError) -> Void = { _, _ in }
        var confinement = Confinement()
        /// The types of handles.
        var handleTypes: HandleTypes
        /// States ignore `LUA_PATH` and the other environment variables of Lua.
        var ignoresEnvironment = false
        /// The word before reports.
        var name = "luaconc"
        /// The program that is started for a child process; empty: none can be.
        var childExecutable: [UInt8] = []
        /// How long a call of the host may take that does not say so itself; nil: as long as it takes.
        var timeLimit: Duration?
        /// What the main state depends on, if it can be copied from that of another program.
        var imageKey: MainImages.Signature?
        /// The variables that programs get, each `NAME=value`; nil: those of this process.
        var environment: [[UInt8]]?
        /// Gets the whole text of a report, unless the confinement says who does.
        var report: @Sendable (ByteText) -> Void = { Console.report($0) }
        /// What the wall clock shows at the beginning of a program on virtual time, and when that ends. Nil: the program
        /// follows the machine's clock.
        var virtualTime: (from: Instant, span: TimeSpan?)?
        /// Makes the standard library of a state follow the virtual time.
        var followSimulation: @Sendable (LuaState) -> Void = { _ in }
        /// The process exists for this program, as with the command: it handles the signals, and ends the process even
        /// if its main thread is stuck.
        var ownsProcess = false

        init(modules: [Module], handleTypes: HandleTypes) {
            self.modules = modules
            self.handleTypes = handleTypes
            hostTypes = HostTypeTable(modules)
        }
    }

    // Short scripts should use no dictionary and no set: the first one of each kind makes Swift search the tables of
    // the whole executable, which takes a good part of the time that a short script runs. Empty ones cost nothing.
    private struct State {
        var workers: [Worker] = []
        var threads: [Int: Work] = [:]
        var foreground = 0
        /// The numbers of failed work that was reported, and about which nobody has asked since.
        var unobserved: Set<Int> = []
        var exit: Exit?
        /// Since the first signal that asks for the end: until when others are its repetitions; and that signal, after it
        /// was reported.
        var repetitions: Deadline?
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
    /// In a child process it comes from the parent. Set before a script runs.
    nonisolated(unsafe) var confinement: Confinement
    /// What follows virtual time. Set before any state is made.
    nonisolated(unsafe) private(set) var simulation: Simulation?
    nonisolated(unsafe) private(set) var clock = LoopClock.ofMachine
    let pool = WorkerPool()
    let processes: any ProcessHost
    /// At this instant the process is ended if its main thread has not gone on (`mustEnd`).
    let lastMoment = Atomic<Instant>(.forever)
    let quiescence = Quiescence()
    let isAsking = Atomic<Bool>(false)
    private let state = Guarded(State())
    private let isExitRequested = Atomic<Bool>(false)
    /// In a child process: the work that the process is. Nil in the first process of a program. Set before any state
    /// is made.
    nonisolated(unsafe) var ownProcess: Work?
    /// In a child process: tells the parent that nothing goes on here, if `isIdle` is true. Set as above.
    nonisolated(unsafe) var sayIdle: (@Sendable (_ isIdle: () -> Bool) -> Void)?
    /// In a child process that ends because C code called `exit`: tells the parent its outcome. Set as above.
    nonisolated(unsafe) var sayLastWords: (@Sendable () -> Void)?
    /// In a child process: notes, where the parent sees it even if this process dies, what is under way. Set as above.
    nonisolated(unsafe) var setMark: (@Sendable (UInt64) -> Void)?
    /// What `MainImages` keeps for the program.
    let imageUse = Guarded<MainImages.Use?>(nil)
    private let firstInbox = Guarded<Channel?>(nil)
    private let supervisors = Guarded<[any Supervising]>([])
    private let maps = Guarded<[ByteText: SharedMap]>([:])

    /// The map of that name, made at the first call. It lives as long as the program.
    func map(named name: ByteText) -> SharedMap {
        maps.withLock { maps in
            if let map = maps[name] { return map }
            let map = SharedMap(name: name)
            maps[name] = map
            return map
        }
    }

    /// The program has ended. What is in its maps may hold the program.
    func forgetMaps() {
        let all = maps.withLock { maps in
            defer { maps = [:] }
            return maps
        }
        withExtendedLifetime(all) {}
    }

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
        confinement = settings.confinement
        self.processes = processes
        MemoryBound.look(ownsProcess: settings.ownsProcess)
        if settings.ownsProcess { OSThread.wakePunctually() }
        StateMemory.installInterrupts()
        Copy.watch()
        if let time = settings.virtualTime { follow(Simulation(self, from: time.from, span: time.span)) }
    }

    /// From now on the program runs on virtual time.
    func follow(_ simulation: Simulation) {
        self.simulation = simulation
        clock = LoopClock(simulation.clock)
        MapKey.isSeeded.store(false, ordering: .relaxed)
    }

    // MARK: Workers

    var main: Worker? { state.withLock { $0.main } }

    /// A thread or a process is about to be started: from now on the program waits for it, unless it is a daemon.
    func add(_ thread: Work) {
        if thread.kind != .process {
            quiescence.addState()
            simulation?.add(WorkerSeat(id: thread.id))
        } else if simulation == nil {
            beginOutside()
        }
        state.withLock { state in
            state.threads[thread.id] = thread
            if !thread.isDaemon { state.foreground += 1 }
        }
    }

    func add(_ worker: Worker) {
        if worker.isMain { quiescence.addState() }
        state.withLock { $0.add(worker) }
    }

    /// Everything in the state of a thread has ended, except finalizers; or a process has gone.
    func ended(_ thread: Work) {
        let main = state.withLock { state in
            state.threads[thread.id] = nil
            if !thread.isDaemon { state.foreground -= 1 }
            return state.main
        }
        main?.wake()
    }

    /// The worker's state has been closed; its finalizers have run.
    func closed(_ worker: Worker) {
        state.withLock { $0.remove(worker) }
        quiescence.removeState()
        if let simulation { worker.leaveSeat(simulation) }
        look()
    }

    /// The thread could not be started after all, or the process has gone.
    func forget(_ thread: Work) {
        ended(thread)
        if thread.kind == .process { return simulation == nil ? endOutside() : look() }
        quiescence.removeState()
        if let seat = simulation?.seat({ (seat: WorkerSeat) in seat.id == thread.id }) { simulation?.remove(seat) }
        look()
    }

    /// This process is a copy that `fork` made, in which only that worker's thread runs.
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
        simulation?.copied(worker.seat)
        sayIdle = nil
    }

    // MARK: Supervisors

    func add(_ supervisor: any Supervising) { supervisors.withLock { $0.append(supervisor) } }
    func remove(_ supervisor: any Supervising) { supervisors.withLock { $0.removeAll { $0 === supervisor } } }

    /// Whether a supervisor stops that work when its turn has come. Whoever ends all work leaves it alone.
    func isSupervised(_ work: Work?) -> Bool {
        guard let work else { return false }
        return supervisors.withLock { $0 }.contains { $0.supervises(work) }
    }

    // MARK: Subprocesses

    /// A subprocess has been started that ends with the program. `end` asks it to end, and kills it after its grace;
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

    /// No threads, processes or subprocesses are left, daemons included.
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

    /// Threads, or processes, that were spawned and have not ended.
    func live(_ kind: Work.Kind) -> [Work] {
        state.withLock { state in
            state.threads.values.filter { $0.kind == kind && !$0.status.isFinal }.sorted { $0.id < $1.id }
        }
    }
    /// Whether only processes that have gone already keep the program alive: they will be removed in a moment.
    var isAboutToBeQuiet: Bool { runningThreads.allSatisfy { $0.isDaemon || $0.elsewhere?.hasGone == true } }

    /// Threads and processes that are not over, also if their own function has ended.
    var runningThreads: [Work] { state.withLock { Array($0.threads.values) } }
    var liveWorkers: [Worker] { state.withLock { $0.workers } }

    // MARK: Quiescence

    /// From now on something outside of all states (a child process, a host's thread) may wake one. To be called by a
    /// thread that is awake, before that can happen. Calls are counted.
    func beginOutside() { quiescence.beginOutside() }

    /// Any thread: that is over. All messages from there have been posted to mailboxes and channels before.
    func endOutside() {
        quiescence.endOutside()
        look()
    }

    /// Any thread, after one of the counts has changed: stops the program if nothing in it can ever go on.
    @inline(__always)
    func look() {
        if let simulation { return simulation.look() }
        if quiescence.mayHold { lookAgain() }
    }

    /// A script handles a signal from now on, which may wake a state; or no more.
    func beginSignals() {
        if let simulation { simulation.countSignalHandlers(1) } else { beginOutside() }
    }
    func endSignals() {
        if let simulation { simulation.countSignalHandlers(-1) } else { endOutside() }
    }

    // MARK: Failures

    /// Reports an error that nobody waits for, and remembers that: the exit status tells of it.
    func reportUnobserved(_ work: Int, _ error: ScriptError) {
        state.withLock { _ = $0.unobserved.insert(work) }
        Console.flush()
        report(error)
    }

    /// Tells the host of an error that nobody waits for.
    func report(_ error: ScriptError) {
        if let onError = confinement.onError { onError(error) } else { settings.report(error.story) }
    }

    func report(_ text: ByteText) { report(ScriptError(.error, text)) }

    /// A child process has ended with failures that it has reported itself.
    func noteUnobserved(_ work: Int) { state.withLock { _ = $0.unobserved.insert(work) } }

    func observe(_ work: Int) { state.withLock { _ = $0.unobserved.remove(work) } }
    var hasUnobservedFailures: Bool { state.withLock { !$0.unobserved.isEmpty } }

    // MARK: The end

    /// Any thread: asks for the end of the program. The first request counts, and has precedence over signals.
    func requestExit(_ exit: Exit) {
        state.withLock { if $0.exit == nil { $0.exit = exit } }
        noteExitRequest()
        endAll()
    }

    /// Any thread: a signal asks for the end. The first one is reported as `word`, before anything ends. False if
    /// another one came before, more than a moment ago: programs such as `timeout` send theirs twice in a row.
    func requestExit(_ arrival: Signals.Arrival, _ word: ByteText) -> Bool {
        let repetitions = Deadline(after: Self.sameSignal)
        let first = state.withLock { state in
            defer { state.repetitions = state.repetitions ?? repetitions }
            return state.repetitions
        }
        if let first { return !first.hasPassed }
        Console.report(word)
        state.withLock { $0.signal = arrival }
        noteExitRequest()
        endAll()
        return true
    }

    private static let sameSignal: TimeSpan = .milliseconds(100)

    /// Asks all states to end, except the caller's, which ends itself. The main one is asked first, so that it does
    /// not fail because something that it waits for was ended.
    private func endAll() {
        let workers = liveWorkers.filter { $0.identity != .current && !isSupervised($0.thread) }
        for worker in workers.filter(\.isMain) + workers.filter({ !$0.isMain }) { worker.thread.end() }
        main?.wake()
        mustEnd(within: longestGrace)
    }

    private func noteExitRequest() {
        keepOrder()
        isExitRequested.store(true, ordering: .releasing)
    }

    /// The quick look: false if there was no request for an exit yet.
    @inline(__always)
    var mayExit: Bool { isExitRequested.load(ordering: .acquiring) }

    var exitRequest: Exit? {
        state.withLock { state in
            if state.isShuttingDown { return nil }
            return state.exit ?? state.signal.map { Exit(status: 128 + $0.number, closes: true) }
        }
    }

    /// The status that was asked for, also by a finalizer when the program was ending already.
    var exitStatus: Int32? { state.withLock { $0.exit?.status ?? $0.signal.map { 128 + $0.number } } }
    /// The exit status, when all is over and all output is written: the one asked for, or `status`. Without a request
    /// it is not 0 if something has failed unseen. Lost output is reported here, and makes the status 1 if it was 0.
    func finalStatus(_ status: Int32) -> Int32 {
        let failure = settings.ownsProcess ? Console.failure : nil
        if let failure { report("\(failure)") }
        let status = exitStatus ?? (status == 0 && hasUnobservedFailures ? 1 : status)
        return status == 0 && failure != nil ? 1 : status
    }

    /// The signal that ends the program, unless a script has chosen the status.
    var signal: Signals.Arrival? { state.withLock { $0.exit == nil ? $0.signal : nil } }
    /// How long all work may take to end. Supervisors stop their children one after the other.
    var longestGrace: TimeSpan {
        let longest = runningThreads.map(\.grace).reduce(main?.thread.grace ?? Grace.usual, max)
        return supervisors.withLock { $0 }.reduce(longest) { $0 + $1.timeToStop }
    }

    func forgetLastMoment() { lastMoment.store(.forever, ordering: .relaxed) }

    var isEnding: Bool { state.withLock { $0.isShuttingDown } }
    /// From now on the main loop serves only what is ending.
    func beginShutdown() { state.withLock { $0.isShuttingDown = true } }
}

/// Starts child processes for a program, and ends its subprocesses. The runtime gives one to the program. Shared.
protocol ProcessHost: AnyObject, Sendable {
    /// Starts a function in a child process.
    func start(_ spawn: ProcessSpawn, of program: Program) throws(Launch.Failure) -> Work
    /// See `Program.began`.
    func add(_ subprocess: AnyObject, end: @escaping @Sendable () -> Void, kill: @escaping @Sendable () -> Void)
    func remove(_ subprocess: AnyObject)
    /// Whether all that were added have been removed.
    var isEmpty: Bool { get }
    /// Ends, or kills, the subprocesses that were added.
    func end()
    func kill()
    /// In a copy that `fork` made: forgets all, since they belong to the original process.
    func forget()
}

/// Stops its children in their order when all work is ended. Shared.
protocol Supervising: AnyObject, Sendable {
    func supervises(_ work: Work) -> Bool
    /// How long that may take.
    var timeToStop: TimeSpan { get }
}

/// The types of handles in scripts; `Modules/` defines them.
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
