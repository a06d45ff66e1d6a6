import Synchronization

/// A key of a map as Lua tables tell keys apart: a float with the value of an integer is that integer. The bytes of a
/// string are valid only during the call.
struct MapKey {
    let tag: Tag
    /// The bits of a number, the length of a string.
    let bits: UInt64
    let bytes: UnsafeRawBufferPointer
    let hash: UInt64

    init(_ tag: Tag, _ bits: UInt64) {
        self.tag = tag
        self.bits = bits
        bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        hash = Self.mix(Self.mix(Self.seed, UInt64(tag.rawValue)), bits)
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        tag = .string
        bits = UInt64(bytes.count)
        self.bytes = bytes
        var hash = Self.mix(Self.seed, bits)
        var place = 0
        while place + 8 <= bytes.count {
            hash = Self.mix(hash, bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        var rest: UInt64 = 0
        while place < bytes.count {
            rest = rest << 8 | UInt64(bytes[place])
            place += 1
        }
        self.hash = Self.mix(hash, rest)
    }

    /// Keys that are chosen to collide have to be chosen anew for each process, unless its keys are to have the same
    /// order in each run.
    private static let seed = isSeeded.load(ordering: .relaxed) ? UInt64.random(in: .min ... .max) : 0
    /// To be set before there is any map.
    static let isSeeded = Atomic<Bool>(true)

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        return product.high ^ product.low &+ 0x632b_e59b_d9b4_e019
    }

    /// A copy that outlives the call.
    var kept: KeptKey { tag == .string ? .text(ByteText(bytes)) : .scalar(tag, bits) }
}

enum KeptKey: Sendable {
    case scalar(Tag, UInt64)
    case text(ByteText)

    /// For errors and reports.
    var text: ByteText {
        switch self {
        case .scalar(.true, _): "true"
        case .scalar(.false, _): "false"
        case .scalar(.integer, let bits): "\(Int(bitPattern: UInt(bits)))"
        case .scalar(_, let bits): "\(Double(bitPattern: bits))"
        case .text(let text): "'\(text)'"
        }
    }

    func with<R>(_ body: (MapKey) -> R) -> R {
        switch self {
        case .scalar(let tag, let bits): body(MapKey(tag, bits))
        case .text(let text): text.bytes.withUnsafeBytes { body(MapKey($0)) }
        }
    }
}

/// A map that all threads share. Shared; guarded by its lock.
///
/// A key that is being updated (`KeyUse`) has permits, of which there is one: whoever wants to write takes it before.
/// Reading goes on meanwhile. Values are parcels that own their bytes; nil stands for no value. What is replaced is
/// returned, so that it is released without the lock: it may hold what wants locks then.
final class SharedMap: Shareable {
    /// The bytes of a key that is a string follow it in memory.
    private struct Entry {
        let hash: UInt64
        let tag: Tag
        let bits: UInt64
        var next: Place?
        var value: Parcel
        /// While somebody updates the key, or waits for that.
        var updating: Permits?
        var users = 0
    }

    private struct Place: Equatable {
        let entry: UnsafeMutablePointer<Entry>

        /// A new entry without a value.
        init(_ key: MapKey, next: Place?) {
            let size = MemoryLayout<Entry>.stride
            let memory = UnsafeMutableRawPointer.allocate(byteCount: size + key.bytes.count, alignment: 16)
            if let text = key.bytes.baseAddress { (memory + size).copyMemory(from: text, byteCount: key.bytes.count) }
            entry = memory.initializeMemory(
                as: Entry.self,
                to: Entry(hash: key.hash, tag: key.tag, bits: key.bits, next: next, value: .scalar(.nil, 0)))
        }

        func free() {
            entry.deinitialize(count: 1)
            UnsafeMutableRawPointer(entry).deallocate()
        }

        private var text: UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(
                start: UnsafeRawPointer(entry) + MemoryLayout<Entry>.stride, count: Int(entry.pointee.bits))
        }

        @inline(__always)
        func matches(_ key: MapKey) -> Bool {
            guard entry.pointee.hash == key.hash, entry.pointee.tag == key.tag, entry.pointee.bits == key.bits else {
                return false
            }
            return key.tag != .string || hasText(key.bytes)
        }

        private func hasText(_ bytes: UnsafeRawBufferPointer) -> Bool {
            let own = text
            var place = 0
            while place + 8 <= bytes.count {
                let word = own.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                if word != bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) { return false }
                place += 8
            }
            while place < bytes.count {
                if own[place] != bytes[place] { return false }
                place += 1
            }
            return true
        }

        /// Its value, if that is a message. Not retained when this has returned.
        @inline(never)
        var message: Unmanaged<Message.Storage>? {
            guard case .owned(_, let message) = entry.pointee.value else { return nil }
            return .passUnretained(message.storage)
        }

