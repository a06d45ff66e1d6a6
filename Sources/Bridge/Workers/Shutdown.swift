/// How a program ends, at one place: everything is cancelled, gets its grace, and what does not end is named.
enum Shutdown {
    /// How long handlers may go on when work is ended, where nothing else was asked for.
    static let grace: Nanoseconds = 2_000_000_000
    /// How long what was cut short may take to end.
    static let margin: Nanoseconds = 250_000_000

    /// On the main worker's thread, when its loop has ended.
    static func run(_ program: Program, _ main: Worker) {
        let hasBeenAsked = program.exitRequest != nil
        program.beginShutdown()
        if !hasBeenAsked, main.tasks.isEmpty, program.hasNothingLeft { return }
        let grace = program.longestGrace
        if hasBeenAsked { mustEnd(program, within: grace) }
        main.thread.end()
        for thread in program.runningThreads { thread.end() }
        program.processes.end()
        main.run(deadline: Clock.now.later(by: grace).later(by: margin))
        program.processes.kill()
        // Finalizers run yet, and nothing cuts them short.
        if program.exitStatus != nil { mustEnd(program, within: Self.grace) }
        report(program.runningThreads.map(\.title))
    }

    /// The thread that is all of a copy of the process, and not the main one, has done its work: the copy ends.
    static func endCopy(_ program: Program, _ worker: Worker) -> Never {
        let exit = program.exitRequest
        let hasFailed = worker.thread.status == .failed
        run(program, worker)
        if exit?.closes ?? true { worker.close() }
        // Whoever waited for it waits in the former process.
        if hasFailed, exit == nil, !program.hasUnobservedFailures, case .failed(let error)? = worker.thread.outcome {
            program.reportUnobserved(worker.thread.id, error)
        }
        Console.flush()
        Environment.exit(program.exitStatus ?? (hasFailed || program.hasUnobservedFailures ? 1 : 0))
    }

    private static func report(_ stuck: [ByteText]) {
        guard !stuck.isEmpty else { return }
        Console.report("still running at the end: " + stuck.sorted().joined(separator: ", "))
    }

    // MARK: - A main thread that is stuck

    /// Any thread: unless its main thread goes on to the next step by then, a program that owns its process ends with
    /// it. Each step of the end moves this moment.
    static func mustEnd(_ program: Program, within time: Nanoseconds) {
        guard program.settings.ownsProcess else { return }
        let due = Clock.now.later(by: time).later(by: 2 * margin)
        program.lastMoment.store(due, ordering: .relaxed)
        Reactor.shared.call(at: due) {
            guard program.lastMoment.load(ordering: .relaxed) == due else { return }
            report(program.runningThreads.map(\.title) + ["thread 'main'"])
            leave(program)
        }
    }

    /// Ends the process without waiting for anything.
    static func leave(_ program: Program) -> Never {
        Console.flushAtOnce()
        if let signal = program.signal, signal.isTyped { Signals.die(by: signal.number) }
        Signals.exit(program.finalStatus(1))
    }
}
