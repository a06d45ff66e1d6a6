/// Ending work, or a part of it, from outside. Whoever wants it leaves a note (`isCancelled`, a scope whose deadline
/// passes) and nudges the task; the task looks for itself what is to be ended, when it waits or between two
/// instructions, and unwinds from there.
extension Worker {
    // MARK: - Asking

    /// Any thread: has the work looked at that somebody wants to end, wherever this state is at the moment.
    func cancel(_ work: Work) {
        if isHere { return cancelHere(work) }
        if work === thread {
            keepOrder()
            isHeard.store(false, ordering: .releasing)
        }
        guard mailbox.post(.job({ [unowned self] in cancelHere(work) }, orElse: nil)) else { return }
        interrupt(breaksCalls: work === thread)
        if work === thread { insist(after: Grace.pause) }
    }

    /// A signal that comes just before a system call does not break it: it is sent again until the thread has heard.
    private func insist(after pause: TimeSpan) {
        Reactor.shared.call(at: Clock.now + pause) { [weak self] in
            guard let self, !isHeard.load(ordering: .acquiring) else { return }
            interrupt(breaksCalls: true)
            insist(after: min(pause * 2, .seconds(1)))
        }
    }

    /// Any thread: `interrupted` is asked as soon as this state runs Lua code. `breaksCalls`: a system call that its
    /// thread is in fails with EINTR, since nothing that could want its result goes on.
    func interrupt(breaksCalls: Bool = false) {
        isAlive.withLock { alive in
            guard alive else { return }
            memory.wantInterrupt()
            identity.interrupt(breaksCalls: breaksCalls)
        }
        keepOrder()
        if !isRepeating.exchange(true, ordering: .acquiringAndReleasing) { repeatInterrupt(after: Grace.pause) }
    }

    /// What a signal sets may get lost: when it comes while Lua begins a hook or a finalizer, or C code sets a hook of
    /// its own.
    private func repeatInterrupt(after pause: TimeSpan) {
        Reactor.shared.call(at: Clock.now + pause) { [weak self] in
            guard let self else { return }
            let goesOn = isAlive.withLock { alive in
                guard alive, memory.wantsInterrupt else { return false }
                identity.interrupt(breaksCalls: false)
                return true
            }
            if goesOn { return repeatInterrupt(after: min(pause * 2, .seconds(1))) }
            keepOrder()
            isRepeating.store(false, ordering: .releasing)
        }
    }

    private func cancelHere(_ work: Work) {
        if work === thread {
            keepOrder()
            isHeard.store(true, ordering: .releasing)
            if !isCancelled { cancelRest() }
        } else if let task = work.task {
            cancelHere(task)
        }
    }

    func cancelHere(_ task: ScriptTask) {
        task.isCancelled = true
        if task.hasStarted { nudge(task) } else { discardCancelled(task) }
    }

    /// The grace of the whole state is over: what its handlers have started ends too.
    fileprivate func endRest() {
        for task in tasks where !task.isCancelled {
            task.grace = .zero
            cancelHere(task)
        }
    }

    /// Has a task look whether it is to be ended.
    func nudge(_ task: ScriptTask) {
        if task === current {
            memory.interrupt()
            if let waiter = blocking { interrupt(waiter, of: task) }
        } else if task.isWaiting {
            interrupt(task, of: task)
        } else {
            task.isNudged = true
        }
    }

    private func interrupt(_ waiter: Waiter, of task: ScriptTask) {
        let now = clock.now
        let coroutine = task.isWaiting ? nil : blocking?.wait.coroutine
        let isInFinalizer = coroutine.map(LuaState.isInFinalizer) ?? false
        guard isInFinalizer ? isOver(finalizerOf: task, now, waits: true) : verdict(task, now, waits: true) != nil,
            waiter.claimRound()
        else { return }
        waiter.delivery = .interrupted
        waiter.woken()
    }

    private func discardCancelled(_ task: ScriptTask) {
        task.wasDiscarded = true
        remove(task)
        if let coroutine = task.coroutine { state.give(coroutine) }
        if task.parent?.ended(nil, nil) != true {
            (task.work ?? task.handle()).finish(.failed(cancellation(of: task)), .cancelled)
        }
        task.retire()
    }

