/// How a program ends: everything is cancelled and gets its grace; what has not ended then is named.
extension Program {
    /// On the main worker's thread, when its loop has ended.
    /// `grace`: the time that everything has, instead of what the scripts have set.
    func shutDown(_ main: Worker, grace: TimeSpan? = nil) {
        defer { forgetMaps() }
        let request = exitRequest
        let hasBeenAsked = request != nil
        // The end of the process would cut their finalizers off.
        defer { if settings.ownsProcess, request?.closes != false, !Copy.isThis { pool.settle() } }
        beginShutdown()
        if !hasBeenAsked, main.tasks.isEmpty, hasNothingLeft { return }
        let grace = grace ?? longestGrace
        if hasBeenAsked { mustEnd(within: grace) }
        main.thread.end()
        for thread in runningThreads where !isSupervised(thread) { thread.end() }
        processes.end()
        main.run(deadline: clock.now + grace + Grace.margin)
        processes.kill()
        // Finalizers still have to run, and nothing cuts them short.
        if exitStatus != nil { mustEnd(within: Grace.usual) }
        report(stuck: runningThreads.map(\.title))
    }

    private func report(stuck: [ByteText]) {
        guard !stuck.isEmpty else { return }
        Console.report("still running at the end: " + stuck.sorted().joined(separator: ", "))
    }

    // MARK: - A main thread that is stuck

    /// Any thread: if the main thread has not come to the next step of the end within that time, and the program owns
    /// its process, the process is ended. Each step calls this anew, which moves the instant.
    func mustEnd(within time: TimeSpan) {
        guard settings.ownsProcess else { return }
        let due = Deadline(after: time + Grace.margin * 2).due
        lastMoment.store(due, ordering: .relaxed)
        Reactor.shared.call(at: due) { [self] in
            guard lastMoment.load(ordering: .relaxed) == due else { return }
            report(stuck: runningThreads.map(\.title) + [pool.isSettling ? "a finalizer of a thread" : "thread 'main'"])
            exitAtOnce()
        }
    }

    /// Ends the process without waiting for anything.
    func exitAtOnce() -> Never {
        Console.flushAtOnce()
        if let signal, signal.isTyped { Signals.die(by: signal.number) }
        Signals.exit(finalStatus(1))
    }
}

extension Worker {
    /// In a copy that `fork` made on a thread other than the main one: that thread has done its work, so the copy ends.
    func endCopy() -> Never {
        let exit = program.exitRequest
        let hasFailed = thread.status == .failed
        program.shutDown(self)
        if exit?.closes ?? true { close() }
        // Whoever joins the thread is in the original process.
        if hasFailed, exit == nil, !program.hasUnobservedFailures, case .failed(let error)? = thread.outcome {
            program.reportUnobserved(thread.id, error)
        }
        Console.flush()
        Environment.exit(program.exitStatus ?? (hasFailed || program.hasUnobservedFailures ? 1 : 0))
    }
}
