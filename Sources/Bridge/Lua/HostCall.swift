import CFence
import CLua

/// One call of a host function: its arguments, its results, its state. Valid until the function returns; after a wait
/// the resumption gets a new one. Owned by the state's thread.
@usableFromInline
struct HostCall {
    @usableFromInline let L: OpaquePointer
    @usableFromInline let vm: UnsafeMutablePointer<fence_vm>

    init(L: OpaquePointer, vm: UnsafeMutablePointer<fence_vm>) {
        self.L = L
        self.vm = vm
    }

    /// On that stack of the open state.
    init(L: OpaquePointer, memory: StateMemory) { self.init(L: L, vm: memory.vm) }

    var state: LuaState {
        // Sound: a state outlives everything that runs in it.
        Unmanaged<LuaState>.fromOpaque(vm.pointee.owner).takeUnretainedValue()
    }

    @inline(__always)
    func withState<R>(_ body: (LuaState) -> R) -> R { Unmanaged<LuaState>.fromOpaque(vm.pointee.owner).borrow(body) }

    /// How many operations the running task may still do at once while others wait.
    var budget: Int32 {
        @inline(__always) get { vm.pointee.budget }
        @inline(__always) nonmutating set { vm.pointee.budget = newValue }
    }

    /// The state has sent, or received, one more message of a channel.
    @inline(__always)
    func countSent() { vm.pointee.sent &+= 1 }
    @inline(__always)
    func countReceived() { vm.pointee.received &+= 1 }

    /// The result is something that scripts mark as to be closed: an interrupt does not come before they can.
    @inline(__always)
    func givesUnmarked() { vm.pointee.unmarked = 1 }

    /// What `StateMemory.setOwner` was given, which has to be of that class.
    @inline(__always)
    func owner<T: AnyObject>(as type: T.Type) -> T {
        Unmanaged<T>.fromOpaque(vm.pointee.worker).takeUnretainedValue()
    }

    /// Whether nobody takes the results, or those of the Lua function that calls. May be false where nobody does.
    @inline(__always)
    var dropsResults: Bool { fence_drops_results(L) }
    @inline(__always)
    var callerDropsResults: Bool { fence_caller_drops_results(L) }

    /// Whether the task may be suspended here; otherwise a wait holds up the thread.
    var canSuspend: Bool { fence_can_suspend(vm, L) }

    /// Calls the body with it, without counting a reference.
    @inline(__always)
    func withOwner<T: AnyObject, R, Failure: Error>(
        as type: T.Type, _ body: (T) throws(Failure) -> R
    ) throws(Failure) -> R {
        try Unmanaged<T>.fromOpaque(vm.pointee.worker).borrow(body)
    }

    var stack: Stack {
        @inline(__always) get { Stack(L) }
    }

    var count: Int32 { lua_gettop(L) }
    @inline(__always)
    func kind(_ index: Int32) -> ValueKind { ValueKind(lua_type(L, index)) }
    func isNone(_ index: Int32) -> Bool { lua_type(L, index) <= LUA_TNIL }

    /// The type of a value as Lua's own messages name it: the `__name` of its metatable if it has one.
    func typeName(_ index: Int32) -> ByteText {
        if luaL_getmetafield(L, index, "__name") == LUA_TSTRING {
            defer { lua_pop_(L, 1) }
            return text(-1)
        }
        if lua_type(L, index) == LUA_TLIGHTUSERDATA { return "light userdata" }
        return ByteText(cString: lua_typename(L, lua_type(L, index)))
    }

    // MARK: Arguments

    func integer(_ index: Int32) throws(Fault) -> Int {
        var isInteger: Int32 = 0
        let value = lua_tointegerx(L, index, &isInteger)
        if isInteger != 0 { return Int(value) }
        if lua_isnumber(L, index) != 0 { throw .argument(index, "number has no integer representation") }
        throw .type(index, "number")
    }

    func number(_ index: Int32) throws(Fault) -> Double {
        guard lua_type(L, index) == LUA_TNUMBER else { throw .type(index, "number") }
        return lua_tonumberx(L, index, nil)
    }

    /// Seconds: any number but NaN.
    func seconds(_ index: Int32) throws(Fault) -> Double {
        let value = try number(index)
        if value.isNaN { throw .argument(index, "number expected, got NaN") }
        return value
    }

    /// A delay: finite seconds. A negative one counts as zero.
    func delay(_ index: Int32) throws(Fault) -> TimeSpan {
        let value = try seconds(index)
        if value == .infinity { throw .argument(index, "finite number expected, got inf") }
        return max(.zero, TimeSpan(seconds: value))
    }

    func boolean(_ index: Int32) -> Bool { lua_toboolean(L, index) != 0 }

    func string(_ index: Int32) throws(Fault) -> ByteText {
        guard lua_type(L, index) == LUA_TSTRING else { throw .type(index, "string") }
        return text(index)
    }

