import CFence
import CLua

/// `Codable` types pass between Swift and Lua as tables: `extension Page: LuaConvertible {}` is all it takes.
extension LuaConvertible where Self: Decodable {
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Self {
        try StackDecoder.read(index, from: stack)
    }
}

extension LuaConvertible where Self: Encodable {
    public func push(to stack: borrowing LuaStack) throws(ConversionError) { try StackEncoder.push(self, to: stack) }
}

/// A place in a value that is decoded or encoded: the way to it.
private final class CodingPlace {
    let outer: CodingPlace?
    let key: any CodingKey
    init(_ outer: CodingPlace?, _ key: any CodingKey) {
        self.outer = outer
        self.key = key
    }
}

private struct ItemKey: CodingKey {
    let number: Int
    init(_ number: Int) { self.number = number }
    init?(intValue: Int) { number = intValue }
    init?(stringValue: String) { nil }
    var intValue: Int? { number }
    var stringValue: String { "\(number)" }
}

private struct FieldKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension CodingPlace {
    static func path(_ place: CodingPlace?) -> [any CodingKey] {
        var keys: [any CodingKey] = []
        var next = place
        while let place = next {
            keys.append(place.key)
            next = place.outer
        }
        return keys.reversed()
    }
}

extension ConversionError {
    /// The error of a decoder or an encoder, with its path.
    fileprivate init(_ error: any Error) {
        switch error {
        case let error as ConversionError: self = error
        case DecodingError.keyNotFound(let key, let context):
            self = ConversionError("missing").inField(key.stringValue).at(context.codingPath)
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            self = ConversionError(context.debugDescription).at(context.codingPath)
        case EncodingError.invalidValue(_, let context):
            self = ConversionError(context.debugDescription).at(context.codingPath)
        default: self = ConversionError(String(describing: error))
        }
    }

    /// The same as the context of a coding error in a value at `path`.
    fileprivate func context<Context: CodingContext>(_ path: [any CodingKey]) -> Context {
        let inner = steps.map { step -> any CodingKey in
            if let name = step.name { FieldKey(stringValue: name) } else { ItemKey(step.number) }
        }
        return Context(codingPath: path + inner, debugDescription: reason, underlyingError: nil)
    }

    private func at(_ path: [any CodingKey]) -> ConversionError {
        path.reversed().reduce(self) { error, key in
            key is ItemKey ? error.inItem(key.intValue ?? 0) : error.inField(key.stringValue)
        }
    }
}

private protocol CodingContext {
    init(codingPath: [any CodingKey], debugDescription: String, underlyingError: (any Error)?)
}
extension DecodingError.Context: CodingContext {}
extension EncodingError.Context: CodingContext {}

/// A value on the stack as a decoder. Containers leave the table where it is; each nested value is on top while it is
/// decoded.
struct StackDecoder: Swift.Decoder {
    let call: HostCall
    let index: Int32
    fileprivate let place: CodingPlace?

