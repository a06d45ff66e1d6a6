import CFence
import CLua

/// Writes values from a state's stack into bytes. See `Tag` for the format. It uses no recursion: depth costs memory
/// only. No Lua code runs meanwhile, so the values do not change.
struct Encoder: ~Copyable {
    let state: LuaState
    let L: OpaquePointer
    var buffer: ByteBuffer
    var shared: [any Shareable] = []
    /// Whether the script's globals that functions name are sent along.
    var followsGlobals = true
    /// Whether the message goes to another process: objects that cannot leave this one are refused.
    var leavesProcess = false
    private let graph: MessageGraph
    private var written = 0  // objects whose bodies are written
    private var slots: Int32 = 0  // the stack index of object 0; the next ones follow, then the table with the others
    private var firstRoot: Int32 = 0
    private var global: ByteText?  // the global variable that is being written
    private static let slotCount = 64

    /// Takes over the buffer; `finish` gives it back.
    init(_ state: LuaState, _ L: OpaquePointer, _ buffer: consuming ByteBuffer) {
        self.state = state
        self.L = L
        self.buffer = buffer
        graph = state.graph ?? MessageGraph()
        state.graph = nil  // a finalizer that sends while this one encodes makes another
        graph.clear()
    }

    consuming func finish() -> ByteBuffer {
        state.graph = graph
        return buffer
    }

    /// What the root values are, for the names in errors: `args[2]`, `value`.
    enum Root {
        case value
        case arguments
        case results
        case function
    }

    /// Writes the values from `first` to `last`. After a failure the bytes are of no use.
    mutating func encode(_ first: Int32, _ last: Int32, as root: Root) throws(Fault) {
        let top = lua_gettop(L)
        guard lua_checkstack(L, 32 + Int32(Self.slotCount)) != 0 else { throw .memory }
        defer { lua_settop(L, top) }
        firstRoot = first
        if first <= last {
            for index in first...last { try write(index, parent: -1, root, number: Int(index - first) + 1) }
        }
        repeat {
            while written < graph.count {
                try writeBody(written, root)
                written += 1
            }
        } while try writeNextGlobal(root)
        buffer.append(.end)
        writeTrailer()
        if buffer.failed { throw .memory }
    }

    // MARK: - Values

    /// `number` is the position of a root value; `parent` the object that holds any other.
    @inline(__always)
    private mutating func write(
        _ index: Int32, parent: Int, _ root: Root, number: Int = 0, key: lua_Integer? = nil
    ) throws(Fault) {
        switch lua_type(L, index) {
        case LUA_TNUMBER:
            if lua_isinteger(L, index) != 0 {
                buffer.append(.integer, lua_tointegerx(L, index, nil))
            } else {
                buffer.append(.float, lua_tonumberx(L, index, nil))
            }
        case LUA_TSTRING:
            writeString(index)
        case LUA_TBOOLEAN:
            buffer.append(lua_toboolean(L, index) != 0 ? .true : .false)
        case LUA_TNIL:
            buffer.append(.nil)
        default:
            try writeObject(index, parent: parent, root, number: number, key: key)
        }
    }

    @inline(__always)
    private mutating func writeString(_ index: Int32) {
        var count = 0
        guard let bytes = lua_tolstring(L, index, &count) else { return }
        if count < 256 {
            guard buffer.reserve(2 + count) else { return }
            let place = buffer.start + buffer.count
            place.storeBytes(of: Tag.short.rawValue, as: UInt8.self)
            place.storeBytes(of: UInt8(truncatingIfNeeded: count), toByteOffset: 1, as: UInt8.self)
            (place + 2).copyMemory(from: bytes, byteCount: count)
            buffer.count += 2 + count
        } else {
            buffer.append(.string, Int64(count))
            buffer.append(bytes, count)
        }
    }