    func cancellation(of task: ScriptTask) -> ScriptError {
        if endings[ObjectIdentifier(task)] != nil { return ScriptError(.exit, "exit", origin: origin(of: task)) }
        let reason = task.work?.cancelReason ?? thread.cancelReason
        return ScriptError(
            .cancelled, reason ?? "cancelled", traceback: task.site?.story ?? "", origin: origin(of: task))
    }

    /// The thread's work has ended so; whatever tasks it still has are cancelled.
    func end(_ task: ScriptTask, _ end: Work.End) {
        thread.finish(end, .done)
        cancelRest(but: task)
    }

    /// The thread's work has ended by `task`'s end, and all that goes on in its state ends with it.
    func cancelRest(but task: ScriptTask? = nil) {
        isCancelled = true
        cancelledUntil = clock.now + thread.grace
        timers.add(StateGrace(self), ticket: 0, due: cancelledUntil)
        watch(until: cancelledUntil)
        for other in tasks where other !== task { cancelHere(other) }
    }

    // MARK: - Deciding

    private enum Verdict {
        case task
        case scope(CancelScope)
        /// The grace of this unwinding is over.
        case cut(Unwinding)
    }

    /// What of the task is to be ended now: as much as nothing masks. After the grace whatever waits is refused at
    /// once, and running code is cut short now and then.
    private func verdict(_ task: ScriptTask, _ now: Instant, waits: Bool) -> Verdict? {
        func isOver(_ grace: Grace) -> Bool { (waits ? grace.end : grace.nextCut) <= now }
        var cut = task.unwinding.flatMap { isOver($0.grace) ? $0 : nil }
        var due: CancelScope?
        var isMasked = task.unwinding != nil
        var next = task.scope
        while let scope = next {
            if !isMasked, scope.isDue(now) { due = scope }
            isMasked = isMasked || scope.masks
            if let around = scope.around, isOver(around.grace) { cut = around }
            next = scope.outer
        }
        if let cut { return .cut(cut) }
        if task.isCancelled, !isMasked { return .task }
        return due.map(Verdict.scope)
    }

    /// Begins to unwind the running task, or a scope of it, if that is to be: the error to be raised.
    private func unwindIfDue(
        _ task: ScriptTask, _ now: Instant, waits: Bool, _ call: HostCall
    ) -> ScriptError? {
        guard let verdict = verdict(task, now, waits: waits) else { return nil }
        let target: CancelScope?
        let grace: Grace
        switch verdict {
        case .cut(let unwinding):
            (target, grace) = (unwinding.target, unwinding.grace)
        case .task:
            (target, grace) = (nil, startGrace(task, now))
        case .scope(let scope):
            (target, grace) = (scope, startGrace(task, now))
        }
        if grace.end <= now { grace.cut(now) }
        return raise(task, target, grace, now, call)
    }

    private func raise(
        _ task: ScriptTask, _ target: CancelScope?, _ grace: Grace, _ now: Instant, _ call: HostCall
    ) -> ScriptError {
        begin(task, target, grace)
        watch(task, now)
        var error = cancellation(of: task)
        if let target { error = ScriptError(.timeout, target.message, origin: error.origin) }
        error.traceback = call.traceback()
        if target == nil { task.end = error }
        return error
    }

    private func startGrace(_ task: ScriptTask, _ now: Instant) -> Grace {
        if let grace = task.finalizing { return grace }
        let grace = Grace(task, from: now, lasting: task.grace)
        timers.add(grace, ticket: 0, due: grace.end)
        return grace
    }

    private func begin(_ task: ScriptTask, _ target: CancelScope?, _ grace: Grace) {
        set(task, Unwinding(number: memory.nextUnwinding(), target: target, grace: grace))
    }

    /// The running task's unwinding, as Swift and the fence see it.
    private func set(_ task: ScriptTask, _ unwinding: Unwinding?) {
        task.unwinding = unwinding
        memory.unwinding = unwinding?.number ?? 0
    }

