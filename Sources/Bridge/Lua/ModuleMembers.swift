import CFence
import CLua

/// What a module consists of: `Constant`, `Function`, `Type`.
public protocol ModuleMember: Sendable {
    /// Adds itself to the module.
    func add(to contents: inout ModuleContents)
}

/// What a `Type` consists of: `Method`, `Property`, `Operator`, `Pairs`.
public protocol TypeMember: Sendable {
    /// Adds itself to the type.
    func add(to contents: inout TypeContents)
}

/// The members of a module, while it is made.
public struct ModuleContents: Sendable {
    var functions: [HostFunction] = []
    var constants: [Constant] = []
    /// Called when the field is read.
    var getters: [HostFunction] = []
    var types: [AnyHostType] = []
    /// The part that is written in Lua, which gets the functions, and the functions that are globals, too.
    var chunk: [UInt8]?
    var globals: [String] = []
}

/// The members of a type, while it is made.
public struct TypeContents {
    var methods: [HostFunction] = []
    var getters: [HostFunction] = []
    var setters: [HostFunction] = []
    var metamethods: [HostFunction] = []
}

/// Lists the members of a module: `if`, `for` and lists of members are allowed.
@resultBuilder
public enum ModuleBuilder {
    /// One member.
    public static func buildExpression(_ member: any ModuleMember) -> [any ModuleMember] { [member] }
    /// A list of members.
    public static func buildExpression(_ members: [any ModuleMember]) -> [any ModuleMember] { members }
    /// The members that follow each other.
    public static func buildBlock(_ members: [any ModuleMember]...) -> [any ModuleMember] { members.flatMap { $0 } }
    /// Those of an `if` without `else`.
    public static func buildOptional(_ members: [any ModuleMember]?) -> [any ModuleMember] { members ?? [] }
    /// Those of the first branch of an `if` or `switch`.
    public static func buildEither(first members: [any ModuleMember]) -> [any ModuleMember] { members }
    /// Those of the other branch.
    public static func buildEither(second members: [any ModuleMember]) -> [any ModuleMember] { members }
    /// Those of a `for`.
    public static func buildArray(_ members: [[any ModuleMember]]) -> [any ModuleMember] { members.flatMap { $0 } }
}

/// Lists the members of a type.
@resultBuilder
public enum TypeBuilder {
    /// One member.
    public static func buildExpression(_ member: any TypeMember) -> [any TypeMember] { [member] }
    /// The members that follow each other.
    public static func buildBlock(_ members: [any TypeMember]...) -> [any TypeMember] { members.flatMap { $0 } }
    /// Those of an `if` without `else`.
    public static func buildOptional(_ members: [any TypeMember]?) -> [any TypeMember] { members ?? [] }
    /// Those of the first branch of an `if` or `switch`.
    public static func buildEither(first members: [any TypeMember]) -> [any TypeMember] { members }
    /// Those of the other branch.
    public static func buildEither(second members: [any TypeMember]) -> [any TypeMember] { members }
    /// Those of a `for`.
    public static func buildArray(_ members: [[any TypeMember]]) -> [any TypeMember] { members.flatMap { $0 } }
}

extension Module {
    /// A module of that name: a global variable of every state, and what `require` gives.
    public init(_ name: String, @ModuleBuilder _ members: () -> [any ModuleMember]) {
        var contents = ModuleContents()
        for member in members() { member.add(to: &contents) }
        self.init(name, contents)
    }
}

/// The part of a module that is written in Lua. It gets a table of the module's functions as its argument, and returns the
/// table that scripts see; it sets no global. Each state compiles it when a script first looks into the module. The module's
/// constants are not seen by scripts then.
public struct Chunk: ModuleMember {
    private let source: [UInt8]

    /// Lua source, such as a file that the build has embedded.
    public init(_ source: [UInt8]) { self.source = source }

    public func add(to contents: inout ModuleContents) { contents.chunk = source }
}

/// A value that a module has.
public struct Constant: ModuleMember {
    let name: String
    let push: @Sendable (HostCall) throws(ConversionError) -> Void
    private let isObject: Bool

    /// Each state gets a copy of the value; an object is the same in all of them.
    public init<T: LuaConvertible & Sendable>(_ name: String, _ value: T) {
        self.name = name
        push = { (call: HostCall) throws(ConversionError) in try value.push(to: LuaStack(call)) }
        isObject = value is any Shareable
    }

