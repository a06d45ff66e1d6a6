import CFence
import CLua

/// A value of a state that Swift holds: it stays alive until the last reference to it goes.
final class LuaReference: @unchecked Sendable {  // sound: the value is touched on the state's thread only
    let owner: any StateOwner
    private let anchor: Int

    /// [-0, +0, m] Holds the value at `index`. Nil in a state that nobody runs.
    init?(_ index: Int32, of stack: borrowing LuaStack) {
        guard let owner = stack.call.state.owner else { return nil }
        self.owner = owner
        lua_checkstack(stack.L, 4)
        lua_pushvalue(stack.L, index)
        anchor = stack.call.state.anchor(stack.L)
    }

    deinit { owner.releaseLater(anchor) }

    /// [-0, +1, -] Pushes the value onto a stack of its state.
    func push(to stack: borrowing LuaStack) throws(ConversionError) {
        try stack.reserve()
        guard stack.call.state.owner === owner else { throw ConversionError("the value belongs to another state") }
        stack.call.state.pushAnchored(anchor, on: stack.L)
    }

    /// Calls the body with the stack on which the state runs now, and the value on top. What the body leaves there is
    /// removed.
    func withStack<R>(
        _ what: String, _ body: (borrowing LuaStack) throws(ScriptError) -> R
    ) throws(ScriptError) -> R {
        guard let state = owner.openState else {
            throw ScriptError(
                .error,
                "a \(what) of Lua can be used only on the thread of its state, while that is open: await, or use perform"
            )
        }
        let stack = LuaStack(HostCall(L: state.running, vm: state.vm))
        let top = stack.top
        guard lua_checkstack(stack.L, 16) != 0 else { throw ScriptError(.error, "stack overflow") }
        state.pushAnchored(anchor, on: stack.L)
        defer { lua_settop(stack.L, top) }
        return try body(stack)
    }
}

extension LuaState {
    /// The coroutine that runs now, or the main one.
    var running: OpaquePointer { vm.pointee.running ?? L }

    /// [-(count + 1), +n, -] Calls the function below the arguments on top, protected, and returns how many results it
    /// has. On failure nothing is left.
    func call(_ count: Int32, on L: OpaquePointer) throws(ScriptError) -> Int32 {
        let base = lua_gettop(L) - count - 1
        let status = fence_call(vm, L, count, LUA_MULTRET)
        if status == LUA_OK { return lua_gettop(L) - base }
        let error = failure(-1, on: L, isMemory: status == LUA_ERRMEM)
        lua_settop(L, base)
        throw error
    }
}

/// A function of Lua that Swift holds.
///
/// It is called directly on the thread of its state: from a host function that got it, or in `Runtime.perform`. Elsewhere
/// `call` is awaited.
public final class LuaFunction: LuaConvertible, Sendable {
    let reference: LuaReference

    private init(_ reference: LuaReference) { self.reference = reference }

    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> LuaFunction {
        guard stack.call.isCallable(index) else { throw stack.mismatch("function", index) }
        guard let reference = LuaReference(index, of: stack) else {
            throw ConversionError("a function cannot be had outside its state")
        }
        return LuaFunction(reference)
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) { try reference.push(to: stack) }

    /// Calls the function, which holds up the thread where it waits. Throws its error.
    // Disfavored, so that one result is that of the function below: from this one Swift does not infer a Double.
    @_disfavoredOverload
    public func callAsFunction<each A: LuaConvertible, each R: LuaConvertible>(
        _ arguments: repeat each A
    ) throws(ScriptError) -> (repeat each R) {
        try reference.withStack("function") { stack throws(ScriptError) in
            let first = stack.top + 1
            try stack.callTop(repeat each arguments)
            return try stack.results(first - 1)
        }
    }

    /// The same for one result.
    public func callAsFunction<each A: LuaConvertible, R: LuaConvertible>(
        _ arguments: repeat each A
    ) throws(ScriptError) -> R {
        try reference.withStack("function") { stack throws(ScriptError) in
            let first = stack.top + 1
            try stack.callTop(repeat each arguments)
            return try stack.results(first - 1)
        }
    }

    /// Calls the function, whose results are dropped.
    public func callAsFunction<each A: LuaConvertible>(_ arguments: repeat each A) throws(ScriptError) {
        try reference.withStack("function") { stack throws(ScriptError) in
            try stack.callTop(repeat each arguments)
        }
    }
}

