/// Tasks: how they start, take turns and end.
extension Worker {
    /// Makes a task of the function and its arguments on top of `L`, and pops them. It starts at the next switch.
    @discardableResult
    func start(
        _ L: OpaquePointer, arguments: Int32, site: SpawnSite?, isDaemon: Bool = false, isMain: Bool = false,
        work: Work? = nil
    ) -> ScriptTask {
        let coroutine = state.takeCoroutine(isMain: isMain)
        if let work { state.setHandle(work, work.hostType, of: coroutine) }
        coroutine.take(arguments + 1, from: L)
        let task = ScriptTask(self, coroutine, arguments: arguments + Coroutine.prepared, site: site)
        task.work = work
        return add(task, isDaemon)
    }

    /// The shortest way to start a task, without options and without a handle: of the function at index 1 and the
    /// arguments above it, which are all that is on the stack. Leaves a userdata for the task there instead, unless the
    /// script drops it at once.
    func spawn(_ call: HostCall) -> Outcome {
        let count = call.count
        let isHeld = !call.dropsResults
        if isHeld { call.givesUnmarked() }
        let task = ScriptTask(.passUnretained(self), spawnSite(call.L), isHeld: isHeld)
        withState { state in
            if !state.hasSpareCoroutine, count <= Self.mostPending {
                let anchor =
                    isHeld
                    ? state.pushPending(task, taskType, count: count, on: call.L) : state.anchor(count, on: call.L)
                task.wait(pending: anchor, count)
            } else {
                let coroutine = state.takeCoroutine()
                coroutine.take(count, from: call.L)
                if isHeld {
                    state.pushTask(task, taskType, on: call.L)
                    coroutine.setHandle(from: call.L)
                }
                task.coroutine = coroutine
                task.arguments = count - 1 + Coroutine.prepared
            }
        }
        foreground += 1
        add(task)
        return isHeld ? .results(1) : .none
    }

    /// How many values are kept for a task that has no coroutine yet.
    private static let mostPending: Int32 = 16

    /// A task that gets its function from its parent when it starts.
    func start(for parent: any TaskParent, site: SpawnSite?, isDaemon: Bool) {
        add(ScriptTask(self, nil, arguments: 0, site: site), isDaemon).parent = parent
    }

    /// The same for one that knows what it does.
    func start(_ task: __owned ScriptTask) {
        foreground += 1
        add(task)
    }

    private func add(_ task: ScriptTask, _ isDaemon: Bool) -> ScriptTask {
        task.isDaemon = isDaemon
        if !isDaemon { foreground += 1 }
        add(task)
        return task
    }

    @inline(__always)
    private func add(_ task: __owned ScriptTask) {
        task.index = tasks.count
        ready.append(task)
        tasks.append(task)
    }

    func makeReady(_ task: ScriptTask) { ready.append(task) }

    /// See `ScriptTask.attends`.
    func attend(_ task: ScriptTask) {
        task.attends = true
        attendants += 1
    }

    func makeDaemon(_ task: ScriptTask) {
        guard !task.isDaemon else { return }
        task.isDaemon = true
        foreground -= 1
    }

    func resume(_ task: ScriptTask) {
        if Tracing.isOn { resumeTraced(task) } else { run(task) }
    }

    @inline(__always)
    func run(_ task: ScriptTask) {
        if !task.hasStarted, !task.begin() { return discard(task) }
        let reference = Unmanaged.passUnretained(task)
        running = reference
        lastRun = reference
        if ended != nil { ended = nil }
        task.isWaiting = false
        task.show(.running)
        if task.unwinding != nil { memory.unwinding = task.unwinding?.number ?? 0 }
        if task.isNudged {
            task.isNudged = false
            memory.wantInterrupt()
        }
        if task.scope != nil || task.unwinding != nil { watch(task, clock.now) }
        let arguments = task.arguments
        task.arguments = 0
        let run = memory.resume(task.coroutine, arguments: arguments)
        memory.unwinding = 0
        running = nil
        if let end = memory.end(of: task.coroutine, in: run) { finish(task, end) }
    }

    /// Removes a task that has not run, and must not.
    private func discard(_ task: ScriptTask) {
        ended = remove(task)
        task.retire()
        task.giveUp()
    }

    /// Returns the task, which nothing else may keep any more.
    @discardableResult
    func remove(_ task: ScriptTask) -> ScriptTask {
        if !task.isDaemon { foreground -= 1 }
        if task.attends { attendants -= 1 }
        let last = tasks.removeLast()
        if last === task { return last }
        let removed = tasks[task.index]
        last.index = task.index
        tasks[task.index] = last
        return removed
    }

    private func finish(_ task: ScriptTask, _ end: StateMemory.RunEnd) {
        ended = remove(task)
        if !task.holds.isEmpty { task.abandonHolds() }
        if !end.hasFailed, task.unwinding == nil {
            succeed(task, end.count)
        } else {
            conclude(task, end)
        }
        task.retire()
        withState { state in
            if end.hasReturned { state.give(task.coroutine) } else { state.discard(task.coroutine) }
        }
    }

