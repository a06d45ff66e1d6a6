import CFence
import CLua

/// One OS thread, one Lua state, one event loop, born and dying together. Owned by its thread, but for what is said to
/// be for any thread.
// Unchecked is sound: what other threads may call says so, and goes through the mailbox or a lock.
final class Worker: StateOwner, @unchecked Sendable {
    let program: Program
    let isMain: Bool
    let thread: Work
    private(set) var state: LuaState!
    private let memory: StateMemory
    private var vm: UnsafeMutablePointer<fence_vm> { memory.vm }
    private let identity = ThreadIdentity.current

    let mailbox = Mailbox()
    private var mail: [Mailbox.Item] = []
    private var ready = TaskQueue()
    private var timers = TimerQueue()
    private(set) var tasks: [ScriptTask] = []
    private(set) var current: ScriptTask?
    /// Where the running task holds up the thread.
    private var blocking: BlockingWaiter?
    /// Whether the thread that owns this runs, so that it may be sent a signal.
    private let isAlive = Guarded(false)
    /// The one that ran last: who held up the state.
    private(set) var lastTask: ScriptTask?
    /// Non-daemon tasks, timers, events, callbacks to come: the state goes on until none is left.
    private var foreground = 0
    /// How many operations a task may do at once while others wait.
    private static let fullBudget: Int32 = 256
    private static let spinTime: Nanoseconds = 60_000
    var spawnSites = SpawnSites()
    private var scratch: ByteBuffer? = ByteBuffer()
    private var lateReports: [LateReport] = []
    private let garbage = Lock()
    private var releasedAnchors: [Int] = []

    /// On the thread that will own it. The memory is that of an earlier state of this thread, which is closed.
    init(program: Program, thread: Work, memory: StateMemory, isMain: Bool = false) {
        self.program = program
        self.thread = thread
        self.memory = memory
        self.isMain = isMain
    }

    // MARK: - Life

    /// A fresh state, not yet anybody's.
    static func makeState(_ program: Program, _ memory: StateMemory) throws(ScriptError) -> LuaState {
        memory.vm.pointee.ignores_environment = program.settings.ignoresEnvironment
        let state = try LuaState(memory.vm, modules: program.settings.modules)
        program.settings.prepare(state)
        return state
    }

    /// Takes the state, or opens one.
    func open(_ prepared: LuaState? = nil) throws(ScriptError) {
        if let prepared { state = prepared } else { state = try Self.makeState(program, memory) }
        state.owner = self
        vm.pointee.worker = Unmanaged.passUnretained(self).toOpaque()
        fence_adopt(vm)
    }

    /// From now on the program knows the worker by its work.
    func beginWork() {
        thread.worker = self
        isAlive.withLock { $0 = true }
        program.add(self)
    }

    /// Finalizers run; what tasks are left is dropped.
    func close() {
        isAlive.withLock { $0 = false }
        for report in lateReports { report.say() }
        lateReports.removeAll()
        for task in tasks {
            _ = task.claimRound()  // nothing may be handed to it any more
            task.work?.finish(.failed(cancellation(of: task)), .cancelled)
            task.letGo()
        }
        tasks.removeAll()
        ready = TaskQueue()
        timers.removeAll()
        current = nil
        lastTask = nil
        foreground = 0
        state.close()
        state = nil
        fence_adopt(nil)
        mailbox.close()
        mailbox.take(&mail)
        mail.removeAll()
        thread.worker = nil
    }

    /// Runs until nothing keeps the state alive, or until `isEnough` says so.
    func run(until isEnough: () -> Bool = { false }, deadline: Nanoseconds = .forever) {
        Processor.enter()
        defer { Processor.leave() }
        while !isEnough() {
            collectMail()
            if timers.count > 0 { ringTimers() }
            vm.pointee.budget = Self.fullBudget
            var turns = ready.count
            while turns > 0, let task = ready.popFirst() {
                resume(task)
                turns -= 1
            }
            if isMain, program.exitRequest != nil { return }
            if isDone || (deadline != .forever && Clock.now >= deadline) { return }
            if ready.isEmpty, !isEnough() { idle(deadline) }
        }
    }

