import Synchronization

/// A bounded queue of messages, many to many, first in first out. Shared by any number of states and Swift tasks.
///
/// The common case (a running queue, nobody asleep) takes one lock, its own side's. Whatever involves those who wait
/// takes both, decides, and wakes after the locks are released. So those flags that say whether somebody waits may be
/// read under either lock and change only under both. Invariants then: receivers wait only while the queue is empty,
/// senders only while it is full.
public final class Channel: Shareable, @unchecked Sendable {  // sound: see above
    /// What happens to a message for which there is no room.
    public enum Overflow: Sendable {
        case wait
        case dropOldest
        case dropNewest
    }

    public static let defaultCapacity = 1024
    public static let defaultBytes = 64 << 20

    /// How many messages it holds; 0 is a rendezvous, `Int.max` has no bound.
    public let capacity: Int
    /// How many bytes of messages it holds. A larger message passes while the queue is empty.
    public let byteCapacity: Int
    public let overflow: Overflow
    let id: Int
    /// Messages in it may hold objects.
    let isCarrier = Atomic<Bool>(false)

    struct Flags: OptionSet {
        let rawValue: UInt8
        static let closed = Flags(rawValue: 1)
        static let receiversWait = Flags(rawValue: 2)
        static let sendersWait = Flags(rawValue: 4)
        /// A rendezvous, or one that drops: nothing of it is simple.
        static let special = Flags(rawValue: 8)
        /// Messages that came back stand before the queue.
        static let returned = Flags(rawValue: 16)
        /// Its home is in another process: nothing happens here.
        static let remote = Flags(rawValue: 32)
        /// Messages that stand before those of the queue are in another process. Concerns only receivers.
        static let lent = Flags(rawValue: 64)

        /// Nobody waits, and nothing else is in the way of a simple send.
        var letSend: Bool { subtracting(.lent).isEmpty }
    }

    struct Waiting {
        var flags: Flags
        var receivers = WaitList()
        var senders = WaitList()
    }

    let queue = RecordQueue()
    let waiting: UnsafeMutablePointer<Waiting>
    /// What the queue may hold: all of it, but for what other processes have of this channel. Changes under both locks.
    var room: RecordQueue.Room
    /// Set, under both locks, once another process knows the channel.
    private(set) var abroad: ChannelAbroad?
    /// The same, if the home is elsewhere.
    private var remote: ChannelProxy?

    public convenience init(
        capacity: Int = defaultCapacity, bytes: Int = defaultBytes, overflow: Overflow = .wait
    ) {
        self.init(capacity: capacity, bytes: bytes, overflow: overflow, id: Identity.next())
    }

    init(capacity: Int, bytes: Int, overflow: Overflow, id: Int) {
        self.id = id
        self.capacity = max(capacity, 0)
        byteCapacity = bytes
        self.overflow = overflow
        room = RecordQueue.Room(count: self.capacity, bytes: bytes)
        spinLimit = Atomic(self.capacity)
        waiting = .allocate(capacity: 1)
        waiting.initialize(to: Waiting(flags: capacity <= 0 || overflow != .wait ? .special : []))
    }

    deinit {
        ChannelCycles.remove(self)
        abroad?.channelIsGone(ObjectIdentifier(self))
        while waiting.pointee.receivers.popFirst() != nil {}
        while waiting.pointee.senders.popFirst() != nil {}
        waiting.deinitialize(count: 1)
        waiting.deallocate()
    }

    // MARK: - Sending

    enum Sent {
        case sent, full, closed
        /// A waiter that was being registered has been claimed by somebody else meanwhile.
        case overtaken
    }

    /// Sends without waiting.
    @inline(__always)
    func trySend(_ parcel: Parcel) -> Sent {
        queue.senders.pointee.lock.lock()
        if waiting.pointee.flags.letSend {
            let fits = queue.hasRoom(for: parcel.weight, room)
            if fits { queue.push(parcel) }
            queue.senders.pointee.lock.unlock()
            return fits ? .sent : .full
        }
        queue.senders.pointee.lock.unlock()
        return settle(sending: parcel, nil)
    }

    /// The shortest way: a scalar, or bytes that are short, into a running queue. False: nothing has been done.
    @inline(__always)
    func sendQuickly(_ tag: Tag, _ bits: UInt64) -> Bool {
        queue.senders.pointee.lock.lock()
        guard waiting.pointee.flags.letSend, queue.hasRoom(for: 16, room) else {
            return sendQuicklyAbroad(.scalar(tag, bits))
        }
        queue.push(tag, bits)
        queue.senders.pointee.lock.unlock()
        return true
    }

