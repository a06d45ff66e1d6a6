/// The calls of a host for types that are `Codable` and do not conform to `LuaConvertible`: all types of a call have to be
/// `Codable` then.
///
/// For several results of types that are both there are functions of their own, since Swift would not know which to take.
extension Runtime {
    /// As `evaluate(_:name:deadline:)`, for one result of a `Decodable` type.
    @_disfavoredOverload
    public func evaluate<R: Decodable & Sendable & SendableMetatype>(
        _ source: String, name: String = "=evaluate", deadline: Duration? = nil
    ) async throws(ScriptError) -> R {
        let result: Decoded<R> = try await evaluate(source, name: name, deadline: deadline)
        return result.value
    }

    /// The same for several results.
    @_disfavoredOverload
    public func evaluate<each R: Decodable & Sendable & SendableMetatype>(
        _ source: String, name: String = "=evaluate", deadline: Duration? = nil
    ) async throws(ScriptError) -> (repeat each R) {
        try await runDecoding("evaluate", deadline, Self.prepare(.source(source, name: name), []))
    }

    /// The same for several results.
    @_disfavoredOverload
    public func evaluate<each R: Decodable & LuaConvertible & Sendable>(
        _ source: String, name: String = "=evaluate", deadline: Duration? = nil
    ) async throws(ScriptError) -> (repeat each R) {
        try await runTask("evaluate", deadline: deadline, prepare: Self.prepare(.source(source, name: name), []))
    }

    /// As `call(_:_:deadline:)`, for arguments of `Encodable` types and one result of a `Decodable` type.
    @_disfavoredOverload
    public func call<
        each A: Encodable & Sendable & SendableMetatype, R: Decodable & Sendable & SendableMetatype
    >(
        _ path: String, _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) -> R {
        let result: Decoded<R> = try await runTask(
            ByteText(path), deadline: deadline, prepare: Self.prepareCoded(path, repeat each arguments))
        return result.value
    }

    /// The same for several results.
    @_disfavoredOverload
    public func call<
        each A: Encodable & Sendable & SendableMetatype, each R: Decodable & Sendable & SendableMetatype
    >(
        _ path: String, _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) -> (repeat each R) {
        try await runDecoding(ByteText(path), deadline, Self.prepareCoded(path, repeat each arguments))
    }

    /// The same for several results.
    @_disfavoredOverload
    public func call<
        each A: Encodable & LuaConvertible & Sendable, each R: Decodable & LuaConvertible & Sendable
    >(
        _ path: String, _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) -> (repeat each R) {
        try await runTask(ByteText(path), deadline: deadline, prepare: Self.prepare(path, repeat each arguments))
    }

    private func runDecoding<each R: Decodable & Sendable & SendableMetatype>(
        _ title: ByteText, _ deadline: Duration?, _ prepare: @escaping HostRun.Prepare
    ) async throws(ScriptError) -> (repeat each R) {
        let (queue, worker) = (queue, worker)
        let limit = deadline ?? program.settings.timeLimit
        return try await HostRun.decodedResults(title, deadline: limit, prepare: prepare) { queue.add($0, worker) }
    }

    private static func prepareCoded<each A: Encodable & Sendable & SendableMetatype>(
        _ path: String, _ arguments: repeat each A
    ) -> HostRun.Prepare {
        prepare(path, repeat Encoded(each arguments))
    }

    /// As `global(_:as:)`, for a `Decodable` type.
    @_disfavoredOverload
    public func global<T: Decodable & Sendable & SendableMetatype>(
        _ path: String, as type: T.Type = T.self
    ) async throws(ScriptError) -> T {
        try await global(path, as: Decoded<T>.self).value
    }

    /// As `setGlobal(_:_:)`, for an `Encodable` type.
    @_disfavoredOverload
    public func setGlobal<T: Encodable & Sendable & SendableMetatype>(
        _ name: String, _ value: T
    ) async throws(ScriptError) {
        try await setGlobal(name, Encoded(value))
    }
}

extension LuaFunction {
    /// As `callAsFunction(_:)`, for arguments of `Encodable` and results of `Decodable` types.
    @_disfavoredOverload
    public func callAsFunction<each A: Encodable & SendableMetatype, each R: Decodable & SendableMetatype>(
        _ arguments: repeat each A
    ) throws(ScriptError) -> (repeat each R) {
        try reference.withStack("function") { stack throws(ScriptError) in
            let first = stack.top + 1
            try stack.callTop(repeat Encoded(each arguments))
            return try stack.decodedResults(first - 1)
        }
    }

