/// A coroutine that its worker's event loop schedules. Owned by its worker's thread, but for what a `Waiter` shares.
final class ScriptTask: Waiter, ScopedTask, @unchecked Sendable {  // sound: see above
    /// May take out of the delivery what it wants to own.
    typealias Resumption = (HostCall, inout Waiter.Delivery) throws(Fault) -> Outcome

    /// Not retained: see `keepWorker`.
    private let workerReference: Unmanaged<Worker>
    var worker: Worker { workerReference.takeUnretainedValue() }
    private var keptWorker: Worker?
    /// Set before the first resume: a task that a timer starts gets its coroutine only then, so that many that are due
    /// together use one after the other.
    var coroutine: Coroutine!
    private(set) var hasStarted = false
    /// Its work has the same.
    var site: SpawnSite? { siteReference?.takeUnretainedValue() }
    private(set) var siteReference: Unmanaged<SpawnSite>?
    private let keptSite: SpawnSite?
    /// The handle, once somebody has asked for it.
    var work: Work? {
        get { handleReference?.takeUnretainedValue() }
        set {
            let old = handleReference
            handleReference = newValue.map { .fromOpaque(Handover.give($0)) }
            old?.release()
        }
    }
    private(set) var handleReference: Unmanaged<Work>?
    /// Called when the task goes on: gives the results of the host function that waits.
    var resumption: Resumption?
    /// The resumption itself decides what to do when the task is to be ended (see `Worker.wait`).
    var hearsEnd = false
    /// Without a resumption: that many values on top of the stack are the results.
    var results: Int32 = 0
    /// The number of values for the first resume.
    var arguments: Int32
    var isDaemon = false
    /// It does the work of a handle that is made of several parts (a pool's call, a supervisor), and runs even while
    /// another task of its state waits where Lua cannot yield. It runs no code of the script.
    var attends = false
    /// Whether it can come to its end while another task of its state holds up the thread.
    var goesOnMeanwhile: Bool { attends && (parent as? Supervisor)?.hasTasks != true }
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
    /// Where it has left its own node, if it does not keep that place. The place takes all nodes out before it goes.
    var borrowedPlace: BorrowedPlace?
    private var ownNode: WaitNode?
    /// It joins other work without a timeout.
    var isJoining = false
    /// The task that it joins by `Worker.joinQuickly`, and whether that was noted since (`noteQuickJoins`).
    var joined: Unmanaged<ScriptTask>?
    var isJoinNoted = false
    /// Whether it waits for something that other tasks have to do, so that a ring may lead through it.
    var mayBeInRing: Bool {
        guard !isJoining else { return true }
        switch wait.reason {
        case .nothing, .sleep, .receive, .send, .select: return false
        default: return true
        }
    }
    /// How many tasks have joined it so, without that being noted.
    var quickJoins: Int32 = 0
    /// As long as it has no handle: those tasks, and its results in the end.
    var joiners = WaitList()
    private(set) var hasEnded = false
    /// An anchor: of its results, or of the userdata that was made for it while it runs.
    private var kept = 0
    /// The only result is attached to the userdata that stands for the task, in place of an anchor in `kept`.
    private var isAttached = false
    private var keptCount: Int32 = 0
    /// A userdata stands for it.
    private(set) var isHeld = false
    /// A userdata was made when it was spawned.
    let hasUserdata: Bool
    /// The number of its handle. 0: it gets one when the handle is made.
    private var number = 0
    /// Its wait has a deadline in the queue of timers.
    var hasDeadline = false
    /// The unwinding that ends it, or a part of it. The fence has the number of the running task's.
    var unwinding: Unwinding?
    /// The time that is left for a finalizer or handler that runs in it while something around that is to be ended.
    var sheltered: Grace?
    /// The innermost scope.
    var scope: CancelScope?
    /// How long its handlers may go on when it is ended.
    var grace = Grace.usual
    /// When it goes on it has to look whether something is to be ended.
    var isNudged = false
    /// The permits that it has, or waits for.
    var holds = Holds()
    /// While it has no coroutine: the anchor of its userdata, which keeps the function and the arguments, or of these.
    /// Otherwise 0.
    private(set) var pending = 0
    /// For the trace: its number among those of its state, and whether its wait was noted there.
    var traceNumber: UInt32 = 0
    var isWaitNoted = false
    /// Its place in the worker's `tasks`.
    var index = 0
    /// What started the task and is told when it ends: a timer, an event, a chunk of the host ...
    var parent: TaskParent? {
        get {
            switch starter {
            case .none: nil
            case .parent(let parent): parent
            case .timer(let callback, let number): makeTimer(callback, number)
            }
        }
        set { starter = newValue.map { .parent($0) } ?? .none }
    }
    private var starter = Starter.none
    private enum Starter {
        case none
        case parent(any TaskParent)
        /// A timer of `WaitingTimers` that has rung, and its number. Its object is made only for who needs it.
        case timer(Unmanaged<TimerCallback>, Int)
    }
    /// The same, but it makes no object: nil for such a timer.
    @inline(__always)
    var madeParent: TaskParent? {
        if case .parent(let parent) = starter { parent } else { nil }
    }

