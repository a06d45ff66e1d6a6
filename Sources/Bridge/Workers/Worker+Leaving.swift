/// Ends that the running task cannot unwind to: C code stands in between that would take the error for one of its own,
/// or that has called `exit`. Its stack stays as it is; all else ends in order.
extension Worker {
    /// C code calls `exit` on this thread. While the task is being ended that is its answer to the error: the status is
    /// not the script's choice, and a thread ends alone. Otherwise it is the program's end. Returns the process's status
    /// on the main thread, and nowhere else.
    func exits(_ status: Int32) -> Int32 {
        guard program.settings.ownsProcess || !isMain else { return status }
        let isAnswer = current?.unwinding != nil && (!isMain || thread.kind == .process || program.exitStatus != nil)
        if !isAnswer { program.requestExit(.init(status: status, closes: false)) }
        return leave()
    }

    /// The program's end has been asked for.
    func leaveProgram() -> Never {
        let status = leave()
        StateMemory.leave()
        Environment.exit(status)
    }

    private func leave() -> Int32 {
        if let task = current { abandon(task) }
        memory.abandonRun()
        guard isMain else { leaveThread() }
        program.shutDown(self)
        program.forgetLastMoment()
        program.closed(self)
        Console.flush()
        program.sayLastWords?()
        if let signal = program.signal, signal.isTyped { Signals.die(by: signal.number) }
        return program.exitStatus ?? 0
    }

    private func abandon(_ task: ScriptTask) {
        current = nil
        remove(task)
        let scope = task.unwinding?.target
        if program.exitStatus == nil, let end = endings[ObjectIdentifier(task)] { end(task) }
        let error = scope.map { ScriptError(.timeout, $0.message, origin: origin(of: task)) } ?? cancellation(of: task)
        endings[ObjectIdentifier(task)] = nil
        if task.parent?.ended(task, nil) != true {
            (task.work ?? task.handle()).finish(.failed(error), scope == nil ? .cancelled : .failed)
        }
        task.retire()
    }

    /// What else goes on in the state ends; then the thread stays where it is, with its state.
    private func leaveThread() -> Never {
        cancelRest()
        run(deadline: cancelledUntil + Grace.margin)
        program.ended(thread)
        close(keepsState: true)
        program.closed(self)
        Processor.leave()
        let sleeper = Sleeper()
        while true { sleeper.sleep(until: .forever) }
    }
}