    /// The same for types that are both.
    @_disfavoredOverload
    public func callAsFunction<each A: Encodable & LuaConvertible, each R: Decodable & LuaConvertible>(
        _ arguments: repeat each A
    ) throws(ScriptError) -> (repeat each R) {
        try reference.withStack("function") { stack throws(ScriptError) in
            let first = stack.top + 1
            try stack.callTop(repeat each arguments)
            return try stack.results(first - 1)
        }
    }

    /// As `call(_:deadline:)`, for arguments of `Encodable` types and one result of a `Decodable` type.
    @_disfavoredOverload
    public func call<
        each A: Encodable & Sendable & SendableMetatype, R: Decodable & Sendable & SendableMetatype
    >(
        _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) -> R {
        let result: Decoded<R> = try await run(deadline, prepareCoded(repeat each arguments))
        return result.value
    }

    private func prepareCoded<each A: Encodable & Sendable & SendableMetatype>(
        _ arguments: repeat each A
    ) -> HostRun.Prepare {
        prepare(repeat Encoded(each arguments))
    }
}

extension Work {
    /// As `join(deadline:)`, for one result of a `Decodable` type.
    @_disfavoredOverload
    public func join<R: Decodable & Sendable & SendableMetatype>(
        deadline: Duration? = nil
    ) async throws(ScriptError) -> R {
        let result: Decoded<R> = try await join(deadline: deadline)
        return result.value
    }
}

extension Channel {
    /// As `send(_:deadline:)`, for an `Encodable` type.
    @_disfavoredOverload
    public func send<T: Encodable & SendableMetatype>(
        _ value: T, deadline: Duration? = nil
    ) async throws(ScriptError) {
        try await send(Encoded(value), deadline: deadline)
    }

    /// As `trySend(_:)`, for an `Encodable` type.
    @_disfavoredOverload
    public func trySend<T: Encodable & SendableMetatype>(_ value: T) throws(ScriptError) -> Bool {
        try trySend(Encoded(value))
    }

    /// As `receive(as:deadline:)`, for a `Decodable` type.
    @_disfavoredOverload
    public func receive<T: Decodable & SendableMetatype>(
        as type: T.Type = T.self, deadline: Duration? = nil
    ) async throws(ScriptError) -> T? {
        try await receive(as: Decoded<T>.self, deadline: deadline)?.value
    }

    /// As `tryReceive(as:)`, for a `Decodable` type.
    @_disfavoredOverload
    public func tryReceive<T: Decodable & SendableMetatype>(as type: T.Type = T.self) throws(ScriptError) -> T? {
        try tryReceive(as: Decoded<T>.self)?.value
    }

    /// As `values(of:)`, for a `Decodable` type.
    @_disfavoredOverload
    public func values<T: Decodable & SendableMetatype>(of type: T.Type = T.self) -> DecodedValues<T> {
        DecodedValues(values: values(of: Decoded<T>.self))
    }

    /// The messages of a channel as values of a `Decodable` type (see `Values`).
    public struct DecodedValues<Element: Decodable & SendableMetatype>: AsyncSequence, Sendable {
        let values: Values<Decoded<Element>>

        public struct AsyncIterator: AsyncIteratorProtocol {
            var iterator: Values<Decoded<Element>>.AsyncIterator

            public mutating func next() async throws(ScriptError) -> Element? { try await iterator.next()?.value }
            public mutating func next(isolation actor: isolated (any Actor)?) async throws(ScriptError) -> Element? {
                try await iterator.next(isolation: actor)?.value
            }
        }

        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(iterator: values.makeAsyncIterator()) }
    }
}

extension Message {
    /// A copy of a value, as it is sent between states.
    public init<T: LuaConvertible>(_ value: T) throws(ScriptError) {
        self = try ScratchStates.shared.message(of: value, leavesProcess: false)
    }

    /// The copied value, such as the `value` of a `ScriptError`.
    public func read<T: LuaConvertible>(as type: T.Type = T.self) throws(ScriptError) -> T {
        try ScratchStates.shared.read(self, count: 1)
    }

    /// As `read(as:)`, for a `Decodable` type.
    @_disfavoredOverload
    public func read<T: Decodable & SendableMetatype>(as type: T.Type = T.self) throws(ScriptError) -> T {
        try read(as: Decoded<T>.self).value
    }
}
