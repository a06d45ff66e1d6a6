/// A channel at home: the queue is here, and other processes have stand-ins for it, each with a `ChannelExport` here.
///
/// A stand-in sends without asking as long as it has credits, which are places kept free for it here. Messages are lent
/// to it: they stay on record here, and count, until it is known that they were received there. So a process that dies
/// loses nothing that it had not yet received. Guarded by both locks of the channel.
final class HomeChannel: ChannelAbroad, @unchecked Sendable {  // sound: see above
    private unowned let channel: Channel
    private var lanes: [ChannelExport] = []
    /// Messages that came back, oldest first, each with its place in the order of the queue.
    private var returned: [(place: UInt64, parcel: Parcel)] = []
    /// Places, and bytes, taken up by credits, lent messages and returned ones.
    private var outside = (count: 0, bytes: 0)
    private var polls: [Poll] = []
    private var lastMeeting: UInt64 = 0
    /// How many messages others have received, and how many were lent since that last changed.
    private var receivedElsewhere = 0
    private var lentFromQueue = 0
    private var lentInARow = 0
    private weak var lastLane: ChannelExport?

    init(_ channel: Channel) { self.channel = channel }

    /// What is to be done when the locks are released.
    struct After {
        var woken: [WaitNode] = []
        var links: [Link] = []
        var polls: [Poll] = []

        mutating func flush(_ link: Link) {
            if !links.contains(where: { $0 === link }) { links.append(link) }
        }
    }

    private func leave(_ after: After) {
        channel.updateFlags()
        channel.unlockBoth()
        for link in after.links { link.flush() }
        for node in after.woken { node.waiter.notify() }
        for poll in after.polls { poll.answer() }
    }

    private var isRendezvous: Bool { channel.capacity == 0 && channel.overflow == .wait }
    var isClosed: Bool { channel.waiting.pointee.flags.contains(.closed) }
    private var hasMessages: Bool { !returned.isEmpty || !channel.queue.isEmpty }

    // MARK: - Room

    private var used: Int { channel.queue.held.count + outside.count }

    private func hasRoom(for weight: Int) -> Bool {
        let held = channel.queue.held
        let used = held.count + outside.count
        return used < channel.capacity && (held.bytes + outside.bytes + weight <= channel.byteCapacity || used == 0)
    }

    func takeUp(_ count: Int, _ bytes: Int) {
        outside.count += count
        outside.bytes += bytes
        let room = RecordQueue.Room(
            count: channel.capacity - outside.count, bytes: channel.byteCapacity - outside.bytes,
            isWhole: outside.count == 0)
        channel.room = room
        channel.spinLimit.store(room.count, ordering: .relaxed)
    }

    // MARK: - What this process does

    func send(_ channel: Channel, _ parcel: Parcel, _ node: WaitNode?) -> Channel.Sent {
        var after = After()
        var sent = Channel.Sent.full
        if isClosed {
            sent = channel.claimSelf(node) ? .closed : .overtaken
        } else if let node {
            channel.waiting.pointee.senders.append(node)
            serve(&after)
            sent = outcome(of: node, &after)
        } else if channel.overflow != .wait {
            store(parcel)
            serve(&after)
            sent = .sent
        } else if isRendezvous {
            sent = hand(parcel, &after) ? .sent : .full
        } else {
            settleConsumed()
            if channel.waiting.pointee.senders.isEmpty, hasRoom(for: parcel.weight) {
                channel.queue.push(parcel)
                serve(&after)
                sent = .sent
            }
        }
        leave(after)
        return sent
    }

    private func outcome(of node: WaitNode, _ after: inout After) -> Channel.Sent {
        if let place = after.woken.firstIndex(where: { $0 === node }) {
            after.woken.remove(at: place)
            return .sent
        }
        return node.isQueued ? .full : .overtaken
    }

