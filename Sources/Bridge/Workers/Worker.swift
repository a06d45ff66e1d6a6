import Synchronization

/// One OS thread, one Lua state, one event loop, born and dying together. Owned by its thread, but for what is said to
/// be for any thread.
// Unchecked is sound: what other threads may call says so, and goes through the mailbox or a lock.
final class Worker: StateOwner, @unchecked Sendable {  // sound: see above
    let program: Program
    let clock: LoopClock
    let isMain: Bool
    let thread: Work
    var state: LuaState!
    let memory: StateMemory
    let identity = ThreadIdentity.current

    /// Its index among the program's workers. Guarded by the program's lock.
    var place = 0
    let mailbox: Mailbox
    var mail: [Mailbox.Item] = []
    var ready = TaskQueue()
    var timers = TimerQueue()
    /// What rings for the schedules of `sched.cron` (`CronQueue`); made with the first one.
    var calendar: Alarm?
    var tasks: [ScriptTask] = []
    var current: ScriptTask? { running?.takeUnretainedValue() }
    /// The same, not retained: `tasks` keeps it.
    var running: Unmanaged<ScriptTask>?
    /// The call of the host whose results are converted now, after its task has ended.
    var receiving: HostRun?
    /// The wait in which the running task blocks the thread, if it does.
    var blocking: BlockingWaiter?
    /// Whether the thread works for this worker, so that signals may be sent to it.
    let isAlive = Guarded(false)
    /// The task that ran last, for reports of what held up the state. Nil after a sleep.
    var lastTask: ScriptTask? { lastRun?.takeUnretainedValue() }
    /// The same, not retained: `tasks` keeps it, or `ended` does.
    var lastRun: Unmanaged<ScriptTask>?
    /// The task that ended last, until another one runs.
    var ended: ScriptTask?
    /// The number of tasks, timers, reports and handlers that keep the state alive. Daemons do not.
    var foreground = 0
    /// How many of its tasks attend.
    var attendants = 0
    /// How many operations a task may do without giving others a turn.
    static let fullBudget: Int32 = 256
    private static let roundOfTimers = 128
    var spin = WorkerSpins()
    /// See `nextGrant`.
    var lastGrant: Int
    private var lead = WakeLead()
    var spawnSites = SpawnSites()
    /// What the trace gets of it, if there is one.
    var track: Track?
    private var madeWaitingTimers: WaitingTimers?
    private var waitingTimersReference: Unmanaged<WaitingTimers>?
    /// The type of the handles of tasks.
    let taskType: AnyHostType
    var scratch: ByteBuffer? = ByteBuffer()
    var lateReports: [LateReport] = []
    /// Called when the state is closed.
    var closers: [ObjectIdentifier: () -> Void] = [:]
    /// The subprocesses that this state has started or received. Some may belong to another state by now.
    var subprocesses: [any OwnedSubprocess] = []
    /// On virtual time: its seat, the rounds of its loop, and the instant at which the host wants the turn.
    var seat: WorkerSeat?
    var round = 0
    var stop = Instant.forever
    /// On virtual time: the turn in which `watchedUntil` was set, and the end of a grace that has come meanwhile by the
    /// machine's clock (`catchUp`).
    var watchedTurn = 0
    let overrun = Atomic<Instant>(.past)
    private let anchorLock = Lock()
    private var releasedAnchors: [Int] = []
    /// The whole state is being ended: its timers no longer keep it alive.
    var isCancelled = false
    /// It ends when the program's end is asked for: the main worker does, and the only one in a copy that `fork` made.
    private(set) var leads: Bool
    /// When the grace of a state that is cancelled is over.
    var cancelledUntil: Instant = .forever
    /// Whether the thread has noticed that it is cancelled.
    let isHeard = Atomic<Bool>(true)
    /// Whether the reactor repeats an interrupt that has not happened yet.
    let isRepeating = Atomic<Bool>(false)
    /// Whether the pool has been told that this worker ends. Owned by the thread.
    var isEndKnown = false
    /// When code that runs outside of all tasks is cut short (`bounded`).
    var boundedUntil: Instant = .forever
    /// When the reactor's thread will interrupt this state.
    let watchedUntil = Atomic<Instant>(.forever)
    /// Sets the outcome of a task that unwinds for `thread.exit` or `os.exit`.
    typealias Ending = (ScriptTask) -> Void
    var endings: [ObjectIdentifier: Ending] = [:]

