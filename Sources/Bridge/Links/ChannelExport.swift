import Synchronization

/// The record that a channel's home keeps of one proxy in a child process: the credits it has, the messages that are
/// lent to it, how many wait there. Guarded by both locks of the channel.
final class ChannelExport: Endpoint, ChannelPeer, @unchecked Sendable {  // sound: see above
    let link: Link
    /// The counter in the shared memory in which the proxy counts received messages. Nil: it sends a frame for each.
    let slot: Int?
    /// For its nodes in the lines of the channel; never armed.
    let waiter = Waiter()
    /// At most so many senders of one proxy are in line at a time.
    static let mostSenders = 1 << 12
    private let home: Channel
    /// The channel's core has it among its peers.
    private var isAttached = false

    // Messages
    private let lent = RecordQueue()
    /// For a rendezvous: the senders of the lent messages, in the same order.
    private var sources: [MeetingSource] = []
    /// Messages are lent in it once the proxy has been the only receiver for a while.
    private var lane: (number: Int, writer: UnsafeMutablePointer<Lane.Writer>)?
    private var lentByFrames: UInt64 = 0
    private var consumedByFrames: UInt64 = 0
    private var lentTotal: UInt64 { lane?.writer.pointee.lent ?? lentByFrames }
    private var consumed: UInt64 { lane?.writer.pointee.consumed ?? consumedByFrames }
    /// Whether it is looked at each second, and how many messages had been lent then.
    private var isLaneTimed = false
    private var lentWhenTimed: UInt64 = 0
    private static let patience: TimeSpan = .seconds(1)
    /// The proxy can use a lane.
    private var mayOpenLane = false
    private var asked: UInt64 = 0
    /// How many lent messages are for receivers that waited.
    private var owed: UInt64 = 0
    private var receivers: [WaitNode] = []
    private(set) var isRecalled = false

    // Room
    private var granted: UInt64 = 0
    private var grantedBytes: UInt64 = 0
    private var arrived: UInt64 = 0
    private var arrivedBytes: UInt64 = 0
    private var wantedRoom: UInt64 = 0
    private var wantedBytes: UInt64 = 0
    private var senders: [WaitNode] = []
    private(set) var headWeight = 16
    private(set) var isRoomRecalled = false
    private var isWatched = false

    init(_ link: Link, _ number: UInt32, _ home: Channel, slot: Int?) {
        self.link = link
        self.home = home
        self.slot = slot
        home.standIns.add(1, ordering: .relaxed)
        super.init(number)
    }

    override func channel() -> Channel? { home }

    private var isRendezvous: Bool { home.capacity == 0 && home.overflow == .wait }
    private var reserves: Bool { home.capacity > 0 && home.overflow == .wait }

    // MARK: - Telling the proxy

    private func tell(_ kind: Frame.Kind, value: UInt64 = 0, _ effects: inout Effects) {
        link.writer.append(Frame(kind, number, value: value))
        effects.flush(self)
    }

    func flush() { link.flush() }

    func tellMeeting(isAccepted: Bool, _ effects: inout Effects) { tell(isAccepted ? .accepted : .refused, &effects) }

    /// Nothing more can be sent; the proxy gives its credits back.
    func tellClosed(_ effects: inout Effects) {
        setWaiting(0, &senders, .senders)
        isRoomRecalled = true
        tell(.closed, &effects)
    }

    func tellEnded(_ effects: inout Effects) {
        receivers = []
        tell(.ended, &effects)
    }

    // MARK: - Messages

    var lentCount: Int { Int(lentTotal - consumed) }
    var isReceiver: Bool { lentTotal > 0 || !receivers.isEmpty }
    /// More messages are lent than receivers wait for there.
    var hasSurplus: Bool { lentTotal - consumed > owed }
    var wantsAhead: Int {
        if isRecalled { return 0 }
        if let lane, home.core.state.pointee.lane == lane.writer { return .max }
        return asked > lentTotal ? Int(min(asked - lentTotal, 1 << 20)) : 0
    }
    var canLend: Bool { lane?.writer.pointee.hasRoom ?? true }

    func openLane(_ effects: inout Effects) -> UnsafeMutablePointer<Lane.Writer>? {
        if let lane {
            if !isLaneTimed { timeLane() }
            return isRecalled ? nil : lane.writer
        }
        // A process that is not trusted could change records there that come back (the mapping is one for reading, but it
        // can undo that).
        guard mayOpenLane, !link.takesOnlyData, reserves, lentTotal == consumed, let slot, let memory = link.memory,
            let number = link.tables.takeLane()
        else { return nil }
        let place = memory.lane(number, slot)
        let writer = UnsafeMutablePointer<Lane.Writer>.allocate(capacity: 1)
        writer.initialize(to: Lane.Writer(place.memory, place.signs, lent: lentTotal))
        lane = (number, writer)
        timeLane()
        tell(.lane, value: UInt64(number), &effects)
        return writer
    }