    func receive(_ channel: Channel, _ node: WaitNode?, _ buffer: inout ByteBuffer) -> Channel.Received {
        var after = After()
        defer { leave(after) }
        if let node {
            channel.waiting.pointee.receivers.append(node)
            serve(&after)
            guard case .sent = outcome(of: node, &after) else { return node.isQueued ? .empty : .overtaken }
            switch node.waiter.takeDelivery() {
            case .parcel(let parcel): return .parcel(parcel)
            default: return .closed
            }
        }
        if let holder {
            holder.recallMessages(&after)
            return .empty
        }
        if let first = returned.first {
            takeReturned()
            serve(&after)
            return .parcel(first.parcel)
        }
        let received = channel.queue.take(&buffer)
        if case .empty = received {
            if isRendezvous, let parcel = takeFromSender(&after) { return .parcel(parcel) }
            settleConsumed()
            return isClosed && outside.count == 0 ? .closed : .empty
        }
        serve(&after)
        return received
    }

    private func takeReturned() {
        let first = returned.removeFirst()
        takeUp(-1, -first.parcel.weight)
    }

    func forget(_ channel: Channel, _ node: WaitNode) {
        var after = After()
        remove(node)
        serve(&after)
        leave(after)
    }

    private func remove(_ node: WaitNode) {
        if !node.isSender {
            channel.waiting.pointee.receivers.remove(node)
        } else {
            channel.waiting.pointee.senders.remove(node)
        }
    }

    func close(_ channel: Channel) {
        var after = After()
        close(&after)
        leave(after)
    }

    private func close(_ after: inout After) {
        guard !isClosed else { return }
        channel.waiting.pointee.flags.insert(.closed)
        while let node = channel.waiting.pointee.senders.popFirst() {
            guard node.lane == nil, node.claim() else { continue }
            node.deliver(.closed)
            after.woken.append(node)
        }
        for lane in lanes { lane.tellClosed(&after) }
        serve(&after)
    }

    func poll(_ channel: Channel, _ poll: Poll) {
        var after = After()
        polls.append(poll)
        serve(&after)
        leave(after)
    }

    var count: Int {
        channel.lockBoth()
        defer { channel.unlockBoth() }
        settleConsumed()
        return channel.queue.held.count + returned.count + lanes.reduce(0) { $0 + $1.lentCount }
    }

    func channelIsGone(_ channel: ObjectIdentifier) {}

    // MARK: - What a lane does

    /// Under both locks, which are released after.
    func change(_ body: (inout After) throws(ProtocolError) -> Void) throws(ProtocolError) {
        channel.lockBoth()
        var after = After()
        defer { leave(after) }
        try body(&after)
        serve(&after)
    }

    func attach(_ lane: ChannelExport, _ after: inout After) {
        lanes.append(lane)
        if isClosed { lane.tellClosed(&after) }
    }

    func detach(_ lane: ChannelExport) { lanes.removeAll { $0 === lane } }

    func closeByLane(_ after: inout After) { close(&after) }

    /// A message that a stand-in has sent, on a credit.
    func arrive(_ parcel: Parcel, from lane: ChannelExport, _ after: inout After) {
        if isRendezvous {
            place(parcel, .lane(lane), &after)
        } else if channel.overflow != .wait {
            store(parcel)
        } else {
            channel.queue.push(parcel)
        }
    }

    /// The same while nobody waits for anything, under the senders' lock alone. False: nothing has been done.
    @inline(__always)
    func arriveQuickly(_ parcel: Parcel, from lane: ChannelExport) -> Bool {
        let lock = channel.queue.senders
        lock.pointee.lock.lock()
        defer { lock.pointee.lock.unlock() }
        guard channel.waiting.pointee.flags.letSend, lane.spend(parcel.weight) else { return false }
        takeUp(-1, -parcel.weight)
        channel.queue.push(parcel)
        return true
    }

