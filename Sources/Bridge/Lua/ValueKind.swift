import CLua

/// The type of a value on the stack.
enum ValueKind {
    /// In the order in which Lua numbers them.
    case `nil`, boolean, lightUserdata, number, string, table, function, userdata, coroutine
    /// No value: the index is above the top.
    case none

    @inline(__always)
    init(_ type: Int32) {
        switch type {
        case LUA_TNIL: self = .nil
        case LUA_TBOOLEAN: self = .boolean
        case LUA_TLIGHTUSERDATA: self = .lightUserdata
        case LUA_TNUMBER: self = .number
        case LUA_TSTRING: self = .string
        case LUA_TTABLE: self = .table
        case LUA_TFUNCTION: self = .function
        case LUA_TUSERDATA: self = .userdata
        case LUA_TTHREAD: self = .coroutine
        default: self = .none
        }
    }
}

extension Stack {
    @inline(__always)
    func kind(_ index: Int32) -> ValueKind { ValueKind(lua_type(L, index)) }
}