    /// A lane that was not used for a second gives its memory back, if it is empty.
    private func timeLane() {
        isLaneTimed = true
        lentWhenTimed = lentTotal
        // No weak reference: that would make all counting of references to this slower.
        Reactor.shared.call(after: Self.patience) { [self] in
            _ = home.change { core, _ in
                guard let lane else { return }
                if lentTotal != lentWhenTimed { return timeLane() }
                isLaneTimed = false
                core.endDirect(self)
                settleConsumed()
                lane.writer.pointee.rest()
            }
        }
    }

    func place(_ bytes: UnsafeRawBufferPointer) -> Message? { link.region?.message(bytes) }

    func ring() {
        link.writer.append(Frame(.lend, number))
        link.flush()
    }

    func lend(
        _ parcel: Parcel, place: UInt64, forWaiter: Bool, source: MeetingSource?,
        _ effects: inout Effects
    ) {
        if forWaiter {
            owed += 1
            served(&receivers, .receivers)
        }
        let mark = Tracing.isOn ? Tracing.takeMark() : 0
        if let lane { return lend(parcel, mark, place, forWaiter, lane.writer, &effects) }
        lent.push(.integer, place)
        lent.push(parcel)
        if let source { sources.append(source) }
        lentByFrames += 1
        if mark != 0 { Tracing.sentMark = mark }
        link.append(.lend, number, parcel, ObjectList.make(parcel.shared, link), isAwaited: forWaiter)
        effects.flush(self)
    }

    private func lend(
        _ parcel: Parcel, _ mark: UInt64, _ place: UInt64, _ forWaiter: Bool, _ lane: UnsafeMutablePointer<Lane.Writer>,
        _ effects: inout Effects
    ) {
        if Lane.Writer.fits(parcel), mark == 0 {
            lane.pointee.push(parcel, place: place)
            if !lane.pointee.mustRing(), !forWaiter { return }
        } else {
            lane.pointee.pushElsewhere(place: place)
            lent.push(parcel)
            if mark != 0 { Tracing.sentMark = mark }
            link.append(.lend, number, parcel, ObjectList.make(parcel.shared, link))
        }
        var frame = Frame(.lend, number, value: lentTotal)
        frame.isAwaited = forWaiter
        link.writer.append(frame)
        effects.flush(self)
    }

    func recallMessages(_ effects: inout Effects) {
        guard !isRecalled else { return }
        isRecalled = true
        tell(.recallMessages, &effects)
    }

    /// A sender waits for the room that a lent message takes up: asks the proxy to tell when it is received.
    func watch(_ effects: inout Effects) {
        guard !isWatched else { return }
        isWatched = true
        var frame = Frame(.watch, number, value: consumed)
        frame.tag = UInt8(min(lentCount / 4, 255))
        link.writer.append(frame)
        effects.flush(self)
    }

    /// Reads the proxy's counter, and drops the messages that were received. For a rendezvous the proxy sends a frame.
    func settleConsumed() {
        if let lane { return drop(lane.writer.pointee.received()) }
        guard let slot, lentTotal != consumed, !isRendezvous else { return }
        let now = link.consumed(slot)
        if now > consumed, now <= lentTotal { drop(now - consumed) }
    }

    private func note(consumed now: UInt64, _ effects: inout Effects) throws(ProtocolError) {
        guard now >= consumed, now <= lentTotal else {
            // The counter may have been looked at since.
            if slot != nil, now < consumed { return }
            throw ProtocolError("more is received than was sent")
        }
        let count = now - consumed
        drop(count)
        guard isRendezvous else { return }
        for _ in 0..<count where !sources.isEmpty {
            home.core.conclude(sources.removeFirst(), isAccepted: true, &effects)
        }
    }

    private func drop(_ count: UInt64) {
        var bytes = 0
        if count == 0 { return }
        if let lane {
            for _ in 0..<count { bytes += lane.writer.pointee.drop() ?? popParcel()?.weight ?? 0 }
        } else {
            for _ in 0..<count { bytes += popLent()?.parcel.weight ?? 0 }
            consumedByFrames += count
        }
        owed -= min(owed, count)
        if reserves || home.overflow != .wait { home.core.takeUp(-Int(count), -bytes) }
    }

