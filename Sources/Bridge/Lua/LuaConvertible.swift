import CFence
import CLua

/// A type whose values pass between Swift and Lua.
///
/// Bool, all integers, Float, Double, String, `[UInt8]`, Optional, Array, Dictionary, `Value`, functions, tables, channels
/// and handles conform. A `Codable` type conforms by saying so: `extension Page: LuaConvertible {}`.
public protocol LuaConvertible: SendableMetatype {
    /// Reads the value at `index`, which may be above the top: then there is none. Leaves the stack as it is.
    static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Self
    /// Pushes one value. On failure nothing is pushed.
    func push(to stack: borrowing LuaStack) throws(ConversionError)
    /// How many arguments a parameter of the type takes, where `index` is the first of them.
    static func width(at index: Int32, of stack: borrowing LuaStack) -> Int32
}

extension LuaConvertible {
    @inlinable @inline(__always)
    public static func width(at index: Int32, of stack: borrowing LuaStack) -> Int32 { 1 }
}

/// Any number of arguments, as the last parameter of a function; any number of results.
public struct Variadic<Element: LuaConvertible>: LuaConvertible, RandomAccessCollection {
    /// The values.
    public var elements: [Element]

    /// The values of a sequence.
    public init(_ elements: some Sequence<Element>) { self.elements = Array(elements) }

    public var startIndex: Int { 0 }
    public var endIndex: Int { elements.count }
    public subscript(position: Int) -> Element { elements[position] }

    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Variadic {
        var elements: [Element] = []
        var next = index
        while next <= stack.top {
            elements.append(try Element.read(next, from: stack))
            next += 1
        }
        return Variadic(elements)
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        guard elements.count < 1 << 20, lua_checkstack(stack.L, Int32(elements.count) + 8) != 0 else {
            throw ConversionError("too many results")
        }
        let top = stack.top
        for element in elements {
            do throws(ConversionError) { try element.push(to: stack) } catch {
                stack.cut(to: top)
                throw error
            }
        }
    }

    public static func width(at index: Int32, of stack: borrowing LuaStack) -> Int32 {
        Swift.max(0, stack.top - index + 1)
    }
}

extension Variadic: Sendable where Element: Sendable {}

// MARK: - Booleans and numbers

extension Bool: LuaConvertible {
    @inlinable @inline(__always)
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Bool {
        guard lua_type(stack.L, index) == LUA_TBOOLEAN else { throw stack.mismatch("boolean", index) }
        return lua_toboolean(stack.L, index) != 0
    }

    @inlinable @inline(__always)
    public func push(to stack: borrowing LuaStack) throws(ConversionError) { lua_pushboolean(stack.L, self ? 1 : 0) }
}

extension Int: LuaConvertible {
    @inlinable @inline(__always)
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Int {
        if let value = fence_argument(stack.L, index), Int(value.pointee.type) == FENCE_VALUE_INTEGER {
            return Int(value.pointee.bits.integer)
        }
        return try stack.exactInteger(index)
    }

    @inlinable @inline(__always)
    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        fence_push_integer(stack.L, lua_Integer(self))
    }
}

/// What the other integers share.
extension LuaConvertible where Self: FixedWidthInteger & Codable {
    @inlinable @inline(__always)
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Self {
        let value = try Int.read(index, from: stack)
        guard let exact = Self(exactly: value) else { throw stack.outOfRange(value, Self.self) }
        return exact
    }

    @inlinable @inline(__always)
    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        guard let exact = Int(exactly: self) else {
            throw ConversionError("\(self) is out of range for Lua's integers")
        }
        lua_pushinteger(stack.L, lua_Integer(exact))
    }
}

extension Int8: LuaConvertible {}
extension Int16: LuaConvertible {}
extension Int32: LuaConvertible {}
extension Int64: LuaConvertible {}
extension UInt: LuaConvertible {}
extension UInt8: LuaConvertible {}
extension UInt16: LuaConvertible {}
extension UInt32: LuaConvertible {}
extension UInt64: LuaConvertible {}

extension Double: LuaConvertible {
    @inlinable @inline(__always)
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Double {
        if let value = fence_argument(stack.L, index), Int(value.pointee.type) == FENCE_VALUE_FLOAT {
            return value.pointee.bits.number
        }
        guard lua_type(stack.L, index) == LUA_TNUMBER else { throw stack.mismatch("number", index) }
        return lua_tonumberx(stack.L, index, nil)
    }

