import CKernel
import Synchronization

/// Whether this process writes a trace, and the marks of messages in it.
enum Tracing {
    /// One look at a plain global: all that there is to pay while there is no trace.
    @inline(__always)
    static var isOn: Bool { system_is_tracing(Int32(SYSTEM_EVENTS)) }

    /// Whether there is a profile; whether there is one of both.
    static var samples: Bool { system_is_tracing(Int32(SYSTEM_SAMPLES)) }
    static var hasTracks: Bool { isOn || samples }

    /// The mark of the message that the calling thread is about to send, which leads to its receipt in the trace. 0: none.
    static var sentMark: UInt64 {
        get { system_sent_mark() }
        set { system_set_sent_mark(newValue) }
    }
    /// The mark of the message that the calling thread has received.
    static var receivedMark: UInt64 {
        get { system_received_mark() }
        set { system_set_received_mark(newValue) }
    }

    /// The mark of the message that is being handed over: it comes out of a queue, or from its sender.
    static func takeMark() -> UInt64 {
        let received = receivedMark
        if received == 0 {
            defer { sentMark = 0 }
            return sentMark
        }
        receivedMark = 0
        return received
    }
}

/// What one state does, as its thread notes it: events in a ring, which the trace's own thread empties (`Trace`). An
/// event for which there is no room is counted, and the trace tells how many were lost.
///
/// A state may make more events than anybody wants to write or read. So it has an allowance: `affords` says whether one
/// more is due. Short runs of tasks beyond that are noted together, waits and messages are only counted.
///
/// Owned by the state's thread; what is for any thread says so.
final class Track: @unchecked Sendable {  // sound: see above; the ring is emptied by one other thread
    enum Kind: UInt8 {
        /// Not an event: the next record stands at the beginning of the ring.
        case wrap
        case run, timer, turns, block, wait, waitEnd, send, receive, failure
    }

    /// An event without its texts. Times are those of the machine's clock, in nanoseconds.
    struct Event {
        var kind: Kind
        var start: Int64
        var end: Int64 = 0
        /// The number of the task or of the message.
        var id: UInt64 = 0
        /// What comes with the event: how late a timer was; how many turns they are.
        var value: Int64 = 0
        /// How many ticks the timer has missed so far.
        var missed: Int64 = 0
    }

    /// The number of the thread in the trace.
    let number: Int32
    let name: ByteText
    private let clock = system_thread_clock()
    /// What the thread had spent before.
    private let spentBefore: Int64
    private let ring: UnsafeMutableRawPointer
    private static let size = 512 << 10, head = 48
    static let longestText = 240
    private let written = Atomic<Int>(0)
    private let read = Atomic<Int>(0)
    /// Events for which there was no room; waits and messages that were not noted. For any thread.
    let lost = Atomic<Int>(0), waitsLeftOut = Atomic<Int>(0), messagesLeftOut = Atomic<Int>(0)
    /// Operations on channels, and the bytes of the state. For any thread.
    let messages = Atomic<Int>(0), memory = Atomic<Int>(0)
    private let finalTime = Atomic<Int64>(-1)
    /// Stacks of Lua code, with the processor time that was spent there, in milliseconds.
    private let samples = Guarded<[ByteText: Int]>([:])

    private var allowance = Track.most
    private var renewed: Int64 = 0
    private static let most = 2000
    private static let nanosecondsPerEvent: Int64 = 50_000
    private var turns = Event(kind: .turns, start: 0)
    private var nextTask: UInt64 = 0
    private var nextMessage: UInt64 = 0
    /// How many operations on channels come before the next one that is looked at, and when the last one was.
    private var stride: Int32 = 0
    /// How many looks have followed each other quickly; the first ones are no reason to look less.
    private var looks = 0
    private static let seen = 256, longPause: Int64 = 100_000_000
    private var lastLook: Int64 = 0, lastMessage: Int64 = 0
    private var granted: Int32 = 0
    private var turnBudget: Int32 = 0

    init(number: Int32, name: ByteText) {
        self.number = number
        self.name = name
        ring = .allocate(byteCount: Self.size, alignment: 16)
        spentBefore = max(system_clock_time(clock), 0)
        nextMessage = UInt64(UInt32(bitPattern: number)) << 32
    }