    private var isDone: Bool {
        (isCancelled ? tasks.isEmpty && lateReports.isEmpty : foreground == 0) && mailbox.isEmpty
            && (!isMain || program.isQuiet)
    }

    private func idle(_ deadline: Nanoseconds = .forever) {
        if Processor.spin(for: Self.spinTime, until: { mailbox.sleeper.isNotified }) {
            return mailbox.sleeper.sleep(until: 0)  // takes the notification
        }
        Processor.leave()
        mailbox.sleeper.sleep(until: min(timers.nextDue, deadline))
        Processor.enter()
    }

    // MARK: - Cancellation

    /// The whole state is being ended: its timers no longer count.
    private(set) var isCancelled = false

    /// Any thread: has the work looked at that somebody wants to end, wherever this state is at the moment.
    func cancel(_ work: Work) {
        if identity == .current { return cancelHere(work) }
        mailbox.post(.job { $0.cancelHere(work) })
        isAlive.withLock { alive in
            guard alive else { return }
            fence_want_interrupt(vm)
            identity.interrupt()
        }
    }

    private func cancelHere(_ work: Work) {
        if work === thread {
            isCancelled = true
            for task in tasks { cancelHere(task) }
        } else if let task = work.task {
            cancelHere(task)
        }
    }

    private func cancelHere(_ task: ScriptTask) {
        task.isCancelled = true
        if task === current {
            fence_interrupt(vm)
        } else if !task.hasStarted {
            discardCancelled(task)
        } else if task.isWaiting, task.claimRound() {
            task.delivery = .interrupted
            task.woken()
        }
        if let waiter = blocking, task === current, waiter.claimRound() {
            waiter.delivery = .interrupted
            waiter.woken()
        }
    }

    private func discardCancelled(_ task: ScriptTask) {
        task.wasDiscarded = true
        remove(task)
        if let coroutine = task.coroutine { state.give(coroutine) }
        if task.parent?.ended(nil, nil) != true {
            (task.work ?? task.handle()).finish(.failed(cancellation(of: task)), .cancelled)
        }
        task.letGo()
    }

    private func cancellation(of task: ScriptTask) -> ScriptError {
        let reason = task.work?.cancelReason ?? thread.cancelReason
        return ScriptError(.cancelled, reason ?? "cancelled", origin: origin(of: task))
    }

    /// Begins to unwind the running task if it is to be ended and nothing holds that off.
    func interrupted() -> ScriptError? {
        guard let task = current, vm.pointee.unwinding == 0 else { return nil }
        guard task.isCancelled || task.work?.isCancelRequested == true || thread.isCancelRequested else { return nil }
        task.isCancelled = true
        vm.pointee.unwinding = 1
        vm.pointee.unwindings &+= 1
        return cancellation(of: task)
    }

    private func checkCancelled() throws(Fault) {
        if current?.isCancelled == true, let error = interrupted() { throw .script(error) }
    }

    /// Any thread: looks again at what there is to do.
    func wake() { mailbox.sleeper.wake() }

    /// The thread's work ends so; whatever tasks it still has are cancelled.
    func end(_ end: Work.End) {
        thread.finish(end, .done)
        isCancelled = true
        for task in tasks where task !== current { cancelHere(task) }
    }

    // MARK: - Mail

    /// Any thread: the waiter was claimed and goes on.
    func post(_ waiter: Waiter) {
        if identity == .current { waiter.woken() } else { mailbox.post(.woken(waiter)) }
    }

    /// Any thread: does something on this worker's own.
    /// False when that thread has ended.
    @discardableResult
    func perform(_ job: @escaping (Worker) -> Void) -> Bool {
        guard identity != .current else {
            job(self)
            return true
        }
        return mailbox.post(.job(job))
    }

    /// Any thread: an anchor that nobody needs any more.
    func releaseLater(_ anchor: Int) {
        if identity == .current, state != nil { return state.release(anchor) }
        garbage.withLock { releasedAnchors.append(anchor) }
    }

    private func collectMail() {
        guard !mailbox.isEmpty else { return }
        mailbox.take(&mail)
        for item in mail {
            switch item {
            case .woken(let waiter): waiter.woken()
            case .job(let job): job(self)
            }
        }
        mail.removeAll(keepingCapacity: true)
        let anchors = garbage.withLock {
            defer { releasedAnchors.removeAll() }
            return releasedAnchors
        }
        for anchor in anchors { state.release(anchor) }
    }