    private func stop(_ grace: Grace) {
        if grace.stop() { timers.entryGivenUp() }
    }

    /// Between two instructions of Lua code.
    func interrupted(_ call: HostCall) -> (error: ScriptError?, asksAgain: Bool) {
        collectMail()
        let now = clock.now
        if isCancelled, cancelledUntil <= now { endRest() }
        guard let task = current else { return (nil, false) }
        if call.isInFinalizer {
            let error = cutFinalizer(task, now, waits: false, call)
            return (error, task.finalizing != nil)
        }
        leaveFinalizer(task, now)
        if memory.takeSwallowed(), let ending = task.unwinding {
            return (raise(task, ending.target, ending.grace, now, call), false)
        }
        if let error = unwindIfDue(task, now, waits: false, call) { return (error, false) }
        watch(task, now)
        return (nil, false)
    }

    // MARK: - Finalizers
    //
    // What a finalizer raises becomes a warning. So while one runs, what is to be ended waits for it, for as long as a
    // grace lasts; then the finalizer is cut short, and what is around it is ended with no more time.

    /// Whether the finalizer that runs has had its time. It begins when there is something to be ended.
    private func isOver(finalizerOf task: ScriptTask, _ now: Instant, waits: Bool) -> Bool {
        guard let verdict = verdict(task, now, waits: waits) else { return false }
        if task.finalizing == nil {
            if case .cut(let unwinding) = verdict { task.finalizing = unwinding.grace }
        }
        let grace = task.finalizing ?? startGrace(task, now)
        task.finalizing = grace
        watch(until: max(grace.nextCut, now))
        return (waits ? grace.end : grace.nextCut) <= now
    }

    /// The error to be raised in the finalizer, if its time is over.
    private func cutFinalizer(
        _ task: ScriptTask, _ now: Instant, waits: Bool, _ call: HostCall
    ) -> ScriptError? {
        guard isOver(finalizerOf: task, now, waits: waits) else { return nil }
        return unwindIfDue(task, now, waits: waits, call)
    }

    /// No finalizer runs any more. If it was cut short, so is what is around it; if not, that has all its time.
    private func leaveFinalizer(_ task: ScriptTask, _ now: Instant) {
        guard let grace = task.finalizing else { return }
        task.finalizing = nil
        if task.unwinding?.grace === grace { grace.cutAgain(now) } else { stop(grace) }
    }

    /// Whatever waits asks first: cancellation is a level, not an edge.
    @inline(__always)
    func checkCancelled(_ call: HostCall) throws(Fault) {
        if let task = current, task.mayEnd { try checkCancelled(task, call) }
    }

    /// Begins to end the running task, after a wait that heard of it: the fault to be thrown when all is done.
    func heard(_ call: HostCall) -> Fault? {
        do throws(Fault) { try checkCancelled(call) } catch { return error }
        return nil
    }

    private func checkCancelled(_ task: ScriptTask, _ call: HostCall) throws(Fault) {
        let now = clock.now
        if call.isInFinalizer {
            guard let error = cutFinalizer(task, now, waits: true, call) else { return }
            memory.interrupt()  // what is around it ends, too
            throw .ended(error)
        }
        leaveFinalizer(task, now)
        if let error = unwindIfDue(task, now, waits: true, call) { throw .ended(error) }
    }

    // MARK: - Running code

    /// For a task that is about to run, or runs: the reactor is to look after it at the next instant that matters.
    func watch(_ task: ScriptTask, _ now: Instant) {
        var next = task.unwinding.map { max($0.grace.nextCut, now) } ?? .forever
        var scope = task.scope
        while let current = scope {
            if current.deadline > now { next = min(next, current.deadline) }
            if let around = current.around { next = min(next, max(around.grace.nextCut, now)) }
            scope = current.outer
        }
        watch(until: next)
    }

    /// The loop rings alarms only between two tasks. One that runs too long is interrupted by the reactor's thread.
    private func watch(until due: Instant) {
        guard due < watchedUntil.load(ordering: .relaxed) else { return }
        watchedUntil.store(due, ordering: .relaxed)
        Reactor.shared.call(at: due) { [weak self] in
            guard let self, watchedUntil.load(ordering: .relaxed) == due else { return }
            watchedUntil.store(.forever, ordering: .relaxed)
            interrupt()
        }
    }

