import Synchronization

/// Reads frames out of a link's ring. It copies bytes before it looks at them, since the other side can still write
/// into the ring. Owned by whoever holds the link's `reading`.
struct LinkReader: ~Copyable {
    /// Bodies up to this size are read in one go, into memory that is used again.
    private static let short = 16 << 10
    /// For a longer body, at most so much memory is taken before the bytes have come.
    private static let trusted = 64 << 20
    /// After so many bytes their place in the ring is given back.
    private static let slice = 64 << 10

    private var ring: RingBuffer
    private let scratch = UnsafeMutableRawPointer.allocate(byteCount: LinkReader.short, alignment: 16)
    /// A frame whose body has not come completely.
    private var partial: Frame?
    private var body = ByteBuffer()
    private var unreleased = 0
    /// There is room of which the writer, if it waits, was not told.
    private var isCallDue = false

    private let callWriter: () -> Void

    /// `callWriter` is called when the writer waits for room, and there is some.
    init(_ ring: RingBuffer, _ callWriter: @escaping () -> Void) {
        self.ring = ring
        self.callWriter = callWriter
    }

    deinit { scratch.deallocate() }

    enum Body {
        case none
        /// Valid until the next frame is asked for.
        case borrowed(UnsafeRawBufferPointer)
        case owned(Message)

        var bytes: UnsafeRawBufferPointer {
            switch self {
            case .none: UnsafeRawBufferPointer(start: nil, count: 0)
            case .borrowed(let bytes): bytes
            case .owned(let message): message.bytes
            }
        }
    }

    var hasData: Bool { ring.hasData }
    /// How many bytes have come, if all of them have been read as whole frames.
    var resting: UInt64? { partial == nil && !hasData ? ring.position : nil }

    /// The next frame; nil if none has come completely.
    mutating func next() throws(ProtocolError) -> (Frame, Body)? {
        while true {
            if partial != nil {
                guard let message = try assemble() else { return nil }
                defer { partial = nil }
                return partial.map { ($0, .owned(message)) }
            }
            guard let available = ring.available() else { throw ProtocolError("the ring says what cannot be") }
            guard available >= Frame.size else {
                giveBack(0)
                return nil
            }
            let (word, value) = (ring.readWord(), ring.readWord())
            guard let frame = Frame(word, value) else { throw ProtocolError("a frame of no known kind") }
            guard frame.form.hasBody else {
                giveBack(Frame.size)
                return (frame, .none)
            }
            let count = Int(value)
            guard count <= Self.short, available - Frame.size >= Frame.padded(count) else {
                try begin(frame, count)
                continue
            }
            ring.read(scratch, Frame.padded(count))
            giveBack(Frame.size + Frame.padded(count))
            return (frame, .borrowed(UnsafeRawBufferPointer(start: scratch, count: count)))
        }
    }

    /// Tells the writer of free room, but not after each frame: that would take the cache line from it each time.
    @inline(__always)
    private mutating func giveBack(_ count: Int) {
        unreleased += count
        if count == 0 ? unreleased > 0 || isCallDue : unreleased >= Self.slice {
            ring.release()
            unreleased = 0
            // A writer that waits is woken once it can write a good deal.
            isCallDue = count > 0 && ring.isHalfFull
            if isCallDue { return }
            keepOrder()
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            let waits = ring.control.writerWaits
            if waits.pointee.load(ordering: .relaxed) != 0,
                waits.pointee.exchange(0, ordering: .acquiringAndReleasing) != 0
            {
                callWriter()
            }
        }
    }

    private mutating func begin(_ frame: Frame, _ count: Int) throws(ProtocolError) {
        partial = frame
        guard body.reserve(min(Frame.padded(count), Self.trusted)) else {
            throw ProtocolError("no memory for \(count) bytes")
        }
    }

    /// Reads more of a long body. Returns the message once it is complete.
    private mutating func assemble() throws(ProtocolError) -> Message? {
        guard let frame = partial else { return nil }
        let count = Int(frame.value)
        let whole = Frame.padded(count)
        while body.count < whole {
            guard let available = ring.available() else { throw ProtocolError("the ring says what cannot be") }
            let step = min(available, whole - body.count, Self.slice)
            if step == 0 {
                giveBack(0)
                return nil
            }
            guard body.reserve(step) else { throw ProtocolError("no memory for \(count) bytes") }
            ring.read(body.start + body.count, step)
            body.count += step
            giveBack(step)
        }
        body.count = count
        return body.takeMessage(shared: [])
    }
}
