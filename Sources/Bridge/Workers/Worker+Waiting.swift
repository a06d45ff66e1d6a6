/// How host functions wait, and go on after it.
extension Worker {
    /// Suspends the running task until its waiter is claimed and woken, or `deadline` passes; then `resumption` gives
    /// the results. Where Lua cannot yield, the thread waits instead. `register` gets the waiter and leaves nodes with
    /// the ticket; it returns false if the round has been decided already. `hearsEnd`: if the task is to be ended, the
    /// resumption gets `.interrupted` and decides what to do. Otherwise it gets `.timeout`, to clean up, and the error
    /// is raised.
    func wait(
        _ call: HostCall, for reason: WaitReason = .outside, until deadline: Instant = .forever, hearsEnd: Bool = false,
        _ register: (Waiter, Waiter.Ticket) -> Bool, _ resumption: @escaping ScriptTask.Resumption
    ) throws(Fault) -> Outcome {
        try wait(call, reason, deadline, hearsEnd, nil, { (register($0, $1), nil) }, resumption)
    }

    /// The same with one node, which `register` leaves somewhere. If the wait ends otherwise, the node is taken out of
    /// its line at `place` before `resumption` is called. `reuses`: the node may be the task's own (see `WaitNode`); then
    /// the place must have forgotten it once it was delivered or `forget` has returned.
    func wait(
        _ call: HostCall, at place: (any Waitable)? = nil, for reason: WaitReason = .outside,
        until deadline: Instant = .forever, hearsEnd: Bool = false, choice: Int = 0, sending parcel: Parcel? = nil,
        reuses: Bool = false, takesPushed: Bool = false,
        _ register: (WaitNode) -> Bool, _ resumption: @escaping ScriptTask.Resumption
    ) throws(Fault) -> Outcome {
        try wait(
            call, reason, deadline, hearsEnd, place,
            { waiter, ticket in
                if reuses, let task = waiter as? ScriptTask {
                    return task.withNode(ticket, choice: choice, parcel: parcel, takesPushed: takesPushed) { node in
                        (register(node), node)
                    }
                }
                let node = WaitNode(waiter, ticket, choice: choice, parcel: parcel)
                return (register(node), node)
            }, resumption)
    }

    private func wait(
        _ call: HostCall, _ reason: WaitReason, _ deadline: Instant, _ hearsEnd: Bool, _ place: (any Waitable)?,
        _ register: (Waiter, Waiter.Ticket) -> (waits: Bool, WaitNode?), _ resumption: @escaping ScriptTask.Resumption
    ) throws(Fault) -> Outcome {
        try checkCancelled(call)
        guard let task = current, !task.isWaiting, call.canSuspend else {
            var delivery = block(call, reason, deadline, place, register)
            return try conclude(call, &delivery, hearsEnd, resumption)
        }
        let ticket = task.arm()
        let (waits, node) = register(task, ticket)
        guard waits else {
            if Tracing.isOn { noteMessage(of: task, reason) }
            var delivery = task.takeDelivery()
            return try resumption(call, &delivery)
        }
        if deadline != .forever { timers.add(task, ticket: ticket, due: deadline) }
        task.hasDeadline = deadline != .forever
        task.resumption = resumption
        task.hearsEnd = hearsEnd
        task.isWaiting = true
        task.wait = begin(reason, call.L)
        if let place, let node { task.left = (node, place) }
        task.show(.waiting)
        return .suspend
    }

    /// The shortest way to wait: suspends the running task without a deadline. `lineUp` gets the task's own node and
    /// leaves it at the place, or returns false. False: nothing was done. Where Lua cannot yield, or something in the
    /// task is to be ended, it is not called.
    @inline(__always)
    func suspend(
        _ call: HostCall, at place: BorrowedPlace, for reason: WaitReason, takesPushed: Bool = false,
        _ lineUp: (WaitNode) -> Bool, _ resumption: @escaping ScriptTask.Resumption
    ) -> Bool {
        guard let running, call.canSuspend else { return false }
        return running.borrow { task in
            guard !task.mayEnd, !task.isWaiting else { return false }
            let ticket = task.arm()
            guard task.withNode(ticket, takesPushed: takesPushed, lineUp) else { return false }
            task.resumption = resumption
            task.hearsEnd = false
            task.isWaiting = true
            task.wait.reason = reason
            task.wait.since = clock.coarse
            task.wait.coroutine = call.L
            task.borrowedPlace = place
            task.show(.waiting)
            return true
        }
    }

    /// Whether the waiter is a task of this state.
    @inline(__always)
    func isHome(_ waiter: Waiter) -> Bool {
        guard type(of: waiter) == ScriptTask.self else { return false }
        return unsafeDowncast(waiter, to: ScriptTask.self).isTask(of: self)
    }

    /// Makes a task ready that was claimed to get a message onto its stack. Returns the coroutine in which it waits.
    @inline(__always)
    func wakeReceiver(_ waiter: Waiter) -> OpaquePointer? {
        let task = unsafeDowncast(waiter, to: ScriptTask.self)
        ready.append(task)
        return task.wait.coroutine
    }

    private func begin(_ reason: WaitReason, _ L: OpaquePointer) -> Wait {
        if reason.isOutside { program.beginOutside() }
        return Wait(reason: reason, since: clock.coarse, coroutine: L)
    }

    func endWait(of task: ScriptTask) {
        end(task.wait)
        task.wait = Wait()
    }

    private func end(_ wait: Wait) {
        if wait.reason.isOutside { program.endOutside() }
    }

