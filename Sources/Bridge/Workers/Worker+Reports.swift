/// What the tasks of a state are doing, for reports. On its own thread.
extension Worker {
    var taskReports: [TaskReport] {
        let reports = tasks.map { report($0) }
        guard current == nil, let wait = blocking?.wait else { return reports }
        return reports + [report("finalizer of \(thread.title)", wait, "", wait.coroutine.map { [$0] } ?? [], nil)]
    }

    func report(_ task: ScriptTask, withTraceback: Bool = true) -> TaskReport {
        let supervisor = task.parent as? Supervisor
        let name = supervisor?.title ?? title(of: task)
        let title: ByteText = task.work === thread ? thread.title : "\(name) of \(thread.title)"
        let wait = task === current ? blocking?.wait : task.isWaiting ? task.wait : nil
        let doing: ByteText = task === current ? "running" : task.hasStarted ? "ready to run" : "about to start"
        let inner = wait != nil ? wait?.coroutine : task === current ? memory.running : nil
        let details = supervisor?.details ?? (withTraceback ? nil : "")
        return report(title, wait, doing, coroutines(of: task, inner), task.site, details)
    }

    private func report(
        _ title: ByteText, _ wait: Wait?, _ doing: ByteText, _ coroutines: [OpaquePointer], _ site: SpawnSite?,
        _ details: ByteText? = nil
    ) -> TaskReport {
        TaskReport(
            title: title, isWaiting: wait != nil, doing: wait?.reason.text ?? doing,
            time: wait.map { clock.coarse - $0.since },
            place: coroutines.lazy.compactMap { CodePosition(of: $0)?.text }.first ?? site?.place,
            traceback: details ?? coroutines.map(state.traceback).joined(separator: "\nof a coroutine in\n"))
    }

    /// The coroutine in which the task is at the moment, and its base coroutine.
    private func coroutines(of task: ScriptTask, _ inner: OpaquePointer?) -> [OpaquePointer] {
        guard task.hasStarted, let base = task.coroutine?.L else { return [] }
        guard let inner, inner != base, inner != state.L else { return [base] }
        return [inner, base]
    }
}
