import Synchronization

/// This process's side of a channel whose home is in the parent. Shared; guarded by its lock.
///
/// Waiting, claiming and selecting are all done here: a send takes place when a credit is spent, a receive when a lent
/// message is taken. The home learns of it afterwards, and only decides who gets credits and messages.
final class ChannelProxy: Endpoint, RemoteHome, @unchecked Sendable {  // sound: see above
    let link: Link
    let traits: ChannelTraits
    /// Counts received messages in shared memory, where the home can read it whatever happens to this process.
    private var slot: Int?
    private var counter: UnsafeMutablePointer<Atomic<UInt64>>?
    private let lock = Lock()
    /// The channel that scripts see. It may be released, and made anew.
    private weak var object: Channel?
    /// Of that object. The object itself is not looked at under the lock: its end needs the lock.
    private var identity: ObjectIdentifier?

    private var isMoving: Bool
    private var hasClosed = false
    private var hasEnded = false
    private var isOver = false

    // Sending
    private var senders = WaitList()
    private var sent: UInt64 = 0
    private var sentBytes: UInt64 = 0
    private var granted: UInt64 = 0
    private var grantedBytes: UInt64 = 0
    private var askedRoom: UInt64 = 0
    private var askedBytes: UInt64 = 0
    private var roomWindow: UInt64 = 16
    private var byteWindow: UInt64 = 64 << 10
    /// Senders at a rendezvous whose message is being tried on a receiver.
    private var committed: [WaitNode] = []

    // Receiving
    private var receivers = WaitList()
    /// What was lent by frames; once there is a lane, the messages that are not in it.
    private let inbox = RecordQueue()
    private var lane: Lane.Reader?
    private var received: UInt64 = 0
    private var consumed: UInt64 = 0
    private var asked: UInt64 = 0
    private var window: UInt64 = 0
    private var dry = Stopwatch()
    /// The home wants to know when so many messages were received, or some of them and a moment has passed.
    private var watched: UInt64?
    private var isTimed = false
    private static let patience: TimeSpan = .milliseconds(1)

    // Questions
    private var polls: [Poll] = []
    private var questions: [WaitNode] = []

    private var isRendezvous: Bool { traits.capacity == 0 && traits.overflow == .wait }

    init(_ link: Link, _ number: UInt32, slot: Int?, _ traits: ChannelTraits, isMoving: Bool = false) {
        self.link = link
        self.traits = traits
        self.isMoving = isMoving
        self.slot = slot
        counter = slot.flatMap { try? link.counter(UInt64($0)) }
        super.init(number)
    }

    deinit {
        senders.removeAll()
        receivers.removeAll()
    }

    // MARK: - The object that scripts see

    override func channel() -> Channel? { lock.withLock { attached() } }

    override func arrive() -> Channel? {
        lock.withLock {
            link.tables.arrived(self)
            return attached()
        }
    }

    private func attached() -> Channel {
        if let object { return object }
        let made = traits.makeChannel()
        _ = made.move { _ in self }
        (object, identity) = (made, ObjectIdentifier(made))
        link.tables.register(made, self)
        return made
    }

    func channelIsGone(_ channel: ObjectIdentifier) {
        link.tables.unregister(channel, self)
        lock.withLock {
            // A new channel object may have taken its place.
            if identity == channel, !isOver { link.release(self) }
        }
        link.flush()
    }

    var isClosed: Bool { lock.withLock { hasClosed } }

    // MARK: - Sending

    private func hasCredit(_ weight: Int) -> Bool {
        sent < granted && (isRendezvous || sentBytes &+ UInt64(weight) <= grantedBytes)
    }

    func send(_ parcel: Parcel, _ node: WaitNode?) -> Channel.Sent {
        let objects = ObjectList.make(parcel.shared, link)
        lock.lock()
        var result = Channel.Sent.full
        if hasClosed {
            result = WaitNode.claim(node) ? .closed : .overtaken
        } else if !isRendezvous, senders.isEmpty, hasCredit(parcel.weight) {
            result = WaitNode.claim(node) ? .sent : .overtaken
            node?.bringMark()
            if case .sent = result { spend(parcel, objects) }
        } else if let node {
            senders.append(node)
            growRoomWindow(parcel.weight)
            wantRoom()
        }
        lock.unlock()
        link.flush()
        return result
    }

