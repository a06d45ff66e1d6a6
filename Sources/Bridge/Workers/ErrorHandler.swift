/// A Lua function (`on_error`) that gets the errors of work. It runs on the state that gave it. Owned by that state's
/// thread.
final class ErrorHandler: @unchecked Sendable {  // sound: used only through `perform`
    let worker: Worker
    private let anchor: Int
    private let site: SpawnSite?
    private var holds: Bool

    /// Takes the function on top of the stack. If it `holds`, the state does not end before `close`.
    init(_ call: HostCall, holds: Bool = true) {
        self.holds = holds
        worker = call.worker
        site = call.spawnSite()
        anchor = call.state.anchor(call.L)
        if holds { worker.holdOn() }
    }

    func call(_ error: ScriptError, _ more: (OpaquePointer) -> Int32 = { _ in 0 }) {
        let L = worker.state.L
        Stack(L).reserve(8)
        worker.state.pushAnchored(anchor, on: L)
        worker.state.push(error, on: L)
        let count = more(L)
        worker.start(L, arguments: 1 + count, site: site).parent = HandlerRun("on_error of \(error.origin)")
    }

    /// Any thread: to be called when the work has ended, with its error if it failed. That is reported if the handler's state
    /// has ended before.
    var onEnd: @Sendable (ScriptError?) -> Void {
        { [worker] error in
            let report = { if let error { worker.program.reportUnobserved(worker.thread.id, error) } }
            let isTaken = worker.perform(
                { _ in
                    if let error { self.call(error) }
                    self.close()
                }, orElse: report)
            if !isTaken { report() }
        }
    }

    /// The work has ended, so no error can come any more.
    func close() {
        worker.state.release(anchor)
        loosen()
    }

    /// Any thread: from now on the state may end before `close`.
    var stopHolding: @Sendable () -> Void { { self.worker.perform { _ in self.loosen() } } }

    private func loosen() {
        if holds { worker.letGo() }
        holds = false
    }
}

/// The parent of the task that calls an `on_error`: gives that task its name, for an error in the handler itself.
/// Immutable.
private final class HandlerRun: TaskParent {
    let title: ByteText
    var name: ByteText? { "on_error" }

    init(_ title: ByteText) { self.title = title }
}

/// The parent of a task with `on_error`.
final class TaskErrors: TaskParent {
    private unowned let work: Work
    private let onError: ErrorHandler

    init(_ work: Work, _ onError: ErrorHandler) {
        self.work = work
        self.onError = onError
    }

    var name: ByteText? { work.name }
    var title: ByteText { work.title }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        defer { onError.close() }
        guard let error else { return false }
        work.observe()
        work.finish(.failed(error), .failed)
        onError.call(error)
        return true
    }
}
