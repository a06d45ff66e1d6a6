/// Ending work, or a part of it. Whoever wants it leaves a note (`isCancelled`, a scope with a deadline) and nudges
/// the task. The task looks itself what is to be ended, before a wait, after it, or between two instructions of Lua
/// code, and unwinds from there.
extension Worker {
    // MARK: - Asking

    /// Any thread: cancels work of this state, whatever the state is doing at the moment.
    func cancel(_ work: Work) {
        if isHere { return cancelHere(work) }
        if work === thread {
            keepOrder()
            isHeard.store(false, ordering: .releasing)
        }
        // A thread that slept looks into its mailbox before it runs Lua code, so it needs no signal.
        guard mailbox.post(.job({ [unowned self] in cancelHere(work) }, orElse: nil)) == .posted else { return }
        interrupt(breaksCalls: work === thread)
        if work === thread { insist(after: Grace.pause) }
    }

    /// Sends the signal again until the thread has noticed: one that comes just before a system call does not break it.
    private func insist(after pause: TimeSpan) {
        Reactor.shared.call(after: pause) { [weak self] in
            guard let self, !isHeard.load(ordering: .acquiring) else { return }
            interrupt(breaksCalls: true)
            insist(after: min(pause * 2, .seconds(1)))
        }
    }

    /// Any thread: `interrupted` is called as soon as this state runs Lua code. `breaksCalls`: a system call of its
    /// thread fails with EINTR; only for the end of the whole state, when nothing needs the result of the call.
    func interrupt(breaksCalls: Bool = false) {
        isAlive.withLock { alive in
            guard alive else { return }
            memory.wantInterrupt()
            identity.interrupt(breaksCalls: breaksCalls)
        }
        keepOrder()
        if !isRepeating.exchange(true, ordering: .acquiringAndReleasing) { repeatInterrupt(after: Grace.pause) }
    }