    /// What a channel that moved here held already. False: it cannot have held that much.
    func hold(_ parcel: Parcel) -> Bool {
        guard hasRoom(for: parcel.weight) else { return false }
        channel.queue.push(parcel)
        return true
    }

    /// A lent message comes back.
    func takeBack(_ parcel: Parcel, place: UInt64) {
        let index = returned.firstIndex { $0.place > place } ?? returned.count
        returned.insert((place, parcel), at: index)
    }

    // MARK: - Serving those who wait

    /// Brings about what can be: messages to receivers, room to senders, and what is elsewhere back if it is needed.
    private func serve(_ after: inout After) {
        settleConsumed()
        if isRendezvous {
            meet(&after)
        } else {
            while deliver(&after) || admit(&after) {}
        }
        if !channel.waiting.pointee.receivers.isEmpty || isRendezvous { recallMessages(&after) }
        if !channel.waiting.pointee.senders.isEmpty { recallRoom(&after) }
        lendAhead(&after)
        grantAhead(&after)
        answerPolls(&after)
        set(.returned, !returned.isEmpty)
        set(.lent, holder != nil)
    }

    private func set(_ flag: Channel.Flags, _ isSet: Bool) {
        if isSet { channel.waiting.pointee.flags.insert(flag) } else { channel.waiting.pointee.flags.remove(flag) }
    }

    /// Who has messages that nobody there waits for: they come before all others.
    private var holder: ChannelExport? { lanes.first(where: \.hasSurplus) }

    private func settleConsumed() {
        for lane in lanes { lane.settleConsumed() }
    }

    /// True: something was delivered.
    private func deliver(_ after: inout After) -> Bool {
        var isDone = false
        let holder = holder
        while hasMessages, let node = channel.waiting.pointee.receivers.head {
            if let holder, holder !== node.lane { break }
            if let lane = node.lane {
                guard !lane.isRecalled else { break }
                lend(to: lane, forWaiter: true, &after)
            } else {
                channel.waiting.pointee.receivers.remove(node)
                guard node.claim() else { continue }
                node.deliver(.parcel(take()))
                after.woken.append(node)
            }
            isDone = true
        }
        return isDone
    }

    /// The next message, which there is.
    private func take() -> Parcel {
        if let first = returned.first {
            takeReturned()
            return first.parcel
        }
        var buffer = ByteBuffer()
        switch channel.queue.take(&buffer) {
        case .parcel(let parcel): return parcel
        case .copied(let form): return .owned(form, buffer.takeMessage(shared: []))
        default: return .scalar(.nil, 0)
        }
    }

    private func lend(to lane: ChannelExport, forWaiter: Bool, _ after: inout After) {
        if let first = returned.first {
            returned.removeFirst()
            lane.lend(first.parcel, place: first.place, forWaiter: forWaiter, &after)
            return
        }
        let place = UInt64(truncatingIfNeeded: channel.queue.received)
        guard let popped = channel.queue.pop() else { return }
        let parcel: Parcel =
            switch popped {
            case .scalar(let tag, let bits): .scalar(tag, bits)
            case .bytes(let form, let bytes): .borrowed(form, bytes)
            case .message(let form, let message): .owned(form, message)
            }
        takeUp(1, parcel.weight)
        lane.lend(parcel, place: place, forWaiter: forWaiter, &after)
        channel.queue.done()
        lentFromQueue += 1
    }

    /// True: somebody's message went into the queue.
    private func admit(_ after: inout After) -> Bool {
        var isDone = false
        while let node = channel.waiting.pointee.senders.head {
            if let lane = node.lane {
                guard !lane.isRoomRecalled, hasRoom(for: lane.headWeight) else { break }
                lane.grant(1, lane.headWeight, &after)
                continue
            }
            let drops = channel.overflow != .wait
            guard let parcel = node.parcel, hasRoom(for: parcel.weight) || drops else { break }
            channel.waiting.pointee.senders.remove(node)
            guard node.claim() else { continue }
            if drops { store(parcel) } else { channel.queue.push(parcel) }
            node.deliver(.accepted)
            after.woken.append(node)
            isDone = true
        }
        return isDone
    }

