import CFence
import CLua

/// Any value of Lua, where its type is not known before.
public enum Value: Sendable, LuaConvertible {
    /// No value.
    case `nil`
    /// A boolean.
    case bool(Bool)
    /// A number that Lua has as an integer.
    case integer(Int)
    /// A number that Lua has as a float.
    case number(Double)
    /// A string: any bytes.
    case string(ByteText)
    /// A list, copied. Such tables come from channels, and from `LuaTable.copy`.
    case array([Value])
    /// Any other table, copied.
    case dictionary([Value: Value])
    /// A table of a state, by reference.
    case table(LuaTable)
    /// A function of a state, by reference.
    case function(LuaFunction)
    /// An object of the host, a channel, a handle.
    case object(any Shareable)

    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Value {
        if lua_type(stack.L, index) == LUA_TTABLE, stack.call.state.owner != nil {
            return .table(try LuaTable.read(index, from: stack))
        }
        return try copy(index, from: stack)
    }

    /// Tables in tables, at most.
    private static let depth = 100

    /// The value at `index`, tables as copies.
    static func copy(_ index: Int32, from stack: borrowing LuaStack, depth: Int = depth) throws(ConversionError)
        -> Value
    {
        switch lua_type(stack.L, index) {
        case LUA_TNONE, LUA_TNIL: return .nil
        case LUA_TBOOLEAN: return .bool(lua_toboolean(stack.L, index) != 0)
        case LUA_TNUMBER:
            if lua_isinteger(stack.L, index) != 0 { return .integer(Int(lua_tointegerx(stack.L, index, nil))) }
            return .number(lua_tonumberx(stack.L, index, nil))
        case LUA_TSTRING: return .string(try ByteText.read(index, from: stack))
        case LUA_TTABLE: return try copyTable(index, from: stack, depth)
        case LUA_TFUNCTION: return .function(try LuaFunction.read(index, from: stack))
        default:
            guard let object = stack.call.anyObject(index) as? any Shareable else {
                throw ConversionError("a \(stack.typeName(index)) is no value for Swift")
            }
            stack.call.state.hand(object, on: stack.L)
            return .object(object)
        }
    }

    private static func copyTable(
        _ index: Int32, from stack: borrowing LuaStack, _ depth: Int
    ) throws(ConversionError) -> Value {
        guard depth > 0 else { throw ConversionError("the table is nested too deeply, or contains itself") }
        let count = stack.count(of: index)
        var items: [Value] = []
        var pairs: [Value: Value] = [:]
        var isList = true
        try stack.forEach(in: index) { (key, value) throws(ConversionError) in
            let key = try copy(key, from: stack, depth: depth - 1)
            do throws(ConversionError) {
                let value = try copy(value, from: stack, depth: depth - 1)
                if isList, case .integer(let number) = key, number == items.count + 1 { return items.append(value) }
                isList = false
                pairs[key] = value
            } catch {
                throw error.inField("\(key)")
            }
        }
        if isList, items.count == count { return .array(items) }
        for (number, item) in items.enumerated() { pairs[.integer(number + 1)] = item }
        return .dictionary(pairs)
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        switch self {
        case .nil: stack.pushNil()
        case .bool(let value): try value.push(to: stack)
        case .integer(let value): try value.push(to: stack)
        case .number(let value): try value.push(to: stack)
        case .string(let value): try value.push(to: stack)
        case .array(let items): try items.push(to: stack)
        case .dictionary(let pairs): try pairs.push(to: stack)
        case .table(let table): try table.push(to: stack)
        case .function(let function): try function.push(to: stack)
        case .object(let object): try stack.push(shareable: object)
        }
    }

    /// Whether it is neither nil nor false.
    public var isTrue: Bool {
        switch self {
        case .nil, .bool(false): false
        default: true
        }
    }

    /// The text of a string that is UTF-8.
    public var text: String? {
        if case .string(let bytes) = self { String(validating: bytes.bytes, as: UTF8.self) } else { nil }
    }
}

extension LuaState {
    /// [-0, +0, m] A host gets an object of the state.
    func hand(_ object: any Shareable, on L: OpaquePointer) { (object as? any HostObject)?.prepareToLeave(self, L) }
}

extension LuaStack {
    /// [-0, +1, m]
    func push(shareable object: any Shareable) throws(ConversionError) {
        try reserve()
        if let arrived = (object as? any HostObject)?.arrive(in: call.state) {
            return call.state.push(arrived, arrived.hostType, on: L)
        }
        guard let object = object as? any LuaObject else { throw ConversionError("no object of Lua: \(object)") }
        try push(object: object)
    }
}

extension Value: Hashable {
    public static func == (a: Value, b: Value) -> Bool {
        switch (a, b) {
        case (.nil, .nil): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
        case (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.dictionary(let a), .dictionary(let b)): a == b
        case (.table(let a), .table(let b)): a === b
        case (.function(let a), .function(let b)): a === b
        case (.object(let a), .object(let b)): a === b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .nil: break
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(Double(value))
        case .number(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .array(let items): hasher.combine(items)
        case .dictionary(let pairs): hasher.combine(pairs)
        case .table(let table): hasher.combine(ObjectIdentifier(table))
        case .function(let function): hasher.combine(ObjectIdentifier(function))
        case .object(let object): hasher.combine(ObjectIdentifier(object))
        }
    }
}

extension Value: CustomStringConvertible {
    public var description: String {
        switch self {
        case .nil: "nil"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): value.description
        case .array(let items): "{\(items.map(\.description).joined(separator: ", "))}"
        case .dictionary(let pairs): "{\(pairs.map { "[\($0)] = \($1)" }.sorted().joined(separator: ", "))}"
        case .table: "table"
        case .function: "function"
        case .object(let object): "\(object)"
        }
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .nil }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(ByteText(value)) }
    public init(arrayLiteral items: Value...) { self = .array(items) }
    public init(dictionaryLiteral pairs: (Value, Value)...) { self = .dictionary(Dictionary(pairs) { $1 }) }
}
