import Synchronization

/// A first-in first-out queue of records in segments of raw memory. One sender and one receiver may work on it at the
/// same time: each side has its own lock and its own cache lines. It keeps a copy of the other side's counter, and
/// renews it only when that copy says full or empty. So one sender and one receiver rarely touch the same cache line.
///
/// A record is a header (kind, length) followed by its bytes, or by a reference to a message with memory of its own.
struct RecordQueue: ~Copyable {
    typealias Raw = UnsafeMutableRawPointer

    /// What the senders' side owns. Guarded by its lock.
    private struct Tail {
        var count = 0, bytes = 0
        var segment: Raw, offset: Int
        var knownReceived = 0, knownReceivedBytes = 0
    }

    /// What the receivers' side owns. Guarded by its lock.
    private struct Head {
        var count = 0, bytes = 0
        var segment: Raw, offset: Int
        var knownSent = 0
    }

    /// What one side shows the other: its lock and how far it is.
    struct Side: ~Copyable {
        fileprivate let count = Atomic<Int>(0)
        fileprivate let bytes = Atomic<Int>(0)
        private let padding = (0, 0, 0, 0, 0, 0)
        let lock = Lock()
    }

    let senders: UnsafeMutablePointer<Side>
    let receivers: UnsafeMutablePointer<Side>
    private let tail: UnsafeMutablePointer<Tail>
    private let head: UnsafeMutablePointer<Head>
    /// An emptied segment on its way back to the senders.
    private let spare: UnsafeMutablePointer<Atomic<Raw?>>

    init() {
        let first = Segment.make(Segment.firstSize)
        senders = Self.allocate()
        senders.initialize(to: Side())
        receivers = Self.allocate()
        receivers.initialize(to: Side())
        // Each side's own fields stand behind what it shows, on cache lines that the other never touches.
        tail = (UnsafeMutableRawPointer(senders) + 72).bindMemory(to: Tail.self, capacity: 1)
        tail.initialize(to: Tail(segment: first, offset: Segment.start))
        head = (UnsafeMutableRawPointer(receivers) + 72).bindMemory(to: Head.self, capacity: 1)
        head.initialize(to: Head(segment: first, offset: Segment.start))
        spare = .allocate(capacity: 1)
        spare.initialize(to: Atomic(nil))
    }

