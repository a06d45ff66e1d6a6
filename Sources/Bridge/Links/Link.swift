import Synchronization

/// One connection between two processes of a program: frames in order, and objects by reference. Shared.
///
/// Frames go through two rings in shared memory. The socket between the processes wakes a side that sleeps, and its end
/// tells that the other process has died. Each link has a thread that reads; a spinning worker reads the ring itself
/// (`Polling`). Whoever reads holds `reading`, and no other lock.
final class Link: Pollable, @unchecked Sendable {  // sound: what varies is under `reading`, or guards itself
    enum End: Sendable {
        case closed
        /// The text of a `ProtocolError`, or of a failed system call.
        case broken(String)
    }

    let role: LinkRole
    let tables: ExportTable
    let writer = LinkWriter()
    let node: Node
    let socket: LinkSocket
    /// A receiver that finds nothing twice within this time is fast, and gets messages in advance.
    var pace: TimeSpan

    let reading = Lock()
    /// The other side is not trusted: what it sends must be data.
    private(set) var takesOnlyData = false  // set under `reading`, before the other side has anything to send
    var reader: LinkReader?
    var isGreeted = false
    var hasBye = false
    var isOver = false
    var lastEndpoint: Endpoint?
    var lastVersion = 0
    /// The mark of the next message of that channel; 0: none.
    var nextMark: (number: UInt32, value: UInt64) = (0, 0)

    /// These are set once, before `isConnected`.
    var memory: LinkMemory?
    var region: SharedRegion?
    var incoming: RingBuffer.Control?
    var outgoing: RingBuffer.Control?
    let isConnected = Atomic<Bool>(false)
    /// How much had been written when the outgoing ring gave its memory back; and whether it is about to do that.
    let rested = Atomic<UInt64>(0)
    let isTimed = Atomic<Bool>(false)
    static let smallRing = 64 << 10

    struct Life {
        var owner: (any LinkOwner)?
        var isOpen = true
        var isClosing = false
        var failure: String?
    }
    let life: Guarded<Life>

    /// `socket`: one end of a pair of stream sockets; the link closes it. A link without an owner gets one by `adopt`.
    init(
        socket: Int32, role: LinkRole, owner: (any LinkOwner)? = nil, in node: Node = .this,
        pace: TimeSpan = .milliseconds(1)
    ) {
        self.socket = LinkSocket(descriptor: socket)
        self.role = role
        self.node = node
        self.pace = pace
        life = Guarded(Life(owner: owner))
        tables = ExportTable(role)
        writer.onStir = { [unowned self] in self.owner?.stirred() }
        if role == .child { node.join(self) }
        writer.append(Frame(.hello, value: Frame.version))
    }

    deinit {
        if life.withLock({ $0.isOpen }) { socket.close() }
    }

    // MARK: - For its owner

    private static let readers = SpareThreads(name: "link")

    /// Starts the link's thread: from now on the owner is told of frames. Called once, on either side.
    func start() throws(SystemError) {
        let memory = role == .broker ? try LinkMemory.make(for: socket) : nil
        try Self.readers.run { [self] in run(memory) }
    }

    /// Before `start`, in a child that does not need the thread yet: waits for the memory that the parent has made.
    func prepare() throws(SystemError) {
        if let memory = try LinkMemory.receive(from: socket) { connect(memory) }
    }

    /// The link could not be started, so its end will not be reported: releases the owner.
    func dismiss() {
        if role == .child { node.leave(self) }
        life.withLock { $0.owner = nil }
    }

    func pause() -> Bool {
        guard reading.tryLock() else { return false }
        if writer.pause() { return true }
        reading.unlock()
        return false
    }

    func resume() {
        writer.resume()
        reading.unlock()
    }

    /// In a copy that `fork` made: ends the link without a word to the other side. Its thread exists only in the
    /// original.
    func cut() {
        keepOrder()
        isConnected.store(false, ordering: .releasing)
        Polling.remove(self)
        life.withLock { ($0.owner, $0.isOpen) = (nil, false) }
        isOver = true
        writer.shut()
        node.leave(self)
        for endpoint in tables.close().endpoints { endpoint.linkEnded() }
        socket.close()
    }

    /// Before the other side has got anything that is not trusted: from now on it may send nothing but data.
    func takeOnlyData() {
        reading.lock()
        takesOnlyData = true
        reading.unlock()
    }

    /// Gives an owner to a link that had none, over which nothing was sent yet.
    func adopt(by owner: any LinkOwner) {
        let isOpen = life.withLock { life in
            if life.isOpen { life.owner = owner }
            return life.isOpen
        }
        if !isOpen { owner.ended(.closed) }
    }