    /// Puts a message into the queue of a channel that drops.
    private func store(_ parcel: Parcel) {
        if !hasRoom(for: parcel.weight) {
            if channel.overflow == .dropNewest || channel.capacity == 0 { return }
            while !hasRoom(for: parcel.weight), hasMessages { _ = take() }
        }
        channel.queue.push(parcel)
    }

    /// Somebody wants what is elsewhere.
    private func recallMessages(_ after: inout After) {
        let first = channel.waiting.pointee.receivers.head
        for lane in lanes where lane.hasSurplus && (first?.lane !== lane || isRendezvous) {
            lane.recallMessages(&after)
        }
        guard !hasMessages else { return }
        for lane in lanes where lane.lentCount > 0 && isClosed { lane.recallMessages(&after) }
        guard isClosed, outside.count == 0 else { return }
        while let node = channel.waiting.pointee.receivers.popFirst() {
            if let lane = node.lane {
                lane.tellEnded(&after)
            } else if node.claim() {
                node.deliver(.closed)
                after.woken.append(node)
            }
        }
    }

    /// There is no room, and somebody wants it.
    private func recallRoom(_ after: inout After) {
        guard !isRendezvous, channel.overflow == .wait else { return }
        for lane in lanes {
            if lane.isReserving { lane.recallRoom(&after) }
            if lane.lentCount > 0 { lane.watch(&after) }
        }
    }

    /// What the only stand-in that receives will want soon.
    private func lendAhead(_ after: inout After) {
        let elsewhere = channel.queue.received - lentFromQueue
        guard hasMessages, channel.overflow == .wait, channel.waiting.pointee.receivers.isEmpty,
            let lane = lanes.first(where: { $0.wantsAhead > 0 }),
            !lanes.contains(where: { $0 !== lane && $0.lentCount > 0 })
        else { return }
        if elsewhere != receivedElsewhere || lane !== lastLane { lentInARow = 0 }
        receivedElsewhere = elsewhere
        lastLane = lane
        lentInARow += 1
        guard lentInARow > 16 else { return }
        for _ in 0..<lane.wantsAhead where hasMessages { lend(to: lane, forWaiter: false, &after) }
    }

    private func grantAhead(_ after: inout After) {
        guard channel.waiting.pointee.senders.isEmpty, !isRendezvous, !isClosed else { return }
        for lane in lanes {
            let wanted = lane.wantsRoomAhead
            guard wanted.count > 0 else { continue }
            guard channel.overflow == .wait else {
                lane.grant(wanted.count, wanted.bytes, &after)
                continue
            }
            let count = min(wanted.count, (channel.capacity - used) / 2)
            let bytes = min(wanted.bytes, (channel.byteCapacity - channel.queue.held.bytes - outside.bytes) / 2)
            if count > 0, bytes > 0 { lane.grant(count, bytes, &after) }
        }
    }

    private func answerPolls(_ after: inout After) {
        guard !polls.isEmpty, !lanes.contains(where: \.isUnsettled) else { return }
        after.polls += polls
        polls = []
    }

    // MARK: - Rendezvous
    //
    // What involves a stand-in cannot be decided in one go. The sender is taken first, and its message tried on a
    // receiver; if that has gone elsewhere meanwhile, the sender is told to begin anew.

    enum Source {
        case local(WaitNode)
        case lane(ChannelExport)
    }

    private func meet(_ after: inout After) {
        guard !channel.waiting.pointee.receivers.isEmpty else { return }
        var next = channel.waiting.pointee.senders.head
        while let sender = next {
            next = channel.waiting.pointee.senders.after(sender)
            if let lane = sender.lane {
                let spokenFor = lanes.reduce(0) { $0 + $1.reserved }
                let receivers = waitingReceivers
                for _ in 0..<max(0, min(sender.wanted, receivers - spokenFor)) { lane.grant(1, 0, &after) }
            } else {
                pair(sender, &after)
            }
        }
    }