    static func read<T: Decodable>(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> T {
        let top = stack.top
        do {
            return try T(from: StackDecoder(call: stack.call, index: lua_absindex(stack.L, index), place: nil))
        } catch {
            stack.cut(to: top)
            throw ConversionError(error)
        }
    }

    var codingPath: [any CodingKey] { CodingPlace.path(place) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    fileprivate var stack: LuaStack { LuaStack(call) }

    fileprivate func table() throws {
        guard lua_type(call.L, index) == LUA_TTABLE else { throw mismatch("table") }
        try stack.reserve()
    }

    fileprivate func mismatch(_ expected: String) -> DecodingError {
        .typeMismatch(
            Any.self,
            .init(codingPath: codingPath, debugDescription: "\(expected) expected, got \(stack.typeName(index))"))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try table()
        return KeyedDecodingContainer(Keyed(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try table()
        return Unkeyed(decoder: self)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }

    /// The value at `index`, which is `key` of the decoder's.
    @inline(__always)
    fileprivate func value<T: Decodable>(_ type: T.Type, _ key: @autoclosure () -> any CodingKey, at index: Int32)
        throws -> T
    {
        do throws(ConversionError) {
            if let value = try Self.plain(type, index, stack) { return value }
        } catch {
            throw DecodingError.typeMismatch(
                type, error.context(codingPath + [key()]))
        }
        return try T(from: StackDecoder(call: call, index: index, place: CodingPlace(place, key())))
    }

    /// Types that need no decoder. Nil: it does.
    @inline(__always)
    fileprivate static func plain<T>(
        _ type: T.Type, _ index: Int32, _ stack: borrowing LuaStack
    ) throws(ConversionError) -> T? {
        if T.self == Int.self { return same(try Int.read(index, from: stack)) }
        if T.self == String.self { return same(try String.read(index, from: stack)) }
        if T.self == Double.self { return same(try Double.read(index, from: stack)) }
        if T.self == Bool.self { return same(try Bool.read(index, from: stack)) }
        if T.self == [UInt8].self { return same(try [UInt8].read(index, from: stack)) }
        if T.self == [Double].self { return same(try [Double].read(index, from: stack)) }
        if T.self == [Int].self { return same(try [Int].read(index, from: stack)) }
        if T.self == [String].self { return same(try [String].read(index, from: stack)) }
        return try convertible(type, index, stack)
    }

    /// The value as another name of its own type: a cast would look both types up.
    @inline(__always)
    private static func same<A, B>(_ value: A) -> B { unsafeBitCast(value, to: B.self) }

    /// Types with a conversion of their own. Not those whose conversion is their decoding, which would not end.
    @inline(never)
    private static func convertible<T>(
        _ type: T.Type, _ index: Int32, _ stack: borrowing LuaStack
    ) throws(ConversionError) -> T? {
        guard let number = type as? any (LuaConvertible & FixedWidthInteger).Type else {
            return T.self == Float.self ? try Float.read(index, from: stack) as? T : nil
        }
        return try number.read(index, from: stack) as? T
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: StackDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }

        var allKeys: [Key] {
            var keys: [Key] = []
            try? decoder.stack.forEach(in: decoder.index) { (key, _) throws(ConversionError) in
                let L = decoder.call.L
                if lua_type(L, key) == LUA_TSTRING {
                    if let key = Key(stringValue: Stack(L).text(key).description) { keys.append(key) }
                } else if lua_isinteger(L, key) != 0, let key = Key(intValue: Int(lua_tointegerx(L, key, nil))) {
                    keys.append(key)
                }
            }
            return keys
        }

        /// [-0, +1, m] The field; false if it is nil.
        private func push(_ key: Key) -> Bool {
            let L = decoder.call.L
            guard lua_checkstack(L, 8) != 0 else {
                lua_pushnil(L)
                return false
            }
            if let number = key.intValue, lua_rawgeti(L, decoder.index, lua_Integer(number)) != LUA_TNIL { return true }
            if key.intValue != nil { lua_pop_(L, 1) }
            decoder.stack.pushKey(key.stringValue)
            return lua_rawget(L, decoder.index) != LUA_TNIL
        }

        private func with<R>(_ key: Key, _ body: (Int32) throws -> R) throws -> R {
            let top = lua_gettop(decoder.call.L)
            defer { lua_settop(decoder.call.L, top) }
            guard push(key) else {
                throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing"))
            }
            return try body(top + 1)
        }

        func contains(_ key: Key) -> Bool {
            defer { lua_pop_(decoder.call.L, 1) }
            return push(key)
        }

        func decodeNil(forKey key: Key) throws -> Bool { !contains(key) }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            try with(key) { try decoder.value(type, key, at: $0) }
        }

        /// The types that most fields have, without a look at the type.
        @inline(__always)
        private func plain<T: LuaConvertible>(_ key: Key) throws -> T {
            try with(key) { index in
                do throws(ConversionError) { return try T.read(index, from: decoder.stack) } catch {
                    throw DecodingError.typeMismatch(
                        T.self, error.context(codingPath + [key]))
                }
            }
        }

        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try plain(key) }
        func decode(_ type: String.Type, forKey key: Key) throws -> String { try plain(key) }
        func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try plain(key) }
        func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try plain(key) }

