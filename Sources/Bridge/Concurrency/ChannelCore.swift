import Synchronization

/// A channel's messages and waiters, and all decisions about which message goes where. Owned by a `Channel`, which
/// takes the locks: unless a comment says otherwise everything here is called with both held. What has to be done
/// after they are released is noted in `Effects`.
///
/// Other processes have proxies for the channel, each with a `ChannelPeer` here; a local channel is one without. A
/// proxy sends without asking as long as it has credits, which are places kept free for it. Messages are lent to it:
/// they stay on record here, and count, until it is known that they were received there. So a process that dies loses
/// nothing that it had not yet received.
struct ChannelCore: ~Copyable {
    struct Flags: OptionSet {
        let rawValue: UInt16
        static let closed = Flags(rawValue: 1)
        static let receiversWait = Flags(rawValue: 2)
        static let sendersWait = Flags(rawValue: 4)
        /// A rendezvous, or a channel that drops messages: there is no short path for it.
        static let special = Flags(rawValue: 8)
        /// There are messages that came back from a proxy. They come before those of the queue.
        static let returned = Flags(rawValue: 16)
        /// Its home is in another process: nothing is decided here.
        static let remote = Flags(rawValue: 32)
        /// A proxy holds messages that come before those of the queue. Concerns only receivers.
        static let lent = Flags(rawValue: 64)
        /// Messages go straight to a proxy (`State.lane`).
        static let direct = Flags(rawValue: 128)
        /// They will, once the queue is empty.
        static let backlog = Flags(rawValue: 256)

        /// A send may take the short path.
        var letSend: Bool { subtracting(.lent).isEmpty }
        var isDirect: Bool { subtracting(.lent) == .direct }
    }

    /// The flags are read under either lock and changed under both. The room, what is outside, the last place and what
    /// is in the lane are read and changed under the senders' lock. All else is read and changed under both. (The parts
    /// are accessed one by one, through the pointer.)
    struct State {
        var flags: Flags
        /// What the queue may hold: the capacity less what proxies take up.
        var room: RecordQueue.Room
        var receivers = WaitList()
        var senders = WaitList()
        var abroad: Abroad?
        /// Places, and bytes, taken up by credits, lent messages and returned ones.
        var outside = (count: 0, bytes: 0)
        /// Leads to `Abroad.direct`, the only receiver for a while.
        var lane: UnsafeMutablePointer<Lane.Writer>?
        /// The place in the order of the channel that the last lent message has.
        var lastPlace: UInt64 = 0
    }

    /// The state that exists only once another process knows the channel.
    final class Abroad {
        var peers: [any ChannelPeer] = []
        /// Messages that came back, oldest first, each with its place in the order of the queue.
        var returned: [(place: UInt64, parcel: Parcel)] = []
        var polls: [Poll] = []
        var direct: (any ChannelPeer)?
        /// For `lendAhead`: how many messages had been received otherwise, how many were lent in all, and how many
        /// were lent to `lastPeer` in a row.
        var receivedElsewhere = 0
        var lentFromQueue = 0
        var lentInARow = 0
        var lastPeer: ObjectIdentifier?
    }

    let capacity: Int
    let byteCapacity: Int
    let overflow: Channel.Overflow
    /// A copy of `room.count` that is read without a lock.
    let spinLimit: Atomic<Int>
    /// Another thread may know the channel, so the locks are taken. Set by the thread that has made it, before.
    private let isShared: Atomic<Bool>
    let queue = RecordQueue()
    let state: UnsafeMutablePointer<State>

