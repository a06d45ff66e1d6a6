import Glibc
import Synchronization

/// A first-in first-out queue of records in segments of raw memory. One sender and one receiver may work on it at the
/// same time: each side has its own lock, its own cache lines, and an idea of how far the other is that it renews only
/// when it runs out. So traffic between two threads passes no lock that the other one wants.
///
/// A record is a header (kind, length) and its bytes, or the reference of a message that has memory of its own.
struct RecordQueue: ~Copyable {
    typealias Raw = UnsafeMutableRawPointer

    /// What the senders' side owns. Guarded by its lock.
    struct Tail: ~Copyable {
        let lock = LockWord()
        let sent = Atomic<Int>(0)  // published; the receivers' side reads it
        var count = 0, bytes = 0
        var segment: Raw, offset: Int
        var knownReceived = 0, knownReceivedBytes = 0
    }

    /// What the receivers' side owns. Guarded by its lock.
    struct Head: ~Copyable {
        let lock = LockWord()
        let received = Atomic<Int>(0)
        let receivedBytes = Atomic<Int>(0)
        var count = 0, bytes = 0
        var segment: Raw, offset: Int
        var knownSent = 0
        let spare = Atomic<Raw?>(nil)
    }

    let tail: UnsafeMutablePointer<Tail>
    let head: UnsafeMutablePointer<Head>

    init() {
        let first = Segment.make(Segment.firstSize)
        tail = Self.allocate()
        tail.initialize(to: Tail(segment: first, offset: Segment.start))
        head = Self.allocate()
        head.initialize(to: Head(segment: first, offset: Segment.start))
    }

