import Synchronization

/// A bounded queue of messages, many to many, first in first out. Shared by any number of states and Swift tasks.
///
/// The common case (nobody waits) takes one lock, that of its own side. Whatever involves a waiter takes both locks,
/// has the core decide, and wakes after the locks are released. Invariants then: receivers wait only while the queue
/// is empty, senders only while it is full.
public final class Channel: Shareable, Waitable, @unchecked Sendable {  // sound: what varies is under the locks
    /// What happens to a message for which there is no room.
    public enum Overflow: Sendable {
        /// Whoever sends it waits for room.
        case wait
        /// The oldest message goes, and makes room.
        case dropOldest
        /// It is dropped itself.
        case dropNewest
    }

    /// How many messages a channel holds if nothing else is said.
    public static let defaultCapacity = 1024
    /// How many bytes of messages a channel holds if nothing else is said.
    public static let defaultBytes = 64 << 20

    /// How many messages it holds; 0 is a rendezvous, `Int.max` has no bound.
    public var capacity: Int { core.capacity }
    /// How many bytes of messages it holds. A larger message passes while the queue is empty.
    public var byteCapacity: Int { core.byteCapacity }
    /// What happens to a message when the channel is full.
    public var overflow: Overflow { core.overflow }
    let id: Int
    /// Messages in it may hold objects.
    let isCarrier = Atomic<Bool>(false)
    /// Set, under both locks, if the channel's home is in another process.
    private var remote: (any RemoteHome)?
    /// The same, not retained: it stays as long as the channel. A pointer, since to load a reference is to count it.
    private var borrowedRemote: (type: any RemoteHome.Type, home: UnsafeRawPointer)?
    /// Another process knows the channel.
    private let isAbroad = Atomic<Bool>(false)
    /// How many stand-ins other processes have, or are about to.
    let standIns = Atomic<Int>(0)
    /// Last: what each message looks at stands on another cache line than the object's count of references, which
    /// threads on both sides change.
    let core: ChannelCore

    /// A channel of this process. Scripts get it by `Runtime.setGlobal`, as an argument, or as a result.
    ///
    /// - Parameters:
    ///   - capacity: How many messages it holds; 0 is a rendezvous, `Int.max` has no bound.
    ///   - bytes: How many bytes of messages it holds.
    ///   - overflow: What happens to a message for which there is no room.
    public convenience init(
        capacity: Int = defaultCapacity, bytes: Int = defaultBytes, overflow: Overflow = .wait
    ) {
        self.init(capacity: capacity, bytes: bytes, overflow: overflow, id: Identity.next())
    }

    /// `isPrivate`: only the calling thread knows it, until `share` is called.
    init(capacity: Int, bytes: Int, overflow: Overflow, id: Int = Identity.next(), isPrivate: Bool = false) {
        self.id = id
        core = ChannelCore(capacity: max(capacity, 0), bytes: bytes, overflow: overflow, isPrivate: isPrivate)
    }

    /// Whether the channel has never left its state: then it needs no locks.
    @inline(__always)
    var isPrivate: Bool { core.isPrivate }

    /// Another thread is about to know the channel. Called on the thread that has made it.
    func share() { core.share() }

    deinit {
        Cycles.remove(self)
        remote?.channelIsGone(ObjectIdentifier(self))
    }

    // MARK: - Locks

    @inline(__always)
    private func lockSenders() {
        if !core.isPrivate { core.queue.senders.pointee.lock.lock() }
    }

    @inline(__always)
    private func unlockSenders() {
        if !core.isPrivate { core.queue.senders.pointee.lock.unlock() }
    }

    @inline(__always)
    private func lockReceivers() {
        if !core.isPrivate { core.queue.receivers.pointee.lock.lock() }
    }

    @inline(__always)
    private func unlockReceivers() {
        if !core.isPrivate { core.queue.receivers.pointee.lock.unlock() }
    }

    @inline(__always)
    private func lockBoth() {
        lockReceivers()
        lockSenders()
    }

    @inline(__always)
    func unlockBoth() {
        unlockSenders()
        unlockReceivers()
    }

    /// Takes both locks, if both are free and no other process knows the channel.
    func lockIfIdle() -> Bool {
        if !core.isPrivate {
            guard core.queue.receivers.pointee.lock.tryLock() else { return false }
            guard core.queue.senders.pointee.lock.tryLock() else {
                unlockReceivers()
                return false
            }
        }
        if remote == nil, !core.isAbroad { return true }
        unlockBoth()
        return false
    }