    func text(_ index: Int32) -> ByteText { ByteText(bytes(index)) }

    /// The bytes of a string (only a string), valid while it is on the stack.
    func bytes(_ index: Int32) -> UnsafeRawBufferPointer {
        var count = 0
        let start = lua_tolstring(L, index, &count)
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    func function(_ index: Int32) throws(Fault) {
        guard lua_type(L, index) == LUA_TFUNCTION else { throw .type(index, "function") }
    }

    /// A value to be called: a function, or something with `__call`.
    func callable(_ index: Int32) throws(Fault) {
        guard isCallable(index) else { throw .type(index, "function") }
    }

    func isCallable(_ index: Int32) -> Bool {
        if lua_type(L, index) == LUA_TFUNCTION { return true }
        guard luaL_getmetafield(L, index, "__call") != LUA_TNIL else { return false }
        lua_pop_(L, 1)
        return true
    }

    /// A host object of that type.
    @inline(__always)
    func object<T: AnyObject>(_ index: Int32, _ type: HostType<T>) throws(Fault) -> T {
        if let object = objectIfAny(index, type) { return object }
        return try madeObject(index, type)
    }

    @inline(never)
    private func madeObject<T: AnyObject>(_ index: Int32, _ type: HostType<T>) throws(Fault) -> T {
        guard state.makeObject(at: index, on: L), let object = objectIfAny(index, type) else {
            throw .type(index, ByteText(type.name))
        }
        return object
    }

    /// The host object, not retained: the value must stay on the stack meanwhile. Nil for any other value.
    @inline(__always)
    func unretainedObject<T: AnyObject>(_ index: Int32, _ type: HostType<T>) -> Unmanaged<T>? {
        guard let record = fence_object_at(L, index), record.pointee.type == type.identity,
            let object = record.pointee.object
        else { return nil }
        return Unmanaged<T>.fromOpaque(object)
    }

    /// The task for which a userdata stands that has no handle yet. Not retained, as above.
    @inline(__always)
    func unretainedTask<T: AnyObject>(_ index: Int32, as type: T.Type) -> Unmanaged<T>? {
        guard let record = fence_object_at(L, index), record.pointee.type == nil, let task = record.pointee.object
        else { return nil }
        return Unmanaged<T>.fromOpaque(task)
    }

    /// A host object of one of three types of the same class.
    @inline(__always)
    func objectIfAny<T: AnyObject>(_ index: Int32, _ a: HostType<T>, _ b: HostType<T>, _ c: HostType<T>) -> T? {
        guard let record = state.record(index, on: L), let object = record.pointee.object,
            let type = record.pointee.type, type == a.identity || type == b.identity || type == c.identity
        else { return nil }
        return Unmanaged<T>.fromOpaque(object).takeUnretainedValue()
    }

    @inline(__always)
    func objectIfAny<T: AnyObject>(_ index: Int32, _ type: HostType<T>) -> T? {
        guard let record = state.record(index, on: L), let object = record.pointee.object,
            record.pointee.type == type.identity
        else { return nil }
        return Unmanaged<T>.fromOpaque(object).takeUnretainedValue()
    }

    /// Any host object.
    func anyObject(_ index: Int32) -> AnyObject? {
        _ = state.makeObject(at: index, on: L)
        guard let object = state.record(index, on: L)?.pointee.object else { return nil }
        return Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue()
    }

    /// The descriptor of the open file at `index`. What the C library has buffered for it is written out first.
    func file(_ index: Int32) -> File {
        switch fence_file_descriptor(L, index) {
        case -1: .closed
        case let number where number < 0: .none
        case let number: .open(number)
        }
    }

    enum File {
        case open(Int32), closed
        /// The value is no file.
        case none
    }

    /// [-?, +0, -] Removes all values above the first `count`.
    func dropArguments(after count: Int32) { lua_settop(L, count) }

    // MARK: Results

    func push(_ value: Bool) { lua_pushboolean(L, value ? 1 : 0) }
    func push(_ value: Int) { lua_pushinteger(L, lua_Integer(value)) }
    func push(_ value: Double) { lua_pushnumber(L, value) }
    func pushNil() { lua_pushnil(L) }

    func push(_ value: ByteText) { state.push(value, on: L) }
    /// A string of luaconc's own.
    func push(word: String) { state.push(word: word, on: L) }
    func pushError(_ error: ScriptError) { state.push(error, on: L) }
    func push<T: AnyObject>(_ object: T, _ type: HostType<T>) { state.push(object, type, on: L) }

    /// Returns nil and the word, as a wait does that runs out of time.
    func failure(_ word: String) -> Outcome {
        pushNil()
        push(word: word)
        return .results(2)
    }

    // MARK: Options

    /// The table of options at `index`. Throws if there is no table, or it has an option that is not among `known`.
    /// `withList`: the table may be a list as well.
    func options(_ index: Int32, known: [String], withList: Bool = false) throws(Fault) -> Options {
        guard lua_type(L, index) == LUA_TTABLE else { throw .type(index, "table") }
        lua_pushnil(L)
        while lua_next(L, index) != 0 {
            lua_pop_(L, 1)
            if withList, lua_isinteger(L, -1) != 0 { continue }
            guard lua_type(L, -1) == LUA_TSTRING, case let name = text(-1).description, known.contains(name) else {
                _ = fence_tostring(vm, L, -1)
                let list = known.joined(separator: ", ")
                throw .argument(index, "unknown option '\(text(-1))' (known options: \(list))")
            }
        }
        return Options(call: self, index: index)
    }

    /// A table of options in an argument.
    struct Options {
        let call: HostCall
        let index: Int32

        /// Pushes the value. False, with nothing pushed, if there is none.
        func push(_ name: String) -> Bool {
            call.push(word: name)
            if lua_rawget(call.L, index) != LUA_TNIL { return true }
            lua_pop_(call.L, 1)
            return false
        }

        func wrong(_ name: String, _ expected: ByteText) -> Fault {
            .argument(index, "option '\(name)': \(expected)")
        }

        func string(_ name: String) throws(Fault) -> ByteText? {
            guard push(name) else { return nil }
            defer { lua_pop_(call.L, 1) }
            guard call.kind(-1) == .string else { throw wrong(name, "string expected, got \(call.typeName(-1))") }
            let count = call.bytes(-1).count
            guard count < 64 << 10 || MemoryBound.hasRoom(4 * count) else { throw .memory }
            return call.text(-1)
        }

        func boolean(_ name: String) throws(Fault) -> Bool? {
            guard push(name) else { return nil }
            defer { lua_pop_(call.L, 1) }
            guard call.kind(-1) == .boolean else { throw wrong(name, "boolean expected, got \(call.typeName(-1))") }
            return call.boolean(-1)
        }

        func number(_ name: String) throws(Fault) -> Double? {
            guard push(name) else { return nil }
            defer { lua_pop_(call.L, 1) }
            guard call.kind(-1) == .number else { throw wrong(name, "number expected, got \(call.typeName(-1))") }
            let value = lua_tonumberx(call.L, -1, nil)
            if value.isNaN { throw wrong(name, "number expected, got NaN") }
            return value
        }

        func integer(_ name: String) throws(Fault) -> Int? {
            guard let value = try number(name), push(name) else { return nil }
            defer { lua_pop_(call.L, 1) }
            var isInteger: Int32 = 0
            let exact = lua_tointegerx(call.L, -1, &isInteger)
            guard isInteger != 0 else { throw wrong(name, "integer expected, got \(value)") }
            return Int(exact)
        }

        /// An option whose value has to be one of the words.
        func word(_ name: String, _ words: [String]) throws(Fault) -> String? {
            guard let value = try string(name) else { return nil }
            let word = value.description
            guard words.contains(word) else {
                let list = words.map { "'\($0)'" }.joined(separator: ", ")
                throw wrong(name, "one of \(list) expected, got '\(value)'")
            }
            return word
        }

        /// A size in bytes: a number, or text such as "64M".
        func bytes(_ name: String) throws(Fault) -> Int? {
            guard push(name) else { return nil }
            defer { lua_pop_(call.L, 1) }
            if call.kind(-1) == .number {
                let value = lua_tonumberx(call.L, -1, nil)
                if value == .infinity { return .max }
                if let exact = Int(exactly: value), exact > 0 { return exact }
            } else if call.kind(-1) == .string, let size = ByteCount.parse(call.text(-1).description) {
                return size
            }
            _ = fence_tostring(call.vm, call.L, -1)
            let shown = call.text(-1)
            lua_pop_(call.L, 1)
            throw wrong(name, "bytes or a size such as \"64M\" expected, got \(shown)")
        }

        /// Pushes the function. False, with nothing pushed, if there is none.
        func function(_ name: String) throws(Fault) -> Bool {
            guard push(name) else { return false }
            guard call.kind(-1) == .function else {
                throw wrong(name, "function expected, got \(call.typeName(-1))")
            }
            return true
        }
    }
}

/// Sizes as people write them.
enum ByteCount {
    /// "512", "16K", "64M", "2G", in powers of 1024; nil for anything else.
    static func parse(_ text: String) -> Int? {
        var digits = Substring(text)
        var shift = 0
        if let unit = digits.last, let index = "KMGT".firstIndex(of: Character(unit.uppercased())) {
            shift = ("KMGT".distance(from: "KMGT".startIndex, to: index) + 1) * 10
            digits.removeLast()
        }
        guard let number = Int(digits), number > 0, number <= Int.max >> shift else { return nil }
        return number << shift
    }
}