    private mutating func writeObject(
        _ index: Int32, parent: Int, _ root: Root, number: Int, key: lua_Integer?
    ) throws(Fault) {
        let index = lua_absindex(L, index)
        let type = lua_type(L, index)
        if type == LUA_TTABLE || type == LUA_TFUNCTION, let address = lua_topointer(L, index) {
            if let known = graph.number(of: address) { return buffer.append(.object, UInt32(known)) }
            if isErrorMetatable(address) { return writeModule(.init(module: "", member: nil)) }
            if let name = state.moduleIndex.name(of: index, on: L) { return writeModule(name) }
            if type == LUA_TTABLE { return try declareTable(index, address, parent) }
            if lua_iscfunction(L, index) == 0 { return try declareFunction(index, address, parent) }
        } else if type == LUA_TUSERDATA, let object = host(index), !leavesProcess || canLeave(object) {
            state.remember(object, at: index, on: L)
            buffer.append(.shared, UInt32(shared.count))
            guard let object = object as? any HostObject else { return shared.append(object) }
            object.prepareToLeave(state, L)
            return shared.append(object.traveller)
        } else if type == LUA_TLIGHTUSERDATA, let name = state.moduleIndex.name(of: index, on: L) {
            return writeModule(name)
        }
        let path = path(to: index, parent: parent, root, number: number, key: key)
        throw .message("cannot send value: \(path) is \(describe(index))")
    }

    private func host(_ index: Int32) -> (any Shareable)? {
        _ = state.makeObject(at: index, on: L)
        guard let object = state.record(index, on: L)?.pointee.object else { return nil }
        return Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue() as? any Shareable
    }

    private func canLeave(_ object: any Shareable) -> Bool {
        (object as? any HostObject)?.crossesProcesses ?? false
    }

    private func isErrorMetatable(_ address: UnsafeRawPointer) -> Bool {
        lua_rawgetp(L, Registry.index, Registry.error)
        defer { lua_pop_(L, 1) }
        return lua_topointer(L, -1) == address
    }

    private mutating func writeModule(_ name: ModuleIndex.Name) {
        buffer.append(.module, UInt8(name.member == nil ? 0 : 1))
        buffer.append(text: name.module)
        if let member = name.member { buffer.append(text: member) }
    }

    private func describe(_ index: Int32) -> ByteText {
        switch lua_type(L, index) {
        case LUA_TTHREAD: return "a coroutine"
        case LUA_TFUNCTION: return "a C function"
        case LUA_TLIGHTUSERDATA: return "a light userdata"
        default:
            guard luaL_getmetafield(L, index, "__name") == LUA_TSTRING else { return "a userdata" }
            defer { lua_pop_(L, 1) }
            let name = Stack(L).text(-1)
            let article = name.bytes.first.map("aei".utf8.contains) == true ? "an" : "a"
            if host(index) != nil { return "\(article) \(name), which cannot leave its process" }
            return name == "FILE*" ? "a file handle" : "a userdata (\(name))"
        }
    }

    // MARK: - Declarations

    private mutating func declareTable(_ index: Int32, _ address: UnsafeRawPointer, _ parent: Int) throws(Fault) {
        buffer.append(.table, UInt64(0))
        try declare(index, .init(address: address, parent: parent, isFunction: false, declaration: buffer.count - 8))
    }

    private mutating func declareFunction(_ index: Int32, _ address: UnsafeRawPointer, _ parent: Int) throws(Fault) {
        buffer.append(.function, Int64(0))
        let start = buffer.count
        lua_pushvalue(L, index)
        withUnsafeMutablePointer(to: &buffer) { buffer in
            _ = lua_dump(L, appendDump, buffer, 0)
        }
        lua_pop_(L, 1)
        if buffer.failed { throw .memory }
        let end = buffer.count
        buffer.patch(Int64(end - start), at: start - 8)
        if followsGlobals { noteGlobals(index, start, end) }
        try declare(index, .init(address: address, parent: parent, isFunction: true, declaration: start))
    }