    deinit { ring.deallocate() }

    static var now: Int64 { Clock.now.rawValue }

    /// The number of a task that is met for the first time.
    func numberTask() -> UInt64 {
        nextTask += 1
        return nextTask
    }

    // MARK: - Events

    /// Whether one more event is due.
    func affords(_ now: Int64, keeping reserve: Int = 0) -> Bool {
        let earned = (now - renewed) / Self.nanosecondsPerEvent
        if earned > 0 {
            allowance = min(Self.most, allowance + Int(min(earned, 1 << 20)))
            renewed = now
        }
        guard allowance > reserve else { return false }
        allowance -= 1
        return true
    }

    /// Returns whether there was room for it.
    @discardableResult
    func note(_ event: Event, _ name: ByteText = "", _ detail: ByteText = "") -> Bool {
        let first = min(name.bytes.count, Self.longestText), second = min(detail.bytes.count, Self.longestText)
        let size = Self.head + (first + second + 7) & ~7
        guard let record = room(size) else {
            lost.add(1, ordering: .relaxed)
            return false
        }
        record.storeBytes(of: event.kind.rawValue, as: UInt8.self)
        record.storeBytes(of: UInt16(first), toByteOffset: 2, as: UInt16.self)
        record.storeBytes(of: UInt16(second), toByteOffset: 4, as: UInt16.self)
        record.storeBytes(of: UInt16(size), toByteOffset: 6, as: UInt16.self)
        record.storeBytes(of: event.start, toByteOffset: 8, as: Int64.self)
        record.storeBytes(of: event.end, toByteOffset: 16, as: Int64.self)
        record.storeBytes(of: event.id, toByteOffset: 24, as: UInt64.self)
        record.storeBytes(of: event.value, toByteOffset: 32, as: Int64.self)
        record.storeBytes(of: event.missed, toByteOffset: 40, as: Int64.self)
        put(name, first, at: record + Self.head)
        put(detail, second, at: record + Self.head + first)
        let position = written.load(ordering: .relaxed) + size
        keepOrder()
        written.store(position, ordering: .releasing)
        return true
    }

    private func put(_ text: ByteText, _ count: Int, at place: UnsafeMutableRawPointer) {
        text.bytes.withUnsafeBytes { if let start = $0.baseAddress { place.copyMemory(from: start, byteCount: count) } }
    }

    /// A place for a record, in one piece.
    private func room(_ size: Int) -> UnsafeMutableRawPointer? {
        var position = written.load(ordering: .relaxed)
        let rest = Self.size - position % Self.size
        let needed = size <= rest ? size : rest + size
        guard needed <= Self.size - (position - read.load(ordering: .acquiring)) else { return nil }
        if size > rest {
            (ring + position % Self.size).storeBytes(of: Kind.wrap.rawValue, as: UInt8.self)
            position += rest
            keepOrder()
            written.store(position, ordering: .releasing)
        }
        return ring + position % Self.size
    }

    /// The trace's thread: calls `body` with each event since the last call. The texts are valid during the call.
    func empty(_ body: (Event, _ name: UnsafeRawBufferPointer, _ detail: UnsafeRawBufferPointer) -> Void) {
        var position = read.load(ordering: .relaxed)
        let end = written.load(ordering: .acquiring)
        while position < end {
            let record = ring + position % Self.size
            guard let kind = Kind(rawValue: record.load(as: UInt8.self)), kind != .wrap else {
                position += Self.size - position % Self.size
                continue
            }
            let first = Int(record.load(fromByteOffset: 2, as: UInt16.self))
            let second = Int(record.load(fromByteOffset: 4, as: UInt16.self))
            let event = Event(
                kind: kind, start: record.load(fromByteOffset: 8, as: Int64.self),
                end: record.load(fromByteOffset: 16, as: Int64.self),
                id: record.load(fromByteOffset: 24, as: UInt64.self),
                value: record.load(fromByteOffset: 32, as: Int64.self),
                missed: record.load(fromByteOffset: 40, as: Int64.self))
            let texts = record + Self.head
            body(
                event, UnsafeRawBufferPointer(start: texts, count: first),
                UnsafeRawBufferPointer(start: texts + first, count: second))
            position += Int(record.load(fromByteOffset: 6, as: UInt16.self))
        }
        keepOrder()
        read.store(position, ordering: .releasing)
    }

