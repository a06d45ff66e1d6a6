/// What the trace gets of a state. All of it is called only while there is one; without `track` it does nothing more.
extension Worker {
    func beginTrack() {
        track = Trace.shared?.addTrack(thread.name, isMain: isMain)
        guard track != nil, Tracing.samples else { return }
        memory.beginSampling()
        Trace.startSampling(thread.title)
    }

    /// The state is about to be closed.
    func endTrack() {
        guard let ended = track else { return }
        memory.endSampling()
        Trace.remove(ended)
        track = nil
    }

    func sampled(_ stack: ByteText, _ milliseconds: Int) { track?.add(sample: stack, milliseconds) }

    // MARK: - Tasks

    /// Does what `run` does, and notes it.
    @inline(never)
    func resumeTraced(_ task: ScriptTask) {
        guard let track else { return run(task) }
        let start = Track.now
        if task.traceNumber == 0 { task.traceNumber = UInt32(truncatingIfNeeded: track.numberTask()) }
        var event = Track.Event(kind: .run, start: start, id: UInt64(task.traceNumber), value: -1)
        if task.isWaitNoted { endNotedWait(task, track, start) }
        let isPlainTimer = task.isPlainTimer
        if !task.hasStarted { noteLateness(of: task, isPlainTimer, &event) }
        run(task)
        let end = Track.now
        event.end = end
        track.memory.store(memory.used, ordering: .relaxed)
        if end - start < 100_000, track.isCollecting(start) || !track.affords(end, keeping: 64) {
            track.add(turn: start, end)
        } else {
            track.endTurns()
            track.note(event, title(traced: task, isPlainTimer), task.site?.place ?? "")
        }
        if task.isWaiting { beginNotedWait(task, track, end) }
    }

    private func noteLateness(of task: ScriptTask, _ isPlainTimer: Bool, _ event: inout Track.Event) {
        let due: Instant
        if isPlainTimer {
            due = Instant(rawValue: Int64(task.mark))
        } else if let timer = task.madeParent as? ScriptTimer {
            // Its object may have been made after it rang.
            due = task.mark != 0 ? Instant(rawValue: Int64(task.mark)) : timer.fired
            event.missed = Int64(timer.missed)
        } else {
            return
        }
        task.mark = 0
        event.kind = .timer
        event.value = max(0, (clock.now - due).nanoseconds)
    }

    /// What a task is called in the trace. No handle is made for that.
    private func title(traced task: ScriptTask, _ isPlainTimer: Bool = false) -> ByteText {
        if let work = task.work { return work.title }
        if let parent = task.madeParent { return parent.title }
        guard let place = task.site?.place else { return "task" }
        return isPlainTimer ? "timer \(place)" : "task \(place)"
    }

    func note(failure error: ScriptError, of task: ScriptTask) {
        let name = title(traced: task, task.isPlainTimer)
        track?.note(.init(kind: .failure, start: Track.now), name, error.message)
    }

    // MARK: - Waits

    private func beginNotedWait(_ task: ScriptTask, _ track: Track, _ now: Int64) {
        guard track.affords(now, keeping: 128) else {
            track.waitsLeftOut.add(1, ordering: .relaxed)
            return
        }
        task.isWaitNoted = track.note(
            .init(kind: .wait, start: now, id: UInt64(task.traceNumber)), text(task.wait.reason), title(traced: task))
    }

    private func endNotedWait(_ task: ScriptTask, _ track: Track, _ now: Int64) {
        task.isWaitNoted = false
        track.note(.init(kind: .waitEnd, start: now, id: UInt64(task.traceNumber)), "wait")
    }

    private func text(_ reason: WaitReason) -> ByteText {
        guard case .join(let task) = reason else { return reason.text }
        return task.borrow { "join of \(title(traced: $0, $0.isPlainTimer))" }
    }

    /// The wait that has held up the thread is over.
    func note(block waiter: BlockingWaiter, since start: Int64) {
        guard let track else { return }
        noteMessage(of: waiter, waiter.wait.reason)
        let now = Track.now
        guard track.affords(now) else {
            track.waitsLeftOut.add(1, ordering: .relaxed)
            return
        }
        track.note(.init(kind: .block, start: start, end: now), text(waiter.wait.reason))
    }

    // MARK: - Messages

    /// A turn begins. Returns how many operations on channels may pass until the next look.
    func tracedBudget() -> Int32 {
        track?.begin(turn: Self.fullBudget, left: memory.budget) ?? Self.fullBudget
    }

    /// See `mayPoll`.
    func renewTracedBudget() -> Bool {
        guard let track else {
            memory.budget = Self.fullBudget
            return false
        }
        if let part = track.renew(left: memory.budget) {
            memory.budget = part
            return true
        }
        memory.budget = track.begin(turn: Self.fullBudget, left: 0)
        return false
    }

    /// A message is about to be sent: notes and marks it, if it is due. Whoever takes the message takes the mark, too.
    func markMessage() {
        guard let track else { return }
        let now = Track.now
        Tracing.receivedMark = 0
        guard track.isDue(now) else { return }
        let mark = track.mark()
        if track.note(.init(kind: .send, start: now, id: mark)) { Tracing.sentMark = mark }
    }

    /// A task is about to receive.
    func lookForMessage() {
        Tracing.receivedMark = 0
        track?.look(Track.now)
    }

    /// It has received, or not.
    func noteReceived() {
        guard let track else { return }
        let mark = Tracing.receivedMark
        guard mark != 0 else { return }
        Tracing.receivedMark = 0
        track.messagesLeftOut.subtract(1, ordering: .relaxed)
        note(mark: mark, track, Track.now)
    }

    /// A wait is over, or was decided before it began: it may have received a message, or sent one, which the budget has
    /// not counted.
    func noteMessage(of waiter: Waiter, _ reason: WaitReason) {
        guard let track else { return }
        switch (reason, waiter.delivery) {
        case (.receive, .parcel), (.select, .parcel), (.send, .accepted), (.select, .accepted):
            track.messages.add(1, ordering: .relaxed)
            if waiter.mark == 0 { track.messagesLeftOut.add(1, ordering: .relaxed) }
        default: break
        }
        note(mark: waiter.mark, track, Track.now)
        waiter.mark = 0
    }

    private func note(mark: UInt64, _ track: Track, _ now: Int64) {
        if mark != 0 { track.note(.init(kind: .receive, start: now, id: mark)) }
    }
}
