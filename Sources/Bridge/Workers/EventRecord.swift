import CLua

/// A time as a scheduler's clock gives it. Immutable.
struct EventTime {
    let value: Double
    /// A script gets it back as one.
    let isInteger: Bool

    /// The sum of the numbers at two indices: an integer if both are, unless it is so large that not every integer is a
    /// float. `value`: the sum as a float.
    @inline(__always)
    init(_ value: Double, sum base: Int32, _ delay: Int32, _ L: OpaquePointer) {
        if lua_isinteger(L, delay) == 0 || lua_isinteger(L, base) == 0 {
            self.init(value, isInteger: false)
        } else {
            self.init(value, exact: lua_tointegerx(L, base, nil), lua_tointegerx(L, delay, nil))
        }
    }

    private init(_ value: Double, exact base: lua_Integer, _ delay: lua_Integer) {
        let (sum, overflow) = base.addingReportingOverflow(delay)
        isInteger = !overflow && sum.magnitude <= 1 << 53
        self.value = isInteger ? Double(sum) : value
    }

    fileprivate init(_ value: Double, isInteger: Bool) {
        self.value = value
        self.isInteger = isInteger
    }

    /// [-0, +1, -]
    func push(_ L: OpaquePointer) {
        if isInteger { lua_pushinteger(L, lua_Integer(value)) } else { lua_pushnumber(L, value) }
    }
}

/// What an event's userdata holds.
struct EventRecord {
    // Distinct from what stands first in a host object, which is as long. Two bits of it say what is an integer.
    private static let cookie: UInt32 = 0x6c75_6574, integerPriority: UInt32 = 1, integerTime: UInt32 = 2
    private let cookie: UInt32
    /// How far it stands from the beginning of the userdata, about.
    static let offset = 56
    /// Where the queue keeps it; 0 when it is no longer queued.
    var slot: Int32 = 0
    private let time: Double
    private let priority: UInt64

    /// The priority is the number at that index; a script gets an integer back as one.
    init(due: EventTime, priority index: Int32, _ L: OpaquePointer) {
        let isInteger = lua_isinteger(L, index) != 0
        cookie = Self.cookie | (isInteger ? Self.integerPriority : 0) | (due.isInteger ? Self.integerTime : 0)
        time = due.value
        priority =
            isInteger
            ? UInt64(bitPattern: lua_tointegerx(L, index, nil)) : lua_tonumberx(L, index, nil).bitPattern
    }

    var due: EventTime { EventTime(time, isInteger: cookie & Self.integerTime != 0) }

    /// [-0, +1, -]
    func pushPriority(_ L: OpaquePointer) {
        if cookie & Self.integerPriority != 0 {
            lua_pushinteger(L, lua_Integer(bitPattern: priority))
        } else {
            lua_pushnumber(L, Double(bitPattern: priority))
        }
    }

    /// [-0, +1, m] A new userdata with it; the function and the arguments are to be set. Its address.
    func push(hasArguments: Bool, _ L: OpaquePointer) -> UnsafeMutablePointer<EventRecord> {
        let place = lua_newuserdatauv(L, MemoryLayout<Self>.size, hasArguments ? 2 : 1).unsafelyUnwrapped
        return place.initializeMemory(as: Self.self, to: self)
    }

    /// That of the event at `index`; nil for anything else.
    static func at(_ index: Int32, _ L: OpaquePointer) -> UnsafeMutablePointer<EventRecord>? {
        guard lua_rawlen(L, index) == MemoryLayout<Self>.size, let place = lua_touserdata(L, index) else { return nil }
        let record = place.assumingMemoryBound(to: Self.self)
        return record.pointee.cookie & ~(integerPriority | integerTime) == cookie ? record : nil
    }

    /// [-0, +3, m] The event in that slot of the events at an index, which lose it; its function; its list of
    /// arguments, or nil.
    @inline(__always)
    static func take(_ slot: Int, of events: Int32, _ L: OpaquePointer) {
        lua_rawgeti(L, events, lua_Integer(slot))
        lua_pushnil(L)
        lua_rawseti(L, events, lua_Integer(slot))
        at(-1, L)?.pointee.slot = 0
        lua_getiuservalue(L, -1, 1)
        lua_getiuservalue(L, -2, 2)
    }
}