    public func add(to contents: inout ModuleContents) {
        guard isObject else { return contents.constants.append(self) }
        // Threads begin with a copy of a state that is bytes, so there must be no reference to an object in it.
        contents.getters.append(
            HostFunction(name, name, "") { call throws(Fault) in
                do throws(ConversionError) { try push(call) } catch { throw .message(ByteText(error.description)) }
                return .results(1)
            })
    }
}

/// A function of a module. Its closure is called on the thread of the state that calls it, which waits for it.
public struct Function: ModuleMember {
    @usableFromInline let host: HostFunction

    @usableFromInline
    init(_ host: HostFunction) { self.host = host }

    /// - Parameters:
    ///   - name: The name in the module.
    ///   - body: Its parameters are the arguments, its results the results. Optional parameters may be left out by the
    ///     caller; the last may be `Variadic`. What it throws is raised in Lua as an error object.
    @inlinable
    public init<each A: LuaConvertible, each R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (repeat each A) throws -> (repeat each R)
    ) {
        self.init(HostFunction(name, typed(body)))
    }

    /// The same for `Codable` types that do not conform to `LuaConvertible`.
    @_disfavoredOverload
    public init<each A: Decodable & SendableMetatype, each R: Encodable & SendableMetatype>(
        _ name: String, _ body: @escaping @Sendable (repeat each A) throws -> (repeat each R)
    ) {
        self.init(HostFunction(name, coded(body)))
    }

    public func add(to contents: inout ModuleContents) { contents.functions.append(host) }
}

/// Wraps a typed closure: reads the arguments, calls it, pushes the results. It is specialized for its types. If it were
/// inlined where they are not known, the optimizer of Swift 6.3.1 would crash.
@inlinable @inline(never)
func typed<each A: LuaConvertible, each R: LuaConvertible>(
    _ body: @escaping @Sendable (repeat each A) throws -> (repeat each R)
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let arguments = (repeat try argument((each A).self, &next, stack))
        let results: (repeat each R)
        do { results = try body(repeat each arguments) } catch { throw stack.fault(error) }
        let top = fence_count(call.L)
        repeat try push(each results, top, stack)
        return Outcome(code: fence_count(call.L) - top)
    }
}

/// The same for `Codable` types.
@inline(never)
private func coded<each A: Decodable & SendableMetatype, each R: Encodable & SendableMetatype>(
    _ body: @escaping @Sendable (repeat each A) throws -> (repeat each R)
) -> HostFunction.Body {
    { (call: HostCall) throws(Fault) -> Outcome in
        let stack = LuaStack(call)
        var next: Int32 = 1
        let arguments = (repeat try argument(Decoded<each A>.self, &next, stack).value)
        let results: (repeat each R)
        do { results = try body(repeat each arguments) } catch { throw stack.fault(error) }
        let top = lua_gettop(call.L)
        repeat try push(Encoded(each results), top, stack)
        return Outcome(code: lua_gettop(call.L) - top)
    }
}

@inlinable @inline(__always)
func argument<T: LuaConvertible>(
    _ type: T.Type, _ next: inout Int32, _ stack: borrowing LuaStack
) throws(Fault) -> T {
    let index = next
    next += T.width(at: index, of: stack)
    do throws(ConversionError) { return try T.read(index, from: stack) } catch {
        throw stack.fault(argument: index, error)
    }
}

@inlinable @inline(__always)
func push<T: LuaConvertible>(_ result: T, _ top: Int32, _ stack: borrowing LuaStack) throws(Fault) {
    do throws(ConversionError) { try result.push(to: stack) } catch {
        throw stack.fault(result: fence_count(stack.L) - top + 1, error)
    }
}

// MARK: - Types

/// What scripts can do with the objects of a class.
public struct Type<Object: LuaObject>: ModuleMember {
    private let type: AnyHostType

    /// `name` is what errors and `tostring` call it. Default: the name of the class.
    public init(_ object: Object.Type, name: String? = nil, @TypeBuilder _ members: () -> [any TypeMember]) {
        var contents = TypeContents()
        for member in members() { member.add(to: &contents) }
        type = HostType<Object>(name ?? "\(Object.self)", contents)
    }

    public func add(to contents: inout ModuleContents) { contents.types.append(type) }
}

