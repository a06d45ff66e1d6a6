/// The methods that handles of tasks, threads and processes have in common.
enum Handles {
    static let task: HostType<Work> = HostType("task", methods: methods, getters: getters, metamethods: metamethods)
    static let thread: HostType<Work> = HostType("thread", methods: methods, getters: getters, metamethods: metamethods)
    static let process: HostType<Work> = HostType(
        "process", methods: methods + ProcessHandle.methods, getters: getters + ProcessHandle.getters,
        metamethods: metamethods)
    static let types = HandleTypes(task: task, thread: thread, process: process)

    static let methods: [HostFunction] = [
        HostFunction(
            "join", "h:join([timeout])", "Waits; returns what the function returned, or raises its error.",
            memory: .givesBack, entry: { HostCall.enter($0, $1, $2, quickly: joinQuickly) }, join),
        HostFunction(
            "wait", "h:wait([timeout])", "Waits; returns the final status, never raises for what the work did.",
            memory: .givesBack, wait),
        HostFunction(
            "status", "h:status()", "How the work stands: pending, running, waiting, done, failed, cancelled.",
            memory: .givesBack
        ) {
            call throws(Fault) in
            try status(call, try work(call))
        },
        HostFunction("send", "h:send(value[, timeout])", "Sends to the work's inbox.", memory: .once) {
            call throws(Fault) in
            let work = try work(call)
            if let inbox = work.inboxHere { return try ChannelModule.send(call, to: inbox) }
            return try askInbox(call, work) { call, inbox throws(Fault) in try ChannelModule.send(call, to: inbox) }
        },
        HostFunction("cancel", "h:cancel([reason])", "Asks the work to stop; returns at once.", memory: .givesBack) {
            call throws(Fault) in
            let work = try work(call)
            work.cancel(call.isNone(2) ? nil : try call.string(2))
            call.worker.spin.noteCancel()  // what is to be ended may need this processor to hear of it
            return .none
        },
        HostFunction(
            "detach", "h:detach()", "Makes it a daemon: the program does not wait for it.", memory: .givesBack, detach),
    ]

    private static let getters: [HostFunction] = [
        HostFunction("id", "h.id", "An integer, unique in the program.") { call throws(Fault) in
            call.push(try work(call).id)
            return .results(1)
        },
        HostFunction("name", "h.name", "The given name, or one like thread-3.") { call throws(Fault) in
            call.push(try work(call).name)
            return .results(1)
        },
        HostFunction("kind", "h.kind", "What it is: task, thread or process.") { call throws(Fault) in
            call.push(word: try work(call).kind.rawValue)
            return .results(1)
        },
        HostFunction("inbox", "h.inbox", "The channel that the work reads.") { call throws(Fault) in
            let work = try work(call)
            if let inbox = work.inboxHere {
                call.push(inbox, ChannelModule.type)
                return .results(1)
            }
            return try askInbox(call, work) { call, inbox throws(Fault) in
                call.push(inbox, ChannelModule.type)
                return .results(1)
            }
        },
    ]

    // MARK: - Work that runs in another process

    /// How long to wait for an answer of a process, which may be stopped.
    static let patience: TimeSpan = .milliseconds(100)

    private static func status(_ call: HostCall, _ work: Work) throws(Fault) -> Outcome {
        let doer = work.doer
        guard let elsewhere = doer.elsewhere, !doer.status.isFinal else {
            call.push(word: work.shownStatus.name)
            return .results(1)
        }
        return try ask(call, elsewhere, .status, until: call.worker.clock.now + patience) {
            call, answer throws(Fault) in
            call.push(word: work.status(answer).name)
            return .results(1)
        }
    }

