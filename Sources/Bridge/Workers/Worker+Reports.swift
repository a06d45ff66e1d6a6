import CFence
import CLua

/// How the tasks of a state stand, for people. On its own thread.
extension Worker {
    var taskReports: [TaskReport] { tasks.map(report) }

    private func report(_ task: ScriptTask) -> TaskReport {
        let isBlocked = task === current && blocking != nil
        let isWaiting = task.isWaiting || isBlocked
        let coroutines = coroutines(of: task, isWaiting)
        let traceback = coroutines.map(traceback).joined(separator: "\nof a coroutine in\n")
        return TaskReport(
            title: task.work === thread ? thread.title : "\(origin(of: task)) of \(thread.title)",
            isWaiting: isWaiting, doing: doing(task, isWaiting),
            time: isWaiting ? Clock.coarse - task.wait.since : nil,
            place: coroutines.lazy.compactMap(LuaState.place(of:)).first ?? task.site?.place, traceback: traceback)
    }

    private func doing(_ task: ScriptTask, _ isWaiting: Bool) -> String {
        if isWaiting { return task.wait.reason.text }
        if task === current { return "running" }
        return task.hasStarted ? "ready to run" : "about to start"
    }

    /// The coroutine that a task is in at the moment, and its base.
    private func coroutines(of task: ScriptTask, _ isWaiting: Bool) -> [OpaquePointer] {
        guard task.hasStarted, let base = task.coroutine?.L else { return [] }
        let inner = isWaiting ? task.wait.coroutine : task === current ? vm.pointee.running : base
        guard let inner, inner != base, inner != state.L else { return [base] }
        return [inner, base]
    }

    private func traceback(_ L: OpaquePointer) -> String {
        lua_checkstack(state.L, 8)
        luaL_traceback(state.L, L, nil, 0)
        defer { lua_pop_(state.L, 1) }
        return LuaState.text(state.L, -1)
    }
}
