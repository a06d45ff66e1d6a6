import CFence
import CLua

/// The stack of a running state, for conversions: values at indices, counted from 1, or from the top by negative ones.
///
/// It is lent for the time of one call, on the state's own thread, and cannot be kept. No metamethod runs: tables are
/// read and written as they are. What is pushed is taken off by whoever asked for it.
public struct LuaStack: ~Copyable {
    @usableFromInline let call: HostCall

    @usableFromInline
    init(_ call: HostCall) { self.call = call }

    @usableFromInline
    var L: OpaquePointer {
        @inlinable @inline(__always) get { call.L }
    }

    /// The index of the value on top.
    public var top: Int32 { lua_gettop(L) }

    /// The index that stays the same when something is pushed.
    public func absolute(_ index: Int32) -> Int32 { lua_absindex(L, index) }

    /// Removes the values above the first `top`.
    public func cut(to top: Int32) { if top >= 0, top < lua_gettop(L) { lua_settop(L, top) } }

    /// Whether there is no value at `index`, or nil.
    @inlinable @inline(__always)
    public func isNil(_ index: Int32) -> Bool { lua_type(L, index) <= LUA_TNIL }

    /// Whether the value is a table.
    public func isTable(_ index: Int32) -> Bool { lua_type(L, index) == LUA_TTABLE }

    /// The type of the value as Lua names it in errors.
    public func typeName(_ index: Int32) -> String { call.typeName(index).description }

    /// The error for a value of another type: `integer expected, got string`.
    public func mismatch(_ expected: String, _ index: Int32) -> ConversionError {
        ConversionError("\(expected) expected, got \(typeName(index))")
    }

    // MARK: - Reading

    /// The value at `index`.
    @inlinable @inline(__always)
    public func read<T: LuaConvertible>(_ index: Int32, as type: T.Type = T.self) throws(ConversionError) -> T {
        try T.read(index, from: self)
    }

    /// The field of the table at `index`.
    public func field<T: LuaConvertible>(
        _ name: String, of index: Int32, as type: T.Type = T.self
    ) throws(ConversionError) -> T {
        guard lua_type(L, index) == LUA_TTABLE else { throw mismatch("table", index) }
        try reserve()
        let table = lua_absindex(L, index)
        pushKey(name)
        lua_rawget(L, table)
        defer { lua_pop_(L, 1) }
        do throws(ConversionError) { return try T.read(lua_gettop(L), from: self) } catch { throw error.inField(name) }
    }

    /// The number of items of the table at `index`.
    public func count(of index: Int32) -> Int { Int(lua_rawlen(L, index)) }

    /// The item of the table at `index`, counted from 1.
    public func item<T: LuaConvertible>(
        _ number: Int, of index: Int32, as type: T.Type = T.self
    ) throws(ConversionError) -> T {
        guard lua_type(L, index) == LUA_TTABLE else { throw mismatch("table", index) }
        try reserve()
        lua_rawgeti(L, index, lua_Integer(number))
        defer { lua_pop_(L, 1) }
        do throws(ConversionError) { return try T.read(lua_gettop(L), from: self) } catch { throw error.inItem(number) }
    }

    /// Calls `body` for each pair of the table at `index`, with the indices of the key and of the value, which it leaves
    /// where they are.
    public func forEach(
        in index: Int32, _ body: (_ key: Int32, _ value: Int32) throws(ConversionError) -> Void
    ) throws(ConversionError) {
        guard lua_type(L, index) == LUA_TTABLE else { throw mismatch("table", index) }
        try reserve()
        let table = lua_absindex(L, index)
        // The keys come first: `body` may run code of a script, and a traversal fails if that changes the table.
        lua_createtable(L, 0, 0)
        let keys = lua_gettop(L)
        defer { lua_settop(L, keys - 1) }
        var count: lua_Integer = 0
        lua_pushnil(L)
        while lua_next(L, table) != 0 {
            lua_pop_(L, 1)
            count += 1
            lua_pushvalue(L, -1)
            lua_rawseti(L, keys, count)
        }
        for number in stride(from: 1, through: count, by: 1) {
            if number & 63 == 0 { try reserve() }
            lua_rawgeti(L, keys, number)
            lua_pushvalue(L, -1)
            if lua_rawget(L, table) != LUA_TNIL { try body(keys + 1, keys + 2) }
            lua_settop(L, keys)
        }
    }

    /// The description of a key, for errors.
    func describeKey(_ index: Int32) -> String {
        lua_type(L, index) == LUA_TSTRING
            ? Stack(L).text(index).description : "[\(call.state.description(index, on: L))]"
    }

    // MARK: - Pushing

    /// Pushes a value.
    @inlinable @inline(__always)
    public func push<T: LuaConvertible>(_ value: T) throws(ConversionError) { try value.push(to: self) }

    /// Pushes nil.
    public func pushNil() { lua_pushnil(L) }

    /// Pushes an empty table with room for so many items and fields.
    public func pushTable(items: Int = 0, fields: Int = 0) throws(ConversionError) {
        try reserve()
        lua_createtable(L, Int32(clamping: max(items, 0)), Int32(clamping: max(fields, 0)))
    }