    /// The shortest path: on a credit, without objects. False: nothing has been done.
    func sendQuickly(_ parcel: Parcel) -> Bool {
        lock.lock()
        let isSent = !hasClosed && !isRendezvous && senders.isEmpty && hasCredit(parcel.weight)
        if isSent { spend(parcel, nil) }
        lock.unlock()
        if isSent { link.flush() }
        return isSent
    }

    private func spend(_ parcel: Parcel, _ objects: ObjectList?) {
        sent += 1
        sentBytes &+= UInt64(parcel.weight)
        link.append(.send, number, parcel, objects)
        if !isRendezvous, askedRoom < sent + roomWindow / 2 || askedBytes < sentBytes + byteWindow / 2 { wantRoom() }
    }

    private func growRoomWindow(_ weight: Int) {
        let most = UInt64(min(512, max(1, traits.overflow == .wait ? traits.capacity / 2 : 512)))
        roomWindow = min(roomWindow * 2, most)
        byteWindow = min(max(byteWindow, UInt64(weight) * 4), UInt64(max(traits.bytes / 2, 1)))
    }

    /// Tells the home how many credits are wanted in all, and how many senders wait.
    private func wantRoom() {
        guard !isMoving, !hasClosed else { return }
        let weight = UInt64(senders.head?.parcel?.weight ?? 0)
        askedRoom = isRendezvous ? 0 : sent + roomWindow
        askedBytes = sentBytes + max(byteWindow, weight)
        link.append(.wantRoom, number, [askedRoom, askedBytes, UInt64(senders.count), granted, weight])
    }

    private func granted(_ total: UInt64, _ bytes: UInt64, _ effects: inout Effects) {
        granted = total
        grantedBytes = bytes
        while let node = senders.head, let parcel = node.parcel, hasCredit(parcel.weight) {
            senders.remove(node)
            guard node.claim() else { continue }
            node.bringMark()
            spend(parcel, ObjectList.make(parcel.shared, link))
            if isRendezvous {
                committed.append(node)
            } else {
                node.deliver(.accepted)
                effects.wake(node)
            }
        }
        if isRendezvous, granted > sent { returnRoom() }
        if isRendezvous ? senders.count >= ChannelExport.mostSenders : !senders.isEmpty { wantRoom() }
    }

    /// Gives back the credits that are not spent.
    private func returnRoom() {
        granted = sent
        grantedBytes = sentBytes
        askedRoom = sent
        askedBytes = sentBytes
        link.writer.append(Frame(.returnRoom, number, value: sent))
    }

    private func tried(_ delivery: Waiter.Delivery, _ effects: inout Effects) {
        guard !committed.isEmpty else { return }
        let node = committed.removeFirst()
        node.deliver(delivery)
        effects.wake(node)
    }

    // MARK: - Receiving

    func receive(_ node: WaitNode?, _ buffer: inout ByteBuffer) -> Channel.Received {
        lock.lock()
        var result = Channel.Received.empty
        var effects = Effects()
        if hasMessage {
            if WaitNode.claim(node) {
                result = Channel.Received(take(&buffer))
                _ = took()
            } else {
                result = .overtaken
            }
        } else if hasEnded {
            result = WaitNode.claim(node) ? .closed : .overtaken
        } else if let node {
            receivers.append(node)
            ranDry()
            serveFromLane(&effects)
            if effects.takeBack(node) {
                if let parcel = node.takeParcel() { result = .parcel(parcel) }
            } else if node.isQueued {
                wantMessages()
            } else {
                result = .overtaken
            }
        }
        lock.unlock()
        link.flush()
        effects.carryOut()
        return result
    }

    // MARK: - The next message

    private var hasMessage: Bool {
        guard let next = lane?.peek() else {
            failIfBroken()
            return lane == nil && !inbox.isEmpty
        }
        if case .parcel = next.record { return true }
        return !inbox.isEmpty
    }

