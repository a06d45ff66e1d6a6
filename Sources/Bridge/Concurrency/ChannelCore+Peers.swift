/// The part of a channel's decisions that concerns the proxies of other processes.
extension ChannelCore {
    var peers: [any ChannelPeer] { state.pointee.abroad?.peers ?? [] }

    /// The peer whose proxy holds lent messages that nobody there waits for. They come before those of the queue.
    var holder: (any ChannelPeer)? { state.pointee.abroad?.peers.first(where: \.hasSurplus) }

    /// Reads which lent messages were received meanwhile.
    func settleConsumed() {
        guard let abroad = state.pointee.abroad else { return }
        for peer in abroad.peers { peer.settleConsumed() }
    }

    /// Another process knows the channel.
    var isAbroad: Bool { state.pointee.abroad != nil }

    func attach(_ peer: any ChannelPeer, _ effects: inout Effects) {
        let abroad = state.pointee.abroad ?? Abroad()
        state.pointee.abroad = abroad
        abroad.peers.append(peer)
        if isClosed { peer.tellClosed(&effects) }
    }

    func detach(_ peer: any ChannelPeer) {
        guard let abroad = state.pointee.abroad else { return }
        abroad.peers.removeAll { $0 === peer }
        abroad.lastPeer = nil
        endDirect(peer)
    }

    /// A message that a proxy has sent, on a credit.
    func arrive(_ parcel: Parcel, from peer: any ChannelPeer, _ effects: inout Effects) {
        if isRendezvous {
            place(parcel, .peer(peer), &effects)
        } else {
            store(parcel, &effects)
        }
    }

    /// Queues a message of a channel that moved here. False: it exceeds the capacity, so the other side is wrong.
    func hold(_ parcel: Parcel) -> Bool {
        guard hasRoom(for: parcel.weight) else { return false }
        queue.push(parcel)
        return true
    }

    /// A lent message comes back: it takes its former place in the order.
    func requeue(_ parcel: Parcel, place: UInt64) {
        guard let abroad = state.pointee.abroad else { return }
        let index = abroad.returned.firstIndex { $0.place > place } ?? abroad.returned.count
        abroad.returned.insert((place, parcel), at: index)
    }

    /// The line of waiters into which a peer's node is put, for those who wait at its proxy.
    enum Line { case senders, receivers }

    func append(_ node: WaitNode, to line: Line) {
        if line == .senders { state.pointee.senders.append(node) } else { state.pointee.receivers.append(node) }
    }

    func remove(_ node: WaitNode, from line: Line) {
        if line == .senders { state.pointee.senders.remove(node) } else { state.pointee.receivers.remove(node) }
    }

    func isLast(_ node: WaitNode, in line: Line) -> Bool {
        (line == .senders ? state.pointee.senders.tail : state.pointee.receivers.tail) === node
    }

    func lend(to peer: any ChannelPeer, forWaiter: Bool, _ effects: inout Effects) {
        guard let abroad = state.pointee.abroad else { return }
        if !abroad.returned.isEmpty {
            let first = abroad.returned.removeFirst()
            peer.lend(first.parcel, place: first.place, forWaiter: forWaiter, source: nil, &effects)
            return
        }
        guard let popped = queue.pop() else { return }
        let parcel = Parcel(popped)
        takeUp(1, parcel.weight)
        peer.lend(parcel, place: nextPlace(), forWaiter: forWaiter, source: nil, &effects)
        queue.done()
        abroad.lentFromQueue += 1
    }

    /// A receiver waits while messages are lent: asks for those that nobody waits for at their proxies. Once the
    /// channel is closed and empty it asks for all of them.
    func recallMessages(_ effects: inout Effects) {
        let first = state.pointee.receivers.head
        for peer in peers where peer.hasSurplus && (first?.peer !== peer || isRendezvous) {
            recallMessages(from: peer, &effects)
        }
        guard isClosed, !hasMessages else { return }
        for peer in peers where peer.lentCount > 0 { recallMessages(from: peer, &effects) }
    }

    func recallMessages(from peer: any ChannelPeer, _ effects: inout Effects) {
        peer.recallMessages(&effects)
        endDirect(peer)
    }

    /// A sender waits for room: asks the proxies for their unspent credits, and to tell when lent messages are
    /// received.
    func recallRoom(_ effects: inout Effects) {
        guard !isRendezvous, !drops else { return }
        for peer in peers {
            if peer.isReserving { peer.recallRoom(&effects) }
            if peer.lentCount > 0 { peer.watch(&effects) }
        }
    }

