/// The error that stops a program in which every task waits for something that can never come.
enum Deadlock {
    /// Names each task that waits, where it waits, and for what. Nil if none does.
    static func error(_ answers: [TaskDump.Answer]) -> ScriptError? {
        let waiting = answers.flatMap(\.reports).filter(\.isWaiting)
        guard !waiting.isEmpty else { return nil }
        let lines = waiting.map { task -> ByteText in
            let place: ByteText = task.place.map { " at \($0)" } ?? ""
            return "  \(task.title)\(place): \(task.doing)"
        }
        return ScriptError(.deadlock, "deadlock: nothing can go on any more\n" + lines.joined(separator: "\n"))
    }
}

extension Program {
    private var isQuiescent: Bool { quiescence.holds { liveWorkers.allSatisfy(\.isQuiet) } }

    /// Any thread: the slower half of `look`. If all are quiescent, a child tells its parent; the first process takes a
    /// `TaskDump` and stops with an error.
    func lookAgain() {
        keepOrder()
        guard isQuiescent else { return }
        if let sayIdle, !isAsking.exchange(true, ordering: .acquiringAndReleasing) {
            // Later, so that a short wait of all tasks sends nothing.
            Reactor.shared.call(after: Self.idleDelay) { [self] in
                keepOrder()
                isAsking.store(false, ordering: .releasing)
                sayIdle { isQuiescent }
            }
            return
        }
        if sayIdle == nil { stopDeadlocked() }
    }

    /// Any thread: nothing can go on any more. Stops the first process, unless it is being stopped already.
    func stopDeadlocked() {
        keepOrder()
        guard !isAsking.exchange(true, ordering: .acquiringAndReleasing) else { return }
        TaskDump.take(of: self) { [self] answers in
            main?.perform { [self] main in
                keepOrder()
                isAsking.store(false, ordering: .releasing)
                // A child that does not answer has died meanwhile, and somebody may wait for that.
                if answers.contains(where: { $0.part == nil }) { return look() }
                main.stop(Deadlock.error(answers))
            }
        }
    }

    private static let idleDelay: TimeSpan = .milliseconds(100)
}

extension Worker {
    /// On the main thread: raises the error in the main chunk, where it waits. If the main chunk has ended, reports the
    /// error and ends the program.
    func stop(_ error: ScriptError?) {
        guard var error, program.exitRequest == nil else { return }
        let task = blocking != nil ? current : tasks.first { $0.isWaiting && $0.parent is ChunkRun }
        error.origin = task.map(origin) ?? thread.title
        guard let waiter = blocking ?? task else {
            program.report(error.message)
            return program.requestExit(.init(status: 1, closes: true))
        }
        guard waiter.claimRound() else { return }
        if let L = blocking?.wait.coroutine, LuaState.isInFinalizer(L) { program.reportUnobserved(thread.id, error) }
        waiter.delivery = .failed(error)
        waiter.woken()
        wake()  // it may be about to sleep
    }
}