extension LuaStack {
    /// [-1, +n, -] Calls the function on top with the arguments.
    func callTop<each A: LuaConvertible>(_ arguments: repeat each A) throws(ScriptError) {
        let top = self.top
        try pushArguments(repeat each arguments)
        _ = try call.state.call(self.top - top, on: L)
    }

    /// [-0, +n, -]
    func pushArguments<each A: LuaConvertible>(_ arguments: repeat each A) throws(ScriptError) {
        guard lua_checkstack(L, 64) != 0 else { throw ScriptError(.error, "stack overflow") }
        var number = 0
        func push<T: LuaConvertible>(_ argument: T) throws(ScriptError) {
            number += 1
            do throws(ConversionError) { try argument.push(to: self) } catch {
                throw ScriptError(.conversion, "argument #\(number): \(error)")
            }
        }
        repeat try push(each arguments)
    }

    /// The values from `first` on.
    func results<each R: LuaConvertible>(_ first: Int32) throws(ScriptError) -> (repeat each R) {
        var next = first
        func read<T: LuaConvertible>(_ type: T.Type) throws(ScriptError) -> T {
            let index = next
            next += T.width(at: index, of: self)
            do throws(ConversionError) { return try T.read(index, from: self) } catch {
                throw ScriptError(.conversion, "result #\(index - first + 1): \(error)")
            }
        }
        return (repeat try read((each R).self))
    }

    /// The same for types that are `Decodable`.
    func decodedResults<each R: Decodable & SendableMetatype>(_ first: Int32) throws(ScriptError) -> (repeat each R) {
        var next = first
        func read<T: Decodable & SendableMetatype>(_ type: T.Type) throws(ScriptError) -> T {
            let index = next
            next += 1
            do throws(ConversionError) { return try Decoded<T>.read(index, from: self).value } catch {
                throw ScriptError(.conversion, "result #\(index - first + 1): \(error)")
            }
        }
        return (repeat try read((each R).self))
    }
}

/// A table of Lua that Swift holds. It is read and written on the thread of its state, without metamethods.
public final class LuaTable: LuaConvertible, Sendable {
    private let reference: LuaReference

    private init(_ reference: LuaReference) { self.reference = reference }

    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> LuaTable {
        guard stack.isTable(index) else { throw stack.mismatch("table", index) }
        guard let reference = LuaReference(index, of: stack) else {
            throw ConversionError("a table cannot be had outside its state")
        }
        return LuaTable(reference)
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) { try reference.push(to: stack) }

    /// The value of a key.
    public func get<Key: LuaConvertible, T: LuaConvertible>(_ key: Key, as type: T.Type = T.self) throws(ScriptError)
        -> T
    {
        try use { stack throws(ConversionError) in
            try key.push(to: stack)
            lua_rawget(stack.L, -2)
            do throws(ConversionError) { return try T.read(stack.top, from: stack) } catch {
                throw error.inField("\(key)")
            }
        }
    }

    /// Sets the value of a key.
    public func set<Key: LuaConvertible, T: LuaConvertible>(_ key: Key, _ value: T) throws(ScriptError) {
        try use { stack throws(ConversionError) in
            try key.push(to: stack)
            guard Stack(stack.L).canBeKey(-1) else { throw ConversionError("a key must not be nil or NaN") }
            try value.push(to: stack)
            lua_rawset(stack.L, -3)
        }
    }

    /// How many items it has.
    public func count() throws(ScriptError) -> Int { try use { stack throws(ConversionError) in stack.count(of: -1) } }

    /// What is in it, as another type.
    public func contents<T: LuaConvertible>(as type: T.Type = T.self) throws(ScriptError) -> T {
        try use { stack throws(ConversionError) in try T.read(stack.top, from: stack) }
    }

    /// A copy of all that is in it, tables included.
    public func copy() throws(ScriptError) -> Value {
        try use { stack throws(ConversionError) in try Value.copy(stack.top, from: stack) }
    }

    private func use<R>(_ body: (borrowing LuaStack) throws(ConversionError) -> R) throws(ScriptError) -> R {
        try reference.withStack("table") { stack throws(ScriptError) in
            do throws(ConversionError) { return try body(stack) } catch {
                throw ScriptError(.conversion, ByteText(error.description))
            }
        }
    }
}
