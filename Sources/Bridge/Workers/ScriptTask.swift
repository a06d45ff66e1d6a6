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
    /// Called when the task goes on: gives the results of the host function that waits.
    var resumption: Resumption?
    /// The resumption itself decides what to do when the task is to be ended (see `Worker.wait`).
    var hearsEnd = false
    /// Without a resumption: that many values on top of the stack are the results.
    var results: Int32 = 0
    /// The number of values for the first resume.
    var arguments: Int32
    var isDaemon = false
    /// Somebody wants it to end.
    var isCancelled = false
    /// The error that was raised to end it. In an object of its own, since it is large and few tasks have one.
    var end: ScriptError? {
        get { raised?.error }
        set { raised = newValue.map(Raised.init) }
    }
    private var raised: Raised?
    private final class Raised {
        let error: ScriptError
        init(_ error: ScriptError) { self.error = error }
    }
    /// It was ended before it ran; it may still be in the queue of ready tasks.
    var wasDiscarded = false
    var isWaiting = false
    /// What it waits for.
    var wait = Wait()
    /// The node that it has left, and where.
    var left: (WaitNode, any Waitable)?
    /// Its wait has a deadline in the queue of timers.
    var hasDeadline = false
    /// The unwinding that ends it, or a part of it. The fence has the number of the running task's.
    var unwinding: Unwinding?
    /// The time that is left for a finalizer that runs in it while something is to be ended.
    var finalizing: Grace?
    /// The innermost scope.
    var scope: CancelScope?
    /// How long its handlers may go on when it is ended.
    var grace = Grace.usual
    /// When it goes on it has to look whether something is to be ended.
    var isNudged = false
    /// The permits that it has, or waits for.
    var holds = Holds()
    /// Its place in the worker's `tasks`.
    var index = 0
    /// What started the task and is told when it ends: a timer, an event, a chunk of the host ...
    var parent: TaskParent?

    init(_ worker: Worker, _ coroutine: Coroutine?, arguments: Int32, site: SpawnSite?) {
        self.worker = worker
        self.coroutine = coroutine
        self.arguments = arguments
        self.site = site
    }

    /// Called before the first run. False: it must not run any more.
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

    /// The task's handle, made at the first call. The main task of a thread has one besides that of the thread.
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

    /// Whether there may be something to end: the quick look.
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

    /// Sets the status that the handles show.
    func show(_ status: Work.Status) {
        guard let work else { return }
        work.status = status
        work.mainTask?.status = status
    }

    /// The task has ended: closes its scopes, and takes it out of the handles.
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

/// What started a task, and is told how it ended. Called on the worker's thread.
protocol TaskParent: AnyObject {
    var name: ByteText? { get }
    /// The task's title in reports: `timer 'dum'`.
    var title: ByteText { get }
    /// The task's title in errors, if that is another one: `tick 3 of timer 'dum'`.
    var raiser: ByteText? { get }
    /// Called before the first run. False: the task must not run any more.
    func mayStart(_ task: ScriptTask) -> Bool
    /// [-0, +n+1, m] For a task that has no function yet: pushes the function and n arguments, and returns n.
    func push(on L: OpaquePointer) -> Int32
    /// The results are on top of the task's coroutine. True: they have been taken care of.
    func succeeded(_ task: ScriptTask, _ count: Int32) -> Bool
    /// The task has ended; `error` is nil unless it failed. Without a task: it was cancelled before it ran. True: the
    /// outcome has been taken care of.
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