    /// Takes the next message; there must be one. Bytes are appended to the buffer.
    private func take(_ buffer: inout ByteBuffer) -> RecordQueue.Taken {
        guard let next = lane?.peek() else { return inbox.take(&buffer) }
        defer { lane?.remove(next.size) }
        switch next.record {
        case .parcel(.borrowed(let form, let bytes)):
            if let start = bytes.baseAddress { buffer.append(start, bytes.count) }
            return .copied(form)
        case .parcel(let parcel): return .parcel(parcel)
        case .elsewhere: return inbox.take(&buffer)
        }
    }

    private func failIfBroken() {
        if lane?.isBroken == true { link.fail("the lane holds what cannot be") }
    }

    /// Gives what is in the lane to those who wait. If some still wait after that, the home rings for the next message.
    private func serveFromLane(_ effects: inout Effects) {
        guard lane != nil, !receivers.isEmpty else { return }
        lane?.startWaiting()
        while hasMessage, let node = receivers.popFirst() {
            guard node.claim() else { continue }
            var buffer = ByteBuffer()
            switch take(&buffer) {
            case .parcel(let parcel): node.deliver(.parcel(parcel))
            case .copied(let form): node.deliver(.parcel(.owned(form, buffer.takeMessage(shared: []))))
            case .empty: break
            }
            effects.wake(node)
            _ = consume()
        }
        if receivers.isEmpty { lane?.stopWaiting() }
    }

    var hasLane: Bool { lock.withLock { lane != nil } }
    var mayReceive: Bool { lock.withLock { hasMessage } }

    /// The shortest path: a short message that is here already.
    static func receiveQuickly(
        _ home: UnsafeRawPointer, _ place: UnsafeMutableRawPointer, _ room: Int
    ) -> RecordQueue.Short {
        Unmanaged<ChannelProxy>.fromOpaque(home).borrow { $0.receiveQuickly(place, room) }
    }

    @inline(__always)
    private func receiveQuickly(_ place: UnsafeMutableRawPointer, _ room: Int) -> RecordQueue.Short {
        lock.lock()
        let received = lane?.popShort(place, room) ?? inbox.popShort(place, room)
        var mustTell = false
        if case .nothing = received {} else { mustTell = took() }
        lock.unlock()
        if mustTell { link.flush() }
        return received
    }

    /// A message was received. True: a frame for the home was written, and has to be flushed.
    private func took() -> Bool {
        let mustTell = consume()
        guard lane == nil, window > 0, asked < consumed + window / 2 else { return mustTell }
        wantMessages()
        return true
    }

    private func consume() -> Bool {
        consumed += 1
        keepOrder()
        counter?.pointee.store(consumed, ordering: .releasing)
        if counter != nil, !isRendezvous {
            guard let watched else { return false }
            if link.pace != .zero, consumed < watched {
                tellLater()
                return false
            }
        }
        tellConsumed()
        return true
    }

    private func tellConsumed() {
        watched = nil
        link.writer.append(Frame(.consumed, number, value: consumed))
    }

    /// A sender waits for room. It is not woken for each message that a fast receiver takes, but soon.
    private func tellLater() {
        if isTimed { return }
        isTimed = true
        // No weak reference: that would make all counting of references to this slower.
        Reactor.shared.call(after: Self.patience) { [self] in
            lock.lock()
            isTimed = false
            if watched != nil, !isOver { tellConsumed() }
            lock.unlock()
            link.flush()
        }
    }

    /// Nothing was there to receive. A fast receiver gets messages in advance, about as many as it takes in the pace of
    /// the link: the window grows if that happened within it the last time as well, and shrinks otherwise.
    private func ranDry() {
        let most = UInt64(min(512, traits.overflow == .wait ? traits.capacity / 2 : 0))
        window = dry.lap() < link.pace ? min(max(window * 2, 2), most) : window / 2
    }

    /// Tells the home how many messages are wanted in all, and how many receivers wait.
    private func wantMessages() {
        guard !isMoving, !isOver else { return }
        asked = consumed + window + UInt64(receivers.count)
        if lane != nil { received = max(received, consumed) }
        link.append(
            .wantMessages, number, tag: counter == nil ? 0 : 1, [asked, UInt64(receivers.count), received, consumed])
    }