    // MARK: - Time

    func add(_ alarm: Alarm, ticket: UInt64, due: Nanoseconds) { timers.add(alarm, ticket: ticket, due: due) }

    /// An entry in the queue of timers is stale from now on.
    func alarmGivenUp() { timers.entryGivenUp() }

    private func ringTimers() {
        let now = Clock.now
        // What is due now; what their callbacks add comes in the next round.
        var due = timers.count
        while due > 0, let (alarm, ticket) = timers.popDue(now) {
            alarm.ring(ticket, now: now)
            due -= 1
        }
    }

    // MARK: - What keeps the state alive

    func holdOn() { foreground += 1 }
    func letGo() { foreground -= 1 }

    // MARK: - Tasks

    /// Makes a task of the function and its arguments on top of `L`, which it takes. It starts at the next switch.
    @discardableResult
    func start(
        _ L: OpaquePointer, arguments: Int32, site: SpawnSite?, isDaemon: Bool = false, isMain: Bool = false
    ) -> ScriptTask {
        let coroutine = state.takeCoroutine(isMain: isMain)
        if lua_checkstack(coroutine.L, arguments + 8) != 0 { lua_xmove(L, coroutine.L, arguments + 1) }
        return add(ScriptTask(self, coroutine, arguments: arguments + 2, site: site), isDaemon)
    }

    /// A task that gets its function from its parent when it starts.
    func start(for parent: any TaskParent, site: SpawnSite?, isDaemon: Bool) {
        add(ScriptTask(self, nil, arguments: 0, site: site), isDaemon).parent = parent
    }

    private func add(_ task: ScriptTask, _ isDaemon: Bool) -> ScriptTask {
        task.isDaemon = isDaemon
        if !isDaemon { foreground += 1 }
        task.index = tasks.count
        tasks.append(task)
        ready.append(task)
        return task
    }

    func makeReady(_ task: ScriptTask) { ready.append(task) }

    func makeDaemon(_ task: ScriptTask) {
        guard !task.isDaemon else { return }
        task.isDaemon = true
        foreground -= 1
    }

    private func resume(_ task: ScriptTask) {
        if task.wasDiscarded { return }
        if !task.hasStarted, !task.begin() { return discard(task) }
        current = task
        lastTask = task
        task.isWaiting = false
        task.show(.running)
        vm.pointee.unwinding = task.unwinding
        var count: Int32 = 0
        let arguments = task.arguments
        task.arguments = 0
        let status = fence_resume(vm, task.coroutine.L, arguments, &count)
        task.unwinding = vm.pointee.unwinding
        vm.pointee.unwinding = 0
        current = nil
        if status == LUA_YIELD, vm.pointee.suspending != 0 {
            vm.pointee.suspending = 0
        } else {
            finish(task, status, count)
        }
    }

    /// A task that has not run yet and must not.
    private func discard(_ task: ScriptTask) {
        remove(task)
        task.letGo()
        if let coroutine = task.coroutine { state.give(coroutine) }
    }

    private func remove(_ task: ScriptTask) {
        tasks[task.index] = tasks[tasks.count - 1]
        tasks[task.index].index = task.index
        tasks.removeLast()
        if !task.isDaemon { foreground -= 1 }
    }

    private func finish(_ task: ScriptTask, _ status: Int32, _ count: Int32) {
        let co = task.coroutine.L
        remove(task)
        if status == LUA_YIELD {  // a C module yielded where nobody resumes it
            lua_settop(co, 0)
            lua_pushstring(co, "attempt to yield from outside a coroutine")
        }
        let failed = status != LUA_OK || vm.pointee.status != LUA_OK
        if !failed {
            succeed(task, count)
        } else if let end = ending(of: task) {
            end(task)
        } else if task.isCancelled, state.isError(-1, on: co), state.readError(-1, on: co).kind == .cancelled {
            let error = failure(task, status)
            if task.parent?.ended(task, nil) != true {
                (task.work ?? task.handle()).finish(.failed(error), .cancelled)
            }
        } else {
            fail(task, failure(task, status))
        }
        task.letGo()
        if status == LUA_OK { state.give(task.coroutine) } else { drop(task) }
    }