    @inline(__always)
    func sendQuickly(_ form: Parcel.Form, _ bytes: UnsafeRawPointer, _ count: Int) -> Bool {
        queue.senders.pointee.lock.lock()
        guard waiting.pointee.flags.letSend, queue.hasRoom(for: count + 16, room) else {
            return sendQuicklyAbroad(.borrowed(form, UnsafeRawBufferPointer(start: bytes, count: count)))
        }
        queue.push(form, bytes, count)
        queue.senders.pointee.lock.unlock()
        return true
    }

    /// The same to a home elsewhere. Comes with the senders' lock, and releases it.
    @inline(never)
    private func sendQuicklyAbroad(_ parcel: Parcel) -> Bool {
        let remote = remote
        queue.senders.pointee.lock.unlock()
        return remote?.sendQuickly(parcel) ?? false
    }

    /// Sends, or leaves the node in the line of senders (`.full`).
    func send(_ node: WaitNode) -> Sent { settle(sending: node.parcel ?? .scalar(.nil, 0), node) }

    @inline(never)
    private func settle(sending parcel: Parcel, _ node: WaitNode?) -> Sent {
        lockBoth()
        if let abroad { return abroad.send(self, parcel, node) }
        var woken: WaitNode?
        var result = Sent.full
        if waiting.pointee.flags.contains(.closed) {
            result = claimSelf(node) ? .closed : .overtaken
        } else if let met = meet(\.receivers, node) {
            result = met == nil ? .overtaken : .sent
            met?.deliver(.parcel(parcel.kept))
            woken = met
        } else if waiting.pointee.senders.isEmpty || overflow != .wait {
            result = store(parcel, node)
        }
        if result == .full, let node { waiting.pointee.senders.append(node) }
        updateFlags()
        unlockBoth()
        woken?.waiter.notify()
        return result
    }

    /// Puts a message into the queue, making room as the mode says.
    private func store(_ parcel: Parcel, _ node: WaitNode?) -> Sent {
        func fits() -> Bool { queue.hasRoom(for: parcel.weight, room) }
        if !fits() {
            if overflow == .wait { return .full }
            if overflow == .dropNewest || capacity == 0 { return .sent }
            while !fits(), queue.pop() != nil { queue.done() }
        }
        guard claimSelf(node) else { return .overtaken }
        queue.push(parcel)
        return .sent
    }

    // MARK: - Receiving

    enum Received {
        case parcel(Parcel)
        /// The bytes were appended to the buffer that the caller gave.
        case copied(Parcel.Form)
        case empty, closed
        case overtaken
    }

    /// Receives without waiting. Short messages are copied behind what `buffer` holds.
    @inline(__always)
    func tryReceive(_ buffer: inout ByteBuffer) -> Received {
        queue.receivers.pointee.lock.lock()
        if waiting.pointee.flags.isEmpty {
            let received = queue.take(&buffer)
            queue.receivers.pointee.lock.unlock()
            return received
        }
        queue.receivers.pointee.lock.unlock()
        return settle(receiving: nil, &buffer)
    }

    enum Quick {
        case nothing
        case scalar(Tag, UInt64)
        case bytes(Parcel.Form, Int)
    }

    /// The shortest way: a scalar, or bytes that fit into `room`, out of a running queue.
    @inline(__always)
    func receiveQuickly(_ place: UnsafeMutableRawPointer, _ room: Int) -> Quick {
        queue.receivers.pointee.lock.lock()
        guard waiting.pointee.flags.isEmpty else { return receiveQuicklyAbroad(place, room) }
        defer { queue.receivers.pointee.lock.unlock() }
        return queue.popShort(place, room)
    }

    /// The same from a home elsewhere. Comes with the receivers' lock, and releases it.
    @inline(never)
    private func receiveQuicklyAbroad(_ place: UnsafeMutableRawPointer, _ room: Int) -> Quick {
        let remote = remote
        queue.receivers.pointee.lock.unlock()
        return remote?.receiveQuickly(place, room) ?? .nothing
    }

    /// Receives, or leaves the node in the line of receivers (`.empty`).
    func receive(_ node: WaitNode, _ buffer: inout ByteBuffer) -> Received { settle(receiving: node, &buffer) }