    private func lent(_ parcel: consuming Parcel?, _ frame: Frame, _ effects: inout Effects) {
        if lane != nil {
            if let parcel { inbox.push(parcel) } else { received = max(received, frame.value) }
            serveFromLane(&effects)
            if frame.isAwaited, hasMessage { wantMessages() }
            return
        }
        guard let parcel else { return }
        received += 1
        while let node = receivers.popFirst() {
            guard node.claim() else { continue }
            node.deliver(.parcel(parcel.kept))
            effects.wake(node)
            _ = consume()
            return
        }
        inbox.push(parcel)
        // Nobody waits for it any more. The home is told, since a receiver in another process may wait.
        if frame.isAwaited { wantMessages() }
    }

    /// Gives back the messages that were not received.
    private func returnMessages(_ effects: inout Effects) {
        lane?.skipAll()
        while let popped = inbox.pop() {
            if case .message = popped { effects.drop(Parcel(popped)) }
            inbox.done()
        }
        received = consumed
        window = 0
        link.writer.append(Frame(.returnMessages, number, value: consumed))
        wantMessages()
    }

    // MARK: - Other operations

    func forget(_ node: WaitNode) {
        lock.lock()
        if node.isQueued {
            if !node.isSender {
                receivers.remove(node)
                wantMessages()
            } else {
                senders.remove(node)
                wantRoom()
            }
        }
        lock.unlock()
        link.flush()
    }

    func close() {
        var effects = Effects()
        lock.lock()
        if !hasClosed {
            refuseSenders(&effects)
            if !isMoving { link.writer.append(Frame(.close, number)) }
        }
        lock.unlock()
        link.flush()
        effects.carryOut()
    }

    private func refuseSenders(_ effects: inout Effects) {
        hasClosed = true
        effects.deliver(.closed, to: &senders)
    }

    func poll(_ poll: Poll) {
        lock.lock()
        let isAnswered = isOver
        if !isOver {
            polls.append(poll)
            link.writer.append(Frame(.ping, number))
        }
        lock.unlock()
        if isAnswered { poll.answer() } else { link.flush() }
    }

    /// The home's link answers at once, whatever its scripts are doing.
    func askCount(_ node: WaitNode) {
        var effects = Effects()
        lock.lock()
        if isOver {
            Self.answer(node, received - consumed, &effects)
        } else {
            questions.append(node)
            link.writer.append(Frame(.askCount, number))
        }
        lock.unlock()
        link.flush()
        effects.carryOut()
    }

    private static func answer(_ node: WaitNode, _ count: UInt64, _ effects: inout Effects) {
        guard node.claim() else { return }
        node.deliver(.parcel(.scalar(.integer, min(count, 1 << 62))))
        effects.wake(node)
    }

    // MARK: - What the home says

    override func handle(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {
        if frame.kind == .released { return link.forget(number) }
        let isMessage = frame.kind == .lend && frame.form != .value
        // Held by nobody else when it is received: then a long string becomes the state's without a copy.
        var parcel = isMessage ? try Self.kept(Link.parcel(frame, body)) : nil
        let opened = frame.kind == .lane ? try openLane(frame.value) : nil
        var effects = Effects()
        lock.lock()
        switch frame.kind {
        case .lend:
            lent(parcel.take(), frame, &effects)
        case .lane:
            lane = opened
            serveFromLane(&effects)
        case .grant:
            if body.bytes.count == 16 {
                let total = body.bytes.loadUnaligned(as: UInt64.self)
                granted(total, body.bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self), &effects)
            }
        case .recallMessages:
            returnMessages(&effects)
        case .recallRoom:
            roomWindow = max(roomWindow / 2, 1)
            returnRoom()
            if !senders.isEmpty { wantRoom() }
        case .watch:
            // The home knows of so many received messages.
            watched = frame.value &+ max(1, UInt64(frame.tag))
            if consumed >= watched ?? 0 { tellConsumed() } else if consumed > frame.value { tellLater() }
        case .accepted:
            tried(.accepted, &effects)
        case .refused:
            tried(.again, &effects)
        case .closed:
            refuseSenders(&effects)
            returnRoom()
        case .ended:
            hasEnded = true
            effects.deliver(.closed, to: &receivers)
        case .counter:
            counter = try? link.counter(frame.value)
            slot = counter == nil ? nil : Int(frame.value)
            keepOrder()
            counter?.pointee.store(consumed, ordering: .releasing)
        case .pong:
            if !polls.isEmpty { effects.answer([polls.removeFirst()]) }
        case .count:
            if !questions.isEmpty { Self.answer(questions.removeFirst(), frame.value, &effects) }
        default:
            lock.unlock()
            throw ProtocolError("a frame of the wrong direction")
        }
        lock.unlock()
        link.flush()
        effects.carryOut()
    }

