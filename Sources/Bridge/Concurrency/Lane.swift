import Synchronization

/// A ring of records in memory that two processes have mapped: the shortest way of messages from a channel's home to a
/// proxy. Only the home can write to it, so its records are also what is known there of the messages that are lent. The
/// proxy counts the messages that were received elsewhere; everything else follows from that count.
///
/// A record is a header (form or tag, kind, count of bytes), its place in the order of the channel, and the message. A
/// message that does not fit travels otherwise, and has a record that says so.
enum Lane {
    typealias Raw = UnsafeMutableRawPointer
    typealias Word = UnsafeMutablePointer<Atomic<UInt64>>

    /// As much as a channel's usual capacity of strings of a KiB.
    static let size = 2 << 20
    /// The first page holds how many bytes were written.
    static let dataStart = 4096
    static let memory = dataStart + size
    /// Longer messages do not fit.
    static let longest = 8 << 10
    private static let head = 16

    fileprivate enum Kind {
        static let scalar: UInt8 = 1, bytes: UInt8 = 2, elsewhere: UInt8 = 3
        /// The next record stands at the beginning of the ring.
        static let wrap: UInt8 = 4
    }

    enum Record {
        case parcel(Parcel)
        /// The message is not in the ring.
        case elsewhere
    }

    /// A record as it stands in the ring, with its header checked.
    fileprivate struct Found {
        let header: UInt64
        let start: Raw
        let size: Int

        var kind: UInt8 { UInt8(truncatingIfNeeded: header >> 8) }
        var low: UInt8 { UInt8(truncatingIfNeeded: header) }
        var count: Int { Int(header >> 32) }
        var place: UInt64 { start.load(fromByteOffset: 8, as: UInt64.self) }
        var bits: UInt64 { start.load(fromByteOffset: head, as: UInt64.self) }
        var bytes: Raw { start + head }

        /// How many bytes the message counts for; nil if it is not in the ring.
        var weight: Int? {
            switch kind {
            case Kind.scalar: 16
            case Kind.bytes: count + 16
            default: nil
            }
        }

        /// Borrowed bytes are valid until the place of the record is used again.
        var record: Record {
            switch kind {
            case Kind.scalar: .parcel(.scalar(Tag(rawValue: low) ?? .false, bits))
            case Kind.bytes: .parcel(.borrowed(form, UnsafeRawBufferPointer(start: bytes, count: count)))
            default: .elsewhere
            }
        }

        var form: Parcel.Form { low == Parcel.Form.string.rawValue ? .string : .encoded }
    }

    /// The record at a position, if `filled` bytes were written from there on. Nil: no such record can be. Each word is
    /// read once.
    @inline(__always)
    fileprivate static func find(_ data: Raw, at position: inout UInt64, filled: Int) -> Found? {
        var offset = Int(truncatingIfNeeded: position) & (size - 1)
        var filled = filled
        guard filled >= 8 else { return nil }
        var header = (data + offset).load(as: UInt64.self)
        if UInt8(truncatingIfNeeded: header >> 8) == Kind.wrap {
            position &+= UInt64(size - offset)
            filled -= size - offset
            offset = 0
            guard filled >= 8 else { return nil }
            header = data.load(as: UInt64.self)
        }
        let count = Int(header >> 32)
        let length: Int
        switch UInt8(truncatingIfNeeded: header >> 8) {
        case Kind.scalar where isScalar(UInt8(truncatingIfNeeded: header)): length = head + 8
        case Kind.bytes where count <= longest: length = head + (count + 7) & ~7
        case Kind.elsewhere: length = head
        default: return nil
        }
        guard length <= filled, offset + length <= size else { return nil }
        return Found(header: header, start: data + offset, size: length)
    }

    private static func isScalar(_ tag: UInt8) -> Bool { tag >= Tag.false.rawValue && tag <= Tag.float.rawValue }

    /// The proxy's flag and count.
    struct Signs {
        /// A receiver waits there; the home clears it, and rings.
        let waits: UnsafeMutablePointer<Atomic<UInt32>>
        /// How many messages were received there in all.
        let consumed: Word
    }

    // MARK: - At the home

    /// Guarded by the channel's lock of the senders.
    struct Writer {
        private let tail: Word
        private let data: Raw
        private let signs: Signs
        private var position: UInt64 = 0
        /// Up to here the ring is free again.
        private var released: UInt64 = 0
        /// How many messages were lent in all, by whatever way, and how many of them were received.
        private(set) var lent: UInt64
        private(set) var consumed: UInt64

        /// `lent`: so many messages were lent before, and received.
        init(_ memory: Raw, _ signs: Signs, lent: UInt64) {
            tail = memory.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            data = memory + dataStart
            self.signs = signs
            self.lent = lent
            consumed = lent
            tail.pointee.store(0, ordering: .relaxed)
        }

        /// Whether any record has room.
        var hasRoom: Bool {
            // A record does not wrap, so the end of the ring may be lost.
            size - Int(truncatingIfNeeded: position &- released) >= 2 * (head + longest)
        }

        static func fits(_ parcel: Parcel) -> Bool {
            switch parcel {
            case .scalar: true
            case .borrowed(_, let bytes): bytes.count <= longest
            case .owned(_, let message): message.storage.count <= longest && message.storage.shared.isEmpty
            }
        }

        /// Writes a message that `fits`, provided that there `hasRoom`.
        @inline(__always)
        mutating func push(_ parcel: Parcel, place: UInt64) {
            switch parcel {
            case .scalar(let tag, let bits):
                let record = room(head + 8)
                record.storeBytes(of: header(tag.rawValue, Kind.scalar), as: UInt64.self)
                record.storeBytes(of: place, toByteOffset: 8, as: UInt64.self)
                record.storeBytes(of: bits, toByteOffset: head, as: UInt64.self)
            case .borrowed(let form, let bytes): push(form, bytes, place)
            case .owned(let form, let message): push(form, message.bytes, place)
            }
            publish()
        }

