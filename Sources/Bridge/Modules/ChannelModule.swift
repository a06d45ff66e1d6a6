/// `channel`: bounded queues of messages between tasks, threads and processes.
enum ChannelModule {
    static let module = Module("channel", natives)

    private static let natives = ModuleContents(
        functions: [
            HostFunction("new", "channel.new([capacity[, opts]])", "A new channel.", new),
            HostFunction(
                "select", "channel.select(cases[, timeout])",
                "Carries out exactly one of several receives, sends and waits for work.", ChannelSelect.select),
        ])

    static let type: HostType<Channel> = HostType(
        "channel",
        methods: [
            HostFunction(
                "send", "ch:send(value[, timeout])", "Sends a copy; waits while the channel is full.", memory: .once,
                entry: { HostCall.enter($0, $1, $2) { sendQuickly($0) } }
            ) {
                call throws(Fault) in try send(call, to: call.object(1, type))
            },
            HostFunction(
                "recv", "ch:recv([timeout])", "The next message; waits while there is none.", memory: .givesBack,
                entry: { HostCall.enter($0, $1, $2) { receiveQuickly($0, count: 1) } }
            ) {
                call throws(Fault) in try receive(call)
            },
            HostFunction(
                "close", "ch:close()", "No more messages; what is queued can still be received.", memory: .givesBack
            ) {
                call throws(Fault) in
                try call.object(1, type).close()
                return .none
            },
            HostFunction("closed", "ch:closed()", "Whether it was closed.", memory: .givesBack) { call throws(Fault) in
                call.push(try call.object(1, type).isClosed)
                return .results(1)
            },
            HostFunction("capacity", "ch:capacity()", "How many messages it holds.") { call throws(Fault) in
                let capacity = try call.object(1, type).capacity
                if capacity == .max { call.push(Double.infinity) } else { call.push(capacity) }
                return .results(1)
            },
        ],
        metamethods: [
            HostFunction("__len", "#ch", "How many messages are queued.", memory: .givesBack) { call throws(Fault) in
                try withCount(call) { call, _, count in call.push(count) }
            },
            HostFunction(
                "__call", "for v in ch do", "Receives until the channel is closed and drained.", memory: .givesBack,
                entry: { HostCall.enter($0, $1, $2) { receiveQuickly($0, count: 3) } }
            ) {
                call throws(Fault) in
                call.dropArguments(after: 1)
                return try receive(call)
            },
            HostFunction("__tostring", "tostring(ch)", "Number and state.") { call throws(Fault) in
                try withCount(call) { call, channel, count in
                    let state = channel.isClosed ? "closed, " : ""
                    call.push("channel: \(channel.id) (\(state)\(count) queued)")
                }
            },
            HostFunction("__close", "local ch <close>", "Closes the channel.", memory: .givesBack) {
                call throws(Fault) in
                try call.object(1, type).close()
                return .none
            },
        ])

    /// Pushes a result that depends on the number of queued messages. Another process may have to be asked for that.
    private static func withCount(
        _ call: HostCall, push: @escaping (HostCall, Channel, Int) -> Void
    ) throws(Fault) -> Outcome {
        let channel = try call.object(1, type)
        if let count = channel.countIfHere {
            push(call, channel, count)
            return .results(1)
        }
        return try call.worker.wait(
            call, for: .answer, until: .forever,
            { (node: WaitNode) in
                channel.askCount(node)
                return true
            },
            { call, delivery throws(Fault) in
                guard case .parcel(.scalar(_, let count)) = delivery else { return .results(0) }
                push(call, channel, Int(count))
                return .results(1)
            })
    }

    /// How long to spin before the task is suspended: a hand-over through the kernel costs more.
    private static let patience: TimeSpan = .microseconds(20)
    /// A sender that has waited for room in a large channel goes on a little later, when there is room for several
    /// messages: each look whether there is some takes memory away from the receiver, which is the slower one.
    private static let breather: TimeSpan = .microseconds(2)

