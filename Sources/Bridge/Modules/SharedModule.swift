/// `shared`: maps and counters that all threads have in common.
enum SharedModule {
    static let module = Module("shared", natives)

    private static let natives = ModuleContents(
        functions: [
            HostFunction("map", "shared.map([name])", "A map of values that can be sent; the same one for a name.") {
                call throws(Fault) in
                let map = call.isNone(1) ? SharedMap() : call.worker.program.map(named: try call.string(1))
                call.push(map, mapType)
                return .results(1)
            },
            HostFunction("counter", "shared.counter([n])", "An integer to count with.") { call throws(Fault) in
                call.push(SharedCounter(call.isNone(1) ? 0 : try call.integer(1)), counter)
                return .results(1)
            },
        ])

    static let counter: HostType<SharedCounter> = HostType(
        "counter",
        methods: [
            HostFunction("add", "c:add([n])", "Adds 1 or n, and returns the new value.", memory: .givesBack) {
                call throws(Fault) in
                let number = call.isNone(2) ? 1 : try call.integer(2)
                guard let counter = call.unretainedObject(1, counter) else { throw .type(1, "counter") }
                call.push(counter.borrow { $0.add(number) })
                return .results(1)
            },
            HostFunction("get", "c:get()", "The value.", memory: .givesBack) { call throws(Fault) in
                call.push(try call.object(1, counter).value)
                return .results(1)
            },
        ],
        metamethods: [
            .tostring("c", "Number and value.", counter) { "counter: \($0.id) (\($0.value))" }
        ])

    // MARK: - Maps

    static let mapType: HostType<SharedMap> = HostType(
        "map",
        methods: [
            HostFunction("get", "m:get(k[, default])", "A copy of the value, or the default.", memory: .once) {
                call throws(Fault) in
                guard let map = call.unretainedObject(1, mapType) else { throw .type(1, "map") }
                let key = try key(call)
                var value = map.borrow { $0.get(key) }
                if case .scalar(let tag, let bits) = value, tag != .nil {
                    call.stack.push(scalar: tag, bits)
                    return .results(1)
                }
                guard value.isNil else {
                    try ChannelModule.push(&value, call)
                    return .results(1)
                }
                call.dropArguments(after: 3)
                if call.count < 3 { call.pushNil() }
                return .results(1)
            },
            HostFunction("set", "m:set(k, v)", "Sets the value to a copy; nil deletes it.") { call throws(Fault) in
                try write(call, .set(try parcel(call, 3))) { _, _ in .none }
            },
            HostFunction("incr", "m:incr(k[, n])", "Adds 1 or n, and returns the new value.", memory: .once, increment),
            HostFunction(
                "cas", "m:cas(k, old, new)", "Sets the value if it is the old one; returns whether it was.", replace),
            HostFunction(
                "update", "m:update(k, fn)", "Sets the value to what the function makes of it, and returns it.", update),
            HostFunction("delete", "m:delete(k)", "Removes the key; returns whether it was there.", memory: .givesBack)
            {
                call throws(Fault) in
                try write(call, .set(.scalar(.nil, 0))) { call, written in
                    if case .done(let old) = written { call.push(!old.isNil) } else { call.push(false) }
                    return .results(1)
                }
            },
            HostFunction("keys", "m:keys()", "A list of the keys, in no order.") { call throws(Fault) in
                call.pushList(try snapshot(call)) { push($0.key, call) }
                return .results(1)
            },
        ],
        metamethods: [
            HostFunction("__len", "#m", "How many keys there are.", memory: .givesBack) { call throws(Fault) in
                call.push(try call.object(1, mapType).count)
                return .results(1)
            },
            HostFunction("__pairs", "pairs(m)", "The keys and values at one moment, in no order.") {
                call throws(Fault) in
                let snapshot = MapSnapshot(try snapshot(call))
                next.push(call.L)
                call.push(snapshot, MapSnapshot.type)
                return .results(2)
            },
            .tostring("m", "Name or number, and how many keys.", mapType) {
                "\($0.title) (\($0.count) \($0.count == 1 ? "key" : "keys"))"
            },
        ])

    private static let next = HostFunction("next", "next(snapshot)", "The next key and its value.") {
        call throws(Fault) in
        guard let (key, value) = try call.object(1, MapSnapshot.type).next() else {
            call.pushNil()
            return .results(1)
        }
        push(key, call)
        var copy = value
        try ChannelModule.push(&copy, call)
        return .results(2)
    }

    private static func snapshot(_ call: HostCall) throws(Fault) -> [(key: KeptKey, value: Parcel)] {
        let map = try call.object(1, mapType)
        guard MemoryBound.hasRoom(map.snapshotSize) else { throw .memory }
        return map.snapshot
    }

    // MARK: - Keys and values

