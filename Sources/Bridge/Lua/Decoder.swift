import CFence
import CLua

/// Reads the values of a message onto a state's stack: the counterpart of `Encoder`. Every read is checked, since the
/// bytes may come from another process. Requiring a module runs Lua code; nothing else does.
struct Decoder {
    private let state: LuaState
    private let L: OpaquePointer
    private let bytes: UnsafeRawBufferPointer
    private let shared: [any Shareable]
    private var position = 0
    private var objectCount = 0
    private var declared = 0
    private var isFunction: [Bool] = []
    private var slots: Int32 = 0
    /// How many elements all tables so far have announced.
    private var announced = 0
    private var upvalues: [(function: Int, index: Int32)] = []
    /// The classes in this message (see `LuaState.classIdentity`): identity by object number.
    private var classes: [Int: Int64] = [:]
    private var known: Set<Int> = []
    private var metatables: [(table: Int, metatable: Int)] = []
    private static let slotCount = 64

    init(_ state: LuaState, _ L: OpaquePointer, _ bytes: UnsafeRawBufferPointer, shared: [any Shareable]) {
        self.state = state
        self.L = L
        self.bytes = bytes
        self.shared = shared
    }

    static let malformed = ScriptError(.error, "cannot receive value: malformed message")

    /// [-0, +count, -] On failure nothing is pushed.
    mutating func decode(count: Int) throws(ScriptError) {
        let top = lua_gettop(L)
        do throws(ScriptError) {
            try readTrailer()
            guard lua_checkstack(L, Int32(count + min(objectCount, Self.slotCount)) + 24) != 0 else {
                throw ScriptError(.memory, "too many values")
            }
            if objectCount > 1 { makeSlots() }
            let first = lua_gettop(L) + 1
            for _ in 0..<count { try read() }
            try readBodies()
            let moved = first - top - 1
            if moved > 0 {
                lua_rotate(L, top + 1, Int32(count))
                lua_settop(L, top + Int32(count))
            }
        } catch {
            lua_settop(L, top)
            throw error
        }
    }