        func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
            let top = lua_gettop(decoder.call.L)
            defer { lua_settop(decoder.call.L, top) }
            guard push(key) else { return nil }
            return try decoder.value(type, key, at: top + 1)
        }

        func nestedContainer<N: CodingKey>(keyedBy type: N.Type, forKey key: Key) throws -> KeyedDecodingContainer<N> {
            try nested(key).container(keyedBy: type)
        }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try nested(key).unkeyedContainer()
        }
        func superDecoder() throws -> any Swift.Decoder { decoder }
        func superDecoder(forKey key: Key) throws -> any Swift.Decoder { try nested(key) }

        /// The nested value stays on the stack until the outermost one has been decoded.
        private func nested(_ key: Key) throws -> StackDecoder {
            guard push(key) else {
                throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing"))
            }
            return StackDecoder(
                call: decoder.call, index: lua_gettop(decoder.call.L), place: CodingPlace(decoder.place, key))
        }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let decoder: StackDecoder
        let length: Int
        private(set) var currentIndex = 0

        init(decoder: StackDecoder) {
            self.decoder = decoder
            length = Int(lua_rawlen(decoder.call.L, decoder.index))
        }

        var count: Int? { length }
        var isAtEnd: Bool { currentIndex >= length }
        var codingPath: [any CodingKey] { decoder.codingPath }

        private mutating func next<R>(_ body: (Int32) throws -> R) throws -> R {
            guard !isAtEnd else {
                throw DecodingError.valueNotFound(
                    R.self,
                    .init(codingPath: codingPath + [ItemKey(currentIndex + 1)], debugDescription: "missing"))
            }
            let L = decoder.call.L
            let top = lua_gettop(L)
            defer { lua_settop(L, top) }
            try decoder.stack.reserve()
            lua_rawgeti(L, decoder.index, lua_Integer(currentIndex + 1))
            let result = try body(top + 1)
            currentIndex += 1
            return result
        }

        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd else { return true }
            lua_rawgeti(decoder.call.L, decoder.index, lua_Integer(currentIndex + 1))
            defer { lua_pop_(decoder.call.L, 1) }
            guard lua_type(decoder.call.L, -1) == LUA_TNIL else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
            let (decoder, number) = (decoder, currentIndex + 1)
            return try next { try decoder.value(type, ItemKey(number), at: $0) }
        }

        mutating func nestedContainer<N: CodingKey>(keyedBy type: N.Type) throws -> KeyedDecodingContainer<N> {
            try nested().container(keyedBy: type)
        }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try nested().unkeyedContainer()
        }
        mutating func superDecoder() throws -> any Swift.Decoder { try nested() }

        private mutating func nested() throws -> StackDecoder {
            try decoder.stack.reserve()
            currentIndex += 1
            lua_rawgeti(decoder.call.L, decoder.index, lua_Integer(currentIndex))
            return StackDecoder(
                call: decoder.call, index: lua_gettop(decoder.call.L),
                place: CodingPlace(decoder.place, ItemKey(currentIndex)))
        }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: StackDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool { decoder.stack.isNil(decoder.index) }

        func decode<T: Decodable>(_ type: T.Type) throws -> T {
            do throws(ConversionError) {
                if let value = try StackDecoder.plain(type, decoder.index, decoder.stack) { return value }
            } catch {
                throw DecodingError.typeMismatch(
                    type, error.context(codingPath))
            }
            return try T(from: decoder)
        }
    }
}

/// Pushes values of `Encodable` types. Each container is a table that stays on the stack until the value is complete.
final class StackEncoder: Swift.Encoder {
    private let call: HostCall
    private let place: CodingPlace?
    /// The index of the table, or 0: nothing has been pushed yet.
    private var table: Int32 = 0
    private var isPushed = false

    private init(_ call: HostCall, _ place: CodingPlace?) {
        self.call = call
        self.place = place
    }

    static func push<T: Encodable>(_ value: T, to stack: borrowing LuaStack) throws(ConversionError) {
        let top = stack.top
        do { try push(value, stack.call, nil) } catch {
            stack.cut(to: top)
            throw ConversionError(error)
        }
    }

    /// [-0, +1, m]
    private static func push<T: Encodable>(_ value: T, _ call: HostCall, _ place: @autoclosure () -> CodingPlace?)
        throws
    {
        let stack = LuaStack(call)
        if try pushPlain(value, stack) { return }
        try stack.reserve()
        let top = stack.top
        let encoder = StackEncoder(call, place())
        try value.encode(to: encoder)
        // A value that has encoded nothing is an empty table. What was nested lies above it.
        if !encoder.isPushed { lua_createtable(call.L, 0, 0) }
        lua_settop(call.L, top + 1)
    }

    /// Types that need no encoder. False: it does.
    @inline(__always)
    private static func pushPlain<T>(_ value: T, _ stack: borrowing LuaStack) throws(ConversionError) -> Bool {
        // By the static type: an empty array can be cast to an array of anything.
        if T.self == Int.self || T.self == String.self || T.self == Double.self || T.self == Bool.self
            || T.self == [UInt8].self || T.self == [Double].self || T.self == [Int].self || T.self == [String].self
            || T.self == Float.self || T.self is any (LuaConvertible & FixedWidthInteger).Type,
            let value = value as? any LuaConvertible
        {
            try value.push(to: stack)
            return true
        }
        return false
    }

