import Synchronization

/// The sending half of a link. Frames go straight into the ring while there is room. Long ones, and those for which
/// there is no room, go into a line, from which they are written as the reader makes room. No sender waits for that.
/// Shared; guarded by its lock.
final class LinkWriter: @unchecked Sendable {  // sound: everything that varies is under the lock or atomic
    /// Longer frames are not copied while somebody may hold a channel's lock.
    private static let short = 4 << 10
    /// At most so much of the line is copied each time that the lock is taken.
    private static let slice = 64 << 10

    private let lock = Lock()
    private var ring: RingBuffer?
    /// What is not in the ring yet, in order.
    private var line: [Piece?] = []
    private var lineStart = 0
    /// The end of the line: small frames, joined.
    private var small = ByteBuffer()
    private let hasLine = Atomic<Bool>(false)
    private var isShut = false
    /// Set at the parent if the child is idle, and at a child if it has told so: the position up to which was read.
    /// Nothing was sent since.
    private var idleAt: UInt64?
    private let isIdle = Atomic<Bool>(false)
    /// See `LinkOwner.stirred`. Set once, before anything is sent.
    var onStir: @Sendable () -> Void = {}

    private struct Piece {
        let message: Message
        var sent = 0
    }

    /// The ring exists now.
    func open(_ ring: RingBuffer) {
        lock.lock()
        self.ring = ring
        lock.unlock()
    }

    /// Nothing goes out any more.
    func shut() {
        lock.lock()
        isShut = true
        noLongerIdle()
        let dropped = line
        line = []
        lineStart = 0
        small.count = 0
        hasLine.store(false, ordering: .relaxed)
        lock.unlock()
        withExtendedLifetime(dropped) {}
    }

    func pause() -> Bool { lock.tryLock() }
    func resume() { lock.unlock() }

    /// Nothing was written for a while: see `RingBuffer.rest`.
    func rest() {
        lock.lock()
        if !hasLine.load(ordering: .relaxed) { ring?.rest() }
        lock.unlock()
    }

    var isEmpty: Bool { !hasLine.load(ordering: .acquiring) }

    /// How many bytes were written in all; nil if some are not in the ring yet.
    var written: UInt64? {
        lock.lock()
        defer { lock.unlock() }
        return isEmpty ? ring?.position : nil
    }

    // MARK: - Idleness