    private static func new(_ call: HostCall) throws(Fault) -> Outcome {
        var capacity = Channel.defaultCapacity
        if !call.isNone(1) {
            let number = try call.number(1)
            if number == .infinity {
                capacity = .max
            } else if let exact = Int(exactly: number), exact >= 0 {
                capacity = exact
            } else {
                throw .argument(1, "capacity must be a whole number of 0 or more, or math.huge")
            }
        }
        var bytes = Channel.defaultBytes
        var overflow = Channel.Overflow.wait
        if !call.isNone(2) {
            let options = try call.options(2, known: ["overflow", "bytes"])
            switch try options.word("overflow", ["wait", "drop_oldest", "drop_newest"]) {
            case "drop_oldest": overflow = .dropOldest
            case "drop_newest": overflow = .dropNewest
            default: break
            }
            bytes = try options.bytes("bytes") ?? bytes
        }
        call.push(Channel(capacity: capacity, bytes: bytes, overflow: overflow, isPrivate: true), type)
        return .results(1)
    }

    // MARK: - The short path
    //
    // For a plain value and no options, while nobody waits at the channel or only tasks of this state do: it allocates
    // nothing. In all other cases these functions return nil, with nothing done, and the general ones are called.

    private static func sendQuickly(_ call: HostCall) -> Outcome? {
        guard call.budget > 0, let arguments = DirectArguments(call, count: 2),
            let reference = arguments.object(1, type)
        else { return nil }
        let isSent = reference.borrow { channel in
            if channel.isPrivate, channel.isAwaited { return handOver(call, channel) }
            if let (tag, bits) = arguments.scalar(2) {
                if channel.sendQuickly(tag, bits) { return true }
            } else if put(call, channel) {
                return true
            }
            return !channel.isPrivate && channel.mayAwait && handOver(call, channel)
        }
        guard isSent else { return nil }
        call.budget -= 1
        call.countSent()
        arguments.push(true)
        return .results(1)
    }

    /// Sends what is no number into the queue.
    private static func put(_ call: HostCall, _ channel: Channel) -> Bool {
        switch call.kind(2) {
        case .boolean:
            return channel.sendQuickly(call.boolean(2) ? .true : .false, 0)
        case .string:
            let bytes = call.bytes(2)
            guard let start = bytes.baseAddress, bytes.count <= 8 << 10 else { return false }
            return channel.sendQuickly(.string, start, bytes.count)
        case .table:
            return putTable(call, channel)
        default:
            return false
        }
    }

