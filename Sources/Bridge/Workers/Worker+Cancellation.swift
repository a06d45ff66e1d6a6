import CFence
import CLua

/// Ending work from outside.
extension Worker {
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

    func cancelHere(_ work: Work) {
        if work === thread {
            isCancelled = true
            for task in tasks { cancelHere(task) }
        } else if let task = work.task {
            cancelHere(task)
        }
    }

    func cancelHere(_ task: ScriptTask) {
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

    func discardCancelled(_ task: ScriptTask) {
        task.wasDiscarded = true
        remove(task)
        if let coroutine = task.coroutine { state.give(coroutine) }
        if task.parent?.ended(nil, nil) != true {
            (task.work ?? task.handle()).finish(.failed(cancellation(of: task)), .cancelled)
        }
        task.letGo()
    }

    func cancellation(of task: ScriptTask) -> ScriptError {
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

    func checkCancelled() throws(Fault) {
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
}