    // MARK: - Turns of tasks

    /// A short run beyond the allowance: it is noted together with others.
    func add(turn start: Int64, _ end: Int64) {
        if start - turns.end > Self.longestGap { endTurns() }
        if turns.value == 0 { turns.start = start }
        turns.end = end
        turns.value += 1
        if end - turns.start > 1_000_000 { endTurns() }
    }

    /// Whether the next short turn belongs to those that are noted together.
    func isCollecting(_ start: Int64) -> Bool { turns.value > 0 && start - turns.end <= Self.longestGap }

    private static let longestGap: Int64 = 100_000

    func endTurns() {
        guard turns.value > 0, note(turns) else { return }
        turns.value = 0
    }

    // MARK: - Messages
    //
    // Whoever sends or receives a message counts down the budget of its turn, and takes the long way when that is used up.
    // So a state that is traced gets its budget in parts: as many operations as may pass unseen. The fewer there are in a
    // second the smaller the part, down to none.

    /// A turn with that budget begins. Returns the first part.
    func begin(turn budget: Int32, left: Int32) -> Int32 {
        count(left)
        turnBudget = budget
        return grant()
    }

    /// A part is used up, but for `left`. Returns the next one; nil: so is the budget of the turn.
    func renew(left: Int32) -> Int32? {
        count(left)
        return turnBudget > 0 ? grant() : nil
    }

    private func count(_ left: Int32) {
        let used = granted - left
        granted = 0
        guard used > 0 else { return }
        turnBudget -= used
        messages.add(Int(used), ordering: .relaxed)
        messagesLeftOut.add(Int(used), ordering: .relaxed)
    }

    private func grant() -> Int32 {
        granted = min(stride, turnBudget)
        return granted
    }

    /// An operation on a channel takes the long way: adapts how many may pass unseen.
    func look(_ now: Int64) {
        let pause = now - lastLook
        lastLook = now
        if pause >= Self.longPause {
            (stride, looks) = (0, 0)
        } else if pause >= Self.betweenMessages {
            stride /= 2
            looks = max(0, looks - 8)
        } else if looks < Self.seen {
            looks += 1
        } else {
            stride = min(max(stride * 2, 1), 256)
        }
    }

    /// Whether a message that is about to be sent is due to be noted.
    func isDue(_ now: Int64) -> Bool {
        look(now)
        guard looks < Self.seen || now - lastMessage > Self.betweenMessages, affords(now, keeping: Self.most / 4) else {
            return false
        }
        lastMessage = now
        messagesLeftOut.subtract(1, ordering: .relaxed)
        return true
    }

    private static let betweenMessages: Int64 = 500_000

    /// The mark of a message.
    func mark() -> UInt64 {
        nextMessage += 1
        return nextMessage
    }

    // MARK: - Samples

    func add(sample stack: ByteText, _ milliseconds: Int) {
        samples.withLock { $0["\(name);\(stack)", default: 0] += milliseconds }
    }

    /// Any thread: takes out the samples since the last call.
    func takeSamples() -> [ByteText: Int] {
        samples.withLock { samples in
            defer { samples = [:] }
            return samples
        }
    }

    // MARK: - The end

    /// The processor time that the thread has spent; nil if that is not known. For any thread.
    var spent: Int64? {
        let final = finalTime.load(ordering: .acquiring)
        let time = final >= 0 ? final : system_clock_time(clock)
        return time >= 0 ? time - spentBefore : nil
    }

    /// The state is closed.
    func end() {
        endTurns()
        let time = system_clock_time(clock)
        keepOrder()
        finalTime.store(max(time, 0), ordering: .releasing)
    }

    /// Any thread: whether nothing more comes.
    var hasEnded: Bool { finalTime.load(ordering: .acquiring) >= 0 }
}