    /// Any thread: sends a message to the other side's owner, in order. `kind` is the owners' own.
    func send(_ kind: UInt8, _ message: Message) {
        var frame = Frame(.message)
        frame.form = .body
        frame.tag = kind
        let objects = ObjectList.make(message.storage.shared, self)
        writer.append(frame, objects?.send(), message.bytes, message)
        flush()
    }

    /// Sends `bye` after all that was sent so far. Returns whether all of that is in the ring already, where it stays
    /// readable even if this process dies.
    @discardableResult
    func close() -> Bool {
        let isFirst = life.withLock { life in
            defer { life.isClosing = true }
            return !life.isClosing
        }
        if isFirst {
            writer.append(Frame(.bye))
            flush()
        }
        return writer.isEmpty
    }

    /// The proxy for an object of the other side is being released: tells the other side.
    func released(_ object: any Shareable, _ number: UInt64) {
        guard let times = tables.forgetImported(number, ObjectIdentifier(object)) else { return }
        writer.append(Frame(.releaseObject, times, value: number))
        flush()
    }

    // MARK: - Sending

    /// Appends a frame with a message for a channel, and the list of the message's objects.
    func append(
        _ kind: Frame.Kind, _ number: UInt32, _ parcel: Parcel, _ objects: ObjectList? = nil, isAwaited: Bool = false
    ) {
        if Tracing.isOn { appendMark(number) }
        var frame = Frame(kind, number)
        frame.isAwaited = isAwaited
        switch parcel {
        case .scalar(let tag, let bits):
            frame.form = .scalar
            frame.tag = tag.rawValue
            frame.value = bits
            writer.append(frame)
        case .borrowed(let form, let bytes):
            frame.form = form == .string ? .string : .encoded
            writer.append(frame, nil, bytes)
        case .owned(let form, let message):
            if let place = placed(message) {
                frame.form = .placed
                frame.value = place
                return writer.append(frame)
            }
            frame.form = form == .string ? .string : .encoded
            writer.append(frame, objects?.send(), message.bytes, message)
        }
    }

    /// What a frame says of a string that stands in the region of this link.
    private func placed(_ message: Message) -> UInt64? {
        guard let block = message.storage.owner as? SharedRegion.Block, block.region === region else { return nil }
        return UInt64(block.offset / SharedRegion.unit) << 40 | UInt64(message.storage.count)
    }

    /// Appends a frame with some numbers for a channel.
    func append(_ kind: Frame.Kind, _ number: UInt32, tag: UInt8 = 0, _ words: [UInt64]) {
        var frame = Frame(kind, number)
        frame.tag = tag
        frame.form = .body
        words.withUnsafeBytes { writer.append(frame, nil, $0) }
    }

    /// Appends the mark of the message that follows, if it has one. What follows of that channel is appended under the
    /// channel's lock, too.
    @inline(never)
    private func appendMark(_ number: UInt32) {
        let mark = Tracing.sentMark
        guard mark != 0 else { return }
        Tracing.sentMark = 0
        writer.append(Frame(.mark, number, value: mark))
    }

    /// Appends a frame that came over another link, under the channel's number here.
    func forward(_ frame: Frame, _ body: LinkReader.Body, _ number: UInt32) {
        if Tracing.isOn { appendMark(number) }
        var frame = frame
        frame.number = number
        switch body {
        case .none:
            writer.append(frame)
        case .borrowed(let bytes):
            writer.append(frame, nil, bytes)
        case .owned(let message):
            writer.append(frame, ObjectList.make(message.storage.shared, self)?.send(), message.bytes, message)
        }
    }

    /// After frames were appended, with no lock held: moves them into the ring, and wakes the other side if it sleeps.
    func flush() {
        guard isConnected.load(ordering: .acquiring), let control = outgoing else { return }
        if !writer.isEmpty, !writer.pump() { return fail("the ring says what cannot be") }
        keepOrder()
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        // Only if there is something unread: otherwise two sides with nothing to send would wake each other for ever.
        guard sleep(control) != .none,
            control.tail.pointee.load(ordering: .relaxed) != control.head.pointee.load(ordering: .relaxed)
        else { return }
        // To wake its thread takes longer than many a script needs until it looks again.
        _ = Processor.wait(for: Self.courtesy) { sleep(control) != .light }
        if control.readerSleeps.pointee.exchange(0, ordering: .acquiringAndReleasing) != 0 { ring() }
    }

    private func sleep(_ control: RingBuffer.Control) -> RingBuffer.Sleep {
        RingBuffer.Sleep(rawValue: control.readerSleeps.pointee.load(ordering: .relaxed)) ?? .deep
    }

