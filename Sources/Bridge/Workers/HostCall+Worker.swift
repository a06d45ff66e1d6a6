extension HostCall {
    /// The worker of the state that calls.
    @inline(__always)
    var worker: Worker { owner(as: Worker.self) }

    /// Calls the body with it, without counting a reference.
    @inline(__always)
    func withWorker<R, Failure: Error>(_ body: (Worker) throws(Failure) -> R) throws(Failure) -> R {
        try withOwner(as: Worker.self, body)
    }

    /// The instant at which the timeout in an argument ends: never for nil and `math.huge`, `.past` for zero or less.
    func deadline(_ index: Int32) throws(Fault) -> Instant {
        if isNone(index) { return .forever }
        let value = try seconds(index)
        if value <= 0 { return .past }
        return value == .infinity ? .forever : worker.clock.now + TimeSpan(seconds: value)
    }

    /// The handle of the calling task, for finding rings of joins.
    var waitingWork: Work? {
        guard let task = worker.current else { return nil }
        return task.work ?? task.handle()
    }

    /// The place from which the script calls, for the traceback of what it spawns.
    func spawnSite() -> SpawnSite? { withWorker { $0.spawnSite(L)?.takeUnretainedValue() } }

    /// Throws in a copy that `fork` made, for what needs another thread.
    func refuseInCopy(_ what: String) throws(Fault) {
        guard Copy.isThis else { return }
        throw .message("cannot \(what): this process was made by fork, and has only the thread that called it")
    }

    func fail(_ kind: ScriptError.Kind, _ message: ByteText) -> Fault {
        .script(ScriptError(kind, message, origin: worker.current.map(worker.origin) ?? ""))
    }

    /// Asks a question on the thread that owns an object, and waits for the answer, which becomes the result. It is
    /// false if that thread has ended.
    func ask(_ owner: Worker?, _ question: @escaping (Worker) -> Bool) throws(Fault) -> Outcome {
        guard let owner else {
            push(false)
            return .results(1)
        }
        if owner === worker {
            push(question(owner))
            return .results(1)
        }
        return try worker.wait(
            self, for: .answer,
            { (node: WaitNode) in
                func answer(_ delivery: @autoclosure () -> Waiter.Delivery) {
                    guard node.claim() else { return }
                    node.deliver(delivery())
                    node.waiter.notify()
                }
                let isAsked = owner.perform(
                    { owner in answer(question(owner) ? .accepted : .closed) }, orElse: { answer(.closed) })
                return isAsked || node.decide(.closed)
            },
            { call, delivery throws(Fault) in
                if case .accepted = delivery { call.push(true) } else { call.push(false) }
                return .results(1)
            })
    }
}
