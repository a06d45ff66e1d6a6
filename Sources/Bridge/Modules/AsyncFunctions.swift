import Synchronization

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

    /// The same; once its closure has been suspended it goes on where the executor says, on the thread of an event loop, say.
    ///
    /// - Parameters:
    ///   - name: The name in the module.
    ///   - executor: As Swift prefers it for tasks (SE-0417).
    ///   - body: As above.
    public init<each A: LuaConvertible & Sendable, each R: LuaConvertible & Sendable>(
        _ name: String, executor: any TaskExecutor,
        _ body: @escaping @Sendable (repeat each A) async throws -> (repeat each R)
    ) {
        self.init(HostFunction(name, suspending(body, executor)))
    }

    /// The same with no parameters and one result.
    @inlinable
    public init<R: LuaConvertible & Sendable>(
        _ name: String, _ body: @escaping @Sendable () async throws -> R
    ) {
        self.init(
            HostFunction(name) { (call: HostCall) throws(Fault) -> Outcome in
                try call.checkCancelled()
                let answer = AsyncResult<R>()
                var task: Task<Void, Never>?
                while task == nil {  // see `suspendingFixed`
                    task = Task.immediate {
                        do { answer.give(try await body()) } catch { answer.fail(error) }
                    }
                }
                return try call.results(of: answer, task)
            })
    }

    /// The same with one parameter and one result.
    @inlinable
    public init<A: LuaConvertible & Sendable, R: LuaConvertible & Sendable>(
        _ name: String, _ body: @escaping @Sendable (A) async throws -> R
    ) {
        self.init(HostFunction(name, suspendingFixed(body)))
    }

    /// The same with two parameters and one result.
    @inlinable
    public init<A: LuaConvertible & Sendable, B: LuaConvertible & Sendable, R: LuaConvertible & Sendable>(
        _ name: String, _ body: @escaping @Sendable (A, B) async throws -> R
    ) {
        self.init(HostFunction(name, suspendingFixed(body)))
    }

    /// The same for `Codable` types that do not conform to `LuaConvertible`.
    @_disfavoredOverload
    public init<each A: Decodable & Sendable & SendableMetatype, R: Encodable & Sendable & SendableMetatype>(
        _ name: String, _ body: @escaping @Sendable (repeat each A) async throws -> R
    ) {
        self.init(
            HostFunction(
                name,
                suspending { (arguments: repeat Decoded<each A>) async throws -> Encoded<R> in
                    Encoded(try await body(repeat (each arguments).value))
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

    /// The same for the object alone, with one result.
    @inlinable
    public init<Object: LuaObject, R: LuaConvertible & Sendable>(
        _ name: String, _ body: @escaping @Sendable (Object) async throws -> R
    ) {
        self.init(HostFunction(name, suspendingFixed(body)))
    }

    /// The same for the object and one argument, with one result.
    @inlinable
    public init<Object: LuaObject, A: LuaConvertible & Sendable, R: LuaConvertible & Sendable>(
        _ name: String, _ body: @escaping @Sendable (Object, A) async throws -> R
    ) {
        self.init(HostFunction(name, suspendingFixed(body)))
    }
}

/// Has a Swift task carry out the body, which begins on this thread and goes on where Swift runs it if it suspends. Then
/// the calling task of Lua waits for it.
///
/// The task is made in a loop of one turn: the compiler inlines `immediate` only in a loop, and sees then that no executor is
/// preferred. Otherwise each task gets a record of that preference, and takes a lock at each of its steps: 0.3 µs.
@inlinable @inline(__always)
func suspendingFixed<A: LuaConvertible & Sendable, R: LuaConvertible & Sendable>(
    _ body: @escaping @Sendable (A) async throws -> R
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let a = try argument(A.self, &next, stack)
        try call.checkCancelled()
        let answer = AsyncResult<R>()
        var task: Task<Void, Never>?
        while task == nil {
            task = Task.immediate {
                do { answer.give(try await body(a)) } catch { answer.fail(error) }
            }
        }
        return try call.results(of: answer, task)
    }
}

@inlinable @inline(__always)
func suspendingFixed<
    A: LuaConvertible & Sendable, B: LuaConvertible & Sendable, R: LuaConvertible & Sendable
>(
    _ body: @escaping @Sendable (A, B) async throws -> R
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let a = try argument(A.self, &next, stack)
        let b = try argument(B.self, &next, stack)
        try call.checkCancelled()
        let answer = AsyncResult<R>()
        var task: Task<Void, Never>?
        while task == nil {
            task = Task.immediate {
                do { answer.give(try await body(a, b)) } catch { answer.fail(error) }
            }
        }
        return try call.results(of: answer, task)
    }
}

/// Wraps a typed closure that may suspend. Why it is not inlined: see `typed`.
@inline(never)
func suspending<each A: LuaConvertible & Sendable, each R: LuaConvertible & Sendable>(
    _ body: @escaping @Sendable (repeat each A) async throws -> (repeat each R), _ executor: (any TaskExecutor)? = nil
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let arguments = (repeat try argument((each A).self, &next, stack))
        try call.checkCancelled()
        let answer = ManyResults()
        let run: @Sendable () async -> Void = {
            do {
                let results = try await body(repeat each arguments)
                answer.give { (call: HostCall) throws(Fault) -> Outcome in
                    let stack = LuaStack(call)
                    let top = stack.top
                    repeat try push(each results, top, stack)
                    return .results(stack.top - top)
                }
            } catch {
                answer.give { (call: HostCall) throws(Fault) -> Outcome in throw LuaStack(call).fault(error) }
            }
        }
        var task: Task<Void, Never>?
        if let executor { task = Task.immediate(executorPreference: executor) { await run() } }
        while task == nil {  // see `suspendingFixed`
            task = Task.immediate { await run() }
        }
        if answer.isGiven { return try answer.push(call) }
        return try call.wait(for: answer, task) { call throws(Fault) in try answer.push(call) }
    }
}

