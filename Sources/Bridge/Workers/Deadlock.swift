/// A program in which every task waits for something that can never come any more is stopped with an error.
enum Deadlock {
    /// Names each task that waits, where it waits, and for what. Nil when none does.
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

    func lookAgain() {
        keepOrder()
        guard isQuiescent, !isAsking.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if let sayIdle {
            // Not each time that all wait for a moment.
            Reactor.shared.call(at: Clock.now + Self.idleDelay) { [self] in
                keepOrder()
                isAsking.store(false, ordering: .releasing)
                sayIdle { isQuiescent }
            }
            return
        }
        TaskDump.take(of: self) { [self] answers in
            main?.perform { [self] main in
                keepOrder()
                isAsking.store(false, ordering: .releasing)
                main.stop(Deadlock.error(answers))
            }
        }
    }

    private static let idleDelay: TimeSpan = .milliseconds(100)
}

extension Worker {
    /// On the main thread: raises the error where it waits, if it does, so that the main chunk fails as with any
    /// other error. When the main chunk has ended, the program ends.
    func stop(_ error: ScriptError?) {
        guard var error, program.exitRequest == nil else { return }
        let task = blocking != nil ? current : tasks.first { $0.isWaiting && $0.parent is ChunkRun }
        error.origin = task.map(origin) ?? thread.title
        guard let waiter = blocking ?? task else {
            program.settings.report(error.message)
            return program.requestExit(.init(status: 1, closes: true))
        }
        guard waiter.claimRound() else { return }
        if let L = blocking?.wait.coroutine, LuaState.isInFinalizer(L) { program.reportUnobserved(thread.id, error) }
        waiter.delivery = .failed(error)
        waiter.woken()
        wake()  // it may be about to sleep
    }
}
