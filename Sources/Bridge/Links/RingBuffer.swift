import Synchronization

/// One direction of a link: a ring of bytes in shared memory, with one process that writes and one that reads.
///
/// Bytes are there for the reader once the tail is published, and stay there if the writer dies. The other side may
/// write nonsense into all of it, so its position is checked, and each byte is read only once.
struct RingBuffer {
    /// The words by which the two sides coordinate, each on a cache line of its own.
    struct Control {
        let tail: UnsafeMutablePointer<Atomic<UInt64>>
        let head: UnsafeMutablePointer<Atomic<UInt64>>
        /// A `Sleep`. The writer sets it to `none` and wakes the reader by the socket.
        let readerSleeps: UnsafeMutablePointer<Atomic<UInt32>>
        /// The writer waits for room. The reader clears it and wakes the writer once there is some.
        let writerWaits: UnsafeMutablePointer<Atomic<UInt32>>

        static let size = 256

        init(_ place: UnsafeMutableRawPointer) {
            tail = place.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            head = (place + 64).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            readerSleeps = (place + 128).bindMemory(to: Atomic<UInt32>.self, capacity: 1)
            writerWaits = (place + 192).bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        }
    }

    /// How the reader sleeps.
    enum Sleep: UInt32 {
        case none, deep
        /// A thread has just stopped to look at the ring itself, and may do so again in a moment.
        case light
    }

    static let size = 512 << 10
    let control: Control
    private let data: UnsafeMutableRawPointer
    /// How many bytes this side has written or read. The other side's position is accepted only if it fits to that.
    private(set) var position: UInt64 = 0
    private var other: UInt64 = 0

    init(_ control: Control, _ data: UnsafeMutableRawPointer) {
        self.control = control
        self.data = data
    }

    // MARK: - Writing

    /// Whether there is room for that many bytes. Nil: the reader's position is impossible.
    @inline(__always)
    mutating func hasRoom(_ count: Int) -> Bool? {
        if Int(truncatingIfNeeded: position &- other) &+ count <= Self.size { return true }
        other = control.head.pointee.load(ordering: .acquiring)
        let filled = position &- other
        return filled > UInt64(Self.size) ? nil : Int(filled) + count <= Self.size
    }

    /// How many bytes there is room for at this moment. Nil: the reader's position is impossible.
    mutating func room() -> Int? {
        other = control.head.pointee.load(ordering: .acquiring)
        let filled = position &- other
        return filled > UInt64(Self.size) ? nil : Self.size - Int(filled)
    }

    /// Writes bytes for which `hasRoom` was true. The reader does not see them before `publish`.
    @inline(__always)
    mutating func write(_ start: UnsafeRawPointer, _ count: Int) {
        let offset = Int(truncatingIfNeeded: position) & (Self.size - 1)
        let first = min(count, Self.size - offset)
        (data + offset).copyMemory(from: start, byteCount: first)
        if first < count { data.copyMemory(from: start + first, byteCount: count - first) }
        position &+= UInt64(count)
    }

    /// Eight bytes, at a place divisible by eight.
    @inline(__always)
    mutating func write(_ word: UInt64) {
        data.storeBytes(of: word, toByteOffset: Int(truncatingIfNeeded: position) & (Self.size - 1), as: UInt64.self)
        position &+= 8
    }

    mutating func skip(_ count: Int) { position &+= UInt64(count) }

    @inline(__always)
    func publish() {
        keepOrder()
        control.tail.pointee.store(position, ordering: .releasing)
    }

    /// If everything was read the memory goes back to the system.
    mutating func rest() { if room() == Self.size { SharedMemory.empty(data, Self.size) } }

    // MARK: - Reading

    /// How many bytes there are to read. Nil: the writer's position is impossible.
    @inline(__always)
    mutating func available() -> Int? {
        other = control.tail.pointee.load(ordering: .acquiring)
        let filled = other &- position
        return filled > UInt64(Self.size) ? nil : Int(filled)
    }

    /// At least half of the ring was unread when that was looked at last.
    var isHalfFull: Bool { Int(truncatingIfNeeded: other &- position) >= Self.size / 2 }

    var hasData: Bool { control.tail.pointee.load(ordering: .acquiring) != position }

    /// Copies bytes out of the ring, at most as many as `available` has returned.
    @inline(__always)
    mutating func read(_ place: UnsafeMutableRawPointer, _ count: Int) {
        let offset = Int(truncatingIfNeeded: position) & (Self.size - 1)
        let first = min(count, Self.size - offset)
        place.copyMemory(from: data + offset, byteCount: first)
        if first < count { (place + first).copyMemory(from: data, byteCount: count - first) }
        position &+= UInt64(count)
    }

    /// Eight bytes, at a place divisible by eight.
    @inline(__always)
    mutating func readWord() -> UInt64 {
        let word = data.load(fromByteOffset: Int(truncatingIfNeeded: position) & (Self.size - 1), as: UInt64.self)
        position &+= 8
        return word
    }

    /// Gives the place of all that was read back to the writer.
    @inline(__always)
    func release() {
        keepOrder()
        control.head.pointee.store(position, ordering: .releasing)
    }
}