    /// Each side on cache lines of its own.
    private static func allocate<T: ~Copyable>() -> UnsafeMutablePointer<T> {
        UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<T>.size, alignment: 128).bindMemory(
            to: T.self, capacity: 1)
    }

    deinit {
        while case .some = pop() {}
        Segment.free(head.pointee.segment)
        if let spare = head.pointee.spare.exchange(nil, ordering: .acquiring) { Segment.free(spare) }
        tail.deinitialize(count: 1)
        tail.deallocate()
        head.deinitialize(count: 1)
        head.deallocate()
    }

    // MARK: What either side may ask at any time

    var sent: Int { tail.pointee.sent.load(ordering: .acquiring) }
    var received: Int { head.pointee.received.load(ordering: .acquiring) }

    // MARK: The senders' side, under its lock

    func hasRoom(for weight: Int, capacity: Int, bytes: Int) -> Bool {
        if fits(weight, capacity, bytes) { return true }
        tail.pointee.knownReceived = received
        tail.pointee.knownReceivedBytes = head.pointee.receivedBytes.load(ordering: .acquiring)
        return fits(weight, capacity, bytes)
    }

    @inline(__always)
    private func fits(_ weight: Int, _ capacity: Int, _ bytes: Int) -> Bool {
        let queued = tail.pointee.count &- tail.pointee.knownReceived
        let queuedBytes = tail.pointee.bytes &- tail.pointee.knownReceivedBytes
        return queued < capacity && (queuedBytes &+ weight <= bytes || queued == 0)
    }

    func push(_ parcel: Parcel) {
        switch parcel {
        case .scalar(let tag, let bits):
            push(tag, bits)
        case .borrowed(let form, let bytes) where bytes.count <= Segment.longest:
            push(form, bytes.baseAddress ?? UnsafeRawPointer(tail), bytes.count)
        case .borrowed:
            push(parcel.kept)
        case .owned(let form, let message):
            let record = room(16)
            record.storeBytes(of: UInt64(form.rawValue) | Kind.message, as: UInt64.self)
            let reference = Unmanaged.passRetained(message.storage).toOpaque()
            record.storeBytes(of: UInt64(UInt(bitPattern: reference)), toByteOffset: 8, as: UInt64.self)
            publish(message.storage.count + 16)
        }
    }

    @inline(__always)
    func push(_ tag: Tag, _ bits: UInt64) {
        let record = room(16)
        record.storeBytes(of: UInt64(tag.rawValue) | Kind.scalar, as: UInt64.self)
        record.storeBytes(of: bits, toByteOffset: 8, as: UInt64.self)
        publish(16)
    }

    @inline(__always)
    func push(_ form: Parcel.Form, _ bytes: UnsafeRawPointer, _ count: Int) {
        let record = room(8 + (count + 7) & ~7)
        record.storeBytes(of: UInt64(form.rawValue) | Kind.bytes | UInt64(count) << 16, as: UInt64.self)
        (record + 8).copyMemory(from: bytes, byteCount: count)
        publish(count + 16)
    }

    @inline(__always)
    private func room(_ size: Int) -> Raw {
        if tail.pointee.offset + size > Segment.capacity(tail.pointee.segment) { extend(size) }
        let record = tail.pointee.segment + tail.pointee.offset
        tail.pointee.offset += size
        return record
    }

    @inline(never)
    private func extend(_ size: Int) {
        let full = tail.pointee.segment
        if tail.pointee.offset + 8 <= Segment.capacity(full) {
            (full + tail.pointee.offset).storeBytes(of: Kind.end, as: UInt64.self)
        }
        let wanted = max(min(Segment.capacity(full) * 4, Segment.lastSize), size + Segment.start)
        var next = head.pointee.spare.exchange(nil, ordering: .acquiring)
        if let small = next, Segment.capacity(small) < wanted {
            Segment.free(small)
            next = nil
        }
        let segment = next ?? Segment.make(wanted)
        Segment.link(full, segment)
        tail.pointee.segment = segment
        tail.pointee.offset = Segment.start
    }

    @inline(__always)
    private func publish(_ weight: Int) {
        tail.pointee.count &+= 1
        tail.pointee.bytes &+= weight
        tail.pointee.sent.store(tail.pointee.count, ordering: .releasing)
    }

    // MARK: The receivers' side, under its lock

    enum Popped {
        case scalar(Tag, UInt64)
        /// Bytes in the queue's own memory, valid until the next `pop` or `done`.
        case bytes(Parcel.Form, UnsafeRawBufferPointer)
        case message(Parcel.Form, Message)
    }

    @inline(__always)
    var isEmpty: Bool {
        if head.pointee.count != head.pointee.knownSent { return false }
        head.pointee.knownSent = sent
        return head.pointee.count == head.pointee.knownSent
    }

    /// The next record. Call `done` when its bytes have been copied: only then is its place free.
    func pop() -> Popped? {
        guard !isEmpty else { return nil }
        var record = head.pointee.segment + head.pointee.offset
        if head.pointee.offset + 8 > Segment.capacity(head.pointee.segment) || record.load(as: UInt64.self) == Kind.end {
            advance()
            record = head.pointee.segment + head.pointee.offset
        }
        let header = record.load(as: UInt64.self)
        let low = UInt8(truncatingIfNeeded: header)
        switch header & Kind.mask {
        case Kind.scalar:
            take(16, 16)
            return .scalar(Tag(rawValue: low) ?? .nil, record.load(fromByteOffset: 8, as: UInt64.self))
        case Kind.bytes:
            let count = Int(header >> 16)
            take(8 + (count + 7) & ~7, count + 16)
            return .bytes(form(low), UnsafeRawBufferPointer(start: record + 8, count: count))
        default:
            let bits = record.load(fromByteOffset: 8, as: UInt64.self)
            let reference = UnsafeRawPointer(bitPattern: UInt(bits)).unsafelyUnwrapped
            let storage = Unmanaged<Message.Storage>.fromOpaque(reference).takeRetainedValue()
            take(16, storage.count + 16)
            return .message(form(low), Message(storage: storage))
        }
    }

    /// The next record if it is a scalar or fits into `room`, where its bytes are copied to.
    @inline(__always)
    func popShort(_ place: Raw, _ room: Int) -> Channel.Quick {
        guard !isEmpty else { return .nothing }
        var record = head.pointee.segment + head.pointee.offset
        if head.pointee.offset + 8 > Segment.capacity(head.pointee.segment) || record.load(as: UInt64.self) == Kind.end {
            advance()
            record = head.pointee.segment + head.pointee.offset
        }
        let header = record.load(as: UInt64.self)
        let low = UInt8(truncatingIfNeeded: header)
        if header & Kind.mask == Kind.scalar {
            let bits = record.load(fromByteOffset: 8, as: UInt64.self)
            take(16, 16)
            done()
            return .scalar(Tag(rawValue: low) ?? .nil, bits)
        }
        let count = Int(header >> 16)
        guard header & Kind.mask == Kind.bytes, count <= room else { return .nothing }
        place.copyMemory(from: record + 8, byteCount: count)
        take(8 + (count + 7) & ~7, count + 16)
        done()
        return .bytes(form(low), count)
    }

    private func form(_ raw: UInt8) -> Parcel.Form { raw == Parcel.Form.string.rawValue ? .string : .encoded }

    @inline(__always)
    private func take(_ size: Int, _ weight: Int) {
        head.pointee.offset += size
        head.pointee.count &+= 1
        head.pointee.bytes &+= weight
    }

    /// The place of what was popped may be used again.
    @inline(__always)
    func done() {
        head.pointee.receivedBytes.store(head.pointee.bytes, ordering: .relaxed)
        head.pointee.received.store(head.pointee.count, ordering: .releasing)
    }

    @inline(never)
    private func advance() {
        let empty = head.pointee.segment
        head.pointee.segment = Segment.next(empty)
        head.pointee.offset = Segment.start
        if let older = head.pointee.spare.exchange(empty, ordering: .releasing) { Segment.free(older) }
    }

    private enum Kind {
        static let end: UInt64 = 0
        static let scalar: UInt64 = 0x100, bytes: UInt64 = 0x200, message: UInt64 = 0x300, mask: UInt64 = 0xff00
    }

    /// A block of memory: the next one's address, its own size, then records.
    private enum Segment {
        static let start = 16, firstSize = 512, lastSize = 64 << 10, longest = 16 << 10

        static func make(_ size: Int) -> Raw {
            let size = max(size, firstSize)
            let segment = Raw.allocate(byteCount: size, alignment: 16)
            segment.storeBytes(of: nil, as: Raw?.self)
            segment.storeBytes(of: size, toByteOffset: 8, as: Int.self)
            return segment
        }

        @inline(__always)
        static func capacity(_ segment: Raw) -> Int { segment.load(fromByteOffset: 8, as: Int.self) }
        static func link(_ segment: Raw, _ next: Raw) { segment.storeBytes(of: next, as: Raw?.self) }
        static func next(_ segment: Raw) -> Raw { segment.load(as: Raw?.self).unsafelyUnwrapped }
        static func free(_ segment: Raw) { segment.deallocate() }
    }
}