    /// Calls `body` under both locks, and carries out the effects after they are released. If the home is in another
    /// process it does nothing and returns the proxy, which the caller then asks with no lock held.
    private func decide<E: Error>(
        _ body: (borrowing ChannelCore, inout Effects) throws(E) -> Void
    ) throws(E) -> (any RemoteHome)? {
        lockBoth()
        if let remote {
            unlockBoth()
            return remote
        }
        var effects = Effects()
        defer {
            core.updateFlags()
            unlockBoth()
            effects.carryOut()
        }
        try body(core, &effects)
        return nil
    }

    // MARK: - Sending

    typealias Sent = ChannelCore.Sent

    /// Sends without waiting.
    @inline(__always)
    func trySend(_ parcel: Parcel) -> Sent {
        lockSenders()
        if core.flags.letSend {
            let fits = core.queue.hasRoom(for: parcel.weight, core.room)
            if fits { core.queue.push(parcel) }
            unlockSenders()
            return fits ? .sent : .full
        }
        if core.flags.isDirect { return sendQuicklyAbroad(parcel) ? .sent : send(parcel, nil) }
        unlockSenders()
        return send(parcel, nil)
    }

    /// A long string that will go to another process is copied to where that can read it.
    func placed(_ parcel: Parcel) -> Parcel {
        guard mustAsk, case .borrowed(.string, let bytes) = parcel, bytes.count >= LargeBlocks.large else {
            return parcel
        }
        lockBoth()
        let peer = core.peers.first(where: \.isReceiver)
        unlockBoth()
        return peer?.place(bytes).map { .owned(.string, $0) } ?? parcel
    }

    /// The shortest path: a scalar, or short bytes, while nobody waits and there is room. False: nothing has been done.
    @inline(__always)
    func sendQuickly(_ tag: Tag, _ bits: UInt64) -> Bool {
        lockSenders()
        guard core.flags.letSend, core.queue.hasRoom(for: 16, core.room) else {
            return sendQuicklyAbroad(.scalar(tag, bits))
        }
        core.queue.push(tag, bits)
        unlockSenders()
        return true
    }

    @inline(__always)
    func sendQuickly(_ form: Parcel.Form, _ bytes: UnsafeRawPointer, _ count: Int) -> Bool {
        lockSenders()
        guard core.flags.letSend, core.queue.hasRoom(for: count + 16, core.room) else {
            return sendQuicklyAbroad(.borrowed(form, UnsafeRawBufferPointer(start: bytes, count: count)))
        }
        core.queue.push(form, bytes, count)
        unlockSenders()
        return true
    }

    /// The same if the message goes to another process. Called with the senders' lock, which it releases.
    @inline(never)
    private func sendQuicklyAbroad(_ parcel: Parcel) -> Bool {
        if let mustRing = core.sendDirectly(parcel) {
            let peer = mustRing ? core.state.pointee.abroad?.direct : nil
            unlockSenders()
            peer?.ring()
            return true
        }
        let remote = remote
        unlockSenders()
        return remote?.sendQuickly(parcel) ?? false
    }

    /// Sends, or leaves the node in the line of senders (`.full`).
    func send(_ node: WaitNode) -> Sent { send(node.parcel ?? .scalar(.nil, 0), node) }

    @inline(never)
    private func send(_ parcel: Parcel, _ node: WaitNode?) -> Sent {
        var sent = Sent.full
        let remote = decide { core, effects in sent = core.send(parcel, node, &effects) }
        return remote?.send(parcel, node) ?? sent
    }

    // MARK: - Receiving

    typealias Received = ChannelCore.Received

    /// Receives without waiting. Short messages are appended to `buffer`.
    @inline(__always)
    func tryReceive(_ buffer: inout ByteBuffer) -> Received {
        lockReceivers()
        if core.flags.isEmpty {
            let received = Received(core.queue.take(&buffer))
            unlockReceivers()
            return received
        }
        unlockReceivers()
        return receive(nil, &buffer)
    }

    /// The shortest path of all: takes the next message if it is a number and nobody waits.
    @inline(__always)
    func takeNumber() -> (Tag, UInt64)? {
        let number = takeNumberOrHold()
        if number == nil { unlockReceivers() }
        return number
    }

    /// The same, but if it returns nil the receivers' lock is kept, and `takeShort` has to follow. To take it twice would
    /// mean to wait for the sender's memory twice.
    @inline(__always)
    func takeNumberOrHold() -> (Tag, UInt64)? {
        lockReceivers()
        guard core.flags.isEmpty, let number = core.queue.popNumber() else { return nil }
        unlockReceivers()
        return number
    }

    /// The shortest path for the rest: a scalar, or bytes that fit into `room`, while nobody waits.
    func receiveQuickly(_ place: UnsafeMutableRawPointer, _ room: Int) -> RecordQueue.Short {
        lockReceivers()
        return takeShort(place, room)
    }