    /// Sends the signal again until the interrupt has happened. The hook that the signal sets may get lost: if it comes
    /// while Lua begins a hook or a finalizer, or if C code sets a hook of its own.
    private func repeatInterrupt(after pause: TimeSpan) {
        Reactor.shared.call(after: pause) { [weak self] in
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
        if task.hasStarted { return nudge(task) }
        // What others do for it has begun: so does it, and ends at its first wait, so that it can stop them.
        if task.work?.errand != nil { return }
        if task.parent?.isPreparing != true { discardCancelled(task) }
    }

    /// The grace of the whole state is over: ends the tasks that its handlers have started.
    fileprivate func endRest() {
        for task in tasks where !task.isCancelled && !isSpared(task) {
            task.grace = .zero
            cancelHere(task)
        }
    }

    /// Makes a task look whether it is to be ended.
    func nudge(_ task: ScriptTask) {
        if task === current {
            memory.interrupt()
            if let waiter = blocking { interrupt(waiter, of: task) }
        } else if task.isWaiting {
            if !interrupt(task, of: task) { task.isNudged = true }
        } else {
            task.isNudged = true
        }
    }

    /// Ends a wait if the task is to be ended. False: it goes on, or has ended otherwise.
    @discardableResult
    private func interrupt(_ waiter: Waiter, of task: ScriptTask) -> Bool {
        let now = clock.now
        let L = task.isWaiting ? task.wait.coroutine : blocking?.wait.coroutine
        let isInFinalizer = !task.isWaiting && L.map(LuaState.isInFinalizer) ?? false
        guard
            isInFinalizer
                ? isOver(finalizerOf: task, now, waits: true) : verdict(task, now, waits: true, in: L) != nil,
            waiter.claimRound()
        else { return false }
        waiter.delivery = .interrupted
        waiter.woken()
        return true
    }

    private func discardCancelled(_ task: ScriptTask) {
        task.wasDiscarded = true
        _ = Handover.give(task)  // for the queue of ready tasks, where it still is
        remove(task)
        task.giveUp()
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

    /// Ends the thread's work with that outcome, and cancels its other tasks.
    func end(_ task: ScriptTask, _ end: Work.End) {
        thread.finish(end, .done)
        cancelRest(but: task)
        guard task.work !== thread, task.parent?.ended(task, nil) != true else { return }
        (task.work ?? task.handle()).finish(.failed(cancellation(of: task)), .cancelled)
    }

    /// Cancels all tasks but `task`, whose end has ended the thread's work, and those that a supervisor stops: the whole
    /// state ends.
    func cancelRest(but task: ScriptTask? = nil) {
        isCancelled = true
        cancelledUntil = clock.now + thread.grace
        timers.add(StateGrace(self), ticket: 0, due: cancelledUntil)
        watch(until: cancelledUntil)
        for other in tasks where other !== task && !isSpared(other) { cancelHere(other) }
    }

    /// Whether a supervisor in this state stops the task when its turn has come.
    private func isSpared(_ task: ScriptTask) -> Bool { task.work !== thread && program.isSupervised(task.work) }

    // MARK: - Deciding

    private enum Verdict {
        case task
        case scope(CancelScope)
        /// The grace of this unwinding is over.
        case cut(Unwinding)
    }

    /// What is to be ended now: the outermost part of the task that is to be ended and not masked. After the grace,
    /// waits are refused at once (`waits`), and running code is cut short every few milliseconds. `L`: the coroutine
    /// that runs or waits; what has begun to close there has the grace, too.
    private func verdict(_ task: ScriptTask, _ now: Instant, waits: Bool, in L: OpaquePointer?) -> Verdict? {
        func isOver(_ grace: Grace) -> Bool { waits ? grace.end <= now : grace.cutsRunning(now) }
        func isSheltered(from scope: CancelScope?) -> Bool {
            guard let L, LuaState.isClosing(L, within: scope?.L == L ? scope?.frame : nil) else { return false }
            return !isOver(shelter(task, now))
        }
        var cut = task.unwinding.flatMap { isOver($0.grace) ? $0 : nil }
        var due: CancelScope?
        var isMasked = task.unwinding != nil
        var next = task.scope
        while let scope = next {
            if !isMasked, scope.isDue(now) {
                if isSheltered(from: scope) { isMasked = true } else { due = scope }
            }
            isMasked = isMasked || scope.masks
            if let around = scope.around, isOver(around.grace) { cut = around }
            next = scope.outer
        }
        if let cut { return .cut(cut) }
        if task.isCancelled, !isMasked, task.parent?.isPreparing != true, !isSheltered(from: nil) { return .task }
        return due.map(Verdict.scope)
    }

    /// Begins to unwind the running task, or a scope of it, if that is to be ended. Returns the error to be raised.
    private func unwindIfDue(
        _ task: ScriptTask, _ now: Instant, waits: Bool, _ call: HostCall
    ) -> ScriptError? {
        let L = call.isInFinalizer ? nil : call.L
        guard let verdict = verdict(task, now, waits: waits, in: L) else { return nil }
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
        if let grace = task.sheltered { return grace }
        let grace = Grace(task, from: now, lasting: task.grace)
        timers.add(grace, ticket: 0, due: grace.end)
        return grace
    }

    private func begin(_ task: ScriptTask, _ target: CancelScope?, _ grace: Grace) {
        set(task, Unwinding(number: memory.nextUnwinding(), target: target, grace: grace))
    }

    /// Sets the running task's unwinding, also for the fence.
    private func set(_ task: ScriptTask, _ unwinding: Unwinding?) {
        task.unwinding = unwinding
        memory.unwinding = unwinding?.number ?? 0
    }

    private func stop(_ grace: Grace) {
        if grace.stop() { timers.entryGivenUp() }
    }

    /// See `StateOwner`.
    func interrupted(_ call: HostCall) -> (error: ScriptError?, asksAgain: Bool) {
        collectMail()
        if clock.isSimulated { catchUp() }
        let now = clock.now
        if isCancelled, cancelledUntil <= now { endRest() }
        guard let task = current else {
            let isLate = boundedUntil <= now
            return (isLate ? ScriptError(.timeout, "it has taken too long to describe an error") : nil, isLate)
        }
        if call.isInFinalizer {
            let error = cutFinalizer(task, now, waits: false, call)
            return (error, task.sheltered != nil)
        }
        leaveShelter(task, now, call)
        if memory.takeSwallowed(), let ending = task.unwinding {
            return (raise(task, ending.target, ending.grace, now, call), false)
        }
        if let error = unwindIfDue(task, now, waits: false, call) { return (error, false) }
        watch(task, now)
        return (nil, task.sheltered != nil)
    }

    /// Handlers of the running task may go on for so long when it is ended. If they do already, the time begins anew.
    func set(grace: TimeSpan, of task: ScriptTask) {
        task.grace = grace
        guard let unwinding = task.unwinding else { return }
        stop(unwinding.grace)
        let renewed = startGrace(task, clock.now)
        set(task, Unwinding(number: unwinding.number, target: unwinding.target, grace: renewed))
    }

    // MARK: - Finalizers and handlers
    //
    // Lua makes a warning of an error in a finalizer, and a handler of a `<close>` variable that was called in the
    // ordinary course has to close the rest. So while one of them runs, nothing around it is ended for as long as a
    // grace lasts. Then it is cut short, and what is around it is ended without further grace.

    /// Whether the time of the running finalizer is over. It begins when there is something to be ended.
    private func isOver(finalizerOf task: ScriptTask, _ now: Instant, waits: Bool) -> Bool {
        guard let verdict = verdict(task, now, waits: waits, in: nil) else { return false }
        if task.sheltered == nil {
            if case .cut(let unwinding) = verdict { task.sheltered = unwinding.grace }
        }
        let grace = shelter(task, now)
        return waits ? grace.end <= now : grace.cutsRunning(now)
    }

    /// The grace of the finalizer or handler that runs.
    private func shelter(_ task: ScriptTask, _ now: Instant) -> Grace {
        let grace = startGrace(task, now)
        task.sheltered = grace
        watch(until: max(grace.nextCut, now))
        return grace
    }

    /// The error to be raised in the finalizer, if its time is over.
    private func cutFinalizer(
        _ task: ScriptTask, _ now: Instant, waits: Bool, _ call: HostCall
    ) -> ScriptError? {
        guard isOver(finalizerOf: task, now, waits: waits) else { return nil }
        return unwindIfDue(task, now, waits: waits, call)
    }

    /// When no finalizer or handler runs any more: if it was cut short, so is what is around it; otherwise that gets its
    /// whole grace.
    private func leaveShelter(_ task: ScriptTask, _ now: Instant, _ call: HostCall) {
        guard let grace = task.sheltered else { return }
        let isCut = task.unwinding?.grace === grace
        if !isCut, LuaState.isClosing(call.L, within: nil) { return }
        task.sheltered = nil
        if isCut { grace.cutAgain(now) } else { stop(grace) }
    }

    /// Called before each wait, and after it. Throws if the running task, or a scope, is to be ended.
    @inline(__always)
    func checkCancelled(_ call: HostCall) throws(Fault) {
        guard let running, running.borrow({ $0.mayEnd }), let task = current else { return }
        try checkCancelled(task, call)
    }

    func mustEnd(_ call: HostCall) -> Bool {
        if let receiving { return receiving.stopped != nil }
        guard let task = current else { return false }
        // While no code of Lua runs, nobody looks into the mailbox.
        if task.work?.isCancelRequested == true { task.isCancelled = true }
        return task.mayEnd && verdict(task, clock.now, waits: false, in: call.L) != nil
    }

    /// For a wait with `hearsEnd`: begins to end the running task, and returns the fault, to be thrown later.
    func heard(_ call: HostCall) -> Fault? {
        do throws(Fault) { try checkCancelled(call) } catch { return error }
        return nil
    }

    private func checkCancelled(_ task: ScriptTask, _ call: HostCall) throws(Fault) {
        let now = clock.now
        if call.isInFinalizer {
            guard let error = cutFinalizer(task, now, waits: true, call) else { return }
            memory.interrupt()  // what is around the finalizer ends, too
            throw .ended(error)
        }
        leaveShelter(task, now, call)
        if let error = unwindIfDue(task, now, waits: true, call) { throw .ended(error) }
    }

    // MARK: - Running code

    /// For a task that runs, or is about to: has the reactor interrupt it at the next deadline or cut.
    func watch(_ task: ScriptTask, _ now: Instant) {
        var next = task.unwinding.map { max($0.grace.nextCut, now) } ?? .forever
        var isMasked = task.unwinding != nil || task.sheltered != nil
        var scope = task.scope
        while let current = scope {
            if clock.isSimulated {  // its clock stands while code runs
            } else if current.deadline > now {
                next = min(next, current.deadline)
            } else if !isMasked, current.deadline != .past {
                // Nobody says when a coroutine goes on that was left in it.
                next = min(next, LuaState.isActive(current.L) ? now : now + Grace.pause)
            }
            isMasked = isMasked || current.masks
            if let around = current.around { next = min(next, max(around.grace.nextCut, now)) }
            scope = current.outer
        }
        watch(until: next)
    }

    /// Calls the body, in which code of the script may run outside of all tasks: a `__tostring` of an error value. It is
    /// cut short when the usual grace is over.
    func bounded<R>(_ body: () -> R) -> R {
        boundedUntil = clock.now + Grace.usual
        watch(until: boundedUntil)
        defer { boundedUntil = .forever }
        return body()
    }

    /// The loop rings alarms only between two tasks, so the reactor's thread interrupts one that runs until `due`.
    private func watch(until due: Instant) {
        guard due < watchedUntil.load(ordering: .relaxed) else { return }
        watchedUntil.store(due, ordering: .relaxed)
        Reactor.shared.call(at: alarm(for: due)) { [weak self] in
            guard let self, watchedUntil.load(ordering: .relaxed) == due else { return }
            watchedUntil.store(.forever, ordering: .relaxed)
            if clock.isSimulated { overrun.store(due, ordering: .relaxed) }
            interrupt()
        }
    }

    // MARK: - Scopes

    /// Calls the function below the arguments on top of the stack in a new scope, with a deadline or as a shield.
    func enterScope(
        _ call: HostCall, arguments: Int32, deadline: Instant = .forever, message: ByteText = "", shields: Bool = false,
        finish: CancelScope.Finish? = nil
    ) throws(Fault) -> Outcome {
        guard let task = current else { return .call(arguments, call) }
        if !shields, finish == nil { try checkCancelled(call) }
        var anchor = 0
        if call.L != task.coroutine.L {
            anchor = state.anchorCoroutine(call.L)
            state.countScope(1)
        }
        let scope = CancelScope(
            task, inside: task.scope, around: task.unwinding, deadline: deadline, message: message, shields: shields,
            call, anchor: anchor)
        scope.finish = finish
        task.scope = scope
        set(task, nil)
        if deadline != .forever { timers.add(scope, ticket: 0, due: deadline) }
        watch(task, clock.now)
        return .call(arguments, call)
    }

    /// The function that ran in a scope has ended.
    func leave(_ call: HostCall, succeeded: Bool, count: Int32) throws(Fault) -> Outcome {
        guard let task = current, let scope = task.takeScope(of: call.L) else {
            return try leaveForeign(call, succeeded: succeeded, count: count)
        }
        var count = count
        var refusal: Fault?
        let ending = task.unwinding
        var hasResult = false
        if let finish = scope.finish.take() {
            hasResult = succeeded && ending == nil
            do throws(Fault) { count = try finish(call, succeeded && ending == nil ? count : nil) } catch {
                refusal = error
            }
        }
        close(scope)
        if let ending, ending.target !== scope { throw .ended(nil) }  // an outer scope, or the task, is being ended
        set(task, scope.around)
        if let ending { stop(ending.grace) }
        let now = clock.now
        leaveShelter(task, now, call)
        let isReal = !succeeded && (ending == nil || !isTimeout(of: scope, call))
        if isReal || hasResult && refusal == nil {  // an error of the script goes first, and what has been done
            if verdict(task, now, waits: false, in: call.L) != nil { memory.interrupt() }
        } else if let error = unwindIfDue(task, now, waits: false, call) {
            throw .ended(error)
        }
        if let refusal { throw refusal }
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
        if let finish = scope.finish.take() { _ = try? finish(nil, nil) }
        if scope.deadline != .forever { timers.entryGivenUp() }
        guard scope.anchor != 0 else { return }
        state.release(scope.anchor)
        state.countScope(-1)
    }

    /// The function ran in a coroutine that another task had left suspended: ends the scope there.
    private func leaveForeign(_ call: HostCall, succeeded: Bool, count: Int32) throws(Fault) -> Outcome {
        var count = count
        for task in tasks {
            guard let scope = task.takeScope(of: call.L) else { continue }
            defer { close(scope) }
            if let finish = scope.finish.take() { count = try finish(call, succeeded ? count : nil) }
            break
        }
        if succeeded { return .results(count) }
        throw .raised
    }

    /// See `StateOwner`: the scopes in it have ended, the innermost first.
    func closed(_ L: OpaquePointer) {
        for task in tasks {
            while let scope = task.takeScope(of: L) {
                // It was opened by a handler, which runs on.
                if task === current, task.unwinding == nil { set(task, scope.around) }
                close(scope)
            }
        }
    }

    /// The task has ended: closes its scopes, and stops their graces.
    func closeScopes(of task: ScriptTask) {
        while let scope = task.scope {
            task.scope = scope.outer
            if let around = scope.around { stop(around.grace) }
            close(scope)
        }
        if let unwinding = task.unwinding { stop(unwinding.grace) }
        task.unwinding = nil
        if let grace = task.sheltered { stop(grace) }
        task.sheltered = nil
    }

    // MARK: - Endings that are no failures

    /// For `thread.exit` and `os.exit`: returns a fault that unwinds the running task through every protected call;
    /// then `ending` sets the outcome. In a finalizer the task unwinds after the finalizer has ended.
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

/// The end of the grace of a whole state. Owned by its worker's thread.
private final class StateGrace: Alarm {
    private unowned(unsafe) let worker: Worker  // sound: the worker's own queue holds this

    init(_ worker: Worker) { self.worker = worker }

    override func ring(_ ticket: UInt64, now: Instant) {
        worker.endRest()
        worker.add(self, ticket: ticket, due: now + Grace.pause)
    }
}
