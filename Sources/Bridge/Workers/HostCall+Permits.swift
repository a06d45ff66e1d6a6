/// How the running task takes permits, and what becomes of them when it ends.
extension HostCall {
    /// Takes a permit, or all, for the running task; waits for it until the deadline. `then` gets nil when that has
    /// passed, and then only has to say so. The task must not hold one already, unless it is a semaphore's.
    func take(
        _ permits: Permits, all: Bool = false, until deadline: Instant,
        _ then: @escaping (HostCall, Permits.Taken?) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        let task = try taker(of: permits)
        let worker = worker
        let grant = worker.nextGrant(all: all)
        if let taken = permits.tryTake(grant) {
            task.holds.append(permits, grant)
            return try then(self, taken)
        }
        if deadline == .past {
            let outcome = try then(self, nil)
            return outcome.code > 0 ? worker.take(self, results: outcome.code) : outcome
        }
        if worker.maySpin, worker.spin.look(longest: Self.patience, until: { permits.mayTake(grant) }),
            let taken = permits.tryTake(grant)
        {
            task.holds.append(permits, grant)
            return try then(self, taken)
        }
        return try wait(task, for: permits, grant, until: deadline, then)
    }

    /// How long to spin before the task is suspended: most critical sections are short.
    private static let patience: TimeSpan = .microseconds(20)

    /// Waits for a permit under that number.
    func wait(
        _ task: ScriptTask, for permits: Permits, _ grant: Permits.Grant, until deadline: Instant,
        _ then: @escaping (HostCall, Permits.Taken?) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        try worker.checkCancelled(self)
        let waiting = deadline == .forever ? try beginWait(task, for: permits, all: grant < 0) : nil
        do throws(Fault) {
            return try worker.wait(
                self, at: permits, for: .other(permits), until: deadline, choice: grant,
                { node in
                    task.holds.append(permits, grant)
                    return permits.enter(node)
                },
                { call, delivery throws(Fault) in
                    if let waiting { WaitGraph.end(by: waiting) }
                    guard case .accepted = delivery else {
                        task.drop(permits, grant)
                        return try then(call, nil)
                    }
                    return try then(call, .init(grant: grant, isAbandoned: permits.takeNotice(grant)))
                })
        } catch {  // maybe before the wait began: the time of a handler is over
            if let waiting { WaitGraph.end(by: waiting) }
            throw error
        }
    }

    /// The running task, if it may take a permit.
    private func taker(of permits: Permits) throws(Fault) -> ScriptTask {
        guard let task = worker.current, task.attends || !isInFinalizer else {
            throw .message("attempt to \(permits.attempt) in a finalizer")
        }
        if !task.holds.isEmpty, permits.kind != .semaphore, task.holds.last(of: permits) != nil {
            let name = (task.work ?? task.handle()).name
            throw fail(.deadlock, "deadlock: \(name) -> \(name) (\(permits.waitText), which it holds already)")
        }
        return task
    }

    private func beginWait(_ task: ScriptTask, for permits: Permits, all: Bool) throws(Fault) -> Work? {
        guard permits.kind != .semaphore, !task.hasScopeWithDeadline, let waiting = waitingWork else { return nil }
        if !canSuspend, let holder = worker.tasks.first(where: { $0.holds.last(of: permits) != nil }) {
            let names: ByteText = "\(waiting.name) -> \((holder.work ?? holder.handle()).name)"
            throw fail(.deadlock, "deadlock: \(names) (the wait holds up the state that both run in)")
        }
        worker.noteQuickJoins()
        let ring = WaitGraph.begin(
            .init(work: waiting, target: .permits(permits, all: all), place: place, holds: task.holds.list))
        if let ring { throw fail(.deadlock, ring) }
        return waiting
    }

    /// The place from which the script calls: `job.lua:3`.
    var place: ByteText? { CodePosition(of: L)?.text }
    /// What the running task keeps from others if it joins without a timeout.
    var holds: [Hold] {
        guard let task = worker.current, !task.holds.isEmpty, !task.hasScopeWithDeadline else { return [] }
        return task.holds.list
    }
}

extension ScriptTask {
    func drop(_ permits: Permits, _ grant: Permits.Grant) {
        holds.remove(Unmanaged.passUnretained(permits).toOpaque(), grant)
    }

    /// The task ends: what it has not given back goes back, what it took last first.
    func abandonHolds() {
        while let hold = holds.popLast() { hold.permits.abandon(hold.grant) }
    }

    /// Whether a deadline may end what it waits for.
    var hasScopeWithDeadline: Bool {
        var next = scope
        while let scope = next {
            if scope.deadline != .forever { return true }
            next = scope.outer
        }
        return false
    }
}

extension Worker {
    /// The number of the next taking, of one permit or of all: unique among those of all workers.
    @inline(__always)
    func nextGrant(all: Bool = false) -> Permits.Grant {
        lastGrant &+= 1
        return all ? -lastGrant : lastGrant
    }
}

extension Permits: Awaited {}