    /// It runs the callback of a timer that has no object.
    var isPlainTimer: Bool {
        if case .timer = starter { true } else { false }
    }

    init(_ worker: Worker, _ coroutine: Coroutine?, arguments: Int32, site: SpawnSite?) {
        workerReference = .passUnretained(worker)
        self.coroutine = coroutine
        self.arguments = arguments
        keptSite = site
        siteReference = site.map(Unmanaged.passUnretained)
        hasUserdata = false
    }

    /// A task without a handle. `isHeld`: a userdata will stand for it.
    init(_ worker: Unmanaged<Worker>, _ site: Unmanaged<SpawnSite>?, isHeld: Bool) {
        workerReference = worker
        arguments = 0
        keptSite = site?.takeUnretainedValue()
        siteReference = site
        self.isHeld = isHeld
        hasUserdata = isHeld
        number = Identity.next()
    }

    /// A task of a timer that has rung. It counts as one use of the callback.
    init(_ worker: Unmanaged<Worker>, ringing callback: Unmanaged<TimerCallback>, number: Int) {
        workerReference = worker
        arguments = 0
        keptSite = callback.borrow { $0.site }
        siteReference = keptSite.map(Unmanaged.passUnretained)
        hasUserdata = false
        starter = .timer(callback, number)
    }

    deinit { handleReference?.release() }

    @inline(never)
    private func makeTimer(_ callback: Unmanaged<TimerCallback>, _ number: Int) -> ScriptTimer {
        let timer = callback.borrow { callback in
            ScriptTimer(worker, callback, delay: .zero, repeats: false, id: number)
        }
        timer.takeOver(hasBegun: hasStarted)
        starter = .parent(timer)
        worker.waitingTimers.letGo(callback)
        return timer
    }

    /// It gets its coroutine when it begins; until then that anchor keeps so many values.
    func wait(pending anchor: Int, _ count: Int32) {
        pending = anchor
        arguments = count
    }

    /// Whether it has been spawned without options, and nobody has needed its handle.
    @inline(__always)
    var isPlain: Bool { number != 0 && handleReference == nil }

    /// Leaves the node until it has ended.
    @inline(__always)
    func lineUp(_ node: WaitNode) -> Bool {
        joiners.append(node)
        return true
    }

    /// It has ended without a handle: keeps the `count` results, if somebody may ask for them, and wakes those who wait.
    @inline(__always)
    func endPlain(_ count: Int32, isAttached: Bool, _ state: LuaState) {
        hasEnded = true
        if isAttached, isHeld {
            self.isAttached = true
        } else if count > 0, isHeld {
            let anchor = state.anchor(count, on: coroutine.L)
            // The collector may have run meanwhile.
            if isHeld { (kept, keptCount) = (anchor, count) } else { state.release(anchor) }
        }
        while !joiners.isEmpty { joiners.claimHead(.ended)?.woken() }
    }

    /// [-0, +0, m] Nothing else keeps the userdata on top, which stands for it: it is the same as long as the task runs.
    func keepHandle(_ call: HostCall) {
        guard !hasUserdata, kept == 0, call.stack.reserve(6) else { return }
        call.stack.push(copyOf: -1)
        kept = call.state.anchor(call.L)
    }

    /// Makes an anchor of the result that is attached to the userdata, if there is one.
    func anchorAttached(_ anchor: () -> Int) {
        guard isAttached else { return }
        isAttached = false
        (kept, keptCount) = (anchor(), 1)
    }

    /// [-0, +n, -] Pushes the results of a task that has ended without a handle, and for which the userdata at 1 stands.
    /// Nil: there is no room for them.
    @inline(__always)
    func pushKept(_ call: HostCall) -> Outcome? {
        if isAttached {
            call.stack.pushAttachment(1, of: 1)
            return .results(1)
        }
        if keptCount == 0 { return Outcome.none }
        guard call.withState({ $0.pushAnchored(kept, count: keptCount, on: call.L) }) else { return nil }
        return .results(keptCount)
    }

    /// No userdata stands for it any more.
    func dropHold(_ state: LuaState) {
        isHeld = false
        if kept != 0 { state.release(kept) }
        (kept, keptCount, isAttached) = (0, 0, false)
    }

    @inline(__always)
    func isTask(of worker: Worker) -> Bool {
        workerReference.toOpaque() == Unmanaged.passUnretained(worker).toOpaque()
    }

    /// The worker ends while another thread, which has claimed this task, is about to notify it.
    func keepWorker() { keptWorker = worker }

    /// The task's own node, renewed, or a new one if somebody still has the former.
    @inline(__always)
    func withNode<R>(
        _ ticket: Ticket, choice: Int = 0, parcel: Parcel? = nil, takesPushed: Bool = false, _ body: (WaitNode) -> R
    ) -> R {
        if !isKnownUniquelyReferenced(&ownNode) { makeNode() }
        return Unmanaged.passUnretained(ownNode.unsafelyUnwrapped).borrow { node in
            node.renew(ticket, choice: choice, parcel: parcel, takesPushed: takesPushed)
            return body(node)
        }
    }

