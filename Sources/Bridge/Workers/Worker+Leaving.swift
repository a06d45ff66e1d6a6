/// Ends at which the running task cannot unwind: there is C code on its stack that would take the error for one of its
/// own, or that has called `exit`. The stack is left as it is; everything else ends in order.
extension Worker {
    /// C code calls `exit` on this thread. If the task is being ended, that is how the C code reacts to the error: the
    /// status is ignored, and a thread ends alone. Otherwise the program ends. Returns, with the status of the
    /// process, only on the main thread, or if a host owns the process.
    func exits(_ status: Int32) -> Int32 {
        guard program.settings.ownsProcess || !isMain else { return status }
        let isAnswer = current?.unwinding != nil && (!isMain || thread.kind == .process || program.exitStatus != nil)
        if !isAnswer { program.requestExit(.init(status: status, closes: false)) }
        return leave()
    }

    /// Ends the program, after its end was asked for.
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
        running = nil
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

    /// Ends the other tasks of the state. Then the thread sleeps for ever, with its state.
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