/// The results of a closure, as what pushes them. In a generic class, closures over packs would crash the compiler.
private final class ManyResults: AsyncAnswer, @unchecked Sendable {  // sound: as its superclass
    /// Written once, before it is given.
    private var results: (@Sendable (HostCall) throws(Fault) -> Outcome)?

    func give(_ results: @escaping @Sendable (HostCall) throws(Fault) -> Outcome) {
        self.results = results
        give()
    }

    func push(_ call: HostCall) throws(Fault) -> Outcome { try results?(call) ?? .none }
}

extension HostCall {
    @usableFromInline
    func checkCancelled() throws(Fault) { try withWorker { worker throws(Fault) in try worker.checkCancelled(self) } }

    @inlinable @inline(__always)
    func results<R: LuaConvertible & Sendable>(
        of answer: AsyncResult<R>, _ task: Task<Void, Never>?
    ) throws(Fault) -> Outcome {
        if answer.isGiven { return try answer.outcome(LuaStack(self)) }
        return try wait(for: answer, task) { call throws(Fault) in try answer.outcome(LuaStack(call)) }
    }

    /// Suspends the task of Lua until the answer is there. If it is cancelled before, the Swift task is, too.
    @usableFromInline
    func wait(
        for answer: AsyncAnswer, _ task: Task<Void, Never>?,
        _ results: @escaping @Sendable (HostCall) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        try worker.wait(
            self, at: answer, for: .outside, { (node: WaitNode) in answer.wait(node) },
            { call, delivery throws(Fault) in
                guard case .ended = delivery else {
                    task?.cancel()
                    return .none
                }
                return try results(call)
            })
    }
}

/// Tells the one task that waits for an asynchronous function of the host that its result is there. Shared; its line is
/// guarded by the lock.
@usableFromInline
class AsyncAnswer: Waitable, @unchecked Sendable {  // sound: see above
    private static let given: UInt8 = 1
    private static let awaited: UInt8 = 2

    private let phase = Atomic<UInt8>(0)
    private let line = Guarded(WaitList())

    @usableFromInline
    init() {}

    deinit { if phase.load(ordering: .acquiring) & Self.awaited != 0 { line.withLock { $0.removeAll() } } }

    @usableFromInline
    final var isGiven: Bool { phase.load(ordering: .acquiring) & Self.given != 0 }

    /// The result is there.
    @usableFromInline
    final func give() {
        keepOrder()
        let phase = phase.bitwiseOr(Self.given, ordering: .acquiringAndReleasing).oldValue
        if phase & Self.awaited != 0 { deliver() }
    }

    @inline(never)
    private final func deliver() {
        var effects = Effects()
        line.withLock { effects.deliver(.ended, to: &$0) }
        effects.carryOut()
    }

    final func wait(_ node: WaitNode) -> Bool {
        line.withLock { line in
            // Whoever comes second sees the other: `give` delivers when this lock is free again.
            keepOrder()
            let phase = phase.bitwiseOr(Self.awaited, ordering: .acquiringAndReleasing).oldValue
            guard phase & Self.given == 0 else { return node.decide(.ended) }
            line.append(node)
            return true
        }
    }

    final func forget(_ node: WaitNode) { line.withLock { $0.remove(node) } }
}

/// An answer with its result, which is written once, before it is given.
@usableFromInline
final class AsyncResult<Content: LuaConvertible & Sendable>: AsyncAnswer, @unchecked Sendable {  // sound: see above
    @exclusivity(unchecked) @usableFromInline var content: Content?
    @exclusivity(unchecked) @usableFromInline var error: (any Error)?

    @inlinable
    override init() { super.init() }

    @inlinable @inline(__always)
    func give(_ content: Content) {
        self.content = content
        give()
    }

    @inlinable @inline(__always)
    func fail(_ error: any Error) {
        self.error = error
        give()
    }

    @inlinable @inline(__always)
    func outcome(_ stack: borrowing LuaStack) throws(Fault) -> Outcome {
        if let content { return try stack.outcome(content) }
        if let error { throw stack.fault(error) }
        return Outcome(code: 0)
    }
}
