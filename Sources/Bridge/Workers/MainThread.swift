/// A main state on a thread of its own, which serves the host's queue until the end is asked for.
enum MainThread {
    /// Returns when the state is open. `prepare` is called on the new thread, with the open state.
    static func start(
        _ program: Program, _ queue: HostQueue, _ prepare: @escaping @Sendable (Worker) throws(ScriptError) -> Void
    ) throws(ScriptError) -> Worker {
        let beginning = OneAnswer<Result<Worker, ScriptError>>()
        let signals = SignalMask.current
        do throws(SystemError) {
            try OSThread(runsScripts: true) {
                signals.use()
                OSThread.rename(ByteText(program.settings.name))
                do throws(ScriptError) {
                    let worker = try open(program, prepare)
                    queue.holds = 1
                    worker.holdOn()
                    program.beginOutside()
                    beginning.give(.success(worker))
                    serve(worker, queue)
                } catch {
                    beginning.give(.failure(error))
                }
            }.detach()
        } catch {
            throw ScriptError(.error, "cannot start a thread: \(error)")
        }
        return try beginning.wait().get()
    }

    /// Opens the main state on the calling thread.
    static func open(
        _ program: Program, _ prepare: (Worker) throws(ScriptError) -> Void
    ) throws(ScriptError) -> Worker {
        let thread = Work(.thread, name: "main", isDaemon: false, site: nil, program: program, status: .running)
        let worker = Worker(program: program, thread: thread, memory: StateMemory(), isMain: true)
        try worker.open()
        worker.state.memoryLimit = program.confinement.memoryLimit
        worker.beginWork()
        try prepare(worker)
        return worker
    }

    private static func serve(_ worker: Worker, _ queue: HostQueue) {
        let program = worker.program
        worker.run(until: { queue.look(worker) })
        program.endOutside()
        worker.letGo()
        let ending = queue.ending
        program.shutDown(worker, grace: ending?.grace)
        worker.thread.finish(.results(nil, count: 0), .done)
        worker.close()
        program.closed(worker)
        program.pool.close()
        Console.flush()
        queue.close(program.finalStatus(ending?.status ?? 0))
    }
}