    private var waitingReceivers: Int {
        var count = 0
        var next = channel.waiting.pointee.receivers.head
        while let node = next {
            count += node.lane == nil ? 1 : node.wanted
            next = channel.waiting.pointee.receivers.after(node)
        }
        return count
    }

    /// A sender of this process's with the first receiver that takes it.
    private func pair(_ sender: WaitNode, _ after: inout After) {
        guard let parcel = sender.parcel else { return }
        var next = channel.waiting.pointee.receivers.head
        while let receiver = next {
            next = channel.waiting.pointee.receivers.after(receiver)
            if let lane = receiver.lane {
                guard !lane.isRecalled else { continue }
                channel.waiting.pointee.senders.remove(sender)
                guard sender.claim() else { return }
                return attempt(parcel, .local(sender), on: lane, &after)
            }
            if receiver.waiter === sender.waiter { continue }
            switch Waiter.claim(sender.waiter, sender.ticket, and: receiver.waiter, receiver.ticket) {
            case .met:
                channel.waiting.pointee.receivers.remove(receiver)
                channel.waiting.pointee.senders.remove(sender)
                receiver.deliver(.parcel(parcel))
                sender.deliver(.accepted)
                after.woken += [receiver, sender]
                return
            case .firstGone:
                return channel.waiting.pointee.senders.remove(sender)
            case .secondGone:
                channel.waiting.pointee.receivers.remove(receiver)
            }
        }
    }

    private func attempt(_ parcel: Parcel, _ source: Source, on lane: ChannelExport, _ after: inout After) {
        lastMeeting += 1
        lane.lend(parcel.kept, place: lastMeeting, forWaiter: true, source: source, &after)
    }

    /// The message of a sender that is taken already, to whoever receives it.
    func place(_ parcel: Parcel, _ source: Source, _ after: inout After) {
        var next = channel.waiting.pointee.receivers.head
        while let receiver = next {
            next = channel.waiting.pointee.receivers.after(receiver)
            if let lane = receiver.lane {
                if lane.isRecalled { continue }
                return attempt(parcel, source, on: lane, &after)
            }
            channel.waiting.pointee.receivers.remove(receiver)
            guard receiver.claim() else { continue }
            receiver.deliver(.parcel(parcel.kept))
            after.woken.append(receiver)
            return conclude(source, .accepted, &after)
        }
        conclude(source, .again, &after)
    }

    /// How the meeting of a sender went.
    func conclude(_ source: Source, _ delivery: Waiter.Delivery, _ after: inout After) {
        switch source {
        case .local(let node):
            node.deliver(delivery)
            after.woken.append(node)
        case .lane(let lane):
            if case .accepted = delivery { lane.tell(.accepted, &after) } else { lane.tell(.refused, &after) }
        }
    }

    /// A message for a receiver of this process's that can be taken at once, if that is the first in line.
    private func hand(_ parcel: Parcel, _ after: inout After) -> Bool {
        while let receiver = channel.waiting.pointee.receivers.head, receiver.lane == nil {
            channel.waiting.pointee.receivers.remove(receiver)
            guard receiver.claim() else { continue }
            receiver.deliver(.parcel(parcel.kept))
            after.woken.append(receiver)
            return true
        }
        return false
    }

    private func takeFromSender(_ after: inout After) -> Parcel? {
        while let sender = channel.waiting.pointee.senders.head, sender.lane == nil {
            channel.waiting.pointee.senders.remove(sender)
            guard let parcel = sender.parcel, sender.claim() else { continue }
            sender.deliver(.accepted)
            after.woken.append(sender)
            return parcel
        }
        return nil
    }
}