    @inline(never)
    private static func putTable(_ call: HostCall, _ channel: Channel) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: FlatTable.room, alignment: 8) { place in
            let start = place.baseAddress.unsafelyUnwrapped
            guard let count = FlatTable.encode(call.L, 2, call.state, into: start) else { return false }
            return channel.sendQuickly(.encoded, start, count)
        }
    }

    /// Gives the value to a task of this state that waits for it, onto its stack. A table is copied before the task is
    /// claimed, so that nothing has been done if there is no memory for that.
    private static func handOver(_ call: HostCall, _ channel: Channel) -> Bool {
        switch call.kind(2) {
        case .number, .boolean, .string: call.stack.push(copyOf: 2)
        case .table: guard channel.isPrivate, pushCopy(call) else { return false }
        default: return false
        }
        guard let receiver = claimReceiver(channel, call) else {
            call.dropArguments(after: 2)
            return false
        }
        call.stack.move(1, to: receiver)
        call.countReceived()
        return true
    }

    @inline(never)
    private static func pushCopy(_ call: HostCall) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: FlatTable.room, alignment: 8) { place in
            let start = place.baseAddress.unsafelyUnwrapped
            guard let count = FlatTable.encode(call.L, 2, call.state, into: start) else { return false }
            return FlatTable.decode(call.L, UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    /// Claims the first receiver, if it is a task of this state, and makes it ready. Returns its coroutine, onto which
    /// the message has to be pushed.
    @inline(__always)
    private static func claimReceiver(_ channel: Channel, _ call: HostCall) -> OpaquePointer? {
        call.withWorker { worker in
            channel.claimReceiver({ waiter in worker.isHome(waiter) })?.borrow { worker.wakeReceiver($0) }
        }
    }

    /// `count`: the number of arguments, the channel first; a loop passes two more, which say nothing.
    @inline(__always)
    private static func receiveQuickly(_ call: HostCall, count: Int32) -> Outcome? {
        guard let arguments = DirectArguments(call, count: count), let reference = arguments.object(1, type) else {
            return nil
        }
        return reference.borrow { channel in
            if channel.isPrivate, channel.isDrained { return waitQuickly(call, channel) }
            guard call.budget > 0 else { return nil }
            guard let (tag, bits) = channel.takeNumberOrHold() else { return takeShort(call, channel) }
            arguments.push(tag, bits)
            call.budget -= 1
            call.countReceived()
            return .results(1)
        }
    }

    /// After `takeNumberOrHold`.
    @inline(never)
    private static func takeShort(_ call: HostCall, _ channel: Channel) -> Outcome? {
        withUnsafeTemporaryAllocation(byteCount: FlatTable.room, alignment: 8) { place -> Outcome? in
            let start = place.baseAddress.unsafelyUnwrapped
            switch channel.takeShort(start, FlatTable.room) {
            case .nothing:
                return nil
            case .scalar(let tag, let bits):
                call.stack.push(scalar: tag, bits)
            case .bytes(.string, let count):
                call.stack.push(fewBytes: UnsafeRawBufferPointer(start: start, count: count))
            case .bytes(.encoded, let count):
                let bytes = UnsafeRawBufferPointer(start: start, count: count)
                if !FlatTable.decode(call.L, bytes) {
                    var decoder = Decoder(call.state, call.L, bytes, shared: [])
                    do throws(ScriptError) { try decoder.decode(count: 1) } catch {
                        call.pushError(error)
                        return .raise
                    }
                }
            }
            call.budget -= 1
            call.countReceived()
            return .results(1)
        }
    }

    /// Suspends the task at once: only another task of this state can send.
    private static func waitQuickly(_ call: HostCall, _ channel: Channel) -> Outcome? {
        let waits = call.withWorker { worker in
            worker.suspend(
                call, at: .channel(.passUnretained(channel)), for: .receive(channel.id), takesPushed: true,
                { node in channel.lineUp(node) }, deliver)
        }
        return waits ? .suspend : nil
    }

    // MARK: - Sending

    /// Sends argument 2, with the timeout in argument 3.
    static func send(_ call: HostCall, to channel: Channel) throws(Fault) -> Outcome {
        let deadline = call.count > 2 ? try call.deadline(3) : .forever
        let worker = call.worker
        var buffer = ByteBuffer?.none
        let parcel = try parcel(call, 2, for: channel, &buffer)
        if Tracing.isOn { worker.markMessage() }
        defer { if Tracing.isOn { Tracing.sentMark = 0 } }
        var sent = channel.trySend(parcel)
        if case .full = sent, deadline != .past, !channel.isPrivate, worker.maySpin, !channel.isRemote {
            if worker.spin.look(longest: patience, until: { channel.maySend }) {
                if channel.isSpacious { Processor.pause(for: breather) }
                sent = channel.trySend(parcel)
            }
        }
        let kept = sent == .full && (deadline != .past || channel.mustAsk) ? parcel.kept : nil
        if let used = buffer.take() { worker.give(used) }
        switch sent {
        case .sent, .overtaken:
            chargeIfLong(parcel, call)
            call.countSent()
            call.push(true)
            return worker.take(call, results: 1)
        case .closed:
            throw call.fail(.closed, "channel is closed")
        case .full:
            guard let kept else { return worker.take(call, results: call.failure("timeout").code) }
            return try wait(call, toSend: kept, to: channel, deadline)
        }
    }

    /// Charges a long message to the sending state: it may stay in a channel that only the state's collector can free.
    static func chargeIfLong(_ parcel: Parcel, _ call: HostCall) {
        if parcel.weight > 16 << 10 { call.state.charge(parcel.weight, on: call.L) }
    }

    private static func wait(
        _ call: HostCall, toSend parcel: Parcel, to channel: Channel, _ deadline: Instant
    ) throws(Fault) -> Outcome {
        try call.worker.wait(
            call, at: channel, for: .send(channel.id), until: deadline == .past ? .forever : deadline, sending: parcel,
            reuses: channel.capacity > 0,
            { node in
                guard register(node, sendingTo: channel) else { return false }
                return deadline == .past ? Channel.poll([channel], node.waiter, node.ticket) : true
            },
            { call, delivery throws(Fault) in
                switch delivery {
                case .accepted:
                    call.countSent()
                    call.push(true)
                    return .results(1)
                case .again:
                    return try wait(call, toSend: parcel, to: channel, deadline)
                case .closed:
                    throw call.fail(.closed, "channel is closed")
                default:
                    return call.failure("timeout")
                }
            })
    }

    /// The value at `index` as a parcel. If it needs a buffer for its bytes, that is left in `buffer`.
    static func parcel(
        _ call: HostCall, _ index: Int32, for channel: Channel, _ buffer: inout ByteBuffer?
    ) throws(Fault) -> Parcel {
        switch call.kind(index) {
        case .number:
            let (tag, bits) = call.stack.scalar(number: index)
            return .scalar(tag, bits)
        case .boolean:
            return .scalar(call.boolean(index) ? .true : .false, 0)
        case .string:
            return try whole(channel.placed(.borrowed(.string, call.bytes(index))), for: channel)
        case .nil, .none:
            throw .type(index, "value")
        default:
            return try encoded(call, index, for: channel, &buffer)
        }
    }

    /// Where memory is bounded: copies now what would be copied later, since a lack of memory can be reported here.
    private static func whole(_ parcel: Parcel, for channel: Channel) throws(Fault) -> Parcel {
        guard MemoryBound.isSet else { return parcel }
        guard !channel.leavesProcess || MemoryBound.hasRoom(2 * parcel.weight) else { throw .memory }
        do throws(GrowingBytes.OutOfMemory) { return try parcel.keptIfLong() } catch { throw .memory }
    }

    private static func encoded(
        _ call: HostCall, _ index: Int32, for channel: Channel, _ buffer: inout ByteBuffer?
    ) throws(Fault) -> Parcel {
        var encoder = Encoder(call.state, call.L, call.worker.takeBuffer())
        encoder.leavesProcess = channel.leavesProcess
        try encoder.encode(index, index, as: .value)
        let shared = encoder.shared
        var filled = encoder.finish()
        guard !channel.leavesProcess || MemoryBound.hasRoom(filled.count) else { throw .memory }
        if !shared.isEmpty { Cycles.add(channel) }
        if !shared.isEmpty || filled.count > 64 << 10 {
            return .owned(.encoded, filled.takeMessage(shared: shared))
        }
        let bytes = UnsafeRawBufferPointer(start: filled.start, count: filled.count)
        buffer = consume filled
        return .borrowed(.encoded, bytes)
    }

    // MARK: - Receiving

    private static func receive(_ call: HostCall) throws(Fault) -> Outcome {
        let channel = try call.object(1, type)
        let deadline = call.count > 1 ? try call.deadline(2) : .forever
        let worker = call.worker
        var buffer = worker.takeBuffer()
        if Tracing.isOn { worker.lookForMessage() }
        var received = channel.tryReceive(&buffer)
        if case .empty = received, deadline != .past, !channel.isPrivate, worker.maySpin, channel.canSpinToReceive {
            let came =
                channel.isRemote
                ? worker.spin.glance(until: { channel.mayReceive })
                : worker.spin.look(longest: patience, until: { channel.mayReceive })
            if came { received = channel.tryReceive(&buffer) }
        }
        if Tracing.isOn { worker.noteReceived() }
        switch received {
        case .parcel(var parcel):
            received = .empty
            worker.give(buffer)
            try push(&parcel, call)
            return worker.take(call, results: 1)
        case .copied(let form):
            let error = push(form, UnsafeRawBufferPointer(start: buffer.start, count: buffer.count), call)
            worker.give(buffer)
            call.countReceived()
            if let error { throw error }
            return worker.take(call, results: 1)
        case .closed:
            worker.give(buffer)
            return call.failure("closed")
        case .empty, .overtaken:
            worker.give(buffer)
            if deadline == .past, !channel.mustAsk { return worker.take(call, results: call.failure("timeout").code) }
            return try wait(call, toReceiveFrom: channel, deadline)
        }
    }

    private static func wait(
        _ call: HostCall, toReceiveFrom channel: Channel, _ deadline: Instant
    ) throws(Fault) -> Outcome {
        try call.worker.wait(
            call, at: channel, for: .receive(channel.id), until: deadline == .past ? .forever : deadline,
            reuses: deadline != .past, takesPushed: deadline != .past,
            { node in
                guard register(node, receivingFrom: channel) else { return false }
                return deadline == .past ? Channel.poll([channel], node.waiter, node.ticket) : true
            },
            deliver)
    }

    /// Leaves the node in the channel's line (see `Waitable`). False: its message was sent, or the channel is closed.
    static func register(_ node: WaitNode, sendingTo channel: Channel) -> Bool {
        switch channel.send(node) {
        case .sent: node.deliver(.accepted)
        case .closed: node.deliver(.closed)
        case .full, .overtaken: return true
        }
        return false
    }

    /// The same for a node that waits for a message.
    static func register(_ node: WaitNode, receivingFrom channel: Channel) -> Bool {
        var buffer = ByteBuffer()
        switch channel.receive(node, &buffer) {
        case .parcel(let parcel): node.deliver(.parcel(parcel))
        case .copied(let form): node.deliver(.parcel(.owned(form, buffer.takeMessage(shared: []))))
        case .closed: node.deliver(.closed)
        case .empty, .overtaken: return true
        }
        return false
    }

    private static func deliver(_ call: HostCall, _ delivery: inout Waiter.Delivery) throws(Fault) -> Outcome {
        switch delivery {
        case .parcel(var parcel):
            delivery = .none
            try push(&parcel, call)
            return .results(1)
        case .pushed:
            return .results(1)
        case .closed:
            return call.failure("closed")
        default:
            return call.failure("timeout")
        }
    }

    /// [-0, +1, -] Pushes the value. The state takes over the memory of a long string that nobody else holds.
    static func push(_ parcel: inout Parcel, _ call: HostCall) throws(Fault) {
        call.countReceived()
        if var string = parcel.takeLongString() {
            guard call.state.push(longString: &string, on: call.L) else { throw .memory }
            return
        }
        switch parcel {
        case .scalar(let tag, let bits):
            call.stack.push(scalar: tag, bits)
        case .borrowed(let form, let bytes):
            if let error = push(form, bytes, call) { throw error }
        case .owned(let form, let message):
            defer { withExtendedLifetime(message) {} }
            if let error = push(form, message.bytes, call, shared: message.storage.shared) { throw error }
        }
    }

    private static func push(
        _ form: Parcel.Form, _ bytes: UnsafeRawBufferPointer, _ call: HostCall, shared: [any Shareable] = []
    ) -> Fault? {
        if form == .string {
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return call.state.push(start, bytes.count, on: call.L) ? nil : .memory
        }
        if bytes.count <= FlatTable.room, FlatTable.decode(call.L, bytes) { return nil }
        var decoder = Decoder(call.state, call.L, bytes, shared: shared)
        do throws(ScriptError) { try decoder.decode(count: 1) } catch {
            return error.kind == .memory ? .memory : call.fail(error.kind, error.message)
        }
        return nil
    }
}

extension Channel: HostObject {
    var hostType: AnyHostType { ChannelModule.type }
    var crossesProcesses: Bool { true }
    func prepareToLeave(_ state: LuaState, _ L: OpaquePointer) { share() }
}
