import Synchronization

/// One direction of a link: a ring of bytes in shared memory, with one process that writes and one that reads.
///
/// Bytes are there for the reader once the tail is published, and stay there if the writer dies. The other side may
/// write nonsense into all of it: what it says is checked, and read once.
struct RingBuffer {
    /// What two sides say to each other, each word on a cache line of its own.
    struct Control {
        let tail: UnsafeMutablePointer<Atomic<UInt64>>
        let head: UnsafeMutablePointer<Atomic<UInt64>>
        /// The reader sleeps: whoever clears it rings.
        let readerSleeps: UnsafeMutablePointer<Atomic<UInt32>>
        /// The writer has more than there is room for: whoever clears it rings, once there is room.
        let writerWaits: UnsafeMutablePointer<Atomic<UInt32>>

        static let size = 256

        init(_ place: UnsafeMutableRawPointer) {
            tail = place.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            head = (place + 64).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            readerSleeps = (place + 128).bindMemory(to: Atomic<UInt32>.self, capacity: 1)
            writerWaits = (place + 192).bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        }
    }

    static let size = 512 << 10
    let control: Control
    private let data: UnsafeMutableRawPointer
    /// How far this side is. The other side's figure is never believed beyond what that allows.
    private(set) var position: UInt64 = 0
    private var other: UInt64 = 0

    init(_ control: Control, _ data: UnsafeMutableRawPointer) {
        self.control = control
        self.data = data
    }

    // MARK: - Writing

    /// Room for that many bytes at least? Nil: what the reader says cannot be.
    @inline(__always)
    mutating func hasRoom(_ count: Int) -> Bool? {
        if Int(truncatingIfNeeded: position &- other) &+ count <= Self.size { return true }
        other = control.head.pointee.load(ordering: .acquiring)
        let filled = position &- other
        return filled > UInt64(Self.size) ? nil : Int(filled) + count <= Self.size
    }

    /// How many bytes there is room for, at this moment. Nil: what the reader says cannot be.
    mutating func room() -> Int? {
        other = control.head.pointee.load(ordering: .acquiring)
        let filled = position &- other
        return filled > UInt64(Self.size) ? nil : Self.size - Int(filled)
    }

    /// Writes where `hasRoom` has said that there is room. Nobody sees it before `publish`.
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

    // MARK: - Reading

    /// How many bytes there are. Nil: what the writer says cannot be.
    @inline(__always)
    mutating func available() -> Int? {
        other = control.tail.pointee.load(ordering: .acquiring)
        let filled = other &- position
        return filled > UInt64(Self.size) ? nil : Int(filled)
    }

    var hasData: Bool { control.tail.pointee.load(ordering: .acquiring) != position }

    /// What `available` has counted, into memory of one's own.
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

    /// What was read makes room.
    @inline(__always)
    func release() {
        keepOrder()
        control.head.pointee.store(position, ordering: .releasing)
    }
}
