import CFence
import CLua

/// The error object of scripts: a table with `kind`, `message`, `traceback`, `origin`, `work`, maybe `value`, `code`
/// and `signal`, and one metatable for all.
extension LuaState {
    /// [-0, +1, m]
    func push(_ error: ScriptError, on L: OpaquePointer) {
        lua_checkstack(L, 8)
        lua_createtable(L, 0, 6)
        func set(_ name: String, _ text: ByteText) {
            push(text, on: L)
            Stack(L).setField(name)
        }
        set("kind", ByteText(error.kind.name))
        set("message", error.message)
        set("traceback", error.traceback)
        set("origin", Self.workName(error.origin))
        set("work", error.origin)
        func set(_ name: String, _ number: Int?) {
            guard let number else { return }
            lua_pushinteger(L, lua_Integer(number))
            Stack(L).setField(name)
        }
        set("code", error.exit?.code)
        set("signal", error.exit?.signal)
        if let value = error.value, (try? push(value, count: 1, on: L)) != nil { Stack(L).setField("value") }
        if let underlying = error.underlying { keep(underlying, on: L) }
        pushErrorMetatable(L)
        lua_setmetatable(L, -2)
    }

    // MARK: - What a host function threw
    //
    // It is no field of the error object, which may be sent anywhere: a table with weak keys has it.

    private final class Thrown: Sendable {
        let error: any Error
        init(_ error: any Error) { self.error = error }
    }

    private static let thrown = HostType<Thrown>("thrown", methods: [])

    /// [-0, +0, m] Keeps it for the error object on top.
    private func keep(_ underlying: any Error, on L: OpaquePointer) {
        Stack(L).pushRegistered(Registry.thrown) { Stack(L).pushWeakTable("k") }
        lua_pushvalue(L, -2)
        push(new: Thrown(underlying), Self.thrown, on: L)
        lua_rawset(L, -3)
        lua_pop_(L, 1)
    }

    /// What a host function threw, for the error object at `index`.
    private func underlying(_ index: Int32, on L: OpaquePointer) -> (any Error)? {
        let index = lua_absindex(L, index)
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        guard lua_rawgetp(L, Registry.index, Registry.thrown) == LUA_TTABLE else { return nil }
        lua_pushvalue(L, index)
        lua_rawget(L, -2)
        return HostCall(L: L, vm: vm).objectIfAny(-1, Self.thrown)?.error
    }

    /// The `origin` that scripts see: `dum` for `thread 'dum'`.
    private static func workName(_ origin: ByteText) -> ByteText {
        let quote = UInt8(ascii: "'")
        guard let first = origin.bytes.firstIndex(of: quote), origin.bytes.last == quote else { return origin }
        return ByteText(origin.bytes[(first + 1)...].dropLast())
    }

    /// [-0, +1, m]
    func pushErrorMetatable(_ L: OpaquePointer) {
        Stack(L).pushRegistered(Registry.error) {
            lua_createtable(L, 0, 3)
            lua_pushstring(L, "error")
            Stack(L).setField("__name")
            Self.describeError.push(L)
            Stack(L).setField("__tostring")
            lua_pushvalue(L, -1)
            fence_push_concat(L)
            Stack(L).setField("__concat")
        }
    }

    private static let describeError = HostFunction("tostring", "tostring(e)", "The whole story, on several lines.") {
        call throws(Fault) in
        guard call.kind(1) == .table else { throw .type(1, "error") }
        call.push(call.state.readError(1, on: call.L).story)
        return .results(1)
    }

    /// Whether the value is an error object.
    func isError(_ index: Int32, on L: OpaquePointer) -> Bool {
        guard lua_type(L, index) == LUA_TTABLE, lua_getmetatable(L, index) != 0 else { return false }
        pushErrorMetatable(L)
        defer { lua_pop_(L, 2) }
        return lua_rawequal(L, -1, -2) != 0
    }

    func errorKind(_ index: Int32, on L: OpaquePointer) -> ScriptError.Kind {
        Stack(L).pushField("kind", of: index)
        defer { lua_pop_(L, 1) }
        return .init(name: Stack(L).text(-1).description)
    }

    /// The fields of an error object except `value`.
    func readError(_ index: Int32, on L: OpaquePointer) -> ScriptError {
        let index = lua_absindex(L, index)
        lua_checkstack(L, 4)
        func field(_ name: String) -> ByteText {
            let kind = Stack(L).pushField(name, of: index)
            defer { lua_pop_(L, 1) }
            return kind == .string ? Stack(L).text(-1) : kind == .nil ? "" : description(-1, on: L)
        }
        var origin = field("work")
        if origin.isEmpty { origin = field("origin") }
        func number(_ name: String) -> Int? {
            defer { lua_pop_(L, 1) }
            return Stack(L).pushField(name, of: index) == .number ? Int(lua_tointegerx(L, -1, nil)) : nil
        }
        var error = ScriptError(
            .init(name: field("kind").description), field("message"), traceback: field("traceback"), origin: origin)
        error.underlying = underlying(index, on: L)
        if error.kind == .exit { error.exit = number("signal").map { .signal($0) } ?? number("code").map { .code($0) } }
        return error
    }

    /// The `ScriptError` for an error value: the fields of an error object, the text of a string; of any other value
    /// its text and a copy. `isMemory`: Lua reported that memory ran out.
    func failure(_ index: Int32, on L: OpaquePointer, isMemory: Bool) -> ScriptError {
        if isMemory { return ScriptError(.memory, "not enough memory") }
        let index = lua_absindex(L, index)
        if lua_type(L, index) == LUA_TSTRING {
            let bytes = Stack(L).bytes(index)
            // A message is copied several times until it is shown.
            guard bytes.count < 64 << 10 || MemoryBound.hasRoom(8 * bytes.count) else {
                return ScriptError(.memory, "not enough memory")
            }
            return ScriptError(.error, ByteText(bytes))
        }
        guard isError(index, on: L) else {
            var error = ScriptError(.error, message(index, on: L))
            error.value = try? message(index, index, as: .value, on: L)
            return error
        }
        // An error object that is raised again keeps its first traceback and origin.
        var error = readError(index, on: L)
        lua_checkstack(L, 4)
        if Stack(L).pushField("value", of: index) != .nil {
            error.value = try? message(lua_gettop(L), lua_gettop(L), as: .value, on: L)
        }
        lua_pop_(L, 1)
        return error
    }

    /// Whether the text of an error value can be had without running code of the script.
    func runsNothingToDescribe(_ index: Int32, on L: OpaquePointer) -> Bool {
        lua_type(L, index) == LUA_TSTRING || isError(index, on: L)
    }

    /// The text of an error value, as stock Lua's command would print it.
    func message(_ index: Int32, on L: OpaquePointer) -> ByteText {
        if lua_type(L, index) == LUA_TSTRING { return Stack(L).text(index) }
        if lua_type(L, index) == LUA_TNUMBER { return description(index, on: L) }
        if luaL_getmetafield(L, index, "__tostring") != LUA_TNIL {
            lua_pop_(L, 1)
            return description(index, on: L)
        }
        return "(error object is a \(String(cString: lua_typename(L, lua_type(L, index)))) value)"
    }
}