    /// Sets a field of the table on top.
    public func setField<T: LuaConvertible>(_ name: String, _ value: T) throws(ConversionError) {
        try reserve()
        guard isTable(-1) else { throw mismatch("table", -1) }
        pushKey(name)
        do throws(ConversionError) { try value.push(to: self) } catch {
            lua_pop_(L, 1)
            throw error.inField(name)
        }
        lua_rawset(L, -3)
    }

    /// Sets an item of the table on top, counted from 1.
    public func setItem<T: LuaConvertible>(_ number: Int, _ value: T) throws(ConversionError) {
        guard isTable(-1) else { throw mismatch("table", -1) }
        do throws(ConversionError) { try value.push(to: self) } catch { throw error.inItem(number) }
        lua_rawseti(L, -2, lua_Integer(number))
    }

    func pushKey(_ name: String) {
        var name = name
        name.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { _ = call.state.push($0.baseAddress, $0.count, on: L) }
        }
    }

    /// Makes room for the values of one level of a table. Throws if the task is to be ended, or outside of tasks if that
    /// is too often: a table that holds one value many times becomes as many values.
    func reserve() throws(ConversionError) {
        if call.withState({ state in
            if let owner = state.owner { return owner.mustEnd(call) }
            state.conversionsLeft -= 1
            return state.conversionsLeft < 0
        }) {
            throw ConversionError("interrupted")
        }
        if lua_checkstack(L, 8) == 0 || !CurrentThread.hasStack {
            throw ConversionError("the value is nested too deeply")
        }
    }

    // MARK: - Faults of host functions

    /// The fault for an argument, by its number.
    @usableFromInline @inline(never)
    func fault(argument: Int32, _ error: ConversionError) -> Fault { .argument(argument, ByteText(error.description)) }

    @usableFromInline @inline(never)
    func fault(result: Int32, _ error: ConversionError) -> Fault {
        .message("cannot return result #\(result) (\(error.description))")
    }

    /// The fault for what a host function threw.
    @usableFromInline @inline(never)
    func fault(_ error: any Error) -> Fault {
        if let error = error as? ConversionError { return .message(ByteText(error.description)) }
        return .script(ScriptError(hosting: error))
    }

    // MARK: - What the conversions share

    @usableFromInline @inline(never)
    func exactInteger(_ index: Int32) throws(ConversionError) -> Int {
        guard lua_type(L, index) == LUA_TNUMBER else { throw mismatch("integer", index) }
        if lua_isinteger(L, index) != 0 { return Int(lua_tointegerx(L, index, nil)) }
        guard let exact = Int(exactly: lua_tonumberx(L, index, nil)) else {
            throw ConversionError("number has no integer representation")
        }
        return exact
    }

    @usableFromInline @inline(never)
    func outOfRange<T>(_ value: Int, _ type: T.Type) -> ConversionError {
        ConversionError("\(value) is out of range for \(T.self)")
    }

    /// Whether a value of so many bytes may be made of the state's.
    func bytes(_ index: Int32) throws(ConversionError) -> UnsafeRawBufferPointer {
        guard lua_type(L, index) == LUA_TSTRING else { throw mismatch("string", index) }
        return Stack(L).bytes(index)
    }

    func push(bytes: UnsafeRawBufferPointer) throws(ConversionError) {
        guard call.state.push(bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, on: L) else {
            lua_pop_(L, 1)
            throw ConversionError("not enough memory")
        }
    }

    // MARK: - Host objects

    func object<T: AnyObject>(_ index: Int32, as type: T.Type) -> T? {
        if let object = exactObject(index, ObjectIdentifier(T.self)) {
            return Unmanaged<T>.fromOpaque(object).takeUnretainedValue()
        }
        return anyObject(index, as: type)
    }

    /// The object at `index` if it is one of that class, not of a subclass. Not retained.
    @usableFromInline
    func exactObject(_ index: Int32, _ wanted: ObjectIdentifier) -> UnsafeRawPointer? {
        guard let value = fence_argument(L, index), let record = fence_object_in(value),
            let described = record.pointee.type
        else { return nil }
        let isExact = Unmanaged<AnyHostType>.fromOpaque(described).borrow { $0.objectClass == wanted }
        return isExact ? UnsafeRawPointer(record.pointee.object) : nil
    }

    @usableFromInline
    func otherObject<T: LuaObject>(_ index: Int32) throws(ConversionError) -> T {
        guard let object = anyObject(index, as: T.self) else { throw mismatch("\(T.self)", index) }
        return object
    }

    /// For subclasses, and handles that are made when they are needed.
    @inline(never)
    private func anyObject<T: AnyObject>(_ index: Int32, as type: T.Type) -> T? {
        guard lua_type(L, index) == LUA_TUSERDATA else { return nil }
        return call.anyObject(index) as? T
    }

    func push(object: some LuaObject) throws(ConversionError) {
        try reserve()
        guard let type = call.state.hostTypes?.type(of: object) else {
            throw ConversionError("no module of this runtime has a Type for \(Swift.type(of: object))")
        }
        call.state.push(object, type, on: L)
    }
}

extension ScriptError {
    /// The error of a script for what a host function threw.
    init(hosting error: any Error) {
        if let error = error as? ScriptError {
            self = error
        } else {
            self.init(.error, ByteText(String(describing: error)))
            underlying = error
        }
    }
}
