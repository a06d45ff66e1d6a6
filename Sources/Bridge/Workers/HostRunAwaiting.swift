extension HostRun {
    /// Starts a run by `start`, and awaits its results. Cancelling the Swift task stops it.
    static func results<each R: LuaConvertible & Sendable>(
        _ title: ByteText, deadline: Duration?, prepare: @escaping Prepare, start: (HostRun) -> Void
    ) async throws(ScriptError) -> (repeat each R) {
        let box = OneAnswer<(repeat each R)>()
        let answer = OneAnswer<ScriptError?>()
        let run = HostRun(
            title, deadline: deadline, prepare: prepare,
            receive: { stack, first throws(ScriptError) in box.give(try stack.results(first)) },
            completion: { answer.give($0) })
        start(run)
        try await run.end(answer)
        return await box.value
    }

    /// The same for types that are `Decodable`. Packs that asynchronous functions make themselves would crash.
    static func decodedResults<each R: Decodable & Sendable & SendableMetatype>(
        _ title: ByteText, deadline: Duration?, prepare: @escaping Prepare, start: (HostRun) -> Void
    ) async throws(ScriptError) -> (repeat each R) {
        let box = OneAnswer<(repeat each R)>()
        let answer = OneAnswer<ScriptError?>()
        let run = HostRun(
            title, deadline: deadline, prepare: prepare,
            receive: { stack, first throws(ScriptError) in box.give(try stack.decodedResults(first)) },
            completion: { answer.give($0) })
        start(run)
        try await run.end(answer)
        return await box.value
    }

    /// The same for what Swift does on the thread of the state.
    static func result<R: Sendable>(
        _ title: ByteText, deadline: Duration?,
        _ body: @escaping @Sendable (borrowing LuaStack) -> Result<R, ScriptError>, start: (HostRun) -> Void
    ) async throws(ScriptError) -> R {
        let box = OneAnswer<Result<R, ScriptError>>()
        let answer = OneAnswer<ScriptError?>()
        let run = HostRun(
            title, deadline: deadline, body: { box.give(body($0)) },
            prepare: { stack throws(ScriptError) in
                performing.push(stack.call.L)
                return 0
            }, receive: { _, _ throws(ScriptError) in }, completion: { answer.give($0) })
        start(run)
        try await run.end(answer)
        do throws(ScriptError) { return try await box.value.get() } catch {
            throw error.kind == .cancelled ? run.stopped ?? error : error
        }
    }

    /// Awaits the end, which is the answer.
    private func end(_ answer: OneAnswer<ScriptError?>) async throws(ScriptError) {
        let error = await withTaskCancellationHandler {
            await answer.value
        } onCancel: {
            stop(ScriptError(.cancelled, "cancelled"))
        }
        if let error { throw error }
    }
}

/// One value, given once by one thread, and awaited by one Swift task or thread. Shared; guarded by its lock.
final class OneAnswer<Answer: Sendable>: Sendable {
    private enum State {
        case nothing
        case awaited(CheckedContinuation<Answer, Never>)
        case given(Answer)
        case over
    }

    private let state = Guarded(State.nothing)
    private let sleeper = Sleeper()

    /// What comes after the first value is dropped.
    func give(_ value: Answer) {
        let continuation = state.withLock { state -> CheckedContinuation<Answer, Never>? in
            switch state {
            case .nothing: state = .given(value)
            case .awaited(let continuation):
                state = .over
                return continuation
            case .given, .over: break
            }
            return nil
        }
        continuation?.resume(returning: value)
        sleeper.wake()
    }

    /// A quick answer comes in less time than the Swift task needs to be suspended.
    var value: Answer {
        get async {
            _ = Processor.spin(for: .microseconds(20)) { sleeper.isNotified }
            return await withCheckedContinuation { continuation in
                let value = state.withLock { state -> Answer? in
                    if case .given(let value) = state {
                        state = .over
                        return value
                    }
                    state = .awaited(continuation)
                    return nil
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }

    /// Holds up the calling thread, which spins for a moment before it sleeps.
    func wait() -> Answer {
        _ = Processor.spin(for: .microseconds(30)) { sleeper.isNotified }
        while true {
            let value = state.withLock { state -> Answer? in
                if case .given(let value) = state { value } else { nil }
            }
            if let value { return value }
            sleeper.sleep(until: .forever)
        }
    }
}