/// A method: the closure's first parameter is the object.
public struct Method: TypeMember {
    @usableFromInline let host: HostFunction

    @usableFromInline
    init(_ host: HostFunction) { self.host = host }

    /// A method of that name. What the closure throws is raised in Lua.
    @inlinable
    public init<Object: LuaObject, each A: LuaConvertible, each R: LuaConvertible>(
        _ name: String, _ body: @escaping @Sendable (Object, repeat each A) throws -> (repeat each R)
    ) {
        self.init(HostFunction(name, typed(body)))
    }

    public func add(to contents: inout TypeContents) { contents.methods.append(host) }
}

/// A property: read by one closure, set by the other, if there is one.
public struct Property: TypeMember {
    @usableFromInline let getter: HostFunction
    @usableFromInline let setter: HostFunction?

    @usableFromInline
    init(getter: HostFunction, setter: HostFunction?) {
        self.getter = getter
        self.setter = setter
    }

    /// A property that scripts only read.
    @inlinable
    public init<Object: LuaObject, T: LuaConvertible>(
        _ name: String, _ get: @escaping @Sendable (Object) throws -> T
    ) {
        self.init(getter: HostFunction(name, fixed(get)), setter: nil)
    }

    /// A property that scripts read and set.
    @inlinable
    public init<Object: LuaObject, T: LuaConvertible>(
        _ name: String, get: @escaping @Sendable (Object) throws -> T,
        set: @escaping @Sendable (Object, T) throws -> Void
    ) {
        self.init(getter: HostFunction(name, fixed(get)), setter: HostFunction(name, typed(set)))
    }

    public func add(to contents: inout TypeContents) {
        contents.getters.append(getter)
        if let setter { contents.setters.append(setter) }
    }
}

/// What an operator of Lua does with objects. Of two operands either may be the object.
public struct Operator: TypeMember {
    /// The operators that a type may define.
    public enum Kind: String, Sendable {
        /// `a + b`.
        case add
        /// `a - b`.
        case subtract = "sub"
        /// `a * b`.
        case multiply = "mul"
        /// `a / b`.
        case divide = "div"
        /// `a % b`.
        case modulo = "mod"
        /// `a ^ b`.
        case power = "pow"
        /// `-a`.
        case negate = "unm"
        /// `a // b`.
        case floorDivide = "idiv"
        /// `a & b`.
        case and = "band"
        /// `a | b`.
        case or = "bor"
        /// `a ~ b`.
        case xor = "bxor"
        /// `~a`.
        case not = "bnot"
        /// `a << b`.
        case shiftLeft = "shl"
        /// `a >> b`.
        case shiftRight = "shr"
        /// `a .. b`.
        case concatenate = "concat"
        /// `#a`.
        case length = "len"
        /// `a == b`.
        case equal = "eq"
        /// `a < b`.
        case lessThan = "lt"
        /// `a <= b`.
        case lessThanOrEqual = "le"
        /// `object(...)`.
        case call
        /// The text that `tostring` and `print` show.
        case tostring
        /// The end of a variable `local x <close>`.
        case close
    }

    @usableFromInline let host: HostFunction

    @usableFromInline
    init(_ host: HostFunction) { self.host = host }

    /// What the operator does. The closure's parameters are the operands, in the order in which they are written.
    @inlinable
    public init<each A: LuaConvertible, each R: LuaConvertible>(
        _ kind: Kind, _ body: @escaping @Sendable (repeat each A) throws -> (repeat each R)
    ) {
        self.init(HostFunction("__" + kind.rawValue, typed(body)))
    }

    public func add(to contents: inout TypeContents) { contents.metamethods.append(host) }
}

/// What `pairs(object)` goes through: the pairs that the closure returns, in any order.
public struct Pairs: TypeMember {
    private let host: HostFunction

    /// The closure is called once for each loop.
    public init<Object: LuaObject, Key: LuaConvertible & Hashable, Element: LuaConvertible>(
        _ body: @escaping @Sendable (Object) throws -> [Key: Element]
    ) {
        let table = typed(body)
        host = HostFunction("__pairs") { call throws(Fault) in
            call.stack.pushStandard("next")
            let outcome = try table(call)
            call.pushNil()
            return .results(outcome.code + 2)
        }
    }

    public func add(to contents: inout TypeContents) { contents.metamethods.append(host) }
}