    /// The task has failed, or unwinds.
    private func conclude(_ task: ScriptTask, _ end: StateMemory.RunEnd) {
        let co = task.coroutine.L
        if !end.hasFailed, let error = swallowedEnd(of: task) {
            if let ending = endings.removeValue(forKey: ObjectIdentifier(task)) {
                ending(task)
            } else if task.parent?.ended(task, nil) != true {
                (task.work ?? task.handle()).finish(.failed(error), .cancelled)
            }
        } else if !end.hasFailed {
            succeed(task, end.count)
        } else if let ending = ending(of: task) {
            ending(task)
        } else if var error = task.end, state.isError(-1, on: co), state.errorKind(-1, on: co) == error.kind {
            error.traceback += task.site?.lines ?? ""
            if task.parent?.ended(task, nil) != true {
                (task.work ?? task.handle()).finish(.failed(error), .cancelled)
            }
        } else {
            fail(task, failure(task, end))
            if task.work === thread, !isMain { cancelRest(but: task) }
        }
    }

    /// The error of a cancelled task that returned normally: a finalizer or C code has swallowed the error, and no Lua
    /// code ran after that.
    private func swallowedEnd(of task: ScriptTask) -> ScriptError? {
        guard let ending = task.unwinding, ending.target == nil else { return nil }
        guard memory.takeSwallowed() || ending.grace === task.sheltered else { return nil }
        return cancellation(of: task)
    }

    private func succeed(_ task: ScriptTask, _ count: Int32) {
        let co = task.coroutine.L
        if task.madeParent?.succeeded(task, count) == true {
            // The parent has taken care of the results.
        } else if task.isPlain {
            withState { task.endPlain(count, isAttached: memory.hasAttachedResult, $0) }
        } else {
            task.handleReference?.borrow { work in
                if work.kind != .task || work.mustCopy {
                    work.finish(copying: count, of: co, state, task.site)
                } else if count == 0 {
                    work.finish(.results(nil, count: 0), .done)
                } else {
                    let anchor = withState { $0.anchor(count, on: co) }
                    work.finish(.kept(anchor: anchor, count: Int(count)), .done)
                }
            }
        }
        _ = task.madeParent?.ended(task, nil)
    }

    private func fail(_ task: ScriptTask, _ error: ScriptError) {
        if Tracing.isOn { note(failure: error, of: task) }
        if task.parent?.ended(task, error) == true { return }
        let work = task.work ?? task.handle()
        if !work.finish(.failed(error), .failed) { reportLater(work, error) }
    }

    /// For whoever has waited for the work, and does not raise its failure.
    func reportUnseenFailure(of work: Work) {
        if let error = work.unseenFailure { reportLater(work, error) }
    }

    /// Reports a failure a moment later, unless somebody has observed it: whoever spawned the work may be about to
    /// join it.
    func reportLater(_ work: Work, _ error: ScriptError) {
        let report = LateReport {
            work.reportIfUnobserved(error)
        } whenSaid: { [unowned self] report in
            lateReports.removeAll { $0 === report }
            foreground -= 1
        }
        lateReports.append(report)
        foreground += 1
        timers.add(report, ticket: 0, due: clock.now + LateReport.delay)
    }

    /// The error that ended a task, its value on top of the coroutine's stack.
    private func failure(_ task: ScriptTask, _ end: StateMemory.RunEnd) -> ScriptError {
        let co = task.coroutine.L
        let traceback = LuaState.takeTraceback(on: co) + (task.site?.lines ?? "")
        var error =
            state.runsNothingToDescribe(-1, on: co)
            ? state.failure(-1, on: co, isMemory: end.isOutOfMemory)
            : bounded { state.failure(-1, on: co, isMemory: end.isOutOfMemory) }
        let origin = origin(of: task)
        if error.traceback.isEmpty {
            error.traceback = traceback.drop(UInt8(ascii: "\n"))
        } else if error.origin.isEmpty || error.origin == origin {  // made here, with its traceback
            error.traceback += task.site?.lines ?? ""
        } else {  // it came from other work, whose traceback comes first
            error.traceback += "\npassed on by \(origin):\n" + traceback
        }
        if error.origin.isEmpty { error.origin = origin }
        return error
    }

    /// The name of the task in errors that are raised in it.
    func origin(of task: ScriptTask) -> ByteText { task.parent?.raiser ?? title(of: task) }

    func title(of task: ScriptTask) -> ByteText { task.work?.title ?? task.parent?.title ?? task.handle().title }

    // MARK: - Endings that are no failures

    /// The ending of a task that has unwound for `thread.exit` or `os.exit`; nil if the script raised another error
    /// meanwhile.
    private func ending(of task: ScriptTask) -> Ending? {
        guard let ending = endings.removeValue(forKey: ObjectIdentifier(task)) else { return nil }
        let co = task.coroutine.L
        return state.isError(-1, on: co) && state.readError(-1, on: co).kind == .exit ? ending : nil
    }
}