    /// Keeps the object until its body is written: the first ones on the stack, below what is pushed at this moment,
    /// the others in a table. Values above move up, so nothing here may keep absolute indices above `slots`.
    private mutating func declare(_ index: Int32, _ entry: MessageGraph.Entry) throws(Fault) {
        let number = graph.count
        guard state.hasRoom(forObjects: number) else { throw .memory }
        graph.add(entry)
        if number == 0 { slots = lua_gettop(L) + 1 }
        if number == Self.slotCount {
            lua_createtable(L, Int32(Self.slotCount), 0)
            lua_insert_(L, slots + Int32(number))
        }
        let index = number == Self.slotCount && index >= slots ? index + 1 : index
        lua_pushvalue(L, index)
        if number < Self.slotCount {
            lua_insert_(L, slots + Int32(number))
        } else {
            lua_rawseti(L, slots + Int32(Self.slotCount), lua_Integer(number))
        }
    }

    /// [-0, +1, -]
    private func pushObject(_ number: Int) {
        if number < Self.slotCount {
            lua_pushvalue(L, slots + Int32(number))
        } else {
            lua_rawgeti(L, slots + Int32(Self.slotCount), lua_Integer(number))
        }
    }

    // MARK: - Bodies

    private mutating func writeBody(_ number: Int, _ root: Root) throws(Fault) {
        pushObject(number)
        if graph.entries[number].isFunction {
            try writeUpvalues(number, root)
        } else {
            try writeFields(number, root)
        }
        lua_pop_(L, 1)
    }

    /// Writes the table on top: the items 1, 2, 3 … without keys, as far as they come in that order; then the rest as
    /// pairs; then the metatable.
    private mutating func writeFields(_ number: Int, _ root: Root) throws(Fault) {
        var expected: lua_Integer = 1
        var pairs: UInt32 = 0
        var isArray = true
        var hasMetafields = false
        let length = lua_Integer(lua_rawlen(L, -1))
        if length >= Self.longArray, length <= fence_array_size(L, -1) {
            try writeArray(length, number, root)
            expected = length + 1
            lua_pushinteger(L, length)
        } else {
            lua_pushnil(L)
        }
        while lua_next(L, -2) != 0 {
            if isArray {
                if lua_isinteger(L, -2) != 0, lua_tointegerx(L, -2, nil) == expected {
                    try write(-1, parent: number, root)
                    expected += 1
                    lua_pop_(L, 1)
                    continue
                }
                isArray = false
                buffer.append(.end)
            }
            if lua_type(L, -2) == LUA_TSTRING {
                writeString(-2)
                if !hasMetafields { hasMetafields = isMetafield(-2) }
            } else {
                try write(-2, parent: number, root, number: -1)
            }
            try write(-1, parent: number, root)
            pairs += 1
            lua_pop_(L, 1)
        }
        if isArray { buffer.append(.end) }
        if lua_getmetatable(L, -1) != 0 {
            buffer.append(.metatable)
            try write(-1, parent: number, root, number: -2)
            if let address = lua_topointer(L, -1), let metatable = graph.number(of: address) {
                graph.markClass(metatable)
            }
            lua_pop_(L, 1)
        }
        buffer.append(.end)
        if hasMetafields { graph.markClass(number) }
        let sizes = UInt64(UInt32(truncatingIfNeeded: expected - 1)) | UInt64(pairs) << 32
        buffer.patch(sizes, at: graph.entries[number].declaration)
    }

    private static let longArray: lua_Integer = 16
    private static let longestRun: lua_Integer = 1 << 16

    /// Writes the elements in the array part of the table on top. A run of integers is written without a tag for each.
    private mutating func writeArray(_ length: lua_Integer, _ number: Int, _ root: Root) throws(Fault) {
        var index: lua_Integer = 1
        while true {
            index += try writeIntegers(index, min(length, index + Self.longestRun - 1))
            guard index <= length else { break }
            lua_rawgeti(L, -1, index)
            try write(-1, parent: number, root, key: index)
            lua_pop_(L, 1)
            index += 1
        }
    }

    /// Writes the integers from `first` on, up to `last` or the first other value. Returns how many.
    private mutating func writeIntegers(_ first: lua_Integer, _ last: lua_Integer) throws(Fault) -> lua_Integer {
        guard buffer.reserve(5 + 8 * Int(last - first + 1)) else { throw .memory }
        let run = fence_read_integers(L, -1, Int(first), Int(last), buffer.start + buffer.count + 5)
        if run > 0 {
            buffer.append(.integers, UInt32(truncatingIfNeeded: run))
            buffer.count += 8 * run
        }
        return lua_Integer(run)
    }

