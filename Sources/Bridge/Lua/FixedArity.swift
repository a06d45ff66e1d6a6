import CFence

// Closures with up to four parameters and one result, without parameter packs, whose expansions Swift 6.3.1 runs as loops
// over the types even where it knows them: that takes twice as long.

@inlinable @inline(__always)
func fixed<R: LuaConvertible>(
    _ body: @escaping @Sendable () throws -> R
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        let result: R
        do { result = try body() } catch { throw stack.fault(error) }
        return try stack.outcome(result)
    }
}

@inlinable @inline(__always)
func fixed<A: LuaConvertible, R: LuaConvertible>(
    _ body: @escaping @Sendable (A) throws -> R
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let a = try argument(A.self, &next, stack)
        let result: R
        do { result = try body(a) } catch { throw stack.fault(error) }
        return try stack.outcome(result)
    }
}

@inlinable @inline(__always)
func fixed<A: LuaConvertible, B: LuaConvertible, R: LuaConvertible>(
    _ body: @escaping @Sendable (A, B) throws -> R
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let a = try argument(A.self, &next, stack)
        let b = try argument(B.self, &next, stack)
        let result: R
        do { result = try body(a, b) } catch { throw stack.fault(error) }
        return try stack.outcome(result)
    }
}

@inlinable @inline(__always)
func fixed<A: LuaConvertible, B: LuaConvertible, C: LuaConvertible, R: LuaConvertible>(
    _ body: @escaping @Sendable (A, B, C) throws -> R
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let a = try argument(A.self, &next, stack)
        let b = try argument(B.self, &next, stack)
        let c = try argument(C.self, &next, stack)
        let result: R
        do { result = try body(a, b, c) } catch { throw stack.fault(error) }
        return try stack.outcome(result)
    }
}

@inlinable @inline(__always)
func fixed<A: LuaConvertible, B: LuaConvertible, C: LuaConvertible, D: LuaConvertible, R: LuaConvertible>(
    _ body: @escaping @Sendable (A, B, C, D) throws -> R
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let a = try argument(A.self, &next, stack)
        let b = try argument(B.self, &next, stack)
        let c = try argument(C.self, &next, stack)
        let d = try argument(D.self, &next, stack)
        let result: R
        do { result = try body(a, b, c, d) } catch { throw stack.fault(error) }
        return try stack.outcome(result)
    }
}

extension LuaStack {
    /// The results of a host function: one, or those of a `Variadic`.
    @inlinable @inline(__always)
    func outcome<R: LuaConvertible>(_ result: R) throws(Fault) -> Outcome {
        let top = fence_count(L)
        try Bridge.push(result, top, self)
        return Outcome(code: fence_count(L) - top)
    }
}

extension Function {
    /// A function of no parameters and one result.
    @inlinable
    public init<R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable () throws -> R
    ) {
        self.init(HostFunction(name, fixed(body)))
    }

    /// A function of one parameter and one result.
    @inlinable
    public init<A: LuaConvertible, R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (A) throws -> R
    ) {
        self.init(HostFunction(name, fixed(body)))
    }

    /// A function of two parameters and one result.
    @inlinable
    public init<A: LuaConvertible, B: LuaConvertible, R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (A, B) throws -> R
    ) {
        self.init(HostFunction(name, fixed(body)))
    }

    /// A function of three parameters and one result.
    @inlinable
    public init<A: LuaConvertible, B: LuaConvertible, C: LuaConvertible, R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (A, B, C) throws -> R
    ) {
        self.init(HostFunction(name, fixed(body)))
    }

    /// A function of four parameters and one result.
    @inlinable
    public init<A: LuaConvertible, B: LuaConvertible, C: LuaConvertible, D: LuaConvertible, R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (A, B, C, D) throws -> R
    ) {
        self.init(HostFunction(name, fixed(body)))
    }
}

extension Method {
    /// A method of the object alone, with one result.
    @inlinable
    public init<Object: LuaObject, R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (Object) throws -> R
    ) {
        self.init(HostFunction(name, fixed(body)))
    }

    /// A method of the object and one argument, with one result.
    @inlinable
    public init<Object: LuaObject, A: LuaConvertible, R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (Object, A) throws -> R
    ) {
        self.init(HostFunction(name, fixed(body)))
    }

    /// A method of the object and two arguments, with one result.
    @inlinable
    public init<Object: LuaObject, A: LuaConvertible, B: LuaConvertible, R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (Object, A, B) throws -> R
    ) {
        self.init(HostFunction(name, fixed(body)))
    }

    /// A method of the object and three arguments, with one result.
    @inlinable
    public init<Object: LuaObject, A: LuaConvertible, B: LuaConvertible, C: LuaConvertible, R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (Object, A, B, C) throws -> R
    ) {
        self.init(HostFunction(name, fixed(body)))
    }
}