    // MARK: - Scopes

    /// Runs the function below the arguments on top of the stack in a scope of its own, with a deadline or shielded.
    func enterScope(
        _ call: HostCall, arguments: Int32, deadline: Instant, message: ByteText = "", shields: Bool = false
    ) throws(Fault) -> Outcome {
        guard let task = current else { return .call(arguments, call) }
        if !shields { try checkCancelled(call) }
        var anchor = 0
        if call.L != task.coroutine.L { anchor = state.anchorCoroutine(call.L) }
        let scope = CancelScope(
            task, inside: task.scope, around: task.unwinding, deadline: deadline, message: message, shields: shields,
            call.L, anchor: anchor)
        task.scope = scope
        set(task, nil)
        if deadline != .forever { timers.add(scope, ticket: 0, due: deadline) }
        watch(task, clock.now)
        return .call(arguments, call)
    }

    /// What ran in a scope has ended.
    func leave(_ call: HostCall, succeeded: Bool, count: Int32) throws(Fault) -> Outcome {
        guard let task = current, let scope = task.takeScope(of: call.L) else {
            if succeeded { return .results(count) }
            throw .raised
        }
        close(scope)
        let ending = task.unwinding
        if let ending, ending.target !== scope { throw .ended(nil) }  // what is around it goes, too
        set(task, scope.around)
        if let ending { stop(ending.grace) }
        let isReal = !succeeded && (ending == nil || !isTimeout(of: scope, call))
        if isReal {  // it goes first
            if verdict(task, clock.now, waits: false) != nil { memory.interrupt() }
        } else if let error = unwindIfDue(task, clock.now, waits: false, call) {
            throw .ended(error)
        }
        if succeeded { return .results(count) }
        memory.keepTraceback()
        throw .raised
    }

    /// Whether the error on top is the scope's own, not one that a handler raised on the way.
    private func isTimeout(of scope: CancelScope, _ call: HostCall) -> Bool {
        guard state.isError(-1, on: call.L) else { return false }
        let error = state.readError(-1, on: call.L)
        return error.kind == .timeout && error.message == scope.message
    }

    private func close(_ scope: CancelScope) {
        scope.close()
        if scope.deadline != .forever { timers.entryGivenUp() }
        if scope.anchor != 0 { state.release(scope.anchor) }
    }

    /// The task has ended: nothing of it is waited for any more.
    func closeScopes(of task: ScriptTask) {
        while let scope = task.scope {
            task.scope = scope.outer
            if let around = scope.around { stop(around.grace) }
            close(scope)
        }
        if let unwinding = task.unwinding { stop(unwinding.grace) }
        task.unwinding = nil
        if let grace = task.finalizing { stop(grace) }
        task.finalizing = nil
    }

    // MARK: - Endings that are no failures

    /// The fault to be thrown for the running task to unwind through every protected call; then `ending` decides what came
    /// of it. A finalizer's error goes nowhere: the task unwinds when it is done.
    func unwind(_ task: ScriptTask, _ call: HostCall, _ what: ByteText, _ ending: @escaping Ending) -> Fault {
        endings[ObjectIdentifier(task)] = ending
        if call.isInFinalizer {
            cancelHere(task)
            return call.fail(.exit, what)
        }
        begin(task, nil, task.unwinding?.grace ?? startGrace(task, clock.now))
        return .ended(ScriptError(.exit, what, traceback: call.traceback(), origin: origin(of: task)))
    }
}

/// The end of the time that a state has to end. Owned by its worker's thread.
private final class StateGrace: Alarm {
    private unowned(unsafe) let worker: Worker  // sound: the worker's own queue holds this

    init(_ worker: Worker) { self.worker = worker }

    override func ring(_ ticket: UInt64, now: Instant) {
        worker.endRest()
        worker.add(self, ticket: ticket, due: now + Grace.pause)
    }
}