    /// The key in argument 2.
    @inline(__always)
    private static func key(_ call: HostCall) throws(Fault) -> MapKey {
        switch call.kind(2) {
        case .string:
            return MapKey(call.bytes(2))
        case .number:
            let (tag, bits) = call.stack.scalar(number: 2)
            guard tag == .float else { return MapKey(tag, bits) }
            let number = Double(bitPattern: bits)
            if let integer = Int(exactly: number) { return MapKey(.integer, UInt64(bitPattern: Int64(integer))) }
            if number.isNaN { throw .argument(2, "key is NaN") }
            return MapKey(tag, bits)
        case .boolean:
            return MapKey(call.boolean(2) ? .true : .false, 0)
        default:
            throw .type(2, "boolean, number or string")
        }
    }

    private static func push(_ key: KeptKey, _ call: HostCall) {
        switch key {
        case .scalar(let tag, let bits): call.stack.push(scalar: tag, bits)
        case .text(let text): call.push(text)
        }
    }

    /// A copy of the value at `index`, to be kept in the map, which is argument 1 unless it is given.
    private static func parcel(
        _ call: HostCall, _ index: Int32, in map: SharedMap? = nil
    ) throws(Fault) -> Parcel {
        switch call.kind(index) {
        case .none:
            throw .type(index, "value")
        case .nil:
            return .scalar(.nil, 0)
        case .boolean:
            return .scalar(call.boolean(index) ? .true : .false, 0)
        case .number:
            let (tag, bits) = call.stack.scalar(number: index)
            return .scalar(tag, bits)
        case .string:
            return try kept(call, .string, call.bytes(index))
        default:
            var encoder = Encoder(call.state, call.L, call.worker.takeBuffer())
            try encoder.encode(index, index, as: .value)
            let shared = encoder.shared
            var filled = encoder.finish()
            if !shared.isEmpty {
                if let map { Cycles.add(map) } else { Cycles.add(try call.object(1, mapType)) }
            }
            if !shared.isEmpty || filled.count > 64 << 10 {
                let parcel = Parcel.owned(.encoded, filled.takeMessage(shared: shared))
                ChannelModule.chargeIfLong(parcel, call)
                return parcel
            }
            let parcel = try kept(call, .encoded, UnsafeRawBufferPointer(start: filled.start, count: filled.count))
            call.worker.give(filled)
            return parcel
        }
    }

    private static func kept(
        _ call: HostCall, _ form: Parcel.Form, _ bytes: UnsafeRawBufferPointer
    ) throws(Fault) -> Parcel {
        guard let message = Message(copying: bytes) else { throw .memory }
        let parcel = Parcel.owned(form, message)
        ChannelModule.chargeIfLong(parcel, call)
        return parcel
    }

    // MARK: - Writing

    /// What becomes of a value.
    private enum Change {
        case set(Parcel)
        case replace(Expected, with: Parcel)
        case add(Tag, UInt64)

        /// Nil: the value stays as it is.
        func apply(_ old: Parcel) -> Parcel? {
            switch self {
            case .set(let new): new
            case .replace(let expected, let new): expected.matches(old) ? new : nil
            case .add(let tag, let bits): old.adding(tag, bits)
            }
        }
    }

    /// What `cas` compares a value with.
    private enum Expected {
        case plain(Parcel)
        case object(AnyObject)

        func matches(_ value: Parcel) -> Bool {
            switch self {
            case .plain(let old): return old.isEqual(to: value)
            case .object(let object):
                let shared = value.shared
                guard shared.count == 1, case .owned(.encoded, let message) = value,
                    message.bytes.first == Tag.shared.rawValue
                else { return false }
                return shared[0] === ((object as? any HostObject)?.traveller ?? object)
            }
        }
    }

    /// Changes the value of the key in argument 2. Waits while that is being updated.
    @inline(__always)
    private static func write(
        _ call: HostCall, _ change: Change,
        _ then: @escaping (HostCall, SharedMap.Written) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        guard let map = call.unretainedObject(1, mapType) else { throw .type(1, "map") }
        let key = try key(call)
        let written = map.borrow { $0.write(key) { change.apply($0) } }
        if case .busy = written { return try waitToWrite(call, key, change, then) }
        return try then(call, written)
    }

    private static func waitToWrite(
        _ call: HostCall, _ key: MapKey, _ change: Change,
        _ then: @escaping (HostCall, SharedMap.Written) throws(Fault) -> Outcome
    ) throws(Fault) -> Outcome {
        let use = try call.object(1, mapType).use(key)
        return try call.take(use.permits, until: .forever) { call, taken throws(Fault) in
            guard let taken else { return .none }
            let written = use.key.with { use.map.write($0, asUser: true) { change.apply($0) } }
            giveBack(taken, use, call)
            return try then(call, written)
        }
    }

    private static func giveBack(_ taken: Permits.Taken, _ use: SharedMap.KeyUse, _ call: HostCall) {
        use.permits.release(taken.grant)
        call.worker.current?.drop(use.permits, taken.grant)
    }