    /// The parcel is valid until the next call.
    private func popLent() -> (place: UInt64, parcel: Parcel)? {
        guard case .scalar(_, let place)? = lent.pop(), let parcel = popParcel() else { return nil }
        return (place, parcel)
    }

    private func popParcel() -> Parcel? {
        guard let popped = lent.pop() else { return nil }
        defer { lent.done() }
        return Parcel(popped)
    }

    /// No lent message that is still on record was received: all go back into the channel, or to their senders.
    private func requeue(_ effects: inout Effects) {
        if let lane {
            while let (place, record) = lane.writer.pointee.takeBack() {
                let parcel: Parcel? = if case .parcel(let parcel) = record { parcel } else { popParcel() }
                if let parcel { home.core.requeue(parcel.kept, place: place) }
            }
        }
        while lentTotal > consumed, let (place, parcel) = popLent() {
            lentByFrames -= 1
            if isRendezvous, !sources.isEmpty {
                home.core.place(parcel.kept, sources.removeFirst(), &effects)
            } else {
                home.core.requeue(parcel.kept, place: place)
            }
        }
        lentByFrames = consumedByFrames
        owed = 0
        isRecalled = false
    }

    // MARK: - Room

    var reserved: Int { Int(granted - arrived) }
    var isReserving: Bool { granted > arrived || grantedBytes > arrivedBytes }
    /// A recall or a meeting is under way, so a poll cannot be answered yet.
    var isUnsettled: Bool { isRecalled || isRoomRecalled || isRendezvous && (reserved > 0 || lentCount > 0) }

    var wantsRoomAhead: (count: Int, bytes: Int) {
        guard wantedRoom > granted, !isRoomRecalled else { return (0, 0) }
        let bytes = wantedBytes > grantedBytes ? wantedBytes - grantedBytes : 0
        return (Int(min(wantedRoom - granted, 1 << 16)), Int(min(bytes, 1 << 40)))
    }

    func grant(_ count: Int, _ bytes: Int, _ effects: inout Effects) {
        granted += UInt64(count)
        grantedBytes += UInt64(bytes)
        if reserves { home.core.takeUp(count, bytes) }
        served(&senders, .senders)
        link.append(.grant, number, [granted, grantedBytes])
        effects.flush(self)
    }

    func recallRoom(_ effects: inout Effects) {
        guard !isRoomRecalled else { return }
        isRoomRecalled = true
        tell(.recallRoom, &effects)
    }

    /// A message has come: uses up a credit. False: there was none.
    @inline(__always)
    func spend(_ weight: Int) -> Bool {
        guard arrived < granted, isRendezvous || arrivedBytes &+ UInt64(weight) <= grantedBytes else { return false }
        arrived += 1
        arrivedBytes &+= UInt64(weight)
        return true
    }

    private func returnRoom(_ sent: UInt64) throws(ProtocolError) {
        guard sent == arrived else { throw ProtocolError("credits are given back that were none") }
        giveUpRoom()
        isRoomRecalled = false
    }

    private func giveUpRoom() {
        if reserves { home.core.takeUp(-reserved, -Int(grantedBytes - arrivedBytes)) }
        granted = arrived
        grantedBytes = arrivedBytes
    }

    // MARK: - Those who wait at the proxy

    /// The first of them was served.
    private func served(_ nodes: inout [WaitNode], _ line: ChannelCore.Line) {
        guard let node = nodes.first else { return }
        node.wanted -= 1
        if node.wanted == 0 { home.core.remove(nodes.removeFirst(), from: line) }
    }

    /// So many wait now. A difference concerns the last ones: they are new, or have gone.
    private func setWaiting(_ count: Int, _ nodes: inout [WaitNode], _ line: ChannelCore.Line) {
        var surplus = nodes.reduce(0) { $0 + $1.wanted } - count
        while surplus > 0, let last = nodes.last {
            let gone = min(surplus, last.wanted)
            last.wanted -= gone
            surplus -= gone
            if last.wanted == 0 { home.core.remove(nodes.removeLast(), from: line) }
        }
        guard surplus < 0 else { return }
        if let last = nodes.last, home.core.isLast(last, in: line) {
            last.wanted -= surplus
        } else {
            let node = WaitNode(self)
            node.wanted = -surplus
            nodes.append(node)
            home.core.append(node, to: line)
        }
    }

    // MARK: - What the proxy says