    /// A coroutine that did not end by itself.
    private func drop(_ task: ScriptTask) {
        _ = fence_reset(vm, task.coroutine.L)
        state.give(task.coroutine)
    }

    private func succeed(_ task: ScriptTask, _ count: Int32) {
        let co = task.coroutine.L
        if task.parent?.succeeded(task, count) == true {
            // Dealt with.
        } else if let work = task.work {
            if work.kind != .task || work.mustCopy {
                work.finish(copying: count, of: co, state)
            } else if count == 0 {
                work.finish(.results(nil, count: 0), .done)
            } else {
                work.finish(.kept(anchor: keep(co, count), count: Int(count)), .done)
            }
        }
        _ = task.parent?.ended(task, nil)
    }

    /// Several results are kept in a table.
    private func keep(_ co: OpaquePointer, _ count: Int32) -> Int {
        if count == 1 { return state.anchor(co) }
        lua_createtable(co, count, 0)
        lua_insert_(co, -count - 1)
        for i in stride(from: count, through: 1, by: -1) { lua_rawseti(co, -i - 1, lua_Integer(i)) }
        return state.anchor(co)
    }

    private func fail(_ task: ScriptTask, _ error: ScriptError) {
        if task.parent?.ended(task, error) == true { return }
        let work = task.work ?? task.handle()
        if !work.finish(.failed(error), .failed) { reportLater(work, error) }
    }

    /// Whoever spawned the work may be about to join it: a failure that nobody waits for is said a moment later.
    func reportLater(_ work: Work, _ error: ScriptError) {
        let report = LateReport(self, work, error)
        lateReports.append(report)
        foreground += 1
        timers.add(report, ticket: 0, due: Clock.now + LateReport.delay)
    }

    fileprivate func said(_ report: LateReport) {
        lateReports.removeAll { $0 === report }
        foreground -= 1
    }

    /// The error that ended a task, its value on top of the coroutine's stack.
    private func failure(_ task: ScriptTask, _ status: Int32) -> ScriptError {
        let co = task.coroutine.L
        let traceback = takeTraceback(co) + (task.site?.lines ?? "")
        let code = status == LUA_OK ? vm.pointee.status : status
        var error = state.failure(-1, on: co, isMemory: code == LUA_ERRMEM)
        let origin = origin(of: task)
        if error.traceback.isEmpty {
            error.traceback = String(traceback.drop { $0 == "\n" })
        } else if error.origin == origin {  // made here, with its traceback
            error.traceback += task.site?.lines ?? ""
        } else {  // it came from elsewhere: its own story first
            error.traceback += "\npassed on by \(origin):\n" + traceback
        }
        error.origin = origin
        return error
    }

    private func origin(of task: ScriptTask) -> String {
        if let work = task.work { return work.title }
        return task.parent?.title ?? task.handle().title
    }

    private func takeTraceback(_ co: OpaquePointer) -> String {
        lua_checkstack(co, 4)
        fence_push_traceback(co)
        defer { lua_pop_(co, 1) }
        return LuaState.text(co, -1)
    }

    // MARK: - Endings that are no failures

    typealias Ending = (ScriptTask) -> Void
    private var endings: [ObjectIdentifier: Ending] = [:]

    /// The task unwinds through every protected call, and then `ending` decides what came of it.
    func unwind(_ task: ScriptTask, _ ending: @escaping Ending) {
        endings[ObjectIdentifier(task)] = ending
        vm.pointee.unwinding = 1
        vm.pointee.unwindings &+= 1
    }

    /// The ending of a task that unwound as it was meant to; a real error on the way beats it.
    private func ending(of task: ScriptTask) -> Ending? {
        guard let ending = endings.removeValue(forKey: ObjectIdentifier(task)) else { return nil }
        let co = task.coroutine.L
        return state.isError(-1, on: co) && state.readError(-1, on: co).kind == .exit ? ending : nil
    }

    // MARK: - Waiting