    private static func increment(_ call: HostCall) throws(Fault) -> Outcome {
        guard let map = call.unretainedObject(1, mapType) else { throw .type(1, "map") }
        let isPlain = call.isNone(3)
        if isPlain || call.stack.isInteger(3) {
            let key = try key(call)
            let number = isPlain ? 1 : call.stack.integer(3) ?? 1
            if let sum = map.borrow({ $0.increment(key, by: number) }) {
                call.push(sum)
                return .results(1)
            }
        } else if call.kind(3) != .number {
            throw .type(3, "number")
        }
        let (tag, bits) = isPlain ? (.integer, 1) : call.stack.scalar(number: 3)
        return try write(call, .add(tag, bits)) { call, written throws(Fault) in
            guard case .done(let old) = written, case .scalar(let tag, let bits)? = old.adding(tag, bits) else {
                throw .argument(2, "the value of the key is no number")
            }
            call.stack.push(scalar: tag, bits)
            return .results(1)
        }
    }

    private static func replace(_ call: HostCall) throws(Fault) -> Outcome {
        let old: Expected
        switch call.kind(3) {
        case .none: throw .type(3, "value")
        case .nil, .boolean, .number, .string: old = .plain(try parcel(call, 3))
        default:
            guard let object = call.anyObject(3) else {
                throw .argument(3, "\(call.typeName(3)) values are copied, so none is the same as another")
            }
            old = .object(object)
        }
        return try write(call, .replace(old, with: try parcel(call, 4))) { call, written in
            if case .done = written { call.push(true) } else { call.push(false) }
            return .results(1)
        }
    }

    private static func update(_ call: HostCall) throws(Fault) -> Outcome {
        let map = try call.object(1, mapType)
        let use = map.use(try key(call))
        try call.callable(3)
        return try call.take(use.permits, until: .forever) { call, taken throws(Fault) in
            guard let taken else { return .none }
            call.dropArguments(after: 3)
            do throws(Fault) {
                var value = use.key.with { map.get($0) }
                try ChannelModule.push(&value, call)
            } catch {
                giveBack(taken, use, call)
                throw error
            }
            return try call.worker.enterScope(call, arguments: 1) { inside, count throws(Fault) in
                defer { giveBack(taken, use, call) }
                guard let inside, let count else { return 0 }
                guard count > 0 else { throw .message("the function returned nothing; nil would delete the key") }
                inside.dropArguments(after: inside.count - count + 1)
                let value = try parcel(inside, inside.count, in: map)
                _ = use.key.with { map.write($0, asUser: true) { _ in value } }
                return 1
            }
        }
    }
}

/// What `pairs` goes through. Owned by the state's thread.
final class MapSnapshot {
    static let type = HostType<MapSnapshot>("snapshot", methods: [])
    private let all: [(key: KeptKey, value: Parcel)]
    private var place = 0

    init(_ all: [(key: KeptKey, value: Parcel)]) { self.all = all }

    func next() -> (key: KeptKey, value: Parcel)? {
        guard place < all.count else { return nil }
        defer { place += 1 }
        return all[place]
    }
}

extension Parcel {
    /// The sum, in Lua's arithmetic; nothing counts as 0. Nil if this is no number.
    fileprivate func adding(_ tag: Tag, _ bits: UInt64) -> Parcel? {
        guard case .scalar(let own, let ownBits) = self else { return nil }
        func number(_ tag: Tag, _ bits: UInt64) -> Double {
            tag == .integer ? Double(Int64(bitPattern: bits)) : Double(bitPattern: bits)
        }
        switch (own, tag) {
        case (.nil, _): return .scalar(tag, bits)
        case (.integer, .integer): return .scalar(.integer, ownBits &+ bits)
        case (.integer, _), (.float, _): return .scalar(.float, (number(own, ownBits) + number(tag, bits)).bitPattern)
        default: return nil
        }
    }

    /// Whether both are the same value to Lua, without metamethods. No table is the same as another.
    fileprivate func isEqual(to other: Parcel) -> Bool {
        switch (self, other) {
        case (.scalar(.float, let a), .scalar(.float, let b)): return Double(bitPattern: a) == Double(bitPattern: b)
        case (.scalar(.float, let a), .scalar(.integer, let b)), (.scalar(.integer, let b), .scalar(.float, let a)):
            return Int64(exactly: Double(bitPattern: a)) == Int64(bitPattern: b)
        case (.scalar(let tag, let a), .scalar(let other, let b)): return tag == other && a == b
        case (.owned(.string, let a), .owned(.string, let b)): return a.bytes.elementsEqual(b.bytes)
        default: return false
        }
    }
}

extension SharedMap: HostObject {
    var hostType: AnyHostType { SharedModule.mapType }
}

extension SharedCounter: HostObject {
    var hostType: AnyHostType { SharedModule.counter }
}
