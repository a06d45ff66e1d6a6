/// Channels for Swift.
extension Channel: LuaConvertible {
    public static func read(_ index: Int32, from stack: borrowing LuaStack) throws(ConversionError) -> Channel {
        guard let channel = stack.object(index, as: Channel.self) else { throw stack.mismatch("channel", index) }
        if channel.isPrivate { channel.share() }
        return channel
    }

    public func push(to stack: borrowing LuaStack) throws(ConversionError) {
        if isPrivate { share() }
        try stack.push(shareable: self)
    }

    // MARK: - Sending

    /// Sends a copy of the value; waits while the channel is full, but no longer than `deadline`.
    ///
    /// - Throws: `ScriptError` of kind `closed`; `timeout`; `cancelled`, if the Swift task is cancelled meanwhile: then
    ///   nothing is sent; `conversion`.
    public func send<T: LuaConvertible>(_ value: T, deadline: Duration? = nil) async throws(ScriptError) {
        let parcel = try parcel(of: value)
        let end = deadline == nil ? .forever : Instant(after: deadline)
        while true {
            if try isSent(parcel) { return }
            if Task.isCancelled { throw ScriptError(.cancelled, "cancelled") }
            let delivery = await SwiftWaiter.wait(at: self, until: end, sending: parcel) { [self] node in
                ChannelModule.register(node, sendingTo: self)
            }
            switch delivery {
            case .accepted: return
            case .again: continue
            case .closed: throw Self.closed
            case .interrupted: throw ScriptError(.cancelled, "cancelled")
            default: throw ScriptError(.timeout, "timed out")
            }
        }
    }

    /// Sends a copy of the value if there is room for it at once. Returns whether it was sent.
    ///
    /// - Throws: `ScriptError` of kind `closed` or `conversion`.
    public func trySend<T: LuaConvertible>(_ value: T) throws(ScriptError) -> Bool {
        try isSent(try parcel(of: value))
    }

    private static var closed: ScriptError { ScriptError(.closed, "channel is closed") }

    private func isSent(_ parcel: Parcel) throws(ScriptError) -> Bool {
        switch trySend(parcel) {
        case .sent, .overtaken: return true
        case .full: return false
        case .closed: throw Self.closed
        }
    }

    private func parcel<T: LuaConvertible>(of value: T) throws(ScriptError) -> Parcel {
        if let number = value as? Int { return .scalar(.integer, UInt64(bitPattern: Int64(number))) }
        if let number = value as? Double { return .scalar(.float, number.bitPattern) }
        if let flag = value as? Bool { return .scalar(flag ? .true : .false, 0) }
        if let text = value as? String { return try string(Array(text.utf8)) }
        if let bytes = value as? [UInt8] { return try string(bytes) }
        let message = try ScratchStates.shared.message(of: value, leavesProcess: leavesProcess)
        if !message.storage.shared.isEmpty { Cycles.add(self) }
        return .owned(.encoded, message)
    }

    private func string(_ bytes: [UInt8]) throws(ScriptError) -> Parcel {
        guard let message = bytes.withUnsafeBytes({ Message(longString: $0) ?? Message(copying: $0) }) else {
            throw ScriptError(.memory, "not enough memory")
        }
        return .owned(.string, message)
    }

    // MARK: - Receiving

    /// The next message; waits while there is none, but no longer than `deadline`.
    ///
    /// - Returns: Nil once the channel is closed and nothing is left in it.
    /// - Throws: `ScriptError` of kind `timeout`; `cancelled`, if the Swift task is cancelled meanwhile: then nothing has
    ///   been taken out; `conversion`, if the message is of another type: it is taken out then.
    @inlinable
    public func receive<T: LuaConvertible>(
        as type: T.Type = T.self, deadline: Duration? = nil
    ) async throws(ScriptError) -> T? {
        if let value: T = try takeNumber() { return value }
        return try await receiveAny(deadline)
    }

    /// The next message if it is a number at once and the type is that of a number.
    @inlinable @inline(__always)
    func takeNumber<T: LuaConvertible>() throws(ScriptError) -> T? {
        guard T.self == Int.self || T.self == Double.self else { return nil }
        let number = nextNumber()
        switch number.kind {
        case .integer:
            if T.self == Int.self { return unsafeBitCast(Int(truncatingIfNeeded: number.bits), to: T.self) }
            return unsafeBitCast(Double(Int(truncatingIfNeeded: number.bits)), to: T.self)
        case .float:
            if T.self == Double.self { return unsafeBitCast(Double(bitPattern: number.bits), to: T.self) }
            return try convert(number)
        case .none: return nil
        }
    }

    /// A number that was received.
    @usableFromInline
    struct Number {
        @usableFromInline
        enum Kind {
            case none, integer, float
        }
        @usableFromInline let kind: Kind
        @usableFromInline let bits: UInt64
    }

    @usableFromInline
    func nextNumber() -> Number {
        var taken: (Tag, UInt64)? = takeNumber()
        // A sender that is at work sends again within a moment: less time than a task needs to be suspended.
        if taken == nil, !mayReceive, canSpinToReceive, Processor.spin(for: Self.glance, until: { mayReceive }) {
            taken = takeNumber()
        }
        guard let (tag, bits) = taken else { return Number(kind: .none, bits: 0) }
        return Number(kind: tag == .integer ? .integer : .float, bits: bits)
    }

    @usableFromInline
    func convert<T: LuaConvertible>(_ number: Number) throws(ScriptError) -> T {
        try Self.value(of: .scalar(number.kind == .integer ? .integer : .float, number.bits))
    }