    /// Suspends the running task until a waiter that `register` gets is claimed and woken, or `deadline` passes; then
    /// `resumption` gives the results. Where Lua cannot yield, the thread waits instead. `register` leaves nodes with
    /// the ticket; it returns false when the round has been decided meanwhile.
    func wait(
        _ call: HostCall, until deadline: Nanoseconds, _ register: (Waiter, Waiter.Ticket) -> Bool,
        _ resumption: @escaping ScriptTask.Resumption
    ) throws(Fault) -> Outcome {
        try checkCancelled()
        guard let task = current, !task.isWaiting, fence_can_suspend(vm, call.L) else {
            let delivery = block(until: deadline, register)
            return try conclude(call, delivery, resumption)
        }
        let ticket = task.arm()
        guard register(task, ticket) else { return try resumption(call, task.delivery) }
        if deadline != .forever { timers.add(task, ticket: ticket, due: deadline) }
        task.hasDeadline = deadline != .forever
        task.resumption = resumption
        task.isWaiting = true
        task.show(.waiting)
        return .suspend
    }

    private func block(until deadline: Nanoseconds, _ register: (Waiter, Waiter.Ticket) -> Bool) -> Waiter.Delivery {
        let waiter = BlockingWaiter(self)
        let outer = blocking
        blocking = waiter
        defer { blocking = outer }
        let ticket = waiter.arm()
        guard register(waiter, ticket) else { return waiter.delivery }
        if deadline != .forever { timers.add(waiter, ticket: ticket, due: deadline) }
        current?.show(.waiting)
        while true {
            collectMail()
            ringTimers()
            if waiter.isWoken { break }
            idle()
        }
        current?.show(.running)
        if deadline != .forever, case .timeout = waiter.delivery {} else { timers.entryGivenUp() }
        return waiter.delivery
    }

    /// Lets the others run; the values on the stack above `count` are the results.
    func yield(_ call: HostCall, results: Int32) -> Outcome {
        guard let task = current, fence_can_suspend(vm, call.L) else { return .results(results) }
        task.resumption = nil
        task.results = results
        ready.append(task)
        return .suspend
    }

    /// For operations that did not have to wait: now and then others get their turn, so that a flood of messages
    /// starves neither timers nor tasks.
    @inline(__always)
    func take(_ call: HostCall, results: Int32) -> Outcome {
        vm.pointee.budget -= 1
        if vm.pointee.budget > 0 { return .results(results) }
        return takeTurn(call, results)
    }

    private func takeTurn(_ call: HostCall, _ results: Int32) -> Outcome {
        vm.pointee.budget = Self.fullBudget
        let othersWait = !ready.isEmpty || !mailbox.isEmpty || (timers.count > 0 && timers.nextDue <= Clock.now)
        return othersWait ? yield(call, results: results) : .results(results)
    }

    /// Whether nothing else is to be done in this state at this moment, so that it may wait actively for a little.
    var mayspin: Bool { ready.isEmpty && mailbox.isEmpty }

    /// The wait is over: what was registered for it is cleaned up in any case.
    private func conclude(
        _ call: HostCall, _ delivery: Waiter.Delivery, _ resumption: ScriptTask.Resumption
    ) throws(Fault) -> Outcome {
        guard case .interrupted = delivery else { return try resumption(call, delivery) }
        let top = lua_gettop(call.L)
        _ = try? resumption(call, .timeout)
        lua_settop(call.L, top)
        try checkCancelled()
        return .none
    }

    func proceed(_ call: HostCall) throws(Fault) -> Outcome {
        guard let task = current else { return .none }
        guard let resumption = task.resumption else {
            try checkCancelled()
            return .results(task.results)
        }
        task.resumption = nil
        if task.hasDeadline {
            task.hasDeadline = false
            if case .timeout = task.delivery {} else { timers.entryGivenUp() }
        }
        return try conclude(call, task.delivery, resumption)
    }

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

/// A failure that is said unless somebody asks about it first. Owned by its worker's thread.
private final class LateReport: Alarm {
    static let delay: Nanoseconds = 10_000_000
    private unowned let worker: Worker
    private let work: Work
    private let error: ScriptError

    init(_ worker: Worker, _ work: Work, _ error: ScriptError) {
        self.worker = worker
        self.work = work
        self.error = error
    }

    func say() { work.reportIfUnobserved(error) }

    override func ring(_ ticket: UInt64, now: Nanoseconds) {
        say()
        worker.said(self)
    }
}
