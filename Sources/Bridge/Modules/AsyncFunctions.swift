extension Function {
    /// A function that is carried out by a Swift task. It suspends the task of Lua that calls it, and nothing else;
    /// where Lua cannot be suspended it holds up the state. Its closure gets values, and runs where Swift runs it. If the
    /// task of Lua is cancelled, so is that of Swift.
    ///
    /// - Parameters:
    ///   - name: The name in the module.
    ///   - body: As for a function that does not wait.
    public init<each A: LuaConvertible & Sendable, each R: LuaConvertible & Sendable>(
        _ name: String, _ body: @escaping @Sendable (repeat each A) async throws -> (repeat each R)
    ) {
        self.init(HostFunction(name, suspending(body)))
    }

    /// The same for `Codable` types that do not conform to `LuaConvertible`.
    @_disfavoredOverload
    public init<each A: Decodable & Sendable & SendableMetatype, R: Encodable & Sendable & SendableMetatype>(
        _ name: String, _ body: @escaping @Sendable (repeat each A) async throws -> R
    ) {
        self.init(
            HostFunction(
                name,
                suspending { (arguments: repeat Coded<each A>) async throws -> Coded<R> in
                    Coded(try await body(repeat (each arguments).value))
                }))
    }
}

extension Method {
    /// A method that is carried out by a Swift task, such as one of an actor (see `Function`).
    public init<Object: LuaObject, each A: LuaConvertible & Sendable, each R: LuaConvertible & Sendable>(
        _ name: String, _ body: @escaping @Sendable (Object, repeat each A) async throws -> (repeat each R)
    ) {
        self.init(HostFunction(name, suspending(body)))
    }
}

/// Wraps a typed closure that may suspend. Why it is not inlined: see `typed`.
@inline(never)
func suspending<each A: LuaConvertible & Sendable, each R: LuaConvertible & Sendable>(
    _ body: @escaping @Sendable (repeat each A) async throws -> (repeat each R)
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let arguments = (repeat try argument((each A).self, &next, stack))
        if call.worker.current?.isCancelled == true { try call.worker.checkCancelled(call) }
        let answer = AsyncAnswer()
        let task = Task.immediate {
            do {
                let results = try await body(repeat each arguments)
                answer.give { (call: HostCall) throws(Fault) -> Outcome in
                    let stack = LuaStack(call)
                    let top = stack.top
                    repeat try push(each results, top, stack)
                    return .results(stack.top - top)
                }
            } catch {
                let fault = Fault.script(ScriptError(hosting: error))
                answer.give { _ throws(Fault) in throw fault }
            }
        }
        if let results = answer.results { return try results(call) }
        return try call.worker.wait(
            call, at: answer, for: .outside, { (node: WaitNode) in answer.wait(node) },
            { call, delivery throws(Fault) in
                guard case .ended = delivery, let results = answer.results else {
                    task.cancel()
                    return .none
                }
                return try results(call)
            })
    }
}

/// What an asynchronous function of the host gives, for the one task that waits for it. Shared; guarded by its lock.
final class AsyncAnswer: Waitable, Sendable {
    typealias Results = @Sendable (HostCall) throws(Fault) -> Outcome

    private struct State {
        var results: Results?
        var line = WaitList()
    }

    private let state = Guarded(State())

    deinit { state.withLock { $0.line.removeAll() } }

    var results: Results? { state.withLock { $0.results } }

    func give(_ results: @escaping Results) {
        var effects = Effects()
        state.withLock { state in
            state.results = results
            effects.deliver(.ended, to: &state.line)
        }
        effects.carryOut()
    }

    func wait(_ node: WaitNode) -> Bool {
        state.withLock { state in
            guard state.results == nil else { return node.decide(.ended) }
            state.line.append(node)
            return true
        }
    }

    func forget(_ node: WaitNode) { state.withLock { $0.line.remove(node) } }
}