    @inlinable @inline(__always)
    public func push(to stack: borrowing LuaStack) throws(ConversionError) { fence_push_number(stack.L, self) }
}

extension Float: LuaConvertible {
    @inlinable @inline(__always)
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Float {
        Float(try Double.read(index, from: stack))
    }

    @inlinable @inline(__always)
    public func push(to stack: borrowing LuaStack) throws(ConversionError) { lua_pushnumber(stack.L, Double(self)) }
}

// MARK: - Text

extension String: LuaConvertible {
    /// Throws if the bytes are not UTF-8.
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> String {
        let bytes = try stack.bytes(index)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConversionError("string is not valid UTF-8")
        }
        return text
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        var text = self
        var failure: ConversionError?
        text.withUTF8 { bytes in
            do throws(ConversionError) { try stack.push(bytes: UnsafeRawBufferPointer(bytes)) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension ByteText: LuaConvertible {
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> ByteText {
        ByteText(try stack.bytes(index))
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        var failure: ConversionError?
        bytes.withUnsafeBytes { bytes in
            do throws(ConversionError) { try stack.push(bytes: bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

// MARK: - Compound values

extension Optional: LuaConvertible where Wrapped: LuaConvertible {
    @inlinable @inline(__always)
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Wrapped? {
        stack.isNil(index) ? nil : try Wrapped.read(index, from: stack)
    }

    @inlinable @inline(__always)
    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        if let self { try self.push(to: stack) } else { stack.pushNil() }
    }
}

extension Array: LuaConvertible where Element: LuaConvertible {
    /// The items of a table; for `[UInt8]` also the bytes of a string.
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> [Element] {
        if Element.self == UInt8.self, lua_type(stack.L, index) == LUA_TSTRING {
            return Array<UInt8>(try stack.bytes(index)) as? [Element] ?? []
        }
        guard lua_type(stack.L, index) == LUA_TTABLE else {
            throw stack.mismatch(Element.self == UInt8.self ? "string" : "table", index)
        }
        try stack.reserve()
        let count = Int(lua_rawlen(stack.L, index))
        var items: [Element] = []
        items.reserveCapacity(Swift.min(count, 1 << 16))
        let place = lua_gettop(stack.L) + 1
        let table = lua_absindex(stack.L, index)
        for number in stride(from: 1, through: count, by: 1) {
            if number & 63 == 0 { try stack.reserve() }
            lua_rawgeti(stack.L, table, lua_Integer(number))
            do throws(ConversionError) { items.append(try Element.read(place, from: stack)) } catch {
                lua_settop(stack.L, place - 1)
                throw error.inItem(number)
            }
            lua_settop(stack.L, place - 1)
        }
        return items
    }

    /// A table; for `[UInt8]` a string.
    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        if Element.self == UInt8.self, let bytes = self as? [UInt8] { return try ByteText(bytes).push(to: stack) }
        try stack.pushTable(items: count)
        for (number, item) in enumerated() {
            do throws(ConversionError) { try item.push(to: stack) } catch {
                lua_pop_(stack.L, 1)
                throw error.inItem(number + 1)
            }
            lua_rawseti(stack.L, -2, lua_Integer(number + 1))
        }
    }
}

extension Dictionary: LuaConvertible where Key: LuaConvertible, Value: LuaConvertible {
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> [Key: Value] {
        var pairs: [Key: Value] = [:]
        try stack.forEach(in: index) { (key, value) throws(ConversionError) in
            do throws(ConversionError) {
                pairs[try Key.read(key, from: stack)] = try Value.read(value, from: stack)
            } catch {
                throw error.inField(stack.describeKey(key))
            }
        }
        return pairs
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        try stack.pushTable(fields: count)
        let table = stack.top
        for (key, value) in self {
            do throws(ConversionError) {
                try key.push(to: stack)
                guard Stack(stack.L).canBeKey(-1) else { throw ConversionError("a key must not be nil or NaN") }
                try value.push(to: stack)
            } catch {
                lua_settop(stack.L, table - 1)
                throw error.inField("\(key)")
            }
            lua_rawset(stack.L, table)
        }
    }
}

extension Stack {
    /// Whether a table may have the value as a key.
    func canBeKey(_ index: Int32) -> Bool {
        switch lua_type(L, index) {
        case LUA_TNIL, LUA_TNONE: false
        case LUA_TNUMBER: lua_rawequal(L, index, index) != 0
        default: true
        }
    }
}