    /// The same with the receivers' lock, which it releases.
    @inline(__always)
    func takeShort(_ place: UnsafeMutableRawPointer, _ room: Int) -> RecordQueue.Short {
        guard core.flags.isEmpty else { return receiveQuicklyAbroad(place, room) }
        defer { unlockReceivers() }
        return core.queue.popShort(place, room)
    }

    /// The same if the home is in another process.
    @inline(never)
    private func receiveQuicklyAbroad(_ place: UnsafeMutableRawPointer, _ room: Int) -> RecordQueue.Short {
        let remote = borrowedRemote
        unlockReceivers()
        guard let (type, home) = remote else { return .nothing }
        return type.receiveQuickly(home, place, room)
    }

    /// Receives, or leaves the node in the line of receivers (`.empty`).
    func receive(_ node: WaitNode, _ buffer: inout ByteBuffer) -> Received { receive(.some(node), &buffer) }

    @inline(never)
    private func receive(_ node: WaitNode?, _ buffer: inout ByteBuffer) -> Received {
        var received = Received.empty
        let remote = decide { core, effects in received = core.receive(node, &buffer, &effects) }
        return remote?.receive(node, &buffer) ?? received
    }

    // MARK: - Between tasks of one state

    /// Of a private channel: whether receivers wait; whether a receiver would have to wait, or will get nothing.
    @inline(__always)
    var isAwaited: Bool { core.flags.contains(.receiversWait) }
    @inline(__always)
    var isDrained: Bool { core.queue.isEmpty }
    /// Whether a task may wait for a message. A look without a lock: a sender that finds the queue full does not take
    /// the receivers' lock for that.
    @inline(__always)
    var mayAwait: Bool { core.queue.sent == core.queue.received && !mustAsk }

    /// Leaves the node in the line of receivers, if that is all there is to do. False: nothing has been done.
    @inline(__always)
    func lineUp(_ node: WaitNode) -> Bool {
        lockBoth()
        defer { unlockBoth() }
        return remote == nil && core.lineUp(node)
    }

    /// Takes the first receiver out of line, and claims it, if it is a task of the caller's state (`isHome`) that takes
    /// a message on its stack. Nil: nothing has been done.
    @inline(__always)
    func claimReceiver(_ isHome: (Waiter) -> Bool) -> Unmanaged<Waiter>? {
        lockBoth()
        defer { unlockBoth() }
        return remote == nil ? core.claimReceiver(isHome) : nil
    }

    // MARK: - The rest

    /// Takes a waiter out of its line, after its wait ended otherwise.
    func forget(_ node: WaitNode) {
        decide { core, effects in core.forget(node, &effects) }?.forget(node)
    }

    /// No more messages: receivers get what is queued, then the end; waiting senders are refused. Twice does nothing.
    public func close() {
        decide { core, effects in core.close(&effects) }?.close()
    }

    /// Whether it is closed: nothing can be sent any more. Messages may be left in it.
    public var isClosed: Bool {
        lockReceivers()
        let (remote, isClosed) = (remote, core.isClosed)
        unlockReceivers()
        return remote?.isClosed ?? isClosed
    }

    /// How many messages are queued at this moment. If the home is in another process, this asks it, and the calling
    /// thread waits for the answer.
    public var count: Int {
        if let count = countIfHere { return count }
        let question = Question()
        askCount(WaitNode(question, question.arm()))
        return question.wait()
    }

    /// The same; nil if another process has to be asked.
    var countIfHere: Int? {
        let received = core.queue.received
        let queued = max(0, core.queue.sent - received)
        guard mustAsk else { return queued }
        var count = 0
        return decide { core, _ in count = core.count } == nil ? count : nil
    }

    /// Asks the process that is the channel's home. The node gets an integer.
    func askCount(_ node: WaitNode) { remote?.askCount(node) }

    /// A thread that waits for an answer.
    private final class Question: Waiter, @unchecked Sendable {  // sound: as its superclass
        private let sleeper = Sleeper()

        override func notify() { sleeper.wake() }

        func wait() -> Int {
            _ = Processor.spin(for: .microseconds(20)) { sleeper.isNotified }
            sleeper.sleep(until: .forever)
            guard case .parcel(.scalar(_, let count)) = takeDelivery() else { return 0 }
            return Int(count)
        }
    }

