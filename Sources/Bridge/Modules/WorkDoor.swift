/// Handles for Swift.
extension Work: LuaConvertible {
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Work {
        guard let work = stack.object(index, as: Work.self) else {
            throw stack.mismatch("task, thread or process", index)
        }
        return work
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) { try stack.push(shareable: self) }

    /// Waits until the work has ended. Cancelling the Swift task that waits ends the wait, not the work.
    /// `deadline` is how long to wait at most.
    ///
    /// - Throws: The error with which the work has failed, or was cancelled; `ScriptError` of kind `timeout` or
    ///   `cancelled` for the wait itself.
    public func join(deadline: Duration? = nil) async throws(ScriptError) {
        if case .failed(let error) = try await end(deadline) { throw error }
    }

    /// Waits until the work has ended, and returns its results.
    public func join<each R: LuaConvertible & Sendable>(
        deadline: Duration? = nil
    ) async throws(ScriptError) -> (repeat each R) {
        try await results(deadline)
    }

    /// The same for one result.
    public func join<R: LuaConvertible & Sendable>(deadline: Duration? = nil) async throws(ScriptError) -> R {
        try await results(deadline)
    }

    /// Has the action called once, with the results or the error, when the work has ended: by the thread that ends it, or
    /// by this one if it has ended. The action must not wait for anything.
    public func whenEnded(_ action: @escaping @Sendable (Result<[Value], ScriptError>) -> Void) {
        let waiter = EndWaiter { [self] in
            read { (result: Result<(Variadic<Value>), ScriptError>) in action(result.map(\.elements)) }
        }
        if wait(WaitNode(waiter, waiter.arm())) { return }
        observe()
        waiter.notify()
    }

    func results<each R: LuaConvertible & Sendable>(
        _ deadline: Duration?
    ) async throws(ScriptError) -> (repeat each R) {
        if case .failed(let error) = try await end(deadline) { throw error }
        return try await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<(repeat each R), ScriptError>, Never>) in
            read { continuation.resume(returning: $0) }
        }.get()
    }

    /// Hands over what work that has ended came to: at once, or on the thread of the state that keeps the results.
    private func read<each R: LuaConvertible & Sendable>(
        _ action: @escaping @Sendable (Result<(repeat each R), ScriptError>) -> Void
    ) {
        func now(_ body: () throws(ScriptError) -> (repeat each R)) {
            do throws(ScriptError) { action(.success(try body())) } catch { action(.failure(error)) }
        }
        switch outcome {
        case .failed(let error): action(.failure(error))
        case .results(let message?, let count):
            now { () throws(ScriptError) in try ScratchStates.shared.read(message, count: count) }
        case .results(nil, _), nil: now { () throws(ScriptError) in try ScratchStates.shared.readNothing() }
        case .kept(let anchor, let count):
            let closed = ScriptError(.closed, "the state of \(title) is closed")
            guard let worker else { return action(.failure(closed)) }
            let isTaken = worker.perform {
                action(Self.read(anchor, count, $0))
            } orElse: {
                action(.failure(closed))
            }
            if !isTaken { action(.failure(closed)) }
        }
    }

    private static func read<each R: LuaConvertible & Sendable>(
        _ anchor: Int, _ count: Int, _ worker: Worker
    ) -> Result<(repeat each R), ScriptError> {
        let stack = worker.hostStack
        let top = stack.top
        defer { stack.cut(to: top) }
        guard worker.state.pushAnchored(anchor, count: Int32(count), on: stack.call.L) else {
            return .failure(ScriptError(.memory, "not enough memory"))
        }
        do throws(ScriptError) { return .success(try stack.results(top + 1)) } catch { return .failure(error) }
    }

    private func end(_ deadline: Duration?) async throws(ScriptError) -> End {
        if let outcome {
            observe()
            return outcome
        }
        let delivery = await SwiftWaiter.wait(at: self, until: Instant(after: deadline)) { node in wait(node) }
        switch delivery {
        case .interrupted: throw ScriptError(.cancelled, "cancelled")
        case .timeout: throw ScriptError(.timeout, "timed out")
        default:
            observe()
            return outcome ?? .results(nil, count: 0)
        }
    }
}