    private static let courtesy: TimeSpan = .microseconds(5)

    func ring() { life.withLock { if $0.isOpen { socket.ring() } } }

    /// Ends the link, for that reason.
    func fail(_ what: String) {
        life.withLock { life in
            if life.failure == nil { life.failure = what }
            if life.isOpen { socket.shutDown() }
        }
    }

    /// Tells the other side that this one does nothing more unless something comes, provided that all that has come was
    /// read before `isIdle` is asked. Returns whether it did. Whoever reads at the moment may look again afterwards.
    @discardableResult
    func sayIdle(if isIdle: () -> Bool) -> Bool {
        guard reading.tryLock() else { return false }
        let position = isOver || hasBye ? nil : reader?.resting
        reading.unlock()
        guard let position, isIdle(), writer.sayIdle(at: position) else { return false }
        flush()
        return true
    }

    // MARK: - Objects

    /// The endpoint of the channel on this link, counted as sent once more. Nil: the channel cannot cross.
    func endpoint(for channel: Channel, _ moved: inout [ChannelProxy.Move]) -> Endpoint? {
        if role == .child {
            return ChannelProxy.move(channel, to: self, &moved).flatMap { $0.link === self ? $0 : nil }
        }
        guard let up = node.parent else {
            return tables.endpoint(for: channel) { ChannelExport(self, $0, channel, slot: tables.nextSlot()) }
        }
        guard let proxy = ChannelProxy.move(channel, to: up, &moved) else { return nil }
        return ChannelRelay.endpoint(for: channel, proxy, self)
    }

    /// The channel that the other side means.
    func channel(_ number: UInt32, slot: Int?, _ traits: ChannelTraits) throws(ProtocolError) -> Channel {
        if let known = tables[number] {
            guard let channel = known.arrive() else { throw ProtocolError("a channel that is none") }
            return channel
        }
        guard role == .child else { throw ProtocolError("a channel that is none") }
        let proxy = ChannelProxy(self, number, slot: slot, traits)
        try tables.add(proxy, number)
        guard let channel = proxy.channel() else { throw ProtocolError("a channel that is none") }
        return channel
    }

    /// This side releases the channel. The caller flushes.
    func release(_ endpoint: Endpoint) {
        let times = tables.takeArrivals(endpoint)
        if times > 0 { writer.append(Frame(.release, endpoint.number, value: UInt64(times))) }
    }

    /// The home has confirmed that this side released the channel: the number is free again.
    func forget(_ number: UInt32) {
        writer.append(Frame(.forgotten, number))
        tables.remove(number)
        flush()
    }

    /// The other side has released a channel so many times, or did not get it at all.
    func released(channel number: UInt32, _ times: UInt32) throws(ProtocolError) {
        guard let endpoint = tables[number], try tables.release(number, times) else { return }
        endpoint.linkEnded()
        writer.append(Frame(.released, number))
        flush()
    }

    /// An object that was counted as sent was not.
    func released(object number: UInt64, _ times: UInt32) {
        _ = try? tables.release(number, times)
    }

    func describe(_ object: any Shareable, _ number: UInt64) -> Message? { owner?.export(object, number) }

    func makeStandIn(_ number: UInt64, _ description: Message) -> any Shareable {
        guard let owner, let object = owner.import(number, description) else {
            return Unreachable(Unreachable.unknown)
        }
        if !tables.remember(object, number) { owner.lost(object) }
        return object
    }

    var owner: (any LinkOwner)? { life.withLock { $0.owner } }

    func consumed(_ slot: Int) -> UInt64 { memory?.counter(slot).pointee.load(ordering: .acquiring) ?? 0 }

    /// The child's end of a lane.
    func lane(_ number: UInt64, slot: Int) throws(ProtocolError) -> Lane.Reader {
        guard number < LinkMemory.lanes, let lane = memory?.lane(Int(number), slot) else {
            throw ProtocolError("a lane that is none")
        }
        return Lane.Reader(lane.memory, lane.signs)
    }

    /// To be read once the link has ended.
    var mark: UInt64 {
        get { memory?.mark.pointee.load(ordering: .relaxed) ?? 0 }
        set { memory?.mark.pointee.store(newValue, ordering: .relaxed) }
    }

    func counter(_ slot: UInt64) throws(ProtocolError) -> UnsafeMutablePointer<Atomic<UInt64>> {
        guard slot < LinkMemory.counters, let memory else { throw ProtocolError("a counter that is none") }
        return memory.counter(Int(slot))
    }
}
