import Synchronization

/// The receiving half of a link: its thread, and how frames are handled.
extension Link {
    // MARK: - The thread

    func run(_ made: LinkMemory?) { finish(listen(made)) }

    private func listen(_ made: LinkMemory?) -> End {
        do throws(SystemError) {
            if !isConnected.load(ordering: .acquiring) {
                var memory = made
                if memory == nil { memory = try LinkMemory.receive(from: socket) }
                guard let memory else { return end(.closed) }
                connect(memory)
            }
            while true {
                // If another thread has read what came, that one may do so again.
                let isNeeded = serve()
                if isAtEnd { return end(.closed) }
                owner?.rested()
                guard fallAsleep(isNeeded ? .deep : .light) else { continue }
                guard try socket.listen() else {
                    // What a process wrote before it died is still in the ring.
                    serve()
                    return end(.closed)
                }
            }
        } catch {
            return .broken(error.description)
        }
    }

    func connect(_ memory: LinkMemory) {
        self.memory = memory
        region = memory.region.map { SharedRegion(memory, at: $0) }
        let (incoming, outgoing) =
            role == .broker ? (memory.toBroker(), memory.toChild()) : (memory.toChild(), memory.toBroker())
        self.incoming = incoming.control
        self.outgoing = outgoing.control
        reader = LinkReader(incoming) { [unowned self] in ring() }
        writer.open(outgoing)
        keepOrder()
        isConnected.store(true, ordering: .releasing)
        Polling.add(self)
        flush()
    }

    private var isAtEnd: Bool {
        reading.lock()
        defer { reading.unlock() }
        return hasBye || life.withLock { $0.failure != nil }
    }

    private func end(_ end: End) -> End {
        life.withLock { $0.failure }.map { .broken($0) } ?? end
    }

