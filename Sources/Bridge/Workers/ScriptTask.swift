/// A coroutine that its worker's event loop schedules. Owned by its worker's thread, but for what a `Waiter` shares.
final class ScriptTask: Waiter, ScopedTask, @unchecked Sendable {  // sound: see above
    /// May take out of the delivery what it wants to own.
    typealias Resumption = (HostCall, inout Waiter.Delivery) throws(Fault) -> Outcome

    let worker: Worker
    /// Set before the first resume: a task that a timer starts gets its coroutine only then, so that many that are due
    /// together use one after the other.
    var coroutine: Coroutine!
    private(set) var hasStarted = false
    let site: SpawnSite?
    /// The handle, once somebody has asked for it.
    var work: Work?
    /// What is done when the task goes on, and gives the results of the host function that waits.
    var resumption: Resumption?
    /// It decides itself what to do when the task is to be ended.
    var hearsEnd = false
    /// Without a resumption: that many values on the stack are the results.
    var results: Int32 = 0
    /// For the first resume.
    var arguments: Int32
    var isDaemon = false
    /// Somebody wants it to end.
    var isCancelled = false
    /// What was raised then. Kept apart, since it is large and few tasks have one.
    var end: ScriptError? {
        get { raised?.error }
        set { raised = newValue.map(Raised.init) }
    }
    private var raised: Raised?
    private final class Raised {
        let error: ScriptError
        init(_ error: ScriptError) { self.error = error }
    }
    /// It ended before it ran; it may still stand among those that are ready.
    var wasDiscarded = false
    var isWaiting = false
    /// What it waits for, or did last.
    var wait = Wait()
    /// The node that it has left, and where.
    var left: (WaitNode, any Waitable)?
    /// What it waits for has a deadline in the queue of timers.
    var hasDeadline = false
    /// How it is being ended, or a part of it. The fence knows the running task's.
    var unwinding: Unwinding?
    /// What a finalizer still has that runs in it although something is to be ended.
    var finalizing: Grace?
    /// The innermost part of its run that can be ended by itself.
    var scope: CancelScope?
    /// How long its handlers may go on when it is ended.
    var grace = Grace.usual
    /// To be looked at when it goes on: somebody may want it to end.
    var isNudged = false
    var index = 0
    /// A task that a timer or an event runs; told when it ends.
    var parent: TaskParent?

    init(_ worker: Worker, _ coroutine: Coroutine?, arguments: Int32, site: SpawnSite?) {
        self.worker = worker
        self.coroutine = coroutine
        self.arguments = arguments
        self.site = site
    }

    /// About to run for the first time; false: it must not run any more.
    func begin() -> Bool {
        hasStarted = true
        guard let parent else { return true }
        guard parent.mayStart(self) else { return false }
        if coroutine == nil {
            coroutine = worker.state.takeCoroutine()
            arguments = parent.push(on: coroutine.L) + Coroutine.prepared
        }
        return true
    }

    /// The task's handle, made when it is asked for. The main task of a thread has one beside that of the thread.
    func handle() -> Work {
        if let work, work.kind == .task { return work }
        if let made = work?.mainTask { return made }
        let made = Work(
            .task, name: work?.name ?? parent?.name, isDaemon: isDaemon, site: site, program: worker.program,
            status: isWaiting ? .waiting : .running, worker: worker, represents: work)
        made.task = self
        if let work { work.mainTask = made } else { work = made }
        return made
    }

    /// Whether there may be something to end: what is looked at first.
    @inline(__always)
    var mayEnd: Bool { isCancelled || scope != nil || unwinding != nil }

    /// Takes out the innermost scope that was opened on that coroutine.
    func takeScope(of L: OpaquePointer) -> CancelScope? {
        guard let scope, scope.L != L else {
            defer { scope = scope?.outer }
            return scope
        }
        var inner = scope
        while let next = inner.outer {
            if next.L == L {
                inner.outer = next.outer
                return next
            }
            inner = next
        }
        return nil
    }

    /// Lets the handles say how the task stands.
    func show(_ status: Work.Status) {
        guard let work else { return }
        work.status = status
        work.mainTask?.status = status
    }

    /// It has ended: handles no longer lead here.
    func retire() {
        worker.closeScopes(of: self)
        work?.mainTask?.task = nil
        work?.task = nil
    }

    func nudge() { worker.nudge(self) }
    func add(_ alarm: Alarm, ticket: UInt64, due: Instant) { worker.add(alarm, ticket: ticket, due: due) }

    override func notify() { worker.post(self) }
    override func woken() { worker.makeReady(self) }
}

/// What started a task and wants to know how it ended.
protocol TaskParent: AnyObject {
    var name: ByteText? { get }
    /// How a report calls it: `timer 'dum'`.
    var title: ByteText { get }
    /// How errors call the task that runs, when not by its title: `tick 3 of timer 'dum'`.
    var raiser: ByteText? { get }
    /// Just before it runs for the first time; false: it must not run any more.
    func mayStart(_ task: ScriptTask) -> Bool
    /// [-0, +n+1, m] For a task without a coroutine of its own so far: the function and n arguments.
    func push(on L: OpaquePointer) -> Int32
    /// The results stand on top of the task's coroutine. True when they have been dealt with.
    func succeeded(_ task: ScriptTask, _ count: Int32) -> Bool
    /// It has ended, with an error or well. True when the failure has been dealt with.
    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool
}

/// A wait that holds up the whole thread: where Lua cannot yield. Owned by its worker's thread.
final class BlockingWaiter: Waiter, @unchecked Sendable {  // sound: see above
    private let worker: Worker
    private(set) var isWoken = false
    var wait = Wait()

    init(_ worker: Worker) { self.worker = worker }

    override func notify() { worker.post(self) }
    override func woken() { isWoken = true }
}

extension TaskParent {
    var raiser: ByteText? { nil }
    func mayStart(_ task: ScriptTask) -> Bool { true }
    func push(on L: OpaquePointer) -> Int32 { 0 }
    func succeeded(_ task: ScriptTask, _ count: Int32) -> Bool { false }
    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool { false }
}
