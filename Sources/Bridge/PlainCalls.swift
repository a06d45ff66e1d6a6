/// Calls of which no results are wanted.
extension Runtime {
    /// Runs Lua source to its end; what it returns is dropped.
    public func evaluate(
        _ source: String, name: String = "=evaluate", deadline: Duration? = nil
    ) async throws(ScriptError) {
        let _: Variadic<Ignored> = try await evaluate(source, name: name, deadline: deadline)
    }

    /// Calls a global function, or one in tables; what it returns is dropped.
    public func call<each A: LuaConvertible & Sendable>(
        _ path: String, _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) {
        let _: Variadic<Ignored> = try await call(path, repeat each arguments, deadline: deadline)
    }
}

extension LuaFunction {
    /// Calls the function as a task of its state; what it returns is dropped.
    public func call<each A: LuaConvertible & Sendable>(
        _ arguments: repeat each A, deadline: Duration? = nil
    ) async throws(ScriptError) {
        let _: Variadic<Ignored> = try await call(repeat each arguments, deadline: deadline)
    }
}

/// A result that nobody wants.
private struct Ignored: LuaConvertible {
    static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Ignored { Ignored() }
    func push(to stack: borrowing LuaStack) throws(ConversionError) { stack.pushNil() }
}