        var key: KeptKey {
            entry.pointee.tag == .string ? .text(ByteText(text)) : .scalar(entry.pointee.tag, entry.pointee.bits)
        }
    }

    /// A hash table with chains. Raw memory, so that looking up counts no references.
    ///
    /// The sum of the key that was added to last is kept apart, right behind the lock: two threads that count with it
    /// write to one line of the cache alone. The value in its entry is old until `settle`.
    private struct Table {
        private var sum = 0
        private var counter: Place?
        var buckets: UnsafeMutablePointer<Place?>
        var mask: Int
        /// How many keys have a value, and how many entries there are.
        var values = 0
        var entries = 0
        /// How long the keys are that are strings, together.
        var keyBytes = 0
        /// How many bytes the values take, about.
        var valueBytes = 0

        init() {
            mask = 7
            buckets = .allocate(capacity: 8)
            buckets.initialize(repeating: nil, count: 8)
        }

        /// Adds to an integer with an integer, in place. Nil, with nothing done, if it is anything else, or used.
        @inline(__always)
        mutating func increment(_ key: MapKey, by number: Int) -> Int? {
            if let counter, counter.matches(key) {
                sum &+= number
                return sum
            }
            settle()
            guard let found = find(key), found.entry.pointee.users == 0,
                case .scalar(.integer, let bits) = found.entry.pointee.value
            else { return nil }
            sum = Int(bitPattern: UInt(bits)) &+ number
            counter = found
            return sum
        }

        /// Puts the sum into its entry. To be called before any entry is looked at.
        @inline(__always)
        mutating func settle() {
            guard let place = counter.take() else { return }
            place.entry.pointee.value = .scalar(.integer, UInt64(bitPattern: Int64(sum)))
        }

        @inline(__always)
        func find(_ key: MapKey) -> Place? {
            var place = buckets[Int(truncatingIfNeeded: key.hash) & mask]
            while let found = place, !found.matches(key) { place = found.entry.pointee.next }
            return place
        }

        /// The entry of a key, made if need be.
        mutating func place(_ key: MapKey) -> Place {
            if let place = find(key) { return place }
            if entries > mask, MemoryBound.hasRoom(entries * 16) { grow() }
            let bucket = Int(truncatingIfNeeded: key.hash) & mask
            let place = Place(key, next: buckets[bucket])
            buckets[bucket] = place
            entries += 1
            keyBytes += key.bytes.count
            return place
        }

        private mutating func grow() {
            let (old, count) = (buckets, mask + 1)
            mask = count * 2 - 1
            buckets = .allocate(capacity: mask + 1)
            buckets.initialize(repeating: nil, count: mask + 1)
            for index in 0..<count {
                var next = old[index]
                while let place = next {
                    next = place.entry.pointee.next
                    let bucket = Int(truncatingIfNeeded: place.entry.pointee.hash) & mask
                    place.entry.pointee.next = buckets[bucket]
                    buckets[bucket] = place
                }
            }
            old.deallocate()
        }

        /// Sets the value, and returns the one before.
        @inline(__always)
        mutating func set(_ place: Place, _ value: consuming Parcel) -> Parcel {
            let old = place.entry.pointee.value
            values += (value.isNil ? 0 : 1) - (old.isNil ? 0 : 1)
            valueBytes += value.weight - old.weight
            place.entry.pointee.value = value
            return old
        }

        /// Removes an entry without a value, unless somebody uses it.
        mutating func removeIfUnused(_ place: Place) {
            guard place.entry.pointee.value.isNil, place.entry.pointee.users == 0 else { return }
            let bucket = Int(truncatingIfNeeded: place.entry.pointee.hash) & mask
            if buckets[bucket] == place {
                buckets[bucket] = place.entry.pointee.next
            } else {
                var before = buckets[bucket]
                while let other = before, other.entry.pointee.next != place { before = other.entry.pointee.next }
                before?.entry.pointee.next = place.entry.pointee.next
            }
            entries -= 1
            if place.entry.pointee.tag == .string { keyBytes -= Int(place.entry.pointee.bits) }
            place.free()
        }

        func forEach(_ body: (Place) -> Void) {
            for index in 0...mask {
                var next = buckets[index]
                while let place = next {
                    next = place.entry.pointee.next
                    body(place)
                }
            }
        }
    }

    /// First, because memory for objects begins at a multiple of 16: its lock and the sum share a line of the cache.
    private let table = Guarded(Table())
    let id = Identity.next()
    let name: ByteText?
    /// Its values may hold objects.
    let isCarrier = Atomic<Bool>(false)

    init(name: ByteText? = nil) { self.name = name }

    deinit {
        Cycles.remove(self)
        table.withLock { table in
            table.forEach { $0.free() }
            table.buckets.deallocate()
        }
    }

    @inline(__always)
    private func withTable<R>(_ body: (inout Table) -> R) -> R {
        table.withLock { table in
            table.settle()
            return body(&table)
        }
    }

    // MARK: - Reading

    var count: Int { table.withLock { $0.values } }

    /// The value; nil if there is none.
    @inline(__always)
    func get(_ key: MapKey) -> Parcel { withTable { $0.find(key)?.entry.pointee.value ?? .scalar(.nil, 0) } }

    /// About how many bytes a snapshot takes together with a list of its keys.
    var snapshotSize: Int { table.withLock { $0.values * 160 + $0.keyBytes * 2 } }

    /// All keys and values at one moment.
    var snapshot: [(key: KeptKey, value: Parcel)] {
        withTable { table in
            var all: [(key: KeptKey, value: Parcel)] = []
            all.reserveCapacity(table.values)
            table.forEach { place in
                let value = place.entry.pointee.value
                if !value.isNil { all.append((place.key, value)) }
            }
            return all
        }
    }

    // MARK: - Writing

    enum Written {
        /// With what was there before.
        case done(Parcel)
        /// Nothing was changed: it is not what was expected.
        case unchanged
        /// Somebody updates the key.
        case busy
    }

    /// Writes what `change` makes of the value that is there; nil leaves it. It must not take locks. `asUser`: the
    /// caller has the key's permit.
    @inline(__always)
    func write(_ key: MapKey, asUser: Bool = false, _ change: (Parcel) -> Parcel?) -> Written {
        withTable { table in
            let found = table.find(key)
            if !asUser, let found, found.entry.pointee.users > 0 { return .busy }
            guard let value = change(found?.entry.pointee.value ?? .scalar(.nil, 0)) else { return .unchanged }
            if value.isNil {
                guard let found else { return .done(.scalar(.nil, 0)) }
                let old = table.set(found, value)
                table.removeIfUnused(found)
                return .done(old)
            }
            return .done(table.set(found ?? table.place(key), value))
        }
    }

    /// Adds to an integer with an integer, in place. Nil, with nothing done, if it is anything else, or busy.
    @inline(__always)
    func increment(_ key: MapKey, by number: Int) -> Int? { table.withLock { $0.increment(key, by: number) } }

    // MARK: - Updates

    /// The right to wait for a key's permit. While one exists, the key is busy.
    final class KeyUse: Sendable {
        let map: SharedMap
        let key: KeptKey
        let permits: Permits

        fileprivate init(_ map: SharedMap, _ key: KeptKey, _ permits: Permits) {
            self.map = map
            self.key = key
            self.permits = permits
        }

        deinit { map.leave(key) }
    }

    func use(_ key: MapKey) -> KeyUse {
        let kept = key.kept
        let permits = withTable { table in
            let entry = table.place(key).entry
            entry.pointee.users += 1
            if let permits = entry.pointee.updating { return permits }
            let permits = Permits.inner { [id, name] in
                ("update of \(kept.text) in \(Self.title(id, name))", "update \(kept.text) in a map")
            }
            entry.pointee.updating = permits
            return permits
        }
        return KeyUse(self, kept, permits)
    }

    private func leave(_ key: KeptKey) {
        let unneeded = key.with { key in
            table.withLock { table -> Permits? in
                guard let place = table.find(key) else { return nil }
                place.entry.pointee.users -= 1
                guard place.entry.pointee.users == 0 else { return nil }
                let permits = place.entry.pointee.updating.take()
                table.removeIfUnused(place)
                return permits
            }
        }
        withExtendedLifetime(unneeded) {}
    }

    // MARK: - Cycles (see `Cycles`)

    /// How many bytes its values take; 0 if the lock is taken.
    var heldBytes: Int {
        guard table.tryLock() else { return 0 }
        defer { table.unlock() }
        return table.withHeldLock { $0.valueBytes }
    }

    func tryLock() -> Bool { table.tryLock() }
    func unlock() { table.unlock() }

    /// With the lock held: calls the body with each value that is a message. Returns how many entries there are.
    func forEachMessage(_ body: (Unmanaged<Message.Storage>) -> Void) -> Int {
        table.withHeldLock { table in
            table.forEach { place in if let message = place.message { body(message) } }
            return table.entries
        }
    }

    /// With the lock held: takes all values out, for the caller to drop when the locks are released.
    func empty(into values: inout [Parcel]) {
        table.withHeldLock { table in
            table.settle()
            table.forEach { place in values.append(table.set(place, .scalar(.nil, 0))) }
        }
    }

    var title: ByteText { Self.title(id, name) }
    private static func title(_ id: Int, _ name: ByteText?) -> ByteText { "map: \(name ?? "\(id)")" }
}

extension Parcel {
    @inline(__always)
    var isNil: Bool { if case .scalar(.nil, _) = self { true } else { false } }
}

/// A number that all threads share. Shared; atomic.
final class SharedCounter: Shareable {
    let id = Identity.next()
    private let number: Atomic<Int>

    init(_ number: Int) { self.number = Atomic(number) }

    var value: Int { number.load(ordering: .sequentiallyConsistent) }

    /// Wraps around, as Lua's integers do.
    func add(_ count: Int) -> Int { number.wrappingAdd(count, ordering: .sequentiallyConsistent).newValue }
}