    /// At the parent: the child says that it is idle after having read so much. False: more was sent since, so it is
    /// not.
    func isIdle(at position: UInt64) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        guard !isShut, idleAt == nil, isEmpty, ring?.position == position else { return false }
        idleAt = position
        isIdle.store(true, ordering: .relaxed)
        return true
    }

    /// At a child, which is idle after having read so much: tells the parent. False: the parent knows that already.
    func sayIdle(at position: UInt64) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        guard idleAt != position else { return false }
        put(Frame(.idle, value: position))
        idleAt = position
        return true
    }

    /// Called by whoever reads the link, before a frame is handled: the other side is not idle.
    @inline(__always)
    func stir() {
        guard isIdle.load(ordering: .relaxed) else { return }
        lock.lock()
        noLongerIdle()
        lock.unlock()
    }

    private func noLongerIdle() {
        idleAt = nil
        guard isIdle.load(ordering: .relaxed) else { return }
        isIdle.store(false, ordering: .relaxed)
        onStir()
    }

    // MARK: - Appending

    @inline(__always)
    func append(_ frame: Frame) {
        lock.lock()
        defer { lock.unlock() }
        if idleAt != nil { noLongerIdle() }
        put(frame)
    }

    @inline(__always)
    private func put(_ frame: Frame) {
        guard !hasLine.load(ordering: .relaxed), ring?.hasRoom(Frame.size) == true else {
            return lineUp(frame, nil, nil)
        }
        ring?.write(frame.word)
        ring?.write(frame.value)
        ring?.publish()
    }

    /// Appends a frame. Its body is the list of its objects, if it has some, then `bytes`. `keeper` is the message
    /// that owns the bytes; without one they are copied.
    func append(_ frame: Frame, _ objects: Message? = nil, _ bytes: UnsafeRawBufferPointer, _ keeper: Message? = nil) {
        var frame = frame
        frame.hasObjects = objects != nil
        frame.value = UInt64(bytes.count + (objects.map { $0.bytes.count + 4 } ?? 0))
        let padded = Frame.padded(bytes.count)
        lock.lock()
        defer { lock.unlock() }
        if idleAt != nil { noLongerIdle() }
        guard !hasLine.load(ordering: .relaxed), objects == nil, bytes.count <= Self.short,
            ring?.hasRoom(Frame.size + padded) == true
        else {
            return lineUp(frame, objects, keeper ?? Self.message(bytes))
        }
        ring?.write(frame.word)
        ring?.write(frame.value)
        if let start = bytes.baseAddress { ring?.write(start, bytes.count) }
        ring?.skip(padded - bytes.count)
        ring?.publish()
    }

    private static func message(_ bytes: UnsafeRawBufferPointer) -> Message {
        var buffer = ByteBuffer()
        if let start = bytes.baseAddress { buffer.append(start, bytes.count) }
        return buffer.takeMessage(shared: [])
    }

    private func lineUp(_ frame: Frame, _ objects: Message?, _ message: Message?) {
        guard !isShut else { return }
        small.append(frame.word)
        small.append(frame.value)
        if let list = objects?.bytes, let start = list.baseAddress {
            small.append(UInt32(list.count))
            small.append(start, list.count)
        }
        if let message, let start = message.bytes.baseAddress, message.bytes.count > 0 {
            if message.bytes.count > Self.short {
                closeSmall()
                line.append(Piece(message: message))
            } else {
                small.append(start, message.bytes.count)
            }
        }
        if frame.form.hasBody {
            for _ in 0..<Frame.padded(Int(frame.value)) - Int(frame.value) { small.append(UInt8(0)) }
        }
        keepOrder()
        hasLine.store(true, ordering: .releasing)
    }

    private func closeSmall() {
        if small.count > 0 { line.append(Piece(message: small.takeMessage(shared: []))) }
    }

    // MARK: - From the line into the ring

    /// Moves the line into the ring, as far as there is room. False: the reader's position is impossible.
    func pump() -> Bool {
        while hasLine.load(ordering: .acquiring) {
            lock.lock()
            let moved = moveSlice()
            lock.unlock()
            switch moved {
            case nil: return false
            case true?: continue
            case false?: return true
            }
        }
        return true
    }

    /// False: there is no room, and the reader will wake this side when there is. Nil: the reader's position is
    /// impossible.
    private func moveSlice() -> Bool? {
        guard ring != nil else { return false }
        if lineStart == line.count {
            closeSmall()
            guard lineStart < line.count else {
                keepOrder()
                hasLine.store(false, ordering: .releasing)
                return true
            }
        }
        guard var room = ring?.room() else { return nil }
        if room == 0 {
            ring?.control.writerWaits.pointee.store(1, ordering: .relaxed)
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            guard let now = ring?.room() else { return nil }
            if now == 0 { return false }
            room = now
        }
        guard let piece = line[lineStart], let start = piece.message.bytes.baseAddress else { return true }
        let count = min(room, piece.message.bytes.count - piece.sent, Self.slice)
        ring?.write(start + piece.sent, count)
        ring?.publish()
        if piece.sent + count == piece.message.bytes.count {
            removeFirst()
        } else {
            line[lineStart]?.sent += count
        }
        return true
    }

    private func removeFirst() {
        line[lineStart] = nil
        lineStart += 1
        if lineStart == line.count {
            line.removeAll(keepingCapacity: lineStart < 64)
            lineStart = 0
        } else if lineStart >= 64, lineStart * 2 >= line.count {
            line.removeFirst(lineStart)
            lineStart = 0
        }
    }
}