    /// From now on the other side wakes this one by the socket. False: something has come meanwhile.
    private func fallAsleep(_ sleep: RingBuffer.Sleep) -> Bool {
        restLater()
        incoming?.readerSleeps.pointee.store(sleep.rawValue, ordering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return !hasWork
    }

    /// A second after the last use the outgoing ring gives its memory back.
    private func restLater() {
        guard let written = outgoing?.tail.pointee.load(ordering: .relaxed),
            written &- rested.load(ordering: .relaxed) > UInt64(Self.smallRing),
            !isTimed.exchange(true, ordering: .relaxed)
        else { return }
        Reactor.shared.call(after: .seconds(1)) { [self] in
            if written == outgoing?.tail.pointee.load(ordering: .relaxed) {
                writer.rest()
                rested.store(written, ordering: .relaxed)
            }
            isTimed.store(false, ordering: .relaxed)
            restLater()
        }
    }

    private var hasWork: Bool {
        reading.lock()
        defer { reading.unlock() }
        return !isOver && !hasBye && reader?.hasData == true
    }

    // MARK: - Reading

    /// Handles all frames that have come, and sends what waits for room, as far as there is any. Returns whether any had come.
    @discardableResult
    func serve() -> Bool {
        reading.lock()
        let isNew = reader?.hasData ?? false
        readAll()
        reading.unlock()
        flush()
        return isNew
    }

    /// Under `reading`.
    private func readAll() {
        guard !isOver, !hasBye else { return }
        do throws(ProtocolError) {
            while let (frame, body) = try reader?.next() {
                try take(frame, body)
                if hasBye { break }
            }
        } catch {
            // Nothing more is read.
            isOver = true
            fail(error.what)
        }
    }

    private func take(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {
        guard isGreeted else {
            guard frame.kind == .hello, frame.value == Frame.version else {
                throw ProtocolError("another version of the link: \(frame.value)")
            }
            isGreeted = true
            return
        }
        writer.stir()
        if frame.form == .placed { return try takePlaced(frame) }
        var body = frame.hasObjects ? try withObjects(body) : body
        if takesOnlyData, frame.form == .encoded {
            // The other side could change bytes in the ring after they were looked at.
            if case .borrowed(let bytes) = body { body = .owned(Self.copy(bytes, [])) }
            guard Message.holdsOnlyData(body.bytes) else { throw ProtocolError(Message.notData) }
        }
        switch frame.kind {
        case .message:
            guard frame.form == .body else { throw ProtocolError("a message without a body") }
            owner?.received(frame.tag, Self.message(body))
        case .bye:
            hasBye = true
        case .idle:
            guard role == .broker else { throw ProtocolError("a frame of the wrong direction") }
            if writer.isIdle(at: frame.value) { owner?.idled() } else { owner?.refuted() }
        case .releaseObject:
            _ = try tables.release(frame.value, frame.number)
        case .create, .open:
            try add(frame, body)
        case .release:
            guard role == .broker, tables[frame.number] != nil else { throw ProtocolError("a channel that is none") }
            try released(channel: frame.number, UInt32(truncatingIfNeeded: frame.value))
        case .forgotten:
            guard role == .broker, try endpoint(frame.number).isForgotten else {
                throw ProtocolError("a channel is forgotten that is in use")
            }
            tables.remove(frame.number)
        case .hello:
            throw ProtocolError("a second greeting")
        case .mark:
            nextMark = (frame.number, frame.value)
        default:
            try handle(frame, body)
        }
    }

    private func handle(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {
        if Tracing.isOn { takeMark(frame) }
        try endpoint(frame.number).handle(frame, body)
        if Tracing.isOn { (Tracing.sentMark, Tracing.receivedMark) = (0, 0) }
    }

    /// A message that was marked goes on with its mark.
    @inline(never)
    private func takeMark(_ frame: Frame) {
        (Tracing.sentMark, Tracing.receivedMark) = (0, 0)
        let isMessage = frame.kind == .send || frame.kind == .lend && frame.form != .value
        guard isMessage, nextMark.number == frame.number else { return }
        Tracing.sentMark = nextMark.value
        nextMark.value = 0
    }

    /// A string that stands in the region. Whoever handles the frame copies it.
    private func takePlaced(_ frame: Frame) throws(ProtocolError) {
        let (offset, count) = (Int(frame.value >> 40) * SharedRegion.unit, Int(frame.value & (1 << 40 - 1)))
        guard role == .child, let region, offset + count <= SharedRegion.size else {
            throw ProtocolError("a string that is nowhere")
        }
        var frame = frame
        frame.form = .string
        frame.value = UInt64(count)
        let bytes = UnsafeRawBufferPointer(start: region.start + offset, count: count)
        try handle(frame, .borrowed(bytes))
    }

    /// The endpoint with that number. Most frames are for the same one as the frame before, so that one is kept.
    private func endpoint(_ number: UInt32) throws(ProtocolError) -> Endpoint {
        let version = tables.version.load(ordering: .acquiring)
        if let last = lastEndpoint, last.number == number, lastVersion == version { return last }
        guard let endpoint = tables[number] else { throw ProtocolError("a channel that is none") }
        lastEndpoint = endpoint
        lastVersion = version
        return endpoint
    }

    private static func message(_ body: LinkReader.Body) -> Message {
        if case .owned(let message) = body { return message }
        return copy(body.bytes, [])
    }

    private static func copy(_ bytes: UnsafeRawBufferPointer, _ shared: [any Shareable]) -> Message {
        var buffer = ByteBuffer()
        if let start = bytes.baseAddress { buffer.append(start, bytes.count) }
        return buffer.takeMessage(shared: shared)
    }

    /// The body without the list of its objects, but with those.
    private func withObjects(_ body: LinkReader.Body) throws(ProtocolError) -> LinkReader.Body {
        var reader = ByteReader(body.bytes)
        guard let length = reader.read(UInt32.self), let list = reader.read(Int(length)) else {
            throw ProtocolError("malformed objects")
        }
        let objects = try ObjectList.read(list, self)
        guard let rest = reader.read(reader.rest) else { throw ProtocolError("malformed objects") }
        return .owned(Self.copy(rest, objects))
    }

    /// The message for a channel in a frame.
    static func parcel(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) -> Parcel {
        let form = frame.form == .string ? Parcel.Form.string : .encoded
        switch (frame.form, body) {
        case (.scalar, _):
            guard let tag = Tag(rawValue: frame.tag), tag != .nil, tag.rawValue <= Tag.float.rawValue else {
                throw ProtocolError("a scalar that is none")
            }
            return .scalar(tag, frame.value)
        case (.string, .borrowed(let bytes)), (.encoded, .borrowed(let bytes)):
            return .borrowed(form, bytes)
        case (.string, .owned(let message)), (.encoded, .owned(let message)):
            return .owned(form, message)
        default:
            throw ProtocolError("a message that is none")
        }
    }

    // MARK: - Proxies of the other side

    /// `create`: the home of a channel moves here. `open`: a proxy on the other side gets one more number for a
    /// channel.
    private func add(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {
        guard role == .broker else { throw ProtocolError("a frame of the wrong direction") }
        if frame.kind == .create {
            var reader = ByteReader(body.bytes)
            guard let traits = ChannelTraits(&reader), reader.rest == 0 else {
                throw ProtocolError("a malformed channel")
            }
            if let up = node.parent {
                return try ChannelRelay.add(frame.number, frame, body, traits, from: self, to: up)
            }
            let channel = traits.makeChannel()
            let export = ChannelExport(self, frame.number, channel, slot: tables.takeSlot())
            try tables.add(export, frame.number)
            tables.register(channel, export)
            if let slot = export.slot { writer.append(Frame(.counter, frame.number, value: UInt64(slot))) }
            return
        }
        let existing = tables[UInt32(truncatingIfNeeded: frame.value)]
        if let end = existing as? ChannelRelay.End {
            guard let up = node.parent, let number = end.relay.upNumber else {
                throw ProtocolError("a channel that is none")
            }
            return try ChannelRelay.add(
                frame.number, Frame(.open, value: UInt64(number)), .none, end.relay.traits, from: self, to: up)
        }
        guard let channel = (existing as? ChannelExport)?.channel() else {
            throw ProtocolError("a channel that is none")
        }
        try tables.add(ChannelExport(self, frame.number, channel, slot: nil), frame.number)
    }

    // MARK: - Polling

    func beginPolling() { incoming?.readerSleeps.pointee.store(RingBuffer.Sleep.none.rawValue, ordering: .relaxed) }

    func poll() {
        guard isConnected.load(ordering: .acquiring), reading.tryLock() else { return }
        let isNew = reader?.hasData ?? false
        if isNew { readAll() }
        let isLast = isNew && hasBye
        reading.unlock()
        // The link's thread sleeps, and nobody will wake it any more: this does.
        if isLast { life.withLock { if $0.isOpen { socket.shutDown() } } }
        if isNew || !writer.isEmpty { flush() }
    }

    func endPolling() {
        repeat { poll() } while !fallAsleep(.light)
        owner?.polled()
    }

    // MARK: - The end

    func finish(_ end: End) {
        Polling.remove(self)
        reading.lock()
        isOver = true
        lastEndpoint = nil
        reading.unlock()
        writer.shut()
        node.leave(self)
        let left = tables.close()
        for endpoint in left.endpoints { endpoint.linkEnded() }
        let owner = life.withLock { life in
            defer { life.owner = nil }
            life.isOpen = false
            return life.owner
        }
        socket.close()
        for standIn in left.standIns { owner?.lost(standIn) }
        owner?.ended(end)
    }
}
