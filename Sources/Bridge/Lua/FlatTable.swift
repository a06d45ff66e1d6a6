import CFence
import CLua

/// The quick way for the most common message: a table without a metatable that holds only numbers, strings and
/// booleans, small enough for a few hundred bytes on the stack. The bytes are those that `Encoder` would write.
enum FlatTable {
    /// What is larger goes the general way.
    static let room = 1024
    private static let header = 9, trailer = 11

    /// Writes the table at `index`: the count of bytes, or nil when it is not that simple (nothing is lost then).
    static func encode(
        _ L: OpaquePointer, _ index: Int32, _ state: LuaState, into buffer: UnsafeMutableRawPointer
    ) -> Int? {
        guard let address = lua_topointer(L, index), lua_checkstack(L, 8) != 0 else { return nil }
        if lua_getmetatable(L, index) != 0 {
            lua_pop_(L, 1)
            return nil
        }
        if state.moduleIndex.mayKnow(address, state, on: L) { return nil }
        var position = header
        var elements: lua_Integer = 0
        var pairs: UInt32 = 0
        var isArray = true
        lua_pushnil(L)
        while lua_next(L, index) != 0 {
            if isArray {
                if lua_isinteger(L, -2) != 0, lua_tointegerx(L, -2, nil) == elements + 1 {
                    elements += 1
                    guard put(L, -1, buffer, &position) else { return giveUp(L) }
                    lua_pop_(L, 1)
                    continue
                }
                isArray = false
                buffer.storeBytes(of: Tag.end.rawValue, toByteOffset: position, as: UInt8.self)
                position += 1
            }
            let start = position
            guard put(L, -2, buffer, &position), !isMetafield(buffer + start), put(L, -1, buffer, &position) else {
                return giveUp(L)
            }
            pairs += 1
            lua_pop_(L, 1)
        }
        buffer.storeBytes(of: Tag.table.rawValue, as: UInt8.self)
        buffer.storeBytes(of: UInt32(elements), toByteOffset: 1, as: UInt32.self)
        buffer.storeBytes(of: pairs, toByteOffset: 5, as: UInt32.self)
        for _ in 0..<(isArray ? 3 : 2) {
            buffer.storeBytes(of: Tag.end.rawValue, toByteOffset: position, as: UInt8.self)
            position += 1
        }
        buffer.storeBytes(of: 0, toByteOffset: position, as: UInt32.self)
        buffer.storeBytes(of: 1, toByteOffset: position + 4, as: UInt32.self)
        return position + 8
    }

    private static func giveUp(_ L: OpaquePointer) -> Int? {
        lua_pop_(L, 2)
        return nil
    }

    @inline(__always)
    private static func put(
        _ L: OpaquePointer, _ index: Int32, _ buffer: UnsafeMutableRawPointer, _ position: inout Int
    ) -> Bool {
        guard position + 9 + trailer <= room else { return false }
        let place = buffer + position
        switch lua_type(L, index) {
        case LUA_TNUMBER:
            if lua_isinteger(L, index) != 0 {
                place.storeBytes(of: Tag.integer.rawValue, as: UInt8.self)
                place.storeBytes(of: lua_tointegerx(L, index, nil), toByteOffset: 1, as: lua_Integer.self)
            } else {
                place.storeBytes(of: Tag.float.rawValue, as: UInt8.self)
                place.storeBytes(of: lua_tonumberx(L, index, nil), toByteOffset: 1, as: Double.self)
            }
            position += 9
        case LUA_TSTRING:
            var count = 0
            guard let bytes = lua_tolstring(L, index, &count), count < 256, position + 2 + count + trailer <= room
            else { return false }
            place.storeBytes(of: Tag.short.rawValue, as: UInt8.self)
            place.storeBytes(of: UInt8(truncatingIfNeeded: count), toByteOffset: 1, as: UInt8.self)
            (place + 2).copyMemory(from: bytes, byteCount: count)
            position += 2 + count
        case LUA_TBOOLEAN:
            place.storeBytes(of: (lua_toboolean(L, index) != 0 ? Tag.true : .false).rawValue, as: UInt8.self)
            position += 1
        default:
            return false
        }
        return true
    }

    /// Such a table keeps an identity, which is the encoder's affair.
    @inline(__always)
    private static func isMetafield(_ key: UnsafeMutableRawPointer) -> Bool {
        key.load(as: UInt8.self) == Tag.short.rawValue && key.load(fromByteOffset: 1, as: UInt8.self) >= 2
            && key.load(fromByteOffset: 2, as: UInt8.self) == 0x5f
            && key.load(fromByteOffset: 3, as: UInt8.self) == 0x5f
    }

    /// [-0, +(0|1), m] Reads what `encode` wrote; false, with nothing pushed, for anything else.
    static func decode(_ L: OpaquePointer, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let count = bytes.count
        guard count >= header + trailer, let base = bytes.baseAddress,
            base.load(as: UInt8.self) == Tag.table.rawValue,
            base.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self) == 1 << 32, lua_checkstack(L, 8) != 0
        else { return false }
        let top = lua_gettop(L)
        let elements = base.loadUnaligned(fromByteOffset: 1, as: UInt32.self)
        let pairs = base.loadUnaligned(fromByteOffset: 5, as: UInt32.self)
        guard Int(elements) <= count, Int(pairs) <= count else { return false }
        lua_createtable(L, Int32(elements), Int32(pairs))
        let end = base + (count - trailer + 2)
        var cursor = base + header
        var index: lua_Integer = 1
        while cursor < end, cursor.load(as: UInt8.self) != Tag.end.rawValue {
            guard take(L, &cursor, end) else { return refuse(L, top) }
            lua_rawseti(L, -2, index)
            index += 1
        }
        cursor += 1
        while cursor < end, cursor.load(as: UInt8.self) != Tag.end.rawValue {
            guard take(L, &cursor, end), cursor < end, lua_rawequal(L, -1, -1) != 0, take(L, &cursor, end) else {
                return refuse(L, top)
            }
            lua_rawset(L, -3)
        }
        return true
    }

    private static func refuse(_ L: OpaquePointer, _ top: Int32) -> Bool {
        lua_settop(L, top)
        return false
    }

    /// [-0, +(0|1), m]
    @inline(__always)
    private static func take(_ L: OpaquePointer, _ cursor: inout UnsafeRawPointer, _ end: UnsafeRawPointer) -> Bool {
        let tag = cursor.load(as: UInt8.self)
        switch tag {
        case Tag.integer.rawValue:
            guard cursor + 9 <= end else { return false }
            lua_pushinteger(L, (cursor + 1).loadUnaligned(as: lua_Integer.self))
            cursor += 9
        case Tag.short.rawValue:
            guard cursor + 2 <= end else { return false }
            let count = Int((cursor + 1).load(as: UInt8.self))
            guard cursor + 2 + count <= end else { return false }
            lua_pushlstring(L, (cursor + 2).assumingMemoryBound(to: CChar.self), count)
            cursor += 2 + count
        case Tag.float.rawValue:
            guard cursor + 9 <= end else { return false }
            lua_pushnumber(L, (cursor + 1).loadUnaligned(as: Double.self))
            cursor += 9
        case Tag.true.rawValue, Tag.false.rawValue:
            lua_pushboolean(L, tag == Tag.true.rawValue ? 1 : 0)
            cursor += 1
        default:
            return false
        }
        return true
    }
}