    @usableFromInline
    func receiveAny<T: LuaConvertible>(_ deadline: Duration?) async throws(ScriptError) -> T? {
        var isOver = false
        if let value: T = try take(&isOver) { return value }
        return isOver ? nil : try await waitToReceive(deadline)
    }

    private static let glance: TimeSpan = .microseconds(5)

    private func waitToReceive<T: LuaConvertible>(_ deadline: Duration?) async throws(ScriptError) -> T? {
        if Task.isCancelled { throw ScriptError(.cancelled, "cancelled") }
        let end = deadline == nil ? .forever : Instant(after: deadline)
        let delivery = await SwiftWaiter.wait(at: self, until: end) { [self] node in
            ChannelModule.register(node, receivingFrom: self)
        }
        switch delivery {
        case .parcel(let parcel): return try Self.value(of: parcel)
        case .closed: return nil
        case .interrupted: throw ScriptError(.cancelled, "cancelled")
        default: throw ScriptError(.timeout, "timed out")
        }
    }

    /// The next message if there is one at once; nil otherwise.
    ///
    /// - Throws: `ScriptError` of kind `conversion`.
    public func tryReceive<T: LuaConvertible>(as type: T.Type = T.self) throws(ScriptError) -> T? {
        var isOver = false
        return try take(&isOver)
    }

    /// Takes out what is there. `isOver`: the channel is closed and empty.
    private func take<T: LuaConvertible>(_ isOver: inout Bool) throws(ScriptError) -> T? {
        if T.self == Bool.self {
            let short = withUnsafeTemporaryAllocation(byteCount: FlatTable.room, alignment: 8) {
                place -> Result<T?, ScriptError> in
                guard let start = place.baseAddress else { return .success(nil) }
                switch receiveQuickly(start, FlatTable.room) {
                case .nothing: return .success(nil)
                case .scalar(let tag, let bits): return Self.scalar(tag, bits)
                case .bytes(let form, let count):
                    let bytes = UnsafeRawBufferPointer(start: start, count: count)
                    return Self.copied(form, bytes)
                }
            }
            if let value: T = try short.get() { return value }
        }
        var buffer = ByteBuffer()
        switch tryReceive(&buffer) {
        case .parcel(let parcel): return try Self.value(of: parcel)
        case .copied(let form):
            let bytes = UnsafeRawBufferPointer(start: buffer.start, count: buffer.count)
            let result: Result<T?, ScriptError> = Self.copied(form, bytes)
            return try result.get()
        case .closed:
            isOver = true
            return nil
        case .empty, .overtaken: return nil
        }
    }

    private static func scalar<T: LuaConvertible>(_ tag: Tag, _ bits: UInt64) -> Result<T?, ScriptError> {
        switch tag {
        case .integer:
            let number = Int(truncatingIfNeeded: bits)
            if let value = number as? T { return .success(value) }
            if let value = Double(number) as? T { return .success(value) }
        case .float: if let value = Double(bitPattern: bits) as? T { return .success(value) }
        case .true, .false: if let value = (tag == .true) as? T { return .success(value) }
        default: break
        }
        return general(.scalar(tag, bits))
    }

    private static func copied<T: LuaConvertible>(
        _ form: Parcel.Form, _ bytes: UnsafeRawBufferPointer
    ) -> Result<T?, ScriptError> {
        general(.borrowed(form, bytes))
    }

    private static func general<T: LuaConvertible>(_ parcel: Parcel) -> Result<T?, ScriptError> {
        do throws(ScriptError) { return .success(try value(of: parcel)) } catch { return .failure(error) }
    }

    private static func value<T: LuaConvertible>(of parcel: Parcel) throws(ScriptError) -> T {
        switch parcel {
        case .scalar(let tag, let bits):
            if tag == .integer, let value = Int(truncatingIfNeeded: bits) as? T { return value }
            var buffer = ByteBuffer()
            tag == .integer || tag == .float ? buffer.append(tag, bits) : buffer.append(tag)
            return try ScratchStates.shared.read(buffer.closed(), count: 1)
        case .borrowed(.string, let bytes): return try ScratchStates.shared.read(string: bytes)
        case .owned(.string, let message):
            defer { withExtendedLifetime(message) {} }
            return try ScratchStates.shared.read(string: message.bytes)
        case .borrowed(.encoded, _):
            guard case .owned(_, let message) = parcel.kept else { throw ScriptError(.memory, "not enough memory") }
            return try ScratchStates.shared.read(message, count: 1)
        case .owned(.encoded, let message): return try ScratchStates.shared.read(message, count: 1)
        }
    }

    // MARK: - All messages

    /// The messages to come, until the channel is closed and empty.
    public func values<T: LuaConvertible>(of type: T.Type = T.self) -> Values<T> { Values(channel: self) }

    /// The messages of a channel, one after the other. Several may read from one channel: each message goes to one of
    /// them.
    public struct Values<Element: LuaConvertible>: AsyncSequence, Sendable {
        let channel: Channel

        public struct AsyncIterator: AsyncIteratorProtocol {
            @usableFromInline let channel: Channel

            @inlinable
            public mutating func next() async throws(ScriptError) -> Element? { try await channel.receive() }
            @inlinable
            public mutating func next(isolation actor: isolated (any Actor)?) async throws(ScriptError) -> Element? {
                try await channel.receive()
            }
        }

        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(channel: channel) }
    }
}

extension ByteBuffer {
    /// The message of one value without references, which was written into it.
    fileprivate consuming func closed() -> Message {
        append(.end)
        append(UInt64(0))  // no classes, no objects
        return takeMessage(shared: [])
    }
}