    private static func kept(_ parcel: Parcel) throws(ProtocolError) -> Parcel {
        do throws(GrowingBytes.OutOfMemory) {
            return try parcel.keptIfLarge()
        } catch {
            throw ProtocolError("no memory for \(parcel.weight) bytes")
        }
    }

    private func openLane(_ lane: UInt64) throws(ProtocolError) -> Lane.Reader {
        let slot = lock.withLock { () -> Int? in self.lane == nil && inbox.isEmpty ? self.slot : nil }
        guard let slot else { throw ProtocolError("a lane that is not expected") }
        return try link.lane(lane, slot: slot)
    }

    /// The parent is gone. What was lent can still be received.
    override func linkEnded() {
        var effects = Effects()
        lock.lock()
        isOver = true
        hasEnded = true
        // What is in the lane can still be received by the original process, and is counted there.
        if Copy.isThis { (lane, counter) = (nil, nil) }
        refuseSenders(&effects)
        effects.deliver(.closed, to: &receivers)
        while !committed.isEmpty { tried(.closed, &effects) }
        effects.answer(polls)
        polls = []
        for node in questions { Self.answer(node, 0, &effects) }
        questions = []
        lock.unlock()
        effects.carryOut()
    }

    // MARK: - Moving a channel of this process to the parent

    /// A channel that has moved, and what has to be told of it yet.
    struct Move {
        let proxy: ChannelProxy
        /// Kept until all that has been sent.
        let channel: Channel
        let contents: [Parcel]
        let isClosed: Bool
    }

    /// Moves the channel's home to the parent: announces it there, and takes over those who wait. The contents go to
    /// `moved`, to be sent by `finish`. If the channel has moved before, its proxy. Nil: the link is over, or children
    /// know it already.
    static func move(_ channel: Channel, to link: Link, _ moved: inout [Move]) -> ChannelProxy? {
        let home = channel.move { core in
            let made = link.tables.add { ChannelProxy(link, $0, slot: nil, ChannelTraits(channel), isMoving: true) }
            guard let proxy = made as? ChannelProxy else { return nil }
            link.tables.register(channel, proxy)
            (proxy.object, proxy.identity) = (channel, ObjectIdentifier(channel))
            let contents = core.moveOut()
            proxy.senders = contents.senders
            proxy.receivers = contents.receivers
            proxy.announce()
            moved.append(
                Move(proxy: proxy, channel: channel, contents: contents.parcels, isClosed: contents.isClosed))
            return proxy
        }
        return home as? ChannelProxy
    }

    private func announce() {
        var buffer = ByteBuffer()
        traits.write(into: &buffer)
        var frame = Frame(.create, number)
        frame.form = .body
        let message = buffer.takeMessage(shared: [])
        link.writer.append(frame, nil, message.bytes, message)
    }

    /// Sends the contents. They may hold channels that move as well.
    func finish(_ move: Move, _ moved: inout [Move]) {
        for parcel in move.contents {
            link.append(.content, number, parcel, ObjectList.make(parcel.shared, link, &moved))
        }
        var effects = Effects()
        lock.lock()
        isMoving = false
        if move.isClosed { refuseSenders(&effects) }
        if hasClosed { link.writer.append(Frame(.close, number)) }
        if !senders.isEmpty { wantRoom() }
        if !receivers.isEmpty { wantMessages() }
        lock.unlock()
        link.flush()
        effects.carryOut()
    }
}