    private func block(
        _ call: HostCall, _ reason: WaitReason, _ deadline: Instant, _ place: (any Waitable)?,
        _ register: (Waiter, Waiter.Ticket) -> (waits: Bool, WaitNode?)
    ) -> Waiter.Delivery {
        let waiter = BlockingWaiter(self)
        let outer = blocking
        blocking = waiter
        defer { blocking = outer }
        let ticket = waiter.arm()
        let (waits, node) = register(waiter, ticket)
        guard waits else {
            if Tracing.isOn { noteMessage(of: waiter, reason) }
            return waiter.takeDelivery()
        }
        if deadline != .forever { timers.add(waiter, ticket: ticket, due: deadline) }
        waiter.wait = begin(reason, call.L)
        let began = Tracing.isOn ? Track.now : 0
        current?.show(.waiting)
        while true {
            collectMail()
            ringTimers()
            if attendants > 0, !ready.isEmpty { resumeAttendants() }
            if waiter.isWoken { break }
            idle()
        }
        if Tracing.isOn { note(block: waiter, since: began) }
        end(waiter.wait)
        current?.show(.running)
        if deadline != .forever, case .timeout = waiter.delivery {} else { timers.entryGivenUp() }
        if let node, !waiter.delivery.isFromPlace { place?.forget(node) }
        return waiter.takeDelivery()
    }

    /// The running task holds up the thread: gives a turn to those that attend.
    private func resumeAttendants() {
        let (outer, waiter) = (running, blocking)
        blocking = nil
        memory.meanwhile {
            var turns = ready.count
            while turns > 0, let task = takeReady() {
                task.borrow { if $0.attends { resume($0) } else { ready.append($0) } }
                turns -= 1
            }
        }
        (running, lastRun, blocking) = (outer, outer, waiter)
    }

    /// Lets other tasks run first. The top `results` values on the stack are the results.
    func yield(_ call: HostCall, results: Int32) -> Outcome {
        guard let running, call.canSuspend else { return .results(results) }
        running.borrow { task in
            task.resumption = nil
            task.results = results
            ready.append(task)
        }
        return .suspend
    }

    /// Returns from an operation that did not have to wait. Now and then it lets others run first, so that a flood of
    /// messages starves neither timers nor tasks.
    @inline(__always)
    func take(_ call: HostCall, results: Int32) -> Outcome {
        mayPoll ? .results(results) : takeTurn(call, results)
    }

    private func takeTurn(_ call: HostCall, _ results: Int32) -> Outcome {
        let othersWait = !ready.isEmpty || !mailbox.isEmpty || (timers.count > 0 && timers.nextDue <= clock.now)
        return othersWait ? yield(call, results: results) : .results(results)
    }

    /// Counts down the budget. False: it is used up, and others should get a turn (`take`; a receive without waiting
    /// then waits for a moment).
    @inline(__always)
    var mayPoll: Bool {
        memory.budget -= 1
        if memory.budget > 0 { return true }
        return renewBudget()
    }

    @inline(never)
    private func renewBudget() -> Bool {
        if Tracing.isOn { return renewTracedBudget() }
        memory.budget = Self.fullBudget
        return false
    }

    /// Whether nothing else is to be done in this state at this moment, so that it may wait actively for a little.
    var maySpin: Bool { ready.isEmpty && mailbox.isEmpty && !clock.isSimulated }

    /// The wait is over: calls the resumption in any case, so that it cleans up what was registered.
    private func conclude(
        _ call: HostCall, _ delivery: inout Waiter.Delivery, _ hearsEnd: Bool, _ resumption: ScriptTask.Resumption
    ) throws(Fault) -> Outcome {
        var failure: ScriptError?
        switch delivery {
        case .interrupted where !hearsEnd: break
        case .failed(let error): failure = error
        default:
            do throws(Fault) { return try resumption(call, &delivery) } catch {
                // The work that was joined has been cancelled; maybe the joining task was, too.
                if case .script(let error) = error, error.kind == .cancelled { try checkCancelled(call) }
                throw error
            }
        }
        let top = call.count
        delivery = .timeout
        _ = try? resumption(call, &delivery)
        call.stack.resize(to: top)
        try checkCancelled(call)
        if let failure { throw .script(failure) }
        return .none
    }

    /// Continues the host function in which the running task was suspended.
    func proceed(_ call: HostCall) throws(Fault) -> Outcome {
        guard let running else { return .none }
        return try running.borrow { task throws(Fault) in
            if case .pushed = task.delivery, !task.hasDeadline {
                task.delivery = .none
                task.resumption = nil
                if task.left != nil { task.left = nil }
                task.borrowedPlace = nil
                task.wait.reason = .nothing
                return .results(1)
            }
            return try proceed(task, call)
        }
    }

    private func proceed(_ task: ScriptTask, _ call: HostCall) throws(Fault) -> Outcome {
        guard let resumption = task.resumption else {
            // What was done before the others had their turn is the result, and an ending comes after it.
            if task.results == 0 { try checkCancelled(call) } else if task.mayEnd { memory.interrupt() }
            return .results(task.results)
        }
        task.resumption = nil
        if Tracing.isOn { noteMessage(of: task, task.wait.reason) }
        endWait(of: task)
        if let (node, place) = task.left.take(), !task.delivery.isFromPlace { place.forget(node) }
        task.leaveBorrowedPlace()
        if task.hasDeadline {
            task.hasDeadline = false
            if case .timeout = task.delivery {} else { timers.entryGivenUp() }
        }
        var delivery = task.takeDelivery()
        return try conclude(call, &delivery, task.hearsEnd, resumption)
    }
}