    /// Whether a key begins like `__index`: its table is a metatable then, and keeps its identity.
    @inline(__always)
    private func isMetafield(_ index: Int32) -> Bool {
        guard let key = lua_tolstring(L, index, nil) else { return false }
        return key[0] == 0x5f && key[1] == 0x5f
    }

    /// Writes the upvalues of the function on top. One that several functions share is written with the first of them.
    private mutating func writeUpvalues(_ number: Int, _ root: Root) throws(Fault) {
        let count = buffer.count
        buffer.append(UInt8(0))
        var index: Int32 = 1
        while lua_getupvalue(L, -1, index) != nil {
            if isGlobals(-1) {
                buffer.append(.globals)
            } else {
                let (identity, isNew) = graph.upvalue(lua_upvalueid(L, -2, index))
                buffer.append(.object, identity)
                if isNew { try write(-1, parent: number, root, number: Int(index)) }
            }
            lua_pop_(L, 1)
            index += 1
        }
        buffer.patch(UInt8(truncatingIfNeeded: index - 1), at: count)
    }

    private func isGlobals(_ index: Int32) -> Bool {
        guard lua_type(L, index) == LUA_TTABLE else { return false }
        let address = lua_topointer(L, index)
        Stack(L).pushGlobals()
        defer { lua_pop_(L, 1) }
        return lua_topointer(L, -1) == address
    }

    // MARK: - Globals

    /// Notes the names of globals that a function uses, if it has the state's globals for an upvalue at all.
    private func noteGlobals(_ index: Int32, _ start: Int, _ end: Int) {
        var environments: Set<Int> = []
        var upvalue: Int32 = 1
        while lua_getupvalue(L, index, upvalue) != nil {
            if isGlobals(-1) { environments.insert(Int(upvalue) - 1) }
            lua_pop_(L, 1)
            upvalue += 1
        }
        guard !environments.isEmpty else { return }
        let dump = UnsafeRawBufferPointer(start: buffer.start + start, count: end - start)
        for name in Bytecode.globals(in: dump, environments: environments) { graph.use(global: name) }
    }

    /// Writes the next global variable of the script that a function of this message names; false when none is left.
    private mutating func writeNextGlobal(_ root: Root) throws(Fault) -> Bool {
        while let name = graph.globals.popLast() {
            Stack(L).pushGlobals()
            Stack(L).pushField(name, of: -1)
            lua_remove_(L, -2)
            if lua_type(L, -1) == LUA_TNIL || Stack(L).isStandard(name, -1) {
                lua_pop_(L, 1)
                continue
            }
            buffer.append(.globals)
            buffer.append(text: name)
            global = name
            graph.begin(global: name)
            defer { global = nil }
            try write(-1, parent: -1, root)
            lua_pop_(L, 1)
            return true
        }
        return false
    }

    // MARK: - The end

    /// Writes which objects are classes, with their identities, and how many objects there are.
    private mutating func writeTrailer() {
        let classes = graph.count == 0 ? [] : graph.classes
        for number in classes {
            pushObject(number)
            buffer.append(UInt32(number))
            buffer.append(state.classIdentity(-1, on: L))
            lua_pop_(L, 1)
        }
        buffer.append(UInt32(classes.count))
        buffer.append(UInt32(graph.count))
    }

    // MARK: - Paths

    /// Where the value at `index` is found in what was to be sent, for an error. It may take long.
    private func path(to index: Int32, parent: Int, _ root: Root, number: Int, key: lua_Integer?) -> ByteText {
        if let global { return Self.globalName(global) }
        if parent < 0 { return Self.rootName(root, number) }
        let holder = path(of: parent, root)
        if graph.entries[parent].isFunction {
            pushObject(parent)
            defer { lua_pop_(L, 1) }
            guard let name = lua_getupvalue(L, -1, Int32(number)) else { return holder }
            lua_pop_(L, 1)
            return Self.upvalueName(holder, ByteText(cString: name), root)
        }
        if number == -1 { return "a key of \(holder)" }
        if number == -2 { return "the metatable of \(holder)" }
        if let key { return "\(holder)[\(key)]" }
        return holder + keyName(-2)
    }

