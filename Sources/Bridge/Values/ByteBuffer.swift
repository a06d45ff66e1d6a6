/// A growing run of bytes, written at the end. Owned by whoever holds it.
///
/// When it cannot grow, or a length does not fit into the format, it drops its bytes and sets `failed`: one check at
/// the end serves all writes.
struct ByteBuffer: ~Copyable {
    private(set) var start: UnsafeMutableRawPointer
    private(set) var capacity: Int
    private(set) var failed = false
    var count = 0

    init() {
        if let block = LargeBlocks.take(256) {
            (start, capacity) = block
        } else {
            (start, capacity, failed) = (Self.nothing, 0, true)
        }
    }

    /// The start of a buffer that got no memory. Sound: never read or written.
    private nonisolated(unsafe) static let nothing = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)

    deinit { LargeBlocks.give(start, capacity) }

    /// Makes room for `more` bytes. False: there is no memory, and nothing may be written. After a failure it may still
    /// be true for a few bytes; what is written then is of no use.
    @inline(__always)
    mutating func reserve(_ more: Int) -> Bool {
        count + more <= capacity || grow(more)
    }

    @inline(never)
    private mutating func grow(_ more: Int) -> Bool {
        guard !failed, let bigger = LargeBlocks.take(max(capacity * 2, count + more)) else {
            fail()
            return more <= capacity
        }
        bigger.start.copyMemory(from: start, byteCount: count)
        LargeBlocks.give(start, capacity)
        (start, capacity) = bigger
        return true
    }

    private mutating func fail() {
        failed = true
        count = 0
    }

    @inline(__always)
    mutating func append<T: BitwiseCopyable>(_ value: T) {
        guard reserve(MemoryLayout<T>.size) else { return }
        start.storeBytes(of: value, toByteOffset: count, as: T.self)
        count += MemoryLayout<T>.size
    }

    /// A tag and what follows it, with one check for room.
    @inline(__always)
    mutating func append<T: BitwiseCopyable>(_ tag: Tag, _ value: T) {
        guard reserve(1 + MemoryLayout<T>.size) else { return }
        start.storeBytes(of: tag.rawValue, toByteOffset: count, as: UInt8.self)
        start.storeBytes(of: value, toByteOffset: count + 1, as: T.self)
        count += 1 + MemoryLayout<T>.size
    }

    @inline(__always)
    mutating func append(_ tag: Tag) { append(tag.rawValue) }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawPointer, _ length: Int) {
        guard reserve(length) else { return }
        (start + count).copyMemory(from: bytes, byteCount: length)
        count += length
    }

    /// Appends the length (UInt32), then the bytes. Fails for 4 GiB and more.
    mutating func append(text: ByteText) {
        text.bytes.withUnsafeBytes { bytes in
            guard let length = UInt32(exactly: bytes.count) else { return fail() }
            append(length)
            if let start = bytes.baseAddress { append(start, bytes.count) }
        }
    }

    mutating func patch<T: BitwiseCopyable>(_ value: T, at offset: Int) {
        if offset + MemoryLayout<T>.size <= count { start.storeBytes(of: value, toByteOffset: offset, as: T.self) }
    }

    /// Writes into the four bytes at `offset` how many bytes follow them. Fails for 4 GiB and more.
    mutating func patchLength(at offset: Int) {
        guard !failed, let length = UInt32(exactly: count - offset - 4) else { return fail() }
        patch(length, at: offset)
    }

    /// Gives its bytes away as a message and starts afresh.
    mutating func takeMessage(shared: [any Shareable]) -> Message {
        var fresh = ByteBuffer()
        swap(&self, &fresh)
        return fresh.intoMessage(shared)
    }

    private consuming func intoMessage(_ shared: [any Shareable]) -> Message {
        let message = Message(storage: .init(start: start, count: count, capacity: capacity, shared: shared))
        discard self
        return message
    }
}