    var codingPath: [any CodingKey] { CodingPlace.path(place) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private func makeTable() {
        guard !isPushed else { return }
        lua_checkstack(call.L, 8)
        lua_createtable(call.L, 0, 4)
        table = lua_gettop(call.L)
        isPushed = true
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        makeTable()
        return KeyedEncodingContainer(Keyed(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        makeTable()
        return Unkeyed(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

    /// [-1, +0, m] Sets the field of the table to the value on top.
    private func set(_ key: any CodingKey) {
        if let number = key.intValue { return lua_rawseti(call.L, table, lua_Integer(number)) }
        LuaStack(call).pushKey(key.stringValue)
        lua_insert_(call.L, -2)
        lua_rawset(call.L, table)
    }

    /// An encoder for a nested container, whose table is in this one already.
    private func nested(_ key: any CodingKey) -> StackEncoder {
        let inner = StackEncoder(call, CodingPlace(place, key))
        inner.makeTable()
        lua_pushvalue(call.L, inner.table)
        set(key)
        return inner
    }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: StackEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        mutating func encodeNil(forKey key: Key) throws {}

        mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
            do throws(ConversionError) {
                if try StackEncoder.pushPlain(value, LuaStack(encoder.call)) { return encoder.set(key) }
            } catch {
                throw EncodingError.invalidValue(
                    value, error.context(codingPath + [key]))
            }
            try StackEncoder.push(value, encoder.call, CodingPlace(encoder.place, key))
            encoder.set(key)
        }

        /// The types that most fields have, without a look at the type.
        @inline(__always)
        private func plain<T: LuaConvertible>(_ value: T, _ key: Key) throws {
            do throws(ConversionError) { try value.push(to: LuaStack(encoder.call)) } catch {
                throw EncodingError.invalidValue(
                    value, error.context(codingPath + [key]))
            }
            encoder.set(key)
        }

        mutating func encode(_ value: Bool, forKey key: Key) throws { try plain(value, key) }
        mutating func encode(_ value: String, forKey key: Key) throws { try plain(value, key) }
        mutating func encode(_ value: Double, forKey key: Key) throws { try plain(value, key) }
        mutating func encode(_ value: Int, forKey key: Key) throws { try plain(value, key) }

        mutating func nestedContainer<N: CodingKey>(keyedBy type: N.Type, forKey key: Key) -> KeyedEncodingContainer<N>
        {
            encoder.nested(key).container(keyedBy: type)
        }
        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            encoder.nested(key).unkeyedContainer()
        }
        mutating func superEncoder() -> any Swift.Encoder { encoder }
        mutating func superEncoder(forKey key: Key) -> any Swift.Encoder { encoder.nested(key) }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let encoder: StackEncoder
        private(set) var count = 0
        var codingPath: [any CodingKey] { encoder.codingPath }

        init(encoder: StackEncoder) { self.encoder = encoder }

        mutating func encodeNil() throws { count += 1 }

        mutating func encode<T: Encodable>(_ value: T) throws {
            let key = ItemKey(count + 1)
            try StackEncoder.push(value, encoder.call, CodingPlace(encoder.place, key))
            count += 1
            encoder.set(key)
        }

        mutating func nestedContainer<N: CodingKey>(keyedBy type: N.Type) -> KeyedEncodingContainer<N> {
            count += 1
            return encoder.nested(ItemKey(count)).container(keyedBy: type)
        }
        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            count += 1
            return encoder.nested(ItemKey(count)).unkeyedContainer()
        }
        mutating func superEncoder() -> any Swift.Encoder {
            count += 1
            return encoder.nested(ItemKey(count))
        }
    }

    private struct Single: SingleValueEncodingContainer {
        let encoder: StackEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        mutating func encodeNil() throws {
            lua_pushnil(encoder.call.L)
            encoder.isPushed = true
        }

        mutating func encode<T: Encodable>(_ value: T) throws {
            try StackEncoder.push(value, encoder.call, encoder.place)
            encoder.isPushed = true
        }
    }
}

/// An argument of a `Decodable` type, whether or not that conforms to `LuaConvertible` as well.
struct Decoded<Content: Decodable & SendableMetatype>: LuaConvertible {
    let value: Content

    static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Decoded {
        if let type = Content.self as? any LuaConvertible.Type,
            let value = try type.read(index, from: stack) as? Content
        {
            return Decoded(value: value)
        }
        return Decoded(value: try StackDecoder.read(index, from: stack))
    }

    func push(to stack: borrowing LuaStack) throws(ConversionError) { stack.pushNil() }
}

/// The same for a value that is pushed.
struct Encoded<Content: Encodable & SendableMetatype>: LuaConvertible {
    let value: Content
    init(_ value: Content) { self.value = value }

    static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Encoded {
        throw ConversionError("\(Content.self) cannot be decoded")
    }

    func push(to stack: borrowing LuaStack) throws(ConversionError) {
        if let value = value as? any LuaConvertible { return try value.push(to: stack) }
        try StackEncoder.push(value, to: stack)
    }
}

extension Decoded: Sendable where Content: Sendable {}
extension Encoded: Sendable where Content: Sendable {}