    @inline(never)
    private func makeNode() { ownNode = WaitNode(ofItsOwn: self) }

    /// Takes its own node, if it has left that somewhere, out of the line there.
    func leaveBorrowedPlace() {
        guard let place = borrowedPlace else { return }
        borrowedPlace = nil
        guard let node = ownNode, node.isQueued else { return }
        switch place {
        case .channel(let channel): channel.borrow { $0.forget(node) }
        case .task(let task):
            task.borrow { task in
                if !isJoinNoted { task.quickJoins -= 1 }
                if let work = task.work { work.forget(node) } else { task.joiners.remove(node) }
            }
        }
    }

    /// Called before the first run. False: it must not run any more.
    func begin() -> Bool {
        hasStarted = true
        if pending != 0 {
            coroutine = worker.state.takeCoroutine(forPending: pending, count: arguments, hasUserdata: hasUserdata)
            arguments += Coroutine.prepared - 1
            pending = 0
        }
        switch starter {
        case .none:
            return true
        case .parent(let parent):
            guard parent.mayStart(self) else { return false }
            if coroutine == nil {
                coroutine = worker.state.takeCoroutine()
                arguments = parent.push(on: coroutine.L) + Coroutine.prepared
            }
        case .timer(let callback, _):
            workerReference.borrow { worker in
                worker.letGo()  // the timer waits no longer
                coroutine = worker.withState { $0.takeCoroutine() }
            }
            arguments = callback.borrow { $0.push(on: coroutine.L) } + Coroutine.prepared
        }
        return true
    }

    /// The task's handle, made at the first call. The main task of a thread has one besides that of the thread.
    func handle() -> Work {
        if let work, work.kind == .task { return work }
        if let made = work?.mainTask { return made }
        let made = Work(
            .task, name: work?.name ?? parent?.name, isDaemon: isDaemon, site: site, program: worker.program,
            status: isWaiting ? .waiting : isPlain && !hasStarted ? .pending : .running, worker: worker,
            represents: work, id: number == 0 ? nil : number)
        made.take(&joiners)
        if hasEnded {
            made.finish(kept == 0 ? .results(nil, count: 0) : .kept(anchor: kept, count: Int(keptCount)), .done)
            (kept, keptCount) = (0, 0)
        } else {
            made.task = self
        }
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

    /// It must not run any more: gives back what it would have needed.
    func giveUp() {
        if let coroutine { worker.state.give(coroutine) }
        if pending != 0 { worker.state.release(pending) }
        pending = 0
    }

    /// Sets the status that the handles show.
    func show(_ status: Work.Status) {
        handleReference?.borrow { work in
            if work.status.isFinal { return }  // `thread.exit` in another task has ended the thread's
            work.status = status
            if work.hasMainTask { work.mainTask?.status = status }
        }
    }

    /// The task has ended: closes its scopes, and takes it out of the handles.
    func retire() {
        if mayEnd || sheltered != nil { worker.closeScopes(of: self) }
        if !hasUserdata, kept != 0 {
            worker.state.release(kept)
            kept = 0
        }
        if case .timer(let callback, _) = starter {
            starter = .none
            workerReference.borrow { $0.withWaitingTimers { $0.letGo(callback) } }
        }
        handleReference?.borrow { work in
            if work.hasMainTask { work.mainTask?.task = nil }
            work.task = nil
        }
    }

    func nudge() { worker.nudge(self) }
    func add(_ alarm: Alarm, ticket: UInt64, due: Instant) { worker.add(alarm, ticket: ticket, due: due) }

    override func notify() {
        if workerReference.borrow({ $0.isHere }) { return woken() }
        // That worker may end as soon as the task is in its mailbox, while this thread still wakes it.
        let worker = workerReference.takeUnretainedValue()
        withExtendedLifetime(worker) { worker.post(self) }
    }
    override func woken() { workerReference.borrow { $0.makeReady(self) } }
}

/// A place where a task waits that cannot go meanwhile, or takes its nodes out when it goes; of the task's own state.
enum BorrowedPlace {
    /// A private channel.
    case channel(Unmanaged<Channel>)
    /// A task that has not ended.
    case task(Unmanaged<ScriptTask>)
}

/// What started a task, and is told how it ended. Called on the worker's thread.
protocol TaskParent: AnyObject {
    var name: ByteText? { get }
    /// The task's title in reports: `timer 'dum'`.
    var title: ByteText { get }
    /// The task is not ended yet, not even if it was cancelled before it began: it could not clean up.
    var isPreparing: Bool { get }
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
    var isPreparing: Bool { false }
    func mayStart(_ task: ScriptTask) -> Bool { true }
    func push(on L: OpaquePointer) -> Int32 { 0 }
    func succeeded(_ task: ScriptTask, _ count: Int32) -> Bool { false }
    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool { false }
}