        @inline(__always)
        private mutating func push(_ form: Parcel.Form, _ bytes: UnsafeRawBufferPointer, _ place: UInt64) {
            let record = room(head + (bytes.count + 7) & ~7)
            record.storeBytes(of: header(form.rawValue, Kind.bytes, bytes.count), as: UInt64.self)
            record.storeBytes(of: place, toByteOffset: 8, as: UInt64.self)
            if let start = bytes.baseAddress { (record + head).copyMemory(from: start, byteCount: bytes.count) }
        }

        /// The next message goes another way.
        mutating func pushElsewhere(place: UInt64) {
            let record = room(head)
            record.storeBytes(of: header(0, Kind.elsewhere), as: UInt64.self)
            record.storeBytes(of: place, toByteOffset: 8, as: UInt64.self)
            publish()
        }

        private func header(_ low: UInt8, _ kind: UInt8, _ count: Int = 0) -> UInt64 {
            UInt64(low) | UInt64(kind) << 8 | UInt64(count) << 32
        }

        @inline(__always)
        private mutating func room(_ count: Int) -> Raw {
            var offset = Int(truncatingIfNeeded: position) & (size - 1)
            if offset + count > size {
                (data + offset).storeBytes(of: UInt64(Kind.wrap) << 8, as: UInt64.self)
                position &+= UInt64(size - offset)
                offset = 0
            }
            position &+= UInt64(count)
            return data + offset
        }

        @inline(__always)
        private mutating func publish() {
            lent &+= 1
            keepOrder()
            tail.pointee.store(position, ordering: .releasing)
        }

        /// After a push: whether a receiver waits, who has to be told.
        @inline(__always)
        func mustRing() -> Bool {
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            if signs.waits.pointee.load(ordering: .relaxed) == 0 { return false }
            keepOrder()
            return signs.waits.pointee.exchange(0, ordering: .acquiringAndReleasing) != 0
        }

        /// How many messages were received since the last look. A count that cannot be is ignored.
        func received() -> UInt64 {
            let now = signs.consumed.pointee.load(ordering: .acquiring)
            return now > consumed && now <= lent ? now - consumed : 0
        }

        /// Frees the oldest record; returns its weight, or nil if its message is elsewhere.
        mutating func drop() -> Int? {
            consumed += 1
            guard let found = find(data, at: &released, filled: Int(truncatingIfNeeded: position &- released)) else {
                return 16
            }
            released &+= UInt64(found.size)
            return found.weight
        }

        /// If nothing is in the ring its memory goes back to the system.
        func rest() { if lent == consumed { SharedMemory.empty(data, size) } }

        /// Takes back the oldest record. No message that is lent was received. The parcel is valid until the next push.
        mutating func takeBack() -> (place: UInt64, record: Record)? {
            guard lent > consumed,
                let found = find(data, at: &released, filled: Int(truncatingIfNeeded: position &- released))
            else {
                lent = consumed
                return nil
            }
            released &+= UInt64(found.size)
            lent -= 1
            return (found.place, found.record)
        }
    }

    // MARK: - At the proxy

    /// Guarded by the proxy's lock.
    struct Reader {
        private let tail: Word
        private let data: Raw
        let signs: Signs
        private var position: UInt64 = 0
        private var known: UInt64 = 0
        /// The ring held what cannot be. Nothing more is read.
        private(set) var isBroken = false

        init(_ memory: Raw, _ signs: Signs) {
            tail = memory.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            data = memory + dataStart
            self.signs = signs
        }

        /// A receiver waits from now on. The caller looks into the ring after it.
        func startWaiting() {
            signs.waits.pointee.store(1, ordering: .relaxed)
            atomicMemoryFence(ordering: .sequentiallyConsistent)
        }

        func stopWaiting() { signs.waits.pointee.store(0, ordering: .relaxed) }

        var isEmpty: Bool {
            @inline(__always) mutating get {
                if position != known { return false }
                known = tail.pointee.load(ordering: .acquiring)
                return position == known
            }
        }

        @inline(__always)
        private mutating func first() -> Found? {
            guard !isEmpty, !isBroken else { return nil }
            let filled = known &- position
            if filled <= UInt64(size), let found = find(data, at: &position, filled: Int(filled)) { return found }
            isBroken = true
            return nil
        }

        /// The next record. Its bytes are valid until it is removed. A scalar of a wrong kind makes the ring broken.
        mutating func peek() -> (record: Record, size: Int)? {
            first().map { ($0.record, $0.size) }
        }

        mutating func remove(_ size: Int) { position &+= UInt64(size) }

        /// The next message if it is a scalar, or fits into `room`, where its bytes are copied to.
        @inline(__always)
        mutating func popShort(_ place: Raw, _ room: Int) -> RecordQueue.Short {
            guard let found = first() else { return .nothing }
            switch found.kind {
            case Kind.scalar:
                let bits = found.bits
                position &+= UInt64(found.size)
                return .scalar(Tag(rawValue: found.low) ?? .false, bits)
            case Kind.bytes where found.count <= room:
                place.copyMemory(from: found.bytes, byteCount: found.count)
                position &+= UInt64(found.size)
                return .bytes(found.form, found.count)
            default:
                return .nothing
            }
        }

        /// All messages go back to the home, which writes no more at this moment.
        mutating func skipAll() {
            known = tail.pointee.load(ordering: .acquiring)
            position = known
        }
    }
}