    /// On the thread that will own it. `memory` may be that of an earlier state of this thread, which must be closed.
    init(program: Program, thread: Work, memory: StateMemory, isMain: Bool = false) {
        self.program = program
        clock = program.clock
        mailbox = Mailbox(program.simulation)
        taskType = program.settings.handleTypes.task
        self.thread = thread
        self.memory = memory
        self.isMain = isMain
        leads = isMain
        lastGrant = (thread.id & 0x3ffff) << 44
    }

    /// Calls the body with the open state, without counting a reference.
    @inline(__always)
    func withState<R>(_ body: (LuaState) -> R) -> R { Unmanaged.passUnretained(state).borrow(body) }

    // MARK: - Life

    /// Opens a state, which no worker owns yet. `fillsLate`: see `LuaState.init`.
    static func makeState(
        _ program: Program, _ memory: StateMemory, fillsLate: Bool = true
    ) throws(ScriptError) -> LuaState {
        memory.ignoreEnvironment(program.settings.ignoresEnvironment)
        let state = try LuaState(memory, modules: program.settings.modules, fillsLate: fillsLate)
        try program.settings.prepare(state)
        try program.settings.confine(state, program.confinement)
        return state
    }

    /// Opens a state of its own, whose modules can be completed at the prompt.
    func open() throws(ScriptError) { take(try Self.makeState(program, memory, fillsLate: false)) }

    /// Takes over a state in its memory that no worker owns.
    func take(_ fresh: LuaState) {
        state = fresh
        fresh.owner = self
        fresh.hostTypes = program.settings.hostTypes
        fresh.proceed = { call throws(Fault) in
            try call.withWorker { worker throws(Fault) in try worker.proceed(call) }
        }
        memory.setOwner(self)
        memory.adopt()
    }

    /// From now on the program knows the worker by its work.
    func beginWork() {
        thread.worker = self
        isAlive.withLock { $0 = true }
        program.add(self)
        if let simulation = program.simulation { takeSeat(simulation) }
        if Tracing.hasTracks { beginTrack() }
    }

    /// Closes the state: drops the tasks that are left, and runs finalizers. `keepsState`: the state stays open, since
    /// C code that it has called is still running.
    func close(keepsState: Bool = false) {
        isAlive.withLock { $0 = false }
        for report in lateReports { report.say() }
        lateReports.removeAll()
        for task in tasks {
            // Nothing may be handed to it any more. Whoever has claimed it, under the lock of the place where it waits,
            // keeps it until it is notified.
            if !task.claimRound(), task.isWaiting { task.keepWorker() }
            if let (node, place) = task.left.take() { place.forget(node) }
            task.leaveBorrowedPlace()
            if task.isWaiting { endWait(of: task) }
            task.abandonHolds()
            let work = task.isPlain ? task.handle() : task.work
            if let work { WaitGraph.end(by: work) }
            work?.finish(.failed(cancellation(of: task)), .cancelled)
            task.retire()
        }
        while takeReady() != nil {}
        running = nil
        lastRun = nil
        tasks.removeAll()
        ended = nil
        timers.removeAll()
        calendar = nil
        madeWaitingTimers?.removeAll()
        (foreground, attendants) = (0, 0)
        for close in closers.values { close() }
        endSubprocesses()
        endTrack()
        if !keepsState {
            state.close()
            endSubprocesses()  // those of finalizers
            state = nil
        }
        StateMemory.leave()
        mailbox.close()
        mailbox.take(&mail)
        for case .job(_, let refuse?) in mail { refuse() }
        mail.removeAll()
        thread.worker = nil
    }