    init(capacity: Int, bytes: Int, overflow: Channel.Overflow, isPrivate: Bool) {
        self.capacity = capacity
        byteCapacity = bytes
        self.overflow = overflow
        spinLimit = Atomic(capacity)
        isShared = Atomic(!isPrivate)
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(
                flags: capacity == 0 || overflow != .wait ? .special : [],
                room: RecordQueue.Room(count: capacity, bytes: bytes)))
    }

    deinit {
        state.pointee.receivers.removeAll()
        state.pointee.senders.removeAll()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    var flags: Flags {
        @inline(__always) get { state.pointee.flags }
    }
    @inline(__always)
    var isPrivate: Bool { !isShared.load(ordering: .relaxed) }
    func share() { isShared.store(true, ordering: .relaxed) }
    /// Under the senders' lock.
    var room: RecordQueue.Room {
        @inline(__always) get { state.pointee.room }
    }
    var isClosed: Bool { flags.contains(.closed) }
    private var isLocal: Bool { state.pointee.abroad == nil }
    var isRendezvous: Bool { capacity == 0 && overflow == .wait }
    var drops: Bool { overflow != .wait }
    var hasMessages: Bool { !queue.isEmpty || state.pointee.abroad?.returned.isEmpty == false }

    /// Sets the flags anew; called before the locks are released.
    func updateFlags() {
        var flags = state.pointee.flags.subtracting(
            [.receiversWait, .sendersWait, .returned, .lent, .direct, .backlog])
        if !state.pointee.receivers.isEmpty { flags.insert(.receiversWait) }
        if !state.pointee.senders.isEmpty { flags.insert(.sendersWait) }
        if let abroad = state.pointee.abroad {
            if !abroad.returned.isEmpty { flags.insert(.returned) }
            if holder != nil { flags.insert(.lent) }
            if state.pointee.lane != nil, staysDirect(abroad) { flags.insert(hasMessages ? .backlog : .direct) }
        }
        state.pointee.flags = flags
    }

    // MARK: - Room

    var outside: (count: Int, bytes: Int) { state.pointee.outside }

    func hasRoom(for weight: Int) -> Bool {
        let (held, outside) = (queue.held, outside)
        let used = held.count + outside.count
        return used < capacity && (held.bytes + outside.bytes + weight <= byteCapacity || used == 0)
    }

    /// Adds to what proxies take up of the capacity; negative numbers give room back. The senders' lock is enough.
    func takeUp(_ count: Int, _ bytes: Int) {
        let taken = (count: outside.count + count, bytes: outside.bytes + bytes)
        state.pointee.outside = taken
        let left = capacity - taken.count
        state.pointee.room = RecordQueue.Room(
            count: left, bytes: byteCapacity - taken.bytes, isWhole: taken.count == 0)
        spinLimit.store(left, ordering: .relaxed)
    }

    /// For a message that is lent: its place in the order of the channel. The senders' lock is enough.
    func nextPlace() -> UInt64 {
        let place = state.pointee.lastPlace + 1
        state.pointee.lastPlace = place
        return place
    }

    // MARK: - What this process does

    enum Sent {
        case sent, full, closed
        /// Something else has claimed the waiter before the operation took place: nothing was sent or received.
        case overtaken
    }

    enum Received {
        case parcel(Parcel)
        /// The bytes were appended to the buffer that the caller gave.
        case copied(Parcel.Form)
        case empty, closed
        case overtaken

        @inline(__always)
        init(_ taken: RecordQueue.Taken) {
            self =
                switch taken {
                case .parcel(let parcel): .parcel(parcel)
                case .copied(let form): .copied(form)
                case .empty: .empty
                }
        }
    }

    /// Sends, or leaves the node in the line of senders (`.full`).
    func send(_ parcel: Parcel, _ node: WaitNode?, _ effects: inout Effects) -> Sent {
        if isClosed { return WaitNode.claim(node) ? .closed : .overtaken }
        if let node {
            state.pointee.senders.append(node)
            serve(&effects)
            return outcome(of: node, &effects)
        }
        if isRendezvous { return hand(parcel, &effects) ? .sent : .full }
        if isLocal, queue.isEmpty, hand(parcel, &effects) { return .sent }
        if !drops {
            settleConsumed()
            guard state.pointee.senders.isEmpty, hasRoom(for: parcel.weight) else { return .full }
        }
        store(parcel, &effects)
        serve(&effects)
        return .sent
    }

    private func outcome(of node: WaitNode, _ effects: inout Effects) -> Sent {
        if effects.takeBack(node) { return .sent }
        return node.isQueued ? .full : .overtaken
    }

    /// Receives, or leaves the node in the line of receivers (`.empty`).
    func receive(_ node: WaitNode?, _ buffer: inout ByteBuffer, _ effects: inout Effects) -> Received {
        guard let node else { return receive(&buffer, &effects) }
        if isLocal, !queue.isEmpty {
            guard node.claim() else { return .overtaken }
            return receive(&buffer, &effects)
        }
        state.pointee.receivers.append(node)
        if isLocal, !isClosed, state.pointee.senders.isEmpty { return .empty }
        serve(&effects)
        guard case .sent = outcome(of: node, &effects) else { return node.isQueued ? .empty : .overtaken }
        guard let parcel = node.takeParcel() else { return .closed }
        return .parcel(parcel)
    }

    private func receive(_ buffer: inout ByteBuffer, _ effects: inout Effects) -> Received {
        if let holder {
            recallMessages(from: holder, &effects)
            return .empty
        }
        if let returned = takeReturned() {
            serve(&effects)
            return .parcel(returned)
        }
        let received = Received(queue.take(&buffer))
        if case .empty = received {
            if isRendezvous, let parcel = takeFromSender(&effects) { return .parcel(parcel) }
            settleConsumed()
            return isClosed && outside.count == 0 ? .closed : .empty
        }
        serve(&effects)
        return received
    }

    /// Takes a waiter out of its line, after its wait ended otherwise.
    func forget(_ node: WaitNode, _ effects: inout Effects) {
        if node.isSender { state.pointee.senders.remove(node) } else { state.pointee.receivers.remove(node) }
        serve(&effects)
    }

    func close(_ effects: inout Effects) {
        guard !isClosed else { return }
        state.pointee.flags.insert(.closed)
        while let node = state.pointee.senders.popFirst() {
            guard node.peer == nil, node.claim() else { continue }
            node.deliver(.closed)
            effects.wake(node)
        }
        for peer in peers { peer.tellClosed(&effects) }
        serve(&effects)
    }

    func poll(_ poll: Poll, _ effects: inout Effects) {
        guard let abroad = state.pointee.abroad else { return effects.answer([poll]) }
        abroad.polls.append(poll)
        serve(&effects)
    }

    var count: Int {
        guard let abroad = state.pointee.abroad else { return queue.held.count }
        settleConsumed()
        return queue.held.count + abroad.returned.count + abroad.peers.reduce(0) { $0 + $1.lentCount }
    }

    // MARK: - Between tasks of one state

    /// See `Channel.lineUp`.
    @inline(__always)
    func lineUp(_ node: WaitNode) -> Bool {
        guard isLocal, flags.isSubset(of: [.receiversWait, .special]), queue.isEmpty else { return false }
        state.pointee.receivers.append(node)
        state.pointee.flags.insert(.receiversWait)
        return true
    }

    /// See `Channel.claimReceiver`.
    @inline(__always)
    func claimReceiver(_ isHome: (Waiter) -> Bool) -> Unmanaged<Waiter>? {
        guard flags.subtracting(.special) == .receiversWait, isLocal,
            let head = state.pointee.receivers.headReference
        else { return nil }
        return head.borrow { node in
            guard node.takesPushed, node.withWaiter(isHome), node.claimAlone() else { return nil }
            state.pointee.receivers.remove(node)
            if state.pointee.receivers.isEmpty { state.pointee.flags.remove(.receiversWait) }
            return node.hand(.pushed)
        }
    }

    // MARK: - Serving those who wait

    /// Gives messages to receivers and room to senders, as far as there are any, and recalls from proxies what is
    /// needed.
    func serve(_ effects: inout Effects) {
        settleConsumed()
        if isRendezvous {
            meet(&effects)
        } else {
            while deliver(&effects) || admit(&effects) {}
            if capacity == 0 { while hasMessages { effects.drop(take()) } }
        }
        if let abroad = state.pointee.abroad {
            if !state.pointee.receivers.isEmpty || isRendezvous { recallMessages(&effects) }
            if !state.pointee.senders.isEmpty { recallRoom(&effects) }
            lendAhead(abroad, &effects)
            grantAhead(&effects)
            if !abroad.polls.isEmpty, !abroad.peers.contains(where: \.isUnsettled) {
                effects.answer(abroad.polls)
                abroad.polls = []
            }
        }
        if isClosed, !hasMessages, outside.count == 0 { endReceivers(&effects) }
    }

    private func endReceivers(_ effects: inout Effects) {
        while let node = state.pointee.receivers.popFirst() {
            if let peer = node.peer {
                peer.tellEnded(&effects)
            } else if node.claim() {
                node.deliver(.closed)
                effects.wake(node)
            }
        }
    }

    /// Gives messages to waiting receivers. True: something was delivered.
    private func deliver(_ effects: inout Effects) -> Bool {
        var isDone = false
        let holder = holder
        while hasMessages, let node = state.pointee.receivers.head {
            if let holder, holder !== node.peer { break }
            if let peer = node.peer {
                guard !peer.isRecalled, peer.canLend else { break }
                lend(to: peer, forWaiter: true, &effects)
            } else {
                state.pointee.receivers.remove(node)
                guard node.claim() else { continue }
                node.deliver(.parcel(take()))
                effects.wake(node)
            }
            isDone = true
        }
        return isDone
    }

    /// Takes the next message; there must be one.
    func take() -> Parcel {
        if let returned = takeReturned() { return returned }
        var buffer = ByteBuffer()
        switch queue.take(&buffer) {
        case .parcel(let parcel): return parcel
        case .copied(let form): return .owned(form, buffer.takeMessage(shared: []))
        default: return .scalar(.nil, 0)
        }
    }

    func takeReturned() -> Parcel? {
        guard let abroad = state.pointee.abroad, !abroad.returned.isEmpty else { return nil }
        let parcel = abroad.returned.removeFirst().parcel
        takeUp(-1, -parcel.weight)
        return parcel
    }

    /// Lets waiting senders send, as far as there is room. True: a message went into the queue.
    private func admit(_ effects: inout Effects) -> Bool {
        var isDone = false
        while let node = state.pointee.senders.head {
            if let peer = node.peer {
                guard !peer.isRoomRecalled, hasRoom(for: peer.headWeight) else { break }
                peer.grant(1, peer.headWeight, &effects)
                continue
            }
            guard let parcel = node.parcel, drops || hasRoom(for: parcel.weight) else { break }
            state.pointee.senders.remove(node)
            guard node.claim() else { continue }
            node.bringMark()
            store(parcel, &effects)
            node.deliver(.accepted)
            effects.wake(node)
            isDone = true
        }
        return isDone
    }

    /// Hands the message to a waiting receiver, or queues it. There is room, or the channel drops messages to make
    /// some. One of capacity 0 that drops keeps it only until `serve`.
    func store(_ parcel: Parcel, _ effects: inout Effects) {
        if !hasMessages, holder == nil, hand(parcel, &effects) { return }
        if drops, capacity > 0, !hasRoom(for: parcel.weight) {
            if overflow == .dropNewest { return }
            while !hasRoom(for: parcel.weight), hasMessages { effects.drop(take()) }
        }
        queue.push(parcel)
    }

    /// Hands the message to the first receiver in line, if that one waits in this process.
    private func hand(_ parcel: Parcel, _ effects: inout Effects) -> Bool {
        while let receiver = state.pointee.receivers.head, receiver.peer == nil {
            state.pointee.receivers.remove(receiver)
            guard receiver.claim() else { continue }
            receiver.deliver(.parcel(parcel.kept))
            effects.wake(receiver)
            return true
        }
        return false
    }

    private func takeFromSender(_ effects: inout Effects) -> Parcel? {
        while let sender = state.pointee.senders.head, sender.peer == nil {
            state.pointee.senders.remove(sender)
            guard let parcel = sender.parcel, sender.claim() else { continue }
            sender.bringMark()
            if Tracing.isOn { Tracing.receivedMark = Tracing.takeMark() }
            sender.deliver(.accepted)
            effects.wake(sender)
            return parcel
        }
        return nil
    }

    // MARK: - A meeting of sender and receiver
    //
    // With a proxy this takes two steps. The sender is claimed first, and its message lent to the proxy. If the
    // receiver there has gone meanwhile, the sender is told to wait anew.

    private func meet(_ effects: inout Effects) {
        guard !state.pointee.receivers.isEmpty else { return }
        var next = state.pointee.senders.head
        while let sender = next {
            next = state.pointee.senders.after(sender)
            if let peer = sender.peer {
                let spokenFor = peers.reduce(0) { $0 + $1.reserved }
                let free = waitingReceivers - spokenFor
                for _ in 0..<max(0, min(sender.wanted, free)) { peer.grant(1, 0, &effects) }
            } else {
                pair(sender, &effects)
            }
        }
    }

    private var waitingReceivers: Int {
        var count = 0
        var next = state.pointee.receivers.head
        while let node = next {
            count += node.peer == nil ? 1 : node.wanted
            next = state.pointee.receivers.after(node)
        }
        return count
    }

    /// Pairs a sender of this process with the first receiver that takes its message.
    private func pair(_ sender: WaitNode, _ effects: inout Effects) {
        guard let parcel = sender.parcel else { return }
        var next = state.pointee.receivers.head
        while let receiver = next {
            next = state.pointee.receivers.after(receiver)
            if let peer = receiver.peer {
                guard !peer.isRecalled else { continue }
                state.pointee.senders.remove(sender)
                guard sender.claim() else { return }
                sender.bringMark()
                return attempt(parcel, .local(sender), on: peer, &effects)
            }
            if receiver.waiter === sender.waiter { continue }  // one select with both ends
            switch Waiter.claim(sender.waiter, sender.ticket, and: receiver.waiter, receiver.ticket) {
            case .met:
                state.pointee.receivers.remove(receiver)
                state.pointee.senders.remove(sender)
                sender.bringMark()
                receiver.deliver(.parcel(parcel))
                sender.deliver(.accepted)
                effects.wake(receiver)
                effects.wake(sender)
                return
            case .firstGone:
                return state.pointee.senders.remove(sender)
            case .secondGone:
                state.pointee.receivers.remove(receiver)
            }
        }
    }

    private func attempt(_ parcel: Parcel, _ source: MeetingSource, on peer: any ChannelPeer, _ effects: inout Effects)
    {
        peer.lend(parcel.kept, place: nextPlace(), forWaiter: true, source: source, &effects)
    }

    /// Gives the message of a sender that is claimed already to the first receiver that takes it.
    func place(_ parcel: Parcel, _ source: MeetingSource, _ effects: inout Effects) {
        var next = state.pointee.receivers.head
        while let receiver = next {
            next = state.pointee.receivers.after(receiver)
            if let peer = receiver.peer {
                if peer.isRecalled { continue }
                return attempt(parcel, source, on: peer, &effects)
            }
            state.pointee.receivers.remove(receiver)
            guard receiver.claim() else { continue }
            receiver.deliver(.parcel(parcel.kept))
            effects.wake(receiver)
            return conclude(source, isAccepted: true, &effects)
        }
        conclude(source, isAccepted: false, &effects)
    }

    /// Tells the sender whether its message was received.
    func conclude(_ source: MeetingSource, isAccepted: Bool, _ effects: inout Effects) {
        switch source {
        case .local(let node):
            node.deliver(isAccepted ? .accepted : .again)
            effects.wake(node)
        case .peer(let peer):
            peer.tellMeeting(isAccepted: isAccepted, &effects)
        }
    }
}
