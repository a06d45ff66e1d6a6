/// Joins of tasks within one state, without the lock that joins have in common.
///
/// Rings are found by a walk along the waits that were noted (`WaitGraph`). A join is not noted as long as the task that
/// is joined waits for no other task itself: no walk gets past that. As soon as it is about to, those who have joined it
/// are noted (`noteQuickJoins`). A task that holds a lock is noted at once.
extension Worker {
    /// Suspends the running task until `task`, which has no handle, has ended. False: nothing was done.
    @inline(__always)
    func joinQuickly(_ task: ScriptTask, _ call: HostCall, _ resumption: @escaping ScriptTask.Resumption) -> Bool {
        let target = Unmanaged.passUnretained(task)
        guard let running, running.toOpaque() != target.toOpaque(), task.isPlain, !task.mayBeInRing,
            running.borrow({ $0.quickJoins == 0 && $0.holds.isEmpty }),
            suspend(call, at: .task(target), for: .join(target), { task.lineUp($0) }, resumption)
        else { return false }
        task.quickJoins += 1
        running.borrow { joiner in
            joiner.isJoining = true
            joiner.joined = target
        }
        return true
    }

    /// The running task has joined by `joinQuickly`, and goes on.
    @inline(__always)
    func endQuickJoin() {
        running?.borrow { task in
            task.isJoining = false
            task.joined = nil
            if task.isJoinNoted { endNotedJoin(task) }
        }
    }

    private func endNotedJoin(_ task: ScriptTask) {
        task.isJoinNoted = false
        WaitGraph.end(by: task.work ?? task.handle())
    }

    /// The running task is about to wait for another task, and that is going to be noted.
    func noteQuickJoins() {
        guard let task = current, task.quickJoins > 0 else { return }
        task.quickJoins = 0
        let work = task.handle()
        work.forEachJoiner { joiner in
            guard joiner.joined?.toOpaque() == Unmanaged.passUnretained(task).toOpaque(), !joiner.isJoinNoted else {
                return
            }
            joiner.isJoinNoted = true
            WaitGraph.note(work, joinedBy: joiner.work ?? joiner.handle())
        }
    }

    // MARK: - Userdata that stand for tasks without a handle

    func handle(of task: AnyObject, anchorAttached anchor: () -> Int) -> any HostObject {
        let task = unsafeDowncast(task, to: ScriptTask.self)
        task.anchorAttached(anchor)
        return task.handle()
    }
    func dropped(_ task: AnyObject) { withState { unsafeDowncast(task, to: ScriptTask.self).dropHold($0) } }
}