    /// Runs until nothing keeps the state alive, or until `isEnough` says so.
    func run(until isEnough: () -> Bool = { false }, deadline: Instant = .forever) {
        Processor.enter()
        defer { Processor.leave() }
        while !isEnough() {
            if clock.isSimulated, let simulation = program.simulation { takeTurns(simulation) } else { collectMail() }
            if timers.count > 0 { ringTimers() }
            memory.budget = Tracing.isOn ? tracedBudget() : Self.fullBudget
            var turns = ready.count
            while turns > 0, let task = takeReady() {
                task.borrow { resume($0) }
                turns -= 1
            }
            if leads, program.mayExit, program.exitRequest != nil { return }
            if isDone, isEnough() || isCancelled || !isMain || !waitForSubprocess() { return }
            if deadline != .forever && clock.now >= deadline { return }
            if ready.isEmpty, !isEnough() {
                memory.forgetInterrupt()
                idle(deadline)
            }
        }
    }

    /// The next task that may run. Those that were discarded meanwhile are released.
    @inline(__always)
    func takeReady() -> Unmanaged<ScriptTask>? {
        while let task = ready.popFirst() {
            if !task.borrow({ $0.wasDiscarded }) { return task }
            task.release()
        }
        return nil
    }

    var isDone: Bool {
        (isCancelled ? tasks.isEmpty && lateReports.isEmpty : foreground == 0) && mailbox.isEmpty
            && (!isMain || program.isQuiet)
    }

    /// The thread spins before it sleeps. What it reads from links meanwhile is posted to the mailbox, too. Owned by
    /// the thread.
    private var isIdle = false

    /// The thread has given back what it does not need while it sleeps. Owned by the thread.
    private var hasRested = false
    private static let patience: TimeSpan = .milliseconds(20)

    /// Any thread: whether the caller is this worker's own thread, and not about to sleep.
    var isHere: Bool { identity == .current && !isIdle }

    func idle(_ deadline: Instant = .forever) {
        if clock.isSimulated, let simulation = program.simulation { return rest(simulation, until: deadline) }
        if timers.count > 0, timers.nextDue <= clock.now { return }
        isIdle = true
        let isNotified = spin.look(until: { mailbox.sleeper.isNotified })
        isIdle = false
        if isNotified {
            _ = mailbox.sleeper.takeNotification()
            return
        }
        let began = clock.now
        let due = min(timers.nextLive, deadline)
        guard due > began else { return }
        lastRun = nil
        SpareMemory.rest()
        Processor.leave()
        guard due != .forever else {
            program.quiescence.fallAsleep()
            program.look()
            mailbox.sleeper.sleep(
                until: .forever, awake: { program.quiescence.wake() },
                restingAt: hasRested ? .forever : began + Self.patience
            ) {
                // What the start has used of the stack. Once, since it costs the other threads an interrupt.
                hasRested = true
                OSThread.trimStack()
            }
            Processor.enter()
            return
        }
        let plan = lead.plan(for: due, began, maySpin: Processor.hasRoomForOneMore)
        let isWoken = mailbox.sleeper.sleep(until: plan.alarm)
        Processor.enter()
        if isWoken { return }
        let now = clock.now
        if began < plan.alarm { lead.woke(now, alarm: plan.alarm) }
        if now < plan.due {
            isIdle = true
            defer { isIdle = false }
            if Processor.spin(for: plan.due - now, until: { mailbox.sleeper.isNotified }) { return }
        }
        lead.met(max(now, plan.due))
    }

    /// Any thread: whether it has no mail and no notification.
    var isQuiet: Bool { mailbox.isEmpty && !mailbox.sleeper.isNotified }