    private mutating func readTrailer() throws(ScriptError) {
        guard bytes.count >= 8 else { throw Self.malformed }
        objectCount = Int(bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self))
        let classCount = Int(bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt32.self))
        guard objectCount <= bytes.count, classCount <= objectCount, classCount * 12 <= bytes.count - 8 else {
            throw Self.malformed
        }
        for i in 0..<classCount {
            let offset = bytes.count - 8 - (classCount - i) * 12
            let number = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            classes[number] = bytes.loadUnaligned(fromByteOffset: offset + 4, as: Int64.self)
        }
    }

    /// Makes places for the objects: the first ones are kept on the stack, the others in a table above those.
    private mutating func makeSlots() {
        slots = lua_gettop(L) + 1
        for _ in 0..<min(objectCount, Self.slotCount) { lua_pushnil(L) }
        if objectCount > Self.slotCount { lua_createtable(L, Int32(min(objectCount, 1 << 20)), 0) }
    }

    // MARK: - Values

    /// [-0, +1, -]
    private mutating func read() throws(ScriptError) {
        try read(tag: readTag())
    }

    @inline(__always)
    private mutating func read(tag: Tag) throws(ScriptError) {
        switch tag {
        case .integer:
            lua_pushinteger(L, try readNumber())
        case .short:
            let count = Int(try readNumber() as UInt8)
            try require(count)
            try requireMemory()
            lua_pushlstring(L, start.assumingMemoryBound(to: CChar.self), count)
            position += count
        case .float:
            lua_pushnumber(L, try readNumber())
        case .nil:
            lua_pushnil(L)
        case .false:
            lua_pushboolean(L, 0)
        case .true:
            lua_pushboolean(L, 1)
        default:
            try readObject(tag)
        }
    }

    /// Throws if the state has begun to use the memory that is set aside for the time in Swift. Between two calls
    /// little is allocated, so that is enough.
    private func requireMemory() throws(ScriptError) {
        guard !state.vm.pointee.starved else { throw ScriptError(.memory, "not enough memory") }
    }

    private mutating func readObject(_ tag: Tag) throws(ScriptError) {
        switch tag {
        case .string:
            let count = Int(try readNumber() as Int64)
            try require(count)
            guard state.push(start.assumingMemoryBound(to: CChar.self), count, on: L) else {
                throw ScriptError(.memory, "not enough memory")
            }
            position += count
        case .table:
            let array = try readNumber() as UInt32
            let pairs = try readNumber() as UInt32
            // Each element takes at least a byte, so all tables together cannot have more elements than there are
            // bytes.
            announced += Int(array) + Int(pairs)
            guard announced <= bytes.count else { throw Self.malformed }
            try requireMemory()
            try pushKnownClass(declared)
            guard array < 4096 && pairs < 1024 || MemoryBound.hasRoom(16 * Int(array) + 80 * Int(pairs)) else {
                throw ScriptError(.memory, "not enough memory")
            }
            if !known.contains(declared) { lua_createtable(L, Int32(clamping: array), Int32(clamping: pairs)) }
            try declare(isFunction: false)
        case .function:
            try readFunction()
        case .object:
            let number = Int(try readNumber() as UInt32)
            guard number < declared else { throw Self.malformed }
            pushObject(number)
        case .module:
            let hasMember = try readNumber() as UInt8 != 0
            let name = ModuleIndex.Name(module: try readText(), member: hasMember ? try readText() : nil)
            if name.module.isEmpty { return state.pushErrorMetatable(L) }
            try state.push(name, on: L)
        case .shared:
            let index = Int(try readNumber() as UInt32)
            guard shared.indices.contains(index) else { throw Self.malformed }
            try push(shared[index])
        default:
            throw Self.malformed
        }
    }

    private func push(_ object: any Shareable) throws(ScriptError) {
        if let lost = object as? Unreachable {
            throw ScriptError(.error, "cannot receive value: a \(lost.name) cannot leave its process")
        }
        if let object = (object as? any HostObject)?.arrive(in: state) {
            return state.push(object, object.hostType, on: L)
        }
        guard let type = state.hostTypes?.type(of: object) else { throw Self.malformed }
        state.push(object, type, on: L)
    }

    private mutating func readFunction() throws(ScriptError) {
        let count = Int(try readNumber() as Int64)
        try require(count)
        let status = luaL_loadbufferx(L, start.assumingMemoryBound(to: CChar.self), count, "=?", "b")
        guard status == LUA_OK else { throw Self.malformed }
        // Loading never runs the collector; pushing a string does if it is due.
        lua_pushstring(L, "")
        lua_pop_(L, 1)
        position += count
        try declare(isFunction: true)
    }

    /// [-0, +0, -] Notes the value on top as the next object.
    private mutating func declare(isFunction: Bool) throws(ScriptError) {
        guard declared < objectCount else { throw Self.malformed }
        guard state.hasRoom(forObjects: declared) else { throw ScriptError(.memory, "not enough memory") }
        self.isFunction.append(isFunction)
        if objectCount == 1 {
            slots = lua_gettop(L)
        } else {
            lua_pushvalue(L, -1)
            if declared < Self.slotCount {
                lua_replace_(L, slots + Int32(declared))
            } else {
                lua_rawseti(L, slots + Int32(Self.slotCount), lua_Integer(declared))
            }
        }
        declared += 1
    }

    private func pushObject(_ number: Int) {
        if number < Self.slotCount {
            lua_pushvalue(L, slots + Int32(number))
        } else {
            lua_rawgeti(L, slots + Int32(Self.slotCount), lua_Integer(number))
        }
    }

    /// [-0, +(0|1), -] Pushes the state's own copy of a class, if it has received that class before.
    private mutating func pushKnownClass(_ number: Int) throws(ScriptError) {
        if let identity = classes[number], state.pushClass(identity, on: L) { known.insert(number) }
    }

    // MARK: - Bodies

    private mutating func readBodies() throws(ScriptError) {
        var number = 0
        while true {
            while number < declared {
                if isFunction[number] { try readUpvalues(number) } else { try readFields(number) }
                number += 1
            }
            let tag = try readTag()
            if tag == .end { break }
            guard tag == .globals else { throw Self.malformed }
            let name = try readText()
            try read()
            state.importGlobal(name, on: L)
        }
        for (table, metatable) in metatables {
            pushObject(table)
            pushObject(metatable)
            guard lua_type(L, -1) == LUA_TTABLE, lua_type(L, -2) == LUA_TTABLE else { throw Self.malformed }
            fence_note_finalizer(L)
            lua_setmetatable(L, -2)
            lua_pop_(L, 1)
        }
        for (number, identity) in classes where number < declared && !known.contains(number) {
            pushObject(number)
            state.rememberClass(identity, on: L)
        }
    }

    private mutating func readFields(_ number: Int) throws(ScriptError) {
        // The body of a class that the state has already is read and dropped.
        if known.contains(number) { lua_createtable(L, 0, 0) } else { pushObject(number) }
        var index: lua_Integer = 1
        while true {
            let tag = try readTag()
            if tag == .end { break }
            if tag == .integers {
                try readIntegers(&index)
                continue
            }
            try read(tag: tag)
            lua_rawseti(L, -2, index)
            index += 1
        }
        while true {
            let tag = try readTag()
            if tag == .end { break }
            if tag == .metatable {
                try readMetatable(of: number)
                continue
            }
            try read(tag: tag)
            let isKey = lua_type(L, -1) != LUA_TNIL && (tag != .float || lua_rawequal(L, -1, -1) != 0)
            guard isKey else { throw Self.malformed }
            try read()
            lua_rawset(L, -3)
        }
        lua_pop_(L, 1)
    }

    private mutating func readIntegers(_ index: inout lua_Integer) throws(ScriptError) {
        let count = Int(try readNumber() as UInt32)
        guard count <= (bytes.count - position) / 8 else { throw Self.malformed }
        let filled = fence_fill_integers(L, -1, Int(index), count, start)
        for i in filled..<count {
            lua_pushinteger(L, bytes.loadUnaligned(fromByteOffset: position + i * 8, as: lua_Integer.self))
            lua_rawseti(L, -2, index + lua_Integer(i))
        }
        index += lua_Integer(count)
        position += count * 8
    }

    /// Metatables are set when everything is there, so that `__gc` and `__mode` count.
    private mutating func readMetatable(of number: Int) throws(ScriptError) {
        let tag = try readTag()
        let next = position
        try read(tag: tag)
        if known.contains(number) {
            // A known class keeps its own.
        } else if tag == .table {
            metatables.append((number, declared - 1))
        } else if tag == .object {
            metatables.append((number, Int(bytes.loadUnaligned(fromByteOffset: next, as: UInt32.self))))
        } else if lua_type(L, -1) == LUA_TTABLE {
            lua_pushvalue(L, -1)
            fence_note_finalizer(L)
            lua_setmetatable(L, -3)
        } else {
            throw Self.malformed
        }
        lua_pop_(L, 1)
    }

    private mutating func readUpvalues(_ number: Int) throws(ScriptError) {
        pushObject(number)
        let count = try readNumber() as UInt8
        for index in 1..<Int32(count) + 1 {
            let tag = try readTag()
            if tag == .globals {
                Stack(L).pushGlobals()
                if lua_setupvalue(L, -2, index) == nil { throw Self.malformed }
                continue
            }
            guard tag == .object else { throw Self.malformed }
            let identity = Int(try readNumber() as UInt32)
            guard identity <= upvalues.count else { throw Self.malformed }
            if identity == upvalues.count {
                upvalues.append((number, index))
                try read()
                if lua_setupvalue(L, -2, index) == nil { throw Self.malformed }
            } else {
                let first = upvalues[identity]
                pushObject(first.function)
                guard lua_upvalueid(L, -2, index) != nil else { throw Self.malformed }
                lua_upvaluejoin(L, -2, index, -1, first.index)
                lua_pop_(L, 1)
            }
        }
        lua_pop_(L, 1)
    }

    // MARK: - Primitives

    private var start: UnsafeRawPointer { bytes.baseAddress.unsafelyUnwrapped + position }

    @inline(__always)
    private func require(_ count: Int) throws(ScriptError) {
        if count < 0 || count > bytes.count - position { throw Self.malformed }
    }

    @inline(__always)
    private mutating func readNumber<T: BitwiseCopyable>() throws(ScriptError) -> T {
        try require(MemoryLayout<T>.size)
        defer { position += MemoryLayout<T>.size }
        return bytes.loadUnaligned(fromByteOffset: position, as: T.self)
    }

    @inline(__always)
    private mutating func readTag() throws(ScriptError) -> Tag {
        guard position < bytes.count, let tag = Tag(rawValue: bytes[position]) else { throw Self.malformed }
        position += 1
        return tag
    }

    private mutating func readText() throws(ScriptError) -> ByteText {
        let count = Int(try readNumber() as UInt32)
        try require(count)
        defer { position += count }
        return ByteText(UnsafeRawBufferPointer(start: start, count: count))
    }
}