    override func handle(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {
        if frame.kind == .send { return try receive(try Link.parcel(frame, body)) }
        if frame.kind == .askCount {
            link.writer.append(Frame(.count, number, value: UInt64(home.count)))
            return link.flush()
        }
        try change { _, effects throws(ProtocolError) in try self.handle(frame, body, &effects) }
        if frame.kind == .ping {
            link.writer.append(Frame(.pong, number))
            link.flush()
        }
    }

    private func receive(_ parcel: Parcel) throws(ProtocolError) {
        if isAttached, home.arriveQuickly(parcel, spend: { spend(parcel.weight) }) { return }
        try change { core, effects throws(ProtocolError) in
            guard self.spend(parcel.weight) else { throw ProtocolError("a message without a credit") }
            if self.reserves { core.takeUp(-1, -parcel.weight) }
            core.arrive(parcel, from: self, &effects)
        }
    }

    private func handle(
        _ frame: Frame, _ body: LinkReader.Body, _ effects: inout Effects
    ) throws(ProtocolError) {
        let bytes = body.bytes
        switch frame.kind {
        case .wantMessages:
            let (asked, waiting, seen, consumed) = try Self.four(bytes)
            try note(consumed: consumed, &effects)
            guard seen <= lentTotal else { throw ProtocolError("more is received than was sent") }
            mayOpenLane = frame.tag != 0
            self.asked = asked
            owed = min(owed, lentTotal - seen)
            let answered = lentTotal - seen
            setWaiting(Int(min(waiting > answered ? waiting - answered : 0, 1 << 30)), &receivers, .receivers)
        case .returnMessages:
            try note(consumed: frame.value, &effects)
            requeue(&effects)
        case .consumed:
            isWatched = false
            try note(consumed: frame.value, &effects)
        case .wantRoom:
            let (total, totalBytes, waiting, seen) = try Self.four(bytes)
            guard seen <= granted, let weight = Self.word(bytes, 4) else {
                throw ProtocolError("credits that were none")
            }
            wantedRoom = total
            wantedBytes = totalBytes
            headWeight = isRendezvous ? 0 : Int(min(weight, Frame.longest))
            let answered = granted - seen
            // In a channel that drops messages nobody waits for room. Each waiting sender costs a frame, so there are
            // not too many at a time: the proxy asks again.
            if !home.core.isClosed, home.overflow == .wait {
                let left = waiting > answered ? waiting - answered : 0
                setWaiting(Int(min(left, UInt64(Self.mostSenders))), &senders, .senders)
            }
        case .returnRoom:
            try returnRoom(frame.value)
        case .close:
            home.core.close(&effects)
        case .content:
            guard home.core.hold(try Link.parcel(frame, body)) else {
                throw ProtocolError("a channel holds more than it can")
            }
        case .ping:
            break
        default:
            throw ProtocolError("a frame of the wrong direction")
        }
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt64? {
        guard bytes.count >= index * 8 + 8 else { return nil }
        return bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
    }

    private static func four(_ bytes: UnsafeRawBufferPointer) throws(ProtocolError) -> (UInt64, UInt64, UInt64, UInt64)
    {
        guard let a = word(bytes, 0), let b = word(bytes, 1), let c = word(bytes, 2), let d = word(bytes, 3) else {
            throw ProtocolError("a frame that is too short")
        }
        return (a, b, c, d)
    }

    // MARK: - Beginning and end

    /// Calls `body` under the locks of the channel; the first call attaches this to its core.
    private func change(
        _ body: (borrowing ChannelCore, inout Effects) throws(ProtocolError) -> Void
    ) throws(ProtocolError) {
        let isHome = try home.change { core, effects throws(ProtocolError) in
            if !isAttached {
                isAttached = true
                core.attach(self, &effects)
            }
            try body(core, &effects)
        }
        if !isHome { throw ProtocolError("a channel that is not at home here") }
    }

    /// The proxy is gone: lent messages that it had not received go back into the channel.
    override func linkEnded() {
        defer {
            if let slot { link.tables.giveSlot(slot) }
            closeLane()
        }
        home.standIns.subtract(1, ordering: .relaxed)
        _ = home.change { core, effects in
            guard isAttached else { return }
            settleConsumed()
            setWaiting(0, &receivers, .receivers)
            setWaiting(0, &senders, .senders)
            giveUpRoom()
            requeue(&effects)
            core.detach(self)
            isAttached = false
        }
    }

    private func closeLane() {
        guard let (number, writer) = lane.take() else { return }
        writer.deallocate()
        link.memory?.empty(lane: number)
        link.tables.giveLane(number)
    }
}