    private static func rootName(_ root: Root, _ number: Int) -> ByteText {
        switch root {
        case .value: "value"
        case .arguments: number == 1 ? "function" : "args[\(number - 1)]"
        case .results: "results[\(number)]"
        case .function: "function"
        }
    }

    private static func upvalueName(_ holder: ByteText, _ name: ByteText, _ root: Root) -> ByteText {
        holder == "function" ? "upvalue '\(name)'" : "upvalue '\(name)' of \(holder)"
    }

    /// The path to an object: searches its parent for it.
    private func path(of number: Int, _ root: Root) -> ByteText {
        let entry = graph.entries[number]
        guard entry.parent >= 0 else { return rootPath(number, root) }
        let holder = path(of: entry.parent, root)
        lua_checkstack(L, 6)
        pushObject(entry.parent)
        defer { lua_pop_(L, 1) }
        if graph.entries[entry.parent].isFunction {
            var index: Int32 = 1
            while let name = lua_getupvalue(L, -1, index) {
                defer { lua_pop_(L, 1) }
                if lua_topointer(L, -1) == entry.address {
                    return Self.upvalueName(holder, ByteText(cString: name), root)
                }
                index += 1
            }
            return holder
        }
        lua_pushnil(L)
        while lua_next(L, -2) != 0 {
            if lua_topointer(L, -1) == entry.address, lua_type(L, -1) >= LUA_TTABLE {
                defer { lua_pop_(L, 2) }
                return holder + keyName(-2)
            }
            lua_pop_(L, 1)
        }
        return "the metatable of \(holder)"
    }

    private func rootPath(_ number: Int, _ root: Root) -> ByteText {
        let address = graph.entries[number].address
        for index in firstRoot..<max(firstRoot, slots) where lua_topointer(L, index) == address {
            return Self.rootName(root, Int(index - firstRoot) + 1)
        }
        return graph.global(of: number).map(Self.globalName) ?? "a global"
    }

    private static func globalName(_ name: ByteText) -> ByteText { "global '\(name)'" }

    private func keyName(_ index: Int32) -> ByteText {
        switch lua_type(L, index) {
        case LUA_TSTRING:
            let key = Stack(L).text(index)
            let isName =
                key.bytes.first.map { !(0x30...0x39).contains($0) } == true
                && key.bytes.allSatisfy {
                    $0 == 0x5f || (0x30...0x39).contains($0) || (0x41...0x5a).contains($0 & 0xdf)
                }
            return isName ? ".\(key)" : "[\(Self.quoted(key))]"
        case LUA_TNUMBER, LUA_TBOOLEAN:
            // A copy: converting the key itself to a string would derail the traversal.
            lua_pushvalue(L, index)
            defer { lua_pop_(L, 1) }
            return "[\(state.description(-1, on: L))]"
        default:
            return "[a \(ByteText(cString: lua_typename(L, lua_type(L, index))))]"
        }
    }

    /// As `%q` would show it, on one line; the beginning of what is long.
    private static func quoted(_ key: ByteText) -> ByteText {
        // A character that is longer than a byte is not cut in two.
        let cut = key.bytes.indices.dropFirst(longestKey).first { key.bytes[$0] & 0xc0 != 0x80 } ?? key.bytes.count
        var text: [UInt8] = []
        for byte in key.bytes.prefix(cut) {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case 10: text += "\\n".utf8
            case 0...0x1f, 0x7f: text += "\\\(String(1000 + Int(byte)).dropFirst())".utf8
            default: text.append(byte)
            }
        }
        return "\"\(ByteText(text))\"\(cut < key.bytes.count ? "..." : "")"
    }
    private static let longestKey = 40
}

private func appendDump(
    _ L: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ count: Int, _ buffer: UnsafeMutableRawPointer?
) -> Int32 {
    guard let bytes, let buffer else { return 0 }
    buffer.assumingMemoryBound(to: ByteBuffer.self).pointee.append(bytes, count)
    return 0
}