    /// Lends messages in advance to a proxy that has been the only receiver for a while (16 messages).
    func lendAhead(_ abroad: Abroad, _ effects: inout Effects) {
        let elsewhere = queue.received - abroad.lentFromQueue
        guard hasMessages, !drops, state.pointee.receivers.isEmpty,
            let peer = abroad.peers.first(where: { $0.wantsAhead > 0 }),
            !abroad.peers.contains(where: { $0 !== peer && $0.lentCount > 0 })
        else { return }
        if elsewhere != abroad.receivedElsewhere || ObjectIdentifier(peer) != abroad.lastPeer { abroad.lentInARow = 0 }
        abroad.receivedElsewhere = elsewhere
        abroad.lastPeer = ObjectIdentifier(peer)
        abroad.lentInARow += 1
        guard abroad.lentInARow > 16 else { return }
        if let lane = peer.openLane(&effects) {
            state.pointee.lane = lane
            abroad.direct = peer
        }
        var wanted = peer.wantsAhead
        while wanted > 0, hasMessages, peer.canLend {
            lend(to: peer, forWaiter: false, &effects)
            wanted -= 1
        }
    }

    // MARK: - Straight into a proxy's lane

    /// Sends to the proxy that is the only receiver. Under the senders' lock. Nil: nothing was done; otherwise whether
    /// the proxy has to be rung.
    @inline(__always)
    func sendDirectly(_ parcel: Parcel) -> Bool? {
        guard flags.isDirect, let lane = state.pointee.lane, Lane.Writer.fits(parcel) else { return nil }
        if Tracing.isOn, Tracing.sentMark != 0 { return nil }  // a mark goes by a frame
        let weight = parcel.weight
        if !lane.pointee.hasRoom || !hasRoomOutside(for: weight) {
            state.pointee.abroad?.direct?.settleConsumed()
            guard lane.pointee.hasRoom, hasRoomOutside(for: weight) else { return nil }
        }
        lane.pointee.push(parcel, place: nextPlace())
        takeUp(1, weight)
        return lane.pointee.mustRing()
    }

    /// Whether there is room for a message while the queue is empty.
    @inline(__always)
    private func hasRoomOutside(for weight: Int) -> Bool {
        room.count > 0 && (weight <= room.bytes || room.isWhole)
    }

    /// Whether a good many messages can be sent directly. Under the senders' lock; nil if none can at all.
    var hasDirectRoom: Bool? {
        guard flags.isDirect, let lane = state.pointee.lane else { return nil }
        state.pointee.abroad?.direct?.settleConsumed()
        return lane.pointee.hasRoom && room.count > capacity / 16 && room.bytes > byteCapacity / 16
    }

    /// Nobody else waits for messages, or has some that are lent. Otherwise nothing is sent directly any more.
    func staysDirect(_ abroad: Abroad) -> Bool {
        let others = abroad.peers.contains { $0 !== abroad.direct && $0.lentCount > 0 }
        if !others, state.pointee.receivers.head.map({ $0.peer === abroad.direct && $0.peer != nil }) ?? true {
            return true
        }
        if let direct = abroad.direct { endDirect(direct) }
        return false
    }

    /// Nothing is sent straight to that peer any more.
    func endDirect(_ peer: any ChannelPeer) {
        guard let abroad = state.pointee.abroad, abroad.direct === peer else { return }
        state.pointee.lane = nil
        abroad.direct = nil
        abroad.lentInARow = 0
    }

    /// Grants credits in advance, as many as the proxies want; if the channel drops nothing, at most half of what is
    /// left.
    func grantAhead(_ effects: inout Effects) {
        guard state.pointee.senders.isEmpty, !isRendezvous, !isClosed else { return }
        for peer in peers {
            let wanted = peer.wantsRoomAhead
            guard wanted.count > 0 else { continue }
            if drops {
                peer.grant(wanted.count, wanted.bytes, &effects)
                continue
            }
            let (held, outside) = (queue.held, outside)
            let count = min(wanted.count, (capacity - held.count - outside.count) / 2)
            let bytes = min(wanted.bytes, (byteCapacity - held.bytes - outside.bytes) / 2)
            if count > 0, bytes > 0 { peer.grant(count, bytes, &effects) }
        }
    }

    // MARK: - The home moves to another process

    /// What was in a channel whose home moves to another process.
    struct Contents {
        var receivers = WaitList()
        var senders = WaitList()
        var parcels: [Parcel] = []
        let isClosed: Bool
    }

    /// Takes everything out, for the new home; no other process knows the channel yet.
    func moveOut() -> Contents {
        var contents = Contents(isClosed: isClosed)
        swap(&contents.receivers, &state.pointee.receivers)
        swap(&contents.senders, &state.pointee.senders)
        while hasMessages { contents.parcels.append(take()) }
        return contents
    }

    func markRemote() { state.pointee.flags.insert(.remote) }
}