    /// For spinning: whether receiving might succeed, or sending. A look without a lock, if no other process knows the
    /// channel.
    var mayReceive: Bool {
        if mustAsk, let remote { return remote.mayReceive }
        return core.queue.sent != core.queue.received
    }
    var maySend: Bool {
        if mustAsk {
            lockSenders()
            let hasRoom = core.hasDirectRoom
            unlockSenders()
            if let hasRoom { return hasRoom }
        }
        return core.queue.sent - core.queue.received < core.spinLimit.load(ordering: .relaxed)
    }
    /// Whether it holds many messages, and all in this process.
    var isSpacious: Bool { capacity >= 256 && !mustAsk }
    /// Whether it makes sense to spin for a message.
    var canSpinToReceive: Bool { !isRemote || remote?.hasLane == true }

    /// About how many bytes a channel takes without messages.
    static let emptyBytes = 1200
    /// How many bytes its messages take; 0 if a lock is taken, or another process knows the channel.
    var heldBytes: Int {
        guard lockIfIdle() else { return 0 }
        defer { unlockBoth() }
        return core.queue.held.bytes
    }

    /// For a waiter that has left nodes at these channels and does not want to wait: asks all, other processes
    /// included, whether there is something. The wait ends with a timeout when all have said no. False: it has ended
    /// already.
    static func poll(_ channels: [Channel], _ waiter: Waiter, _ ticket: Waiter.Ticket) -> Bool {
        let poll = Poll(WaitNode(waiter, ticket))
        for channel in channels {
            poll.add()
            channel.decide { core, effects in core.poll(poll, &effects) }?.poll(poll)
        }
        return !poll.isLast()
    }

    // MARK: - Other processes

    /// Another process knows the channel, so this one cannot tell by itself whether something can be sent or received.
    var mustAsk: Bool { isAbroad.load(ordering: .acquiring) }

    /// The home is in another process.
    var isRemote: Bool { mustAsk && remote != nil }

    /// Another process may get what is sent.
    var leavesProcess: Bool { isRemote || standIns.load(ordering: .relaxed) > 0 }

    private func goAbroad() {
        keepOrder()
        isAbroad.store(true, ordering: .releasing)
    }

    /// For a `ChannelPeer`: calls `body` under both locks, then serves those who wait. False: the home is in another
    /// process, and nothing was done.
    func change<E: Error>(_ body: (borrowing ChannelCore, inout Effects) throws(E) -> Void) throws(E) -> Bool {
        let remote = try decide { core, effects throws(E) in
            try body(core, &effects)
            if core.isAbroad, !mustAsk { goAbroad() }
            core.serve(&effects)
        }
        return remote == nil
    }

    /// A message that a proxy has sent on a credit, while nobody waits for anything: under the senders' lock alone.
    /// `spend` says whether there was a credit. False: nothing has been done.
    @inline(__always)
    func arriveQuickly(_ parcel: Parcel, spend: () -> Bool) -> Bool {
        lockSenders()
        defer { unlockSenders() }
        guard core.flags.letSend, spend() else { return false }
        core.takeUp(-1, -parcel.weight)
        core.queue.push(parcel)
        return true
    }

    /// Moves the channel's home to another process. `make` takes out the contents, under both locks, and returns the
    /// proxy. Nil: `make` returned nil, or other processes know the channel already. If the home was in another
    /// process before, it stays there, and its proxy is returned.
    func move(_ make: (borrowing ChannelCore) -> (any RemoteHome)?) -> (any RemoteHome)? {
        lockBoth()
        defer { unlockBoth() }
        if let remote { return remote }
        guard !core.isAbroad, let home = make(core) else { return nil }
        remote = home
        borrowedRemote = (type(of: home), UnsafeRawPointer(Unmanaged.passUnretained(home as AnyObject).toOpaque()))
        core.markRemote()
        goAbroad()
        return home
    }
}

/// The operations of a channel whose home is in another process. Called with no lock of the channel held.
protocol RemoteHome: AnyObject, Sendable {
    func send(_ parcel: Parcel, _ node: WaitNode?) -> Channel.Sent
    func receive(_ node: WaitNode?, _ buffer: inout ByteBuffer) -> Channel.Received
    /// The shortest paths: send on a credit, without objects; receive something short that is here already, from the
    /// home at that address.
    func sendQuickly(_ parcel: Parcel) -> Bool
    static func receiveQuickly(
        _ home: UnsafeRawPointer, _ place: UnsafeMutableRawPointer, _ room: Int
    ) -> RecordQueue.Short
    func forget(_ node: WaitNode)
    func close()
    func poll(_ poll: Poll)
    func askCount(_ node: WaitNode)
    var isClosed: Bool { get }
    /// For spinning: messages come without a frame for each, and whether there are some at this moment.
    var hasLane: Bool { get }
    var mayReceive: Bool { get }
    /// The channel object is being released.
    func channelIsGone(_ channel: ObjectIdentifier)
}