    /// The same where the task cannot be suspended: blocks the thread until the answer comes.
    private static func statusNow(_ work: Work) -> Work.Status {
        let doer = work.doer
        guard let elsewhere = doer.elsewhere, !doer.status.isFinal else { return work.shownStatus }
        let answer = Answer()
        let sleeper = Sleeper()
        elsewhere.ask(.status, 0) { message in
            answer.message.withLock { $0 = message }
            sleeper.wake()
        }
        sleeper.sleep(until: Deadline(after: patience).due)
        return work.status(answer.message.withLock { $0 })
    }

    private static func askInbox(
        _ call: HostCall, _ work: Work, _ then: @escaping (HostCall, Channel) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        guard let elsewhere = work.elsewhere else { return try then(call, work.inbox) }
        return try ask(call, elsewhere, .inbox, until: .forever) { call, answer throws(Fault) in
            guard let inbox = answer?.storage.shared.first as? Channel else {
                throw call.fail(.closed, "the process of \(work.title) has ended")
            }
            work.set(inbox: inbox)
            return try then(call, inbox)
        }
    }

    static func ask(
        _ call: HostCall, _ elsewhere: any RemoteWork, _ question: WorkQuestion, _ argument: Int = 0,
        until deadline: Instant,
        _ then: @escaping (HostCall, Message?) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        let answer = Answer()
        return try call.worker.wait(
            call, until: deadline,
            { (node: WaitNode) in
                elsewhere.ask(question, argument) { message in
                    guard node.claim() else { return }
                    answer.message.withLock { $0 = message }
                    node.deliver(.accepted)
                    node.waiter.notify()
                }
                return true
            },
            { call, _ throws(Fault) in try then(call, answer.message.withLock { $0 }) })
    }

    private final class Answer: Sendable {
        let message = Guarded<Message?>(nil)
    }

    static let metamethods: [HostFunction] = [
        HostFunction("__tostring", "tostring(h)", "Kind, name and status.") { call throws(Fault) in
            let work = try work(call)
            call.push("\(work.kind.rawValue): \(work.name) (\(statusNow(work).name))")
            return .results(1)
        },
        HostFunction("__close", "local h <close>", "Waits for the work at the end of the block.", memory: .givesBack) {
            call throws(Fault) in
            let work = try work(call)
            let isLeavingByError = !call.isNone(2)
            if isLeavingByError { work.cancel() }
            return try awaitEnd(call, work, until: .forever, choice: Work.atBlockEnd) { call, hasEnded throws(Fault) in
                // A task that is cancelled at the end of the block cancels the work.
                if !hasEnded, let fault = call.worker.heard(call) {
                    work.cancel()
                    return try awaitEnd(call, work, until: .forever, choice: Work.atBlockEnd) { _, _ throws(Fault) in
                        call.worker.reportUnseenFailure(of: work)
                        throw fault
                    }
                }
                guard isLeavingByError else { return work.unseenFailure == nil ? .none : try work.pushOutcome(call) }
                call.worker.reportUnseenFailure(of: work)
                return .none
            }
        },
    ]

    static func work(_ call: HostCall) throws(Fault) -> Work {
        if let work = workIfAny(call, 1) { return work }
        throw .type(1, "task, thread or process")
    }

    static func workIfAny(_ call: HostCall, _ index: Int32) -> Work? {
        call.objectIfAny(index, task, thread, process)
    }

    /// [-0, +1, m] Pushes the work's handle: always the same userdata in a state. A spawned task keeps its handle
    /// itself until it ends, which costs less than an entry in the state's table of objects.
    static func push(_ work: Work, _ call: HostCall) {
        call.givesUnmarked()
        if work.kind == .task, work.worker === call.worker, let task = work.task, task.work === work {
            if task.pending != 0, task.hasUserdata { return call.state.pushAnchored(task.pending, on: call.L) }
            if let coroutine = task.coroutine, coroutine.pushHandle(on: call.L) { return }
            call.state.push(work, work.hostType, on: call.L)
            return task.keepHandle(call)
        }
        call.state.push(work, work.hostType, on: call.L)
    }

    // MARK: - Waiting