    /// In a copy that `fork` made: gives up the links, the other threads and the subprocesses, which belong to the
    /// original.
    func copied() {
        leads = true
        Trace.leave()
        track = nil
        subprocesses = []
        program.copied(with: self)
        for item in Polling.all { item.cut() }
    }

    // MARK: - Mail

    /// Any thread: makes the loop look again.
    func wake() { mailbox.wake() }

    /// Any thread: the waiter was claimed and goes on.
    func post(_ waiter: Waiter) {
        if isHere { waiter.woken() } else { mailbox.post(.woken(waiter)) }
    }

    /// Any thread: runs the job on this worker's thread, at once if that is the caller's. False: that thread has
    /// ended. If it ends before the job has run, `orElse` is called instead.
    @discardableResult
    func perform(_ job: @escaping (Worker) -> Void, orElse: (() -> Void)? = nil) -> Bool {
        if isHere {
            job(self)
            return true
        }
        return mailbox.post(.job({ [unowned self] in job(self) }, orElse: orElse)) != .refused
    }

    /// Made at first use.
    var waitingTimers: WaitingTimers {
        if let madeWaitingTimers { return madeWaitingTimers }
        let made = WaitingTimers(self)
        madeWaitingTimers = made
        waitingTimersReference = .passUnretained(made)
        return made
    }

    /// Calls the body with them, without counting a reference.
    @inline(__always)
    func withWaitingTimers<R, E: Error>(_ body: (WaitingTimers) throws(E) -> R) throws(E) -> R {
        try (waitingTimersReference ?? .passUnretained(waitingTimers)).borrow(body)
    }

    /// See `StateOwner`.
    func object(place: Int, identity: Int) -> AnyObject { waitingTimers.timer(place, identity: identity) }

    var openState: LuaState? { identity == .current ? state : nil }

    /// Any thread: releases an anchor, at once on the worker's own thread and soon otherwise.
    func releaseLater(_ anchor: Int) {
        if identity == .current, state != nil { return withState { $0.release(anchor) } }
        anchorLock.withLock { releasedAnchors.append(anchor) }
    }

    func collectMail() {
        guard !mailbox.isEmpty else { return }
        mailbox.take(&mail)
        for item in mail {
            switch item {
            case .woken(let waiter): waiter.woken()
            case .job(let job, _): job()
            }
        }
        mail.removeAll(keepingCapacity: true)
        releaseAnchors()
    }

    /// Releases those that other threads have given up.
    func releaseAnchors() {
        let anchors = anchorLock.withLock {
            defer { releasedAnchors.removeAll() }
            return releasedAnchors
        }
        for anchor in anchors { state.release(anchor) }
    }

    // MARK: - Time

    func add(_ alarm: Alarm, ticket: UInt64, due: Instant) { timers.add(alarm, ticket: ticket, due: due) }

    /// An entry in the queue of timers has become stale.
    func alarmGivenUp() { timers.entryGivenUp() }

    func ringTimers() {
        let now = clock.now
        // Rings what is due now; what callbacks add comes in the next round. Of very many it rings only some, so that
        // each callback runs soon after it was made ready.
        let all = timers.count
        var rung = 0
        let enough = ready.count + Self.roundOfTimers
        while rung < all, ready.count < enough, let (alarm, ticket) = timers.popDue(now) {
            alarm.ring(ticket, now: now)
            rung += 1
        }
        if rung > 0 { lead.add(rung, now) }
    }

    // MARK: - What keeps the state alive

    func holdOn() { foreground += 1 }
    func letGo() { foreground -= 1 }

    // MARK: - Scratch memory

    /// An empty buffer for a message. The caller gives it back; a second one that is taken meanwhile is new.
    func takeBuffer() -> ByteBuffer {
        guard var buffer = scratch.take() else { return ByteBuffer() }
        buffer.count = 0
        return buffer
    }

    func give(_ buffer: consuming ByteBuffer) {
        if buffer.capacity <= 1 << 20, !buffer.failed { scratch = consume buffer }
    }
}
