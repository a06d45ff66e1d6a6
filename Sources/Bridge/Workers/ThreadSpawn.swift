/// Starts a function in a new state on another thread.
struct ThreadSpawn: Sendable {
    var name: ByteText?
    var isDaemon = false
    var grace = Grace.usual
    /// Memory that the state may use, in bytes; nil: no bound.
    var memory: Int?
    /// The function and its arguments.
    let message: Message
    let count: Int
    let inheritance: Inheritance
    let site: SpawnSite?
    /// Somebody will ask how it has ended, so a failure is not reported.
    var isWatched = false
    /// Called on the new thread when the work has ended, with its error if it failed. Such a failure is not reported
    /// otherwise.
    var onEnd: (@Sendable (ScriptError?) -> Void)?

    func start(_ program: Program) throws(SystemError) -> Work {
        let work = Work(.thread, name: name, isDaemon: isDaemon, site: site, program: program)
        work.status = .running
        work.grace = grace
        if isWatched { work.observe() }
        let end = ThreadEnd(work, onEnd)
        program.add(work)
        do throws(SystemError) {
            try program.pool.run(program, .init(thread: work) { worker in run(work, worker, end) })
        } catch {
            program.forget(work)
            throw error
        }
        return work
    }

    private func run(_ work: Work, _ worker: Worker, _ end: ThreadEnd) {
        worker.beginWork()
        OSThread.rename(work.name)
        let L = worker.state.L
        do throws(ScriptError) {
            try worker.state.inherit(inheritance)
            worker.state.memoryLimit = worker.program.confinement.bound(memory)
            try worker.state.push(message, count: count, on: L)
            let task = worker.start(L, arguments: Int32(count - 1), site: site)
            task.work = work
            task.grace = grace
            task.parent = end
            if work.isCancelRequested { worker.cancel(work) }  // it was cancelled before the worker was known
        } catch {
            var failure = error
            failure.origin = work.title
            failure.traceback = site?.story ?? ""
            if !end.ended(nil, failure), !work.finish(.failed(failure), .failed) { worker.reportLater(work, failure) }
        }
        worker.run()
        work.program.ended(work)
    }
}

/// Waits for the end of a thread's main task. Owned by the thread.
final class ThreadEnd: TaskParent, Sendable {
    private unowned let work: Work
    private let onEnd: (@Sendable (ScriptError?) -> Void)?

    init(_ work: Work, _ onEnd: (@Sendable (ScriptError?) -> Void)?) {
        self.work = work
        self.onEnd = onEnd
    }

    var name: ByteText? { work.name }
    var title: ByteText { work.title }

    func succeeded(_ task: ScriptTask, _ count: Int32) -> Bool {
        announce()
        return false
    }

    /// Tells the pool, before anybody learns that the work has ended.
    private func announce() {
        if let worker = work.worker, worker.isDone { worker.program.pool.announceEnd(of: worker) }
    }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        announce()
        guard let onEnd else { return false }
        if let error {
            work.observe()
            work.finish(.failed(error), .failed)
        }
        onEnd(error)
        return error != nil
    }
}
