/// How a program ends, at one place: everything is cancelled, gets its grace, and what does not end is named.
extension Program {
    /// On the main worker's thread, when its loop has ended.
    func shutDown(_ main: Worker) {
        let hasBeenAsked = exitRequest != nil
        beginShutdown()
        if !hasBeenAsked, main.tasks.isEmpty, hasNothingLeft { return }
        let grace = longestGrace
        if hasBeenAsked { mustEnd(within: grace) }
        main.thread.end()
        for thread in runningThreads { thread.end() }
        processes.end()
        main.run(deadline: clock.now + grace + Grace.margin)
        processes.kill()
        // Finalizers run yet, and nothing cuts them short.
        if exitStatus != nil { mustEnd(within: Grace.usual) }
        report(stuck: runningThreads.map(\.title))
    }

    private func report(stuck: [ByteText]) {
        guard !stuck.isEmpty else { return }
        Console.report("still running at the end: " + stuck.sorted().joined(separator: ", "))
    }

    // MARK: - A main thread that is stuck

    /// Any thread: unless its main thread goes on to the next step by then, a program that owns its process ends with
    /// it. Each step of the end moves this moment.
    func mustEnd(within time: TimeSpan) {
        guard settings.ownsProcess else { return }
        let due = Clock.now + time + Grace.margin * 2
        lastMoment.store(due, ordering: .relaxed)
        Reactor.shared.call(at: due) { [self] in
            guard lastMoment.load(ordering: .relaxed) == due else { return }
            report(stuck: runningThreads.map(\.title) + ["thread 'main'"])
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
    /// The thread that is all of a copy of the process, and not the main one, has done its work: the copy ends.
    func endCopy() -> Never {
        let exit = program.exitRequest
        let hasFailed = thread.status == .failed
        program.shutDown(self)
        if exit?.closes ?? true { close() }
        // Whoever waited for it waits in the former process.
        if hasFailed, exit == nil, !program.hasUnobservedFailures, case .failed(let error)? = thread.outcome {
            program.reportUnobserved(thread.id, error)
        }
        Console.flush()
        Environment.exit(program.exitStatus ?? (hasFailed || program.hasUnobservedFailures ? 1 : 0))
    }
}