    private static func join(_ call: HostCall) throws(Fault) -> Outcome {
        let work = try work(call)
        let deadline = try call.deadline(2)
        return try awaitEnd(call, work, until: deadline) { call, ended throws(Fault) in
            guard ended else { throw call.fail(.timeout, "timeout waiting for \(work.title)") }
            return try work.pushOutcome(call)
        }
    }

    /// Joins a task that has no handle yet. Nil: nothing was done.
    @inline(__always)
    private static func joinQuickly(_ call: HostCall) -> Outcome? {
        guard let reference = DirectArguments(call, count: 1)?.task(1, as: ScriptTask.self) else { return nil }
        return reference.borrow { task -> Outcome? in
            if task.isPlain, task.hasEnded { return task.pushKept(call) }
            return call.withWorker { $0.joinQuickly(task, call, joined) } ? .suspend : nil
        }
    }

    /// The task that was joined has ended, or the wait.
    private static func joined(_ call: HostCall, _ delivery: inout Waiter.Delivery) throws(Fault) -> Outcome {
        call.withWorker { $0.endQuickJoin() }
        guard case .ended = delivery else { return .none }
        if let reference = call.unretainedTask(1, as: ScriptTask.self), reference.borrow({ $0.isPlain && $0.hasEnded })
        {
            guard let outcome = reference.borrow({ $0.pushKept(call) }) else { throw .memory }
            return outcome
        }
        return try work(call).pushOutcome(call)
    }

    private static func wait(_ call: HostCall) throws(Fault) -> Outcome {
        let work = try work(call)
        let deadline = try call.deadline(2)
        return try awaitEnd(call, work, until: deadline) { call, ended throws(Fault) in
            guard ended else { return call.failure("timeout") }
            work.observe()
            call.push(word: work.status.name)
            return .results(1)
        }
    }

    /// Waits for the end of the work, or for the deadline.
    static func awaitEnd(
        _ call: HostCall, _ work: Work, until deadline: Instant, choice: Int = 0,
        _ then: @escaping (HostCall, _ ended: Bool) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        if work.outcome != nil { return try then(call, true) }
        if deadline == .past, call.worker.mayPoll { return try then(call, false) }
        try call.worker.checkCancelled(call)
        let waiting = deadline == .forever ? try beginJoin(call, work) : nil
        do throws(Fault) {
            return try call.worker.wait(
                call, at: work, for: .other(work), until: deadline, hearsEnd: choice == Work.atBlockEnd, choice: choice,
                reuses: true,
                { work.wait($0) },
                { call, _ throws(Fault) in
                    if let waiting { endJoin(call, waiting) }
                    return try then(call, work.outcome != nil)
                })
        } catch {  // maybe before the wait began: a deadline has just passed
            if let waiting { endJoin(call, waiting) }
            throw error
        }
    }

    /// Notes who waits for whom. Throws if the wait could never end.
    private static func beginJoin(_ call: HostCall, _ work: Work) throws(Fault) -> Work? {
        guard let waiting = call.waitingWork else { return nil }
        call.worker.noteQuickJoins()
        // The main task of a thread and the thread count as one.
        let target = work.represents ?? work
        let ring = WaitGraph.beginJoin(of: target, by: waiting, holding: call.holds) { call.place }
        if let ring { throw call.fail(.deadlock, ring) }
        if work.kind == .task, work.worker === call.worker, !call.canSuspend, work.task?.goesOnMeanwhile != true {
            WaitGraph.end(by: waiting)
            throw call.fail(
                .deadlock, "deadlock: \(waiting.name) -> \(work.name) (the wait holds up the state that both run in)")
        }
        call.worker.current?.isJoining = true
        return waiting
    }

    private static func endJoin(_ call: HostCall, _ waiting: Work) {
        WaitGraph.end(by: waiting)
        call.worker.current?.isJoining = false
    }

    private static func detach(_ call: HostCall) throws(Fault) -> Outcome {
        try work(call).detach()
        return .none
    }
}
