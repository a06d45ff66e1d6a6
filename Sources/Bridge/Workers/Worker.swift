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

    /// Among the program's workers. Guarded by the program's mutex.
    var place = 0
    let mailbox = Mailbox()
    var mail: [Mailbox.Item] = []
    var ready = TaskQueue<ScriptTask>()
    var timers = TimerQueue()
    var tasks: [ScriptTask] = []
    var current: ScriptTask?
    /// Where the running task holds up the thread.
    var blocking: BlockingWaiter?
    /// Whether the thread that owns this runs, so that it may be sent a signal.
    let isAlive = Guarded(false)
    /// The one that ran last: who held up the state. Nil after a sleep.
    var lastTask: ScriptTask?
    /// Non-daemon tasks, timers, events, callbacks to come: the state goes on until none is left.
    var foreground = 0
    /// How many operations a task may do at once while others wait.
    static let fullBudget: Int32 = 256
    private static let roundOfTimers = 128
    var spin = AdaptiveSpin()
    var spawnSites = SpawnSites()
    var scratch: ByteBuffer? = ByteBuffer()
    var lateReports: [LateReport] = []
    /// What is done when the state is closed.
    var closers: [ObjectIdentifier: () -> Void] = [:]
    /// Those that this state has started or got, and that have not ended: some are another's by now.
    var subprocesses: [any OwnedSubprocess] = []
    private let anchorLock = Lock()
    private var releasedAnchors: [Int] = []
    /// The whole state is being ended: its timers no longer count.
    var isCancelled = false
    /// It ends when the program is to end, as the main one does: in a copy of the process it is the only one.
    private(set) var leads: Bool
    /// Then, and what its handlers started goes on until this instant.
    var cancelledUntil: Instant = .forever
    /// Whether the thread has taken note that it is cancelled.
    let isHeard = Atomic<Bool>(true)
    /// Whether the reactor looks after an interrupt that has not been heard of.
    let isRepeating = Atomic<Bool>(false)
    /// Whether the pool knows that this ends. Owned by the thread.
    var isEndKnown = false
    /// When the reactor's thread will interrupt this state.
    let watchedUntil = Atomic<Instant>(.forever)
    /// What decides how a task ends that is unwinding.
    typealias Ending = (ScriptTask) -> Void
    var endings: [ObjectIdentifier: Ending] = [:]

    /// On the thread that will own it. The memory is that of an earlier state of this thread, which is closed.
    init(program: Program, thread: Work, memory: StateMemory, isMain: Bool = false) {
        self.program = program
        clock = program.clock
        self.thread = thread
        self.memory = memory
        self.isMain = isMain
        leads = isMain
    }

    // MARK: - Life

    /// A fresh state, not yet anybody's.
    static func makeState(_ program: Program, _ memory: StateMemory) throws(ScriptError) -> LuaState {
        memory.ignoreEnvironment(program.settings.ignoresEnvironment)
        let state = try LuaState(memory, modules: program.settings.modules)
        program.settings.prepare(state)
        return state
    }

    /// Takes the state, or opens one.
    func open(_ prepared: LuaState? = nil) throws(ScriptError) {
        if let prepared { state = prepared } else { state = try Self.makeState(program, memory) }
        state.owner = self
        memory.setOwner(self)
        memory.adopt()
    }

    /// From now on the program knows the worker by its work.
    func beginWork() {
        thread.worker = self
        isAlive.withLock { $0 = true }
        program.add(self)
    }

    /// Finalizers run; what tasks are left is dropped. `keepsState`: C code that it called is still at it.
    func close(keepsState: Bool = false) {
        isAlive.withLock { $0 = false }
        for report in lateReports { report.say() }
        lateReports.removeAll()
        for task in tasks {
            _ = task.claimRound()  // nothing may be handed to it any more
            if task.isWaiting { endWait(of: task) }
            task.work?.finish(.failed(cancellation(of: task)), .cancelled)
            task.retire()
        }
        tasks.removeAll()
        ready = TaskQueue<ScriptTask>()
        timers.removeAll()
        current = nil
        lastTask = nil
        foreground = 0
        for close in closers.values { close() }
        endSubprocesses()
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
            collectMail()
            if timers.count > 0 { ringTimers() }
            memory.budget = Self.fullBudget
            var turns = ready.count
            while turns > 0, let task = ready.popFirst() {
                resume(task)
                turns -= 1
            }
            if leads, program.exitRequest != nil { return }
            if isDone, isEnough() || isCancelled || !isMain || !waitForSubprocess() { return }
            if deadline != .forever && clock.now >= deadline { return }
            if ready.isEmpty, !isEnough() {
                memory.forgetInterrupt()
                idle(deadline)
            }
        }
    }

    var isDone: Bool {
        (isCancelled ? tasks.isEmpty && lateReports.isEmpty : foreground == 0) && mailbox.isEmpty
            && (!isMain || program.isQuiet)
    }

    /// On its way to sleep: what it finds out itself on that way comes by mail, too. Owned by the thread.
    private var isIdle = false

    /// Any thread: whether the caller is this worker's own thread, and not on its way to sleep.
    var isHere: Bool { identity == .current && !isIdle }

    func idle(_ deadline: Instant = .forever) {
        isIdle = true
        let isNotified = spin.look(until: { mailbox.sleeper.isNotified })
        isIdle = false
        if isNotified {
            return mailbox.sleeper.sleep(until: .past)  // takes the notification
        }
        let began = clock.now
        Processor.leave()
        let due = min(timers.nextLive, deadline)
        if due > began { lastTask = nil }
        if due != .forever {
            mailbox.sleeper.sleep(until: due)
        } else {
            program.quiescence.fallAsleep()
            program.look()
            mailbox.sleeper.sleep(until: .forever) { program.quiescence.wake() }
        }
        Processor.enter()
        let now = clock.now
        if now < due { spin.slept(now - began) }
    }

    /// Nothing waits to be looked at. Any thread.
    var isQuiet: Bool { mailbox.isEmpty && !mailbox.sleeper.isNotified }

    /// What others did for this state in the former process is lost here; that process's subprocesses are not ours to end.
    func copied() {
        leads = true
        subprocesses = []
        program.copied(with: self)
        for item in Polling.all { item.cut() }
    }

    // MARK: - Mail

    /// Any thread: looks again at what there is to do.
    func wake() { mailbox.sleeper.wake() }

    /// Any thread: the waiter was claimed and goes on.
    func post(_ waiter: Waiter) {
        if isHere { waiter.woken() } else { mailbox.post(.woken(waiter)) }
    }

    /// Any thread: does something on this worker's own.
    /// False when that thread has ended. `orElse` is done instead of the job when it ends before it comes to that.
    @discardableResult
    func perform(_ job: @escaping (Worker) -> Void, orElse: (() -> Void)? = nil) -> Bool {
        if isHere {
            job(self)
            return true
        }
        return mailbox.post(.job({ [unowned self] in job(self) }, orElse: orElse))
    }

    /// Any thread: an anchor that nobody needs any more.
    func releaseLater(_ anchor: Int) {
        if identity == .current, state != nil { return state.release(anchor) }
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
        let anchors = anchorLock.withLock {
            defer { releasedAnchors.removeAll() }
            return releasedAnchors
        }
        for anchor in anchors { state.release(anchor) }
    }

    // MARK: - Time

    func add(_ alarm: Alarm, ticket: UInt64, due: Instant) { timers.add(alarm, ticket: ticket, due: due) }

    /// An entry in the queue of timers is stale from now on.
    func alarmGivenUp() { timers.entryGivenUp() }

    func ringTimers() {
        let now = clock.now
        // What is due now; what their callbacks add comes in the next round. Of very many only some, so that each runs
        // soon after it was made ready.
        var due = timers.count
        let enough = ready.count + Self.roundOfTimers
        while due > 0, ready.count < enough, let (alarm, ticket) = timers.popDue(now) {
            alarm.ring(ticket, now: now)
            due -= 1
        }
    }

    // MARK: - What keeps the state alive

    func holdOn() { foreground += 1 }
    func letGo() { foreground -= 1 }

    // MARK: - Scratch memory

    /// A buffer to write a message into, empty. Whoever takes it gives it back; meanwhile another gets a new one.
    func takeBuffer() -> ByteBuffer {
        guard var buffer = scratch.take() else { return ByteBuffer() }
        buffer.count = 0
        return buffer
    }

    func give(_ buffer: consuming ByteBuffer) {
        if buffer.capacity <= 1 << 20, !buffer.failed { scratch = consume buffer }
    }
}