    @inline(never)
    private func settle(receiving node: WaitNode?, _ buffer: inout ByteBuffer) -> Received {
        lockBoth()
        if let abroad { return abroad.receive(self, node, &buffer) }
        var woken: [WaitNode] = []
        var result = Received.empty
        if !queue.isEmpty {
            if claimSelf(node) {
                result = queue.take(&buffer)
                admitSenders(&woken)
            } else {
                result = .overtaken
            }
        } else if let met = meet(\.senders, node) {
            if let met, let parcel = met.parcel {
                result = .parcel(parcel)
                met.deliver(.accepted)
                woken.append(met)
            } else {
                result = .overtaken
            }
        } else if waiting.pointee.flags.contains(.closed) {
            result = claimSelf(node) ? .closed : .overtaken
        } else if let node {
            waiting.pointee.receivers.append(node)
        }
        updateFlags()
        unlockBoth()
        for node in woken { node.waiter.notify() }
        return result
    }

    /// Those at the head of the line of senders for whom there is room now.
    private func admitSenders(_ woken: inout [WaitNode]) {
        while let sender = waiting.pointee.senders.head, let parcel = sender.parcel,
            queue.hasRoom(for: parcel.weight, room)
        {
            waiting.pointee.senders.remove(sender)
            guard sender.claim() else { continue }
            queue.push(parcel)
            sender.deliver(.accepted)
            woken.append(sender)
        }
    }

    // MARK: - Those who wait

    /// Claims the first waiter of the line who can still be claimed, together with the one who is being registered.
    /// Nil: nobody is there. Inner nil: the one being registered has been claimed elsewhere.
    private func meet(_ line: WritableKeyPath<Waiting, WaitList>, _ node: WaitNode?) -> WaitNode?? {
        var candidate = waiting.pointee[keyPath: line].head
        while let other = candidate {
            candidate = waiting.pointee[keyPath: line].after(other)
            guard let node else {
                waiting.pointee[keyPath: line].remove(other)
                if other.claim() { return other }
                continue
            }
            if node.waiter === other.waiter { continue }  // one select with both ends of a rendezvous
            switch Waiter.claim(node.waiter, node.ticket, and: other.waiter, other.ticket) {
            case .met:
                waiting.pointee[keyPath: line].remove(other)
                return other
            case .firstGone:
                return .some(nil)
            case .secondGone:
                waiting.pointee[keyPath: line].remove(other)
            }
        }
        return nil
    }

    func claimSelf(_ node: WaitNode?) -> Bool { node?.claim() ?? true }

    /// Takes a waiter out of line, after its wait ended otherwise.
    func forget(_ node: WaitNode) {
        lockBoth()
        if let abroad { return abroad.forget(self, node) }
        if !node.isSender { waiting.pointee.receivers.remove(node) } else { waiting.pointee.senders.remove(node) }
        updateFlags()
        unlockBoth()
    }

    func updateFlags() {
        var flags = waiting.pointee.flags.subtracting([.receiversWait, .sendersWait])
        if !waiting.pointee.receivers.isEmpty { flags.insert(.receiversWait) }
        if !waiting.pointee.senders.isEmpty { flags.insert(.sendersWait) }
        waiting.pointee.flags = flags
    }

    func lockBoth() {
        queue.receivers.pointee.lock.lock()
        queue.senders.pointee.lock.lock()
    }

    func unlockBoth() {
        queue.senders.pointee.lock.unlock()
        queue.receivers.pointee.lock.unlock()
    }

    /// About what a channel takes without messages.
    static let emptyBytes = 1200
    /// What its messages take, if nobody is at it and they are here.
    var heldBytes: Int {
        guard lockIfIdle() else { return 0 }
        defer { unlockBoth() }
        return queue.held.bytes
    }

    /// Both locks, if nobody has one of them and all there is to the channel is in this process.
    func lockIfIdle() -> Bool {
        guard queue.receivers.pointee.lock.tryLock() else { return false }
        guard queue.senders.pointee.lock.tryLock() else {
            queue.receivers.pointee.lock.unlock()
            return false
        }
        if abroad == nil { return true }
        unlockBoth()
        return false
    }

    // MARK: - The rest

    /// No more messages: receivers get what is queued, then the end; waiting senders are refused. Twice does nothing.
    public func close() {
        lockBoth()
        if let abroad { return abroad.close(self) }
        var woken: [WaitNode] = []
        waiting.pointee.flags.insert(.closed)
        while let node = waiting.pointee.receivers.popFirst() {
            if node.claim() { woken.append(node) }
        }
        while let node = waiting.pointee.senders.popFirst() {
            if node.claim() { woken.append(node) }
        }
        for node in woken { node.deliver(.closed) }
        updateFlags()
        unlockBoth()
        for node in woken { node.waiter.notify() }
    }

    public var isClosed: Bool {
        queue.receivers.pointee.lock.lock()
        defer { queue.receivers.pointee.lock.unlock() }
        return abroad?.isClosed ?? waiting.pointee.flags.contains(.closed)
    }