    private static func allocate() -> UnsafeMutablePointer<Side> {
        UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128).bindMemory(to: Side.self, capacity: 1)
    }

    deinit {
        while case .some = pop() {}
        Segment.free(head.pointee.segment)
        if let spare = spare.pointee.exchange(nil, ordering: .acquiring) { Segment.free(spare) }
        spare.deinitialize(count: 1)
        spare.deallocate()
        for side in [senders, receivers] {
            side.deinitialize(count: 1)
            UnsafeMutableRawPointer(side).deallocate()
        }
    }

    // MARK: Any thread, without a lock

    var sent: Int { senders.pointee.count.load(ordering: .acquiring) }
    var received: Int { receivers.pointee.count.load(ordering: .acquiring) }

    // MARK: The senders' side, under its lock

    /// How much a queue may hold.
    struct Room {
        var count: Int
        var bytes: Int
        /// Proxies take up nothing of it, so a larger message passes while the queue is empty.
        var isWhole = true
    }

    @inline(__always)
    func hasRoom(for weight: Int, _ room: Room) -> Bool {
        if fits(weight, room) { return true }
        Self.look(tail, receivers)
        return fits(weight, room)
    }

    /// Notes what was received meanwhile.
    @inline(never)
    private static func look(_ tail: UnsafeMutablePointer<Tail>, _ receivers: UnsafeMutablePointer<Side>) {
        tail.pointee.knownReceived = receivers.pointee.count.load(ordering: .acquiring)
        tail.pointee.knownReceivedBytes = receivers.pointee.bytes.load(ordering: .acquiring)
    }

    @inline(__always)
    private func fits(_ weight: Int, _ room: Room) -> Bool {
        let queued = tail.pointee.count &- tail.pointee.knownReceived
        let queuedBytes = tail.pointee.bytes &- tail.pointee.knownReceivedBytes
        return queued < room.count && (queuedBytes &+ weight <= room.bytes || queued == 0 && room.isWhole)
    }

    /// How much is queued, for whoever has both locks.
    var held: (count: Int, bytes: Int) {
        (tail.pointee.count &- head.pointee.count, tail.pointee.bytes &- head.pointee.bytes)
    }

    func push(_ parcel: Parcel) {
        if Tracing.isOn { pushMark() }
        switch parcel {
        case .scalar(let tag, let bits):
            push(tag, bits)
        case .borrowed(let form, let bytes) where bytes.count <= Segment.longest:
            push(form, bytes.baseAddress ?? UnsafeRawPointer(senders), bytes.count)
        case .borrowed:
            push(parcel.kept)
        case .owned(let form, let message):
            let record = room(16)
            record.storeBytes(of: UInt64(form.rawValue) | Kind.message, as: UInt64.self)
            record.storeBytes(of: Handover.give(message.storage), toByteOffset: 8, as: Raw.self)
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

    /// The next record gets the mark that its sender has set, if any. It counts for nothing.
    @inline(never)
    private func pushMark() {
        let mark = Tracing.sentMark
        guard mark != 0 else { return }
        Tracing.sentMark = 0
        let record = room(16)
        record.storeBytes(of: Kind.mark, as: UInt64.self)
        record.storeBytes(of: mark, toByteOffset: 8, as: UInt64.self)
    }

    @inline(__always)
    private func room(_ size: Int) -> Raw {
        if tail.pointee.offset &+ size > Segment.capacity(tail.pointee.segment) {
            Self.extend(tail, size, spare)
        }
        let record = tail.pointee.segment + tail.pointee.offset
        tail.pointee.offset &+= size
        return record
    }

    // Like `look` it is static: for a call of a method the whole structure would be copied first.
    @inline(never)
    private static func extend(
        _ tail: UnsafeMutablePointer<Tail>, _ size: Int, _ spare: UnsafeMutablePointer<Atomic<Raw?>>
    ) {
        let full = tail.pointee.segment
        if tail.pointee.offset + 8 <= Segment.capacity(full) {
            (full + tail.pointee.offset).storeBytes(of: Kind.end, as: UInt64.self)
        }
        let wanted = max(min(Segment.capacity(full) * 4, Segment.lastSize), size + Segment.start)
        var next = spare.pointee.exchange(nil, ordering: .acquiring)
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
        let count = tail.pointee.count &+ 1
        tail.pointee.count = count
        tail.pointee.bytes &+= weight
        keepOrder()
        senders.pointee.count.store(count, ordering: .releasing)
    }

    // MARK: The receivers' side, under its lock

    enum Taken {
        case parcel(Parcel)
        /// The bytes were appended to the buffer.
        case copied(Parcel.Form)
        case empty
    }

    enum Short {
        case nothing
        case scalar(Tag, UInt64)
        case bytes(Parcel.Form, Int)
    }

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
        if Tracing.isOn { Tracing.receivedMark = 0 }
        return popMarked()
    }

    private func popMarked() -> Popped? {
        var record = head.pointee.segment + head.pointee.offset
        if head.pointee.offset + 8 > Segment.capacity(head.pointee.segment) || record.load(as: UInt64.self) == Kind.end
        {
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
        case Kind.mark:
            Tracing.receivedMark = record.load(fromByteOffset: 8, as: UInt64.self)
            head.pointee.offset &+= 16
            return popMarked()
        default:
            let storage = Handover.take(record.load(fromByteOffset: 8, as: Raw.self), as: Message.Storage.self)
            take(16, storage.count + 16)
            return .message(form(low), Message(storage: storage))
        }
    }

    /// Takes the next record out of the queue. Bytes are appended to the buffer.
    @inline(__always)
    func take(_ buffer: inout ByteBuffer) -> Taken {
        guard let popped = pop() else { return .empty }
        defer { done() }
        switch popped {
        case .scalar(let tag, let bits):
            return .parcel(.scalar(tag, bits))
        case .bytes(let form, let bytes):
            if let start = bytes.baseAddress { buffer.append(start, bytes.count) }
            return .copied(form)
        case .message(let form, let message):
            return .parcel(.owned(form, message))
        }
    }

    /// The next record if it is a scalar or fits into `room`, where its bytes are copied to.
    @inline(__always)
    func popShort(_ place: Raw, _ room: Int) -> Short {
        guard !isEmpty else { return .nothing }
        var record = head.pointee.segment + head.pointee.offset
        if head.pointee.offset + 8 > Segment.capacity(head.pointee.segment) || record.load(as: UInt64.self) == Kind.end
        {
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

    /// The next record if it is a number. Nil also where the next one begins a segment.
    @inline(__always)
    func popNumber() -> (Tag, UInt64)? {
        guard !isEmpty else { return nil }
        let offset = head.pointee.offset
        guard offset &+ 8 <= Segment.capacity(head.pointee.segment) else { return nil }
        let record = head.pointee.segment + offset
        let header = record.load(as: UInt64.self)
        guard header | 7 == Kind.scalar | 7, let tag = Tag(rawValue: UInt8(truncatingIfNeeded: header)),
            tag == .integer || tag == .float
        else { return nil }
        let bits = record.load(fromByteOffset: 8, as: UInt64.self)
        take(16, 16)
        done()
        return (tag, bits)
    }

    // MARK: - With both locks

    /// Calls `body` for each queued message that has memory of its own. Returns how many records there are in all.
    func forEachMessage(_ body: (Unmanaged<Message.Storage>) -> Void) -> Int {
        let queued = held.count
        var (segment, offset) = (head.pointee.segment, head.pointee.offset)
        var seen = 0
        while seen < queued {
            if offset + 8 > Segment.capacity(segment) || (segment + offset).load(as: UInt64.self) == Kind.end {
                segment = Segment.next(segment)
                offset = Segment.start
            }
            let header = (segment + offset).load(as: UInt64.self)
            if header & Kind.mask != Kind.mark { seen += 1 }
            if header & Kind.mask == Kind.message {
                let reference = (segment + offset).load(fromByteOffset: 8, as: Raw.self)
                body(Unmanaged.fromOpaque(reference))
            }
            offset += header & Kind.mask == Kind.bytes ? 8 + (Int(header >> 16) + 7) & ~7 : 16
        }
        return queued
    }

    /// Takes everything out, for the caller to drop when the locks are released.
    func empty(into popped: inout [Popped]) {
        while let next = pop() {
            if case .message = next { popped.append(next) }
            done()
        }
    }

    private func form(_ raw: UInt8) -> Parcel.Form { raw == Parcel.Form.string.rawValue ? .string : .encoded }

    @inline(__always)
    private func take(_ size: Int, _ weight: Int) {
        head.pointee.offset &+= size
        head.pointee.count &+= 1
        head.pointee.bytes &+= weight
    }

    /// The place of what was popped may be used again.
    @inline(__always)
    func done() {
        receivers.pointee.bytes.store(head.pointee.bytes, ordering: .relaxed)
        let count = head.pointee.count
        keepOrder()
        receivers.pointee.count.store(count, ordering: .releasing)
    }

    @inline(never)
    private func advance() {
        let empty = head.pointee.segment
        head.pointee.segment = Segment.next(empty)
        head.pointee.offset = Segment.start
        keepOrder()
        if let older = spare.pointee.exchange(empty, ordering: .releasing) { Segment.free(older) }
    }

    private enum Kind {
        static let end: UInt64 = 0
        static let scalar: UInt64 = 0x100, bytes: UInt64 = 0x200, message: UInt64 = 0x300, mask: UInt64 = 0xff00
        /// Not a message: the mark of the next one.
        static let mark: UInt64 = 0x400
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

extension Parcel {
    /// Borrowed bytes are valid as long as those of `popped`.
    init(_ popped: RecordQueue.Popped) {
        self =
            switch popped {
            case .scalar(let tag, let bits): .scalar(tag, bits)
            case .bytes(let form, let bytes): .borrowed(form, bytes)
            case .message(let form, let message): .owned(form, message)
            }
    }
}