    /// How many messages are queued at this moment.
    public var count: Int {
        let received = queue.received
        let queued = max(0, queue.sent - received)
        guard isAbroad.load(ordering: .acquiring), let abroad else { return queued }
        return abroad.count
    }

    /// A look without a lock: whether receiving might succeed, or sending. For spinning.
    var mayReceive: Bool { queue.sent != queue.received }
    var maySend: Bool { queue.sent - queue.received < spinLimit.load(ordering: .relaxed) }

    // MARK: - Other processes

    private let isAbroad = Atomic<Bool>(false)
    /// As `room.count`, for who has no lock.
    let spinLimit: Atomic<Int>

    /// Under both locks: other processes know the channel from now on.
    func goAbroad(_ abroad: ChannelAbroad) {
        self.abroad = abroad
        keepOrder()
        isAbroad.store(true, ordering: .releasing)
    }

    /// The home of the stand-ins that other processes have. Nil: its home is elsewhere.
    func makeHome() -> HomeChannel? {
        lockBoth()
        defer { unlockBoth() }
        if abroad == nil { goAbroad(HomeChannel(self)) }
        return abroad as? HomeChannel
    }

    /// The home is elsewhere from now on.
    func becomeRemote(_ remote: ChannelProxy) {
        lockBoth()
        markRemote(remote)
        unlockBoth()
    }

    /// The same under both locks.
    func markRemote(_ remote: ChannelProxy) {
        waiting.pointee.flags.insert(.remote)
        self.remote = remote
        goAbroad(remote)
    }

    /// Part of what there is to know is in another process: whether something can be done at once is not known here.
    var mustAsk: Bool { isAbroad.load(ordering: .acquiring) }

    /// The home is elsewhere.
    var isRemote: Bool { mustAsk && remote != nil }

    /// How many stand-ins other processes have, or are about to.
    let standIns = Atomic<Int>(0)

    /// Another process may get what is sent.
    var leavesProcess: Bool { isRemote || standIns.load(ordering: .relaxed) > 0 }

    /// Ends the wait that the poll belongs to if nothing comes of it at once, the other processes included.
    func poll(_ poll: Poll) {
        lockBoth()
        if let abroad { return abroad.poll(self, poll) }
        unlockBoth()
        poll.answer()
    }
}

/// What a channel becomes when other processes know it: a home that has stand-ins elsewhere, or a stand-in itself.
/// Unless it says otherwise, a call comes with both locks of the channel held, and releases them.
protocol ChannelAbroad: AnyObject, Sendable {
    func send(_ channel: Channel, _ parcel: Parcel, _ node: WaitNode?) -> Channel.Sent
    func receive(_ channel: Channel, _ node: WaitNode?, _ buffer: inout ByteBuffer) -> Channel.Received
    func forget(_ channel: Channel, _ node: WaitNode)
    func close(_ channel: Channel)
    func poll(_ channel: Channel, _ poll: Poll)
    /// With no lock held.
    var count: Int { get }
    /// With the receivers' lock held.
    var isClosed: Bool { get }
    /// With no lock held: the object is being released.
    func channelIsGone(_ channel: ObjectIdentifier)
}

/// A wait that ends as soon as it is known that nothing can be done at once. Shared by those who have to say so.
final class Poll: Sendable {
    private let node: WaitNode
    private let unanswered = Atomic<Int>(1)

    private init(_ node: WaitNode) { self.node = node }

    /// Asks the channels at which the waiter has left its nodes. False: the wait is over.
    static func ask(_ channels: [Channel], _ waiter: Waiter, _ ticket: Waiter.Ticket) -> Bool {
        let poll = Poll(WaitNode(waiter, ticket))
        for channel in channels {
            poll.unanswered.add(1, ordering: .relaxed)
            channel.poll(poll)
        }
        return !poll.isLast()
    }

    /// With no lock held.
    func answer() {
        if isLast() { node.waiter.notify() }
    }

    private func isLast() -> Bool {
        keepOrder()
        guard unanswered.subtract(1, ordering: .acquiringAndReleasing).newValue == 0, node.claim() else { return false }
        node.deliver(.timeout)
        return true
    }
}

/// Numbers for things that scripts can name: unique in the program.
enum Identity {
    private static let last = Atomic<Int>(0)
    static func next() -> Int { last.add(1, ordering: .relaxed).newValue }

    /// From now on they are those of the process with that number within the program: its number can be read off them.
    static func begin(process: Int) { last.store(process * 1_000_000_000, ordering: .relaxed) }
}
