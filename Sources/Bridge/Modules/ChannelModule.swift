import CFence
import CLua

/// `channel`: bounded queues of messages between tasks, threads and processes.
enum ChannelModule {
    static let module = Module(
        "channel",
        [
            HostFunction("new", "channel.new([capacity[, {overflow =, bytes =}]])", "A new channel.", new),
            HostFunction(
                "select", "channel.select(cases[, timeout])",
                "Carries out exactly one of several receives, sends and waits for work.", select),
        ])

    static let type: HostType<Channel> = HostType(
        "channel",
        methods: [
            HostFunction("send", "ch:send(value[, timeout])", "Sends a copy; waits while the channel is full.") {
                call throws(Fault) in
                if let outcome = sendQuickly(call) { return outcome }
                return try send(call, to: call.object(1, type))
            },
            HostFunction("recv", "ch:recv([timeout])", "The next message; waits while there is none.") {
                call throws(Fault) in
                if let outcome = receiveQuickly(call) { return outcome }
                return try receive(call)
            },
            HostFunction("close", "ch:close()", "No more messages; what is queued can still be received.") {
                call throws(Fault) in
                try call.object(1, type).close()
                return .none
            },
            HostFunction("closed", "ch:closed()", "Whether it was closed.") { call throws(Fault) in
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
            HostFunction("__len", "#ch", "How many messages are queued.") { call throws(Fault) in
                call.push(try call.object(1, type).count)
                return .results(1)
            },
            HostFunction("__call", "for v in ch do", "Receives until the channel is closed and drained.") {
                call throws(Fault) in
                lua_settop(call.L, 1)
                if let outcome = receiveQuickly(call) { return outcome }
                return try receive(call)
            },
            HostFunction("__tostring", "tostring(ch)", "Number and state.") { call throws(Fault) in
                let channel = try call.object(1, type)
                let state = channel.isClosed ? "closed, " : ""
                call.push("channel: \(channel.id) (\(state)\(channel.count) queued)")
                return .results(1)
            },
            HostFunction("__close", "local ch <close>", "Closes the channel.") { call throws(Fault) in
                try call.object(1, type).close()
                return .none
            },
        ])

    /// How long a busy partner is waited for before the task is suspended: a hand-over through the kernel costs more.
    private static let patience: Nanoseconds = 20_000

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
        call.push(Channel(capacity: capacity, bytes: bytes, overflow: overflow), type)
        return .results(1)
    }

    // MARK: - The quick way
    //
    // A queue that runs, with nobody asleep at it: no waiting, no options, no memory of its own. What is not that
    // simple returns nil with nothing done, and goes the general way.

    @inline(__always)
    private static func channel(_ call: HostCall) -> Unmanaged<Channel>? {
        guard let record = fence_object_at(call.L, 1), record.pointee.type == type.identity,
            let object = record.pointee.object
        else { return nil }
        return Unmanaged<Channel>.fromOpaque(object)
    }

    @inline(__always)
    private static func sendQuickly(_ call: HostCall) -> Outcome? {
        let L = call.L
        guard lua_gettop(L) == 2, call.vm.pointee.budget > 0, let channel = channel(call) else { return nil }
        let isSent = channel.borrow { channel -> Bool in
            switch lua_type(L, 2) {
            case LUA_TNUMBER:
                if lua_isinteger(L, 2) != 0 {
                    return channel.sendQuickly(.integer, UInt64(bitPattern: lua_tointegerx(L, 2, nil)))
                }
                return channel.sendQuickly(.float, lua_tonumberx(L, 2, nil).bitPattern)
            case LUA_TBOOLEAN:
                return channel.sendQuickly(lua_toboolean(L, 2) != 0 ? .true : .false, 0)
            case LUA_TSTRING:
                var count = 0
                guard let bytes = lua_tolstring(L, 2, &count), count <= 8 << 10 else { return false }
                return channel.sendQuickly(.string, bytes, count)
            case LUA_TTABLE:
                return withUnsafeTemporaryAllocation(byteCount: FlatTable.room, alignment: 8) { place in
                    let start = place.baseAddress.unsafelyUnwrapped
                    guard let count = FlatTable.encode(L, 2, call.state, into: start) else { return false }
                    return channel.sendQuickly(.encoded, start, count)
                }
            default:
                return false
            }
        }
        guard isSent else { return nil }
        call.vm.pointee.budget -= 1
        lua_pushboolean(L, 1)
        return .results(1)
    }

    private static func receiveQuickly(_ call: HostCall) -> Outcome? {
        let L = call.L
        guard lua_gettop(L) == 1, call.vm.pointee.budget > 0, let channel = channel(call) else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: FlatTable.room, alignment: 8) { place -> Outcome? in
            let start = place.baseAddress.unsafelyUnwrapped
            let received = channel.borrow { $0.receiveQuickly(start, FlatTable.room) }
            switch received {
            case .nothing:
                return nil
            case .scalar(let tag, let bits):
                switch tag {
                case .integer: lua_pushinteger(L, lua_Integer(bitPattern: bits))
                case .float: lua_pushnumber(L, Double(bitPattern: bits))
                default: lua_pushboolean(L, tag == .true ? 1 : 0)
                }
            case .bytes(.string, let count):
                lua_pushlstring(L, start.assumingMemoryBound(to: CChar.self), count)
            case .bytes(.encoded, let count):
                let bytes = UnsafeRawBufferPointer(start: start, count: count)
                if !FlatTable.decode(L, bytes) {
                    var decoder = Decoder(call.state, L, bytes, shared: [])
                    do throws(ScriptError) { try decoder.decode(count: 1) } catch {
                        call.pushError(error)
                        return Outcome(code: Int32(FENCE_RAISE))
                    }
                }
            }
            call.vm.pointee.budget -= 1
            return .results(1)
        }
    }

    // MARK: - Sending

    /// Sends argument 2, with the timeout in argument 3.
    static func send(_ call: HostCall, to channel: Channel) throws(Fault) -> Outcome {
        let deadline = call.count > 2 ? try call.deadline(3) : .forever
        let worker = call.worker
        var buffer = ByteBuffer?.none
        let parcel = try parcel(call, 2, for: channel, &buffer)
        var sent = channel.trySend(parcel)
        if case .full = sent, deadline != 0, worker.mayspin, !channel.isRemote {
            if worker.patience.look(longest: patience, until: { channel.maySend }) { sent = channel.trySend(parcel) }
        }
        let kept = sent == .full && (deadline != 0 || channel.mustAsk) ? parcel.kept : nil
        if let used = buffer.take() { worker.give(used) }
        switch sent {
        case .sent, .overtaken:
            chargeIfLong(parcel, call)
            call.push(true)
            return worker.take(call, results: 1)
        case .closed:
            throw call.fail(.closed, "channel is closed")
        case .full:
            guard let kept else { return worker.take(call, results: call.failure("timeout").code) }
            return try wait(call, toSend: kept, to: channel, deadline)
        }
    }

    /// A message that has memory of its own may stay in a channel that only the collector can find unused.
    private static func chargeIfLong(_ parcel: Parcel, _ call: HostCall) {
        if parcel.weight > 16 << 10 { call.state.charge(parcel.weight, on: call.L) }
    }

    private static func wait(
        _ call: HostCall, toSend parcel: Parcel, to channel: Channel, _ deadline: Nanoseconds
    ) throws(Fault) -> Outcome {
        var node: WaitNode?
        return try call.worker.wait(
            call, for: .send(channel), until: deadline == 0 ? .forever : deadline,
            { waiter, ticket in
                let made = WaitNode(waiter, ticket, parcel: parcel)
                node = made
                switch channel.send(made) {
                case .sent: waiter.delivery = .accepted
                case .closed: waiter.delivery = .closed
                case .full, .overtaken:
                    return deadline == 0 ? Poll.ask([channel], waiter, ticket) : true
                }
                return false
            },
            { call, delivery throws(Fault) in
                if let node { channel.forget(node) }
                switch delivery {
                case .accepted:
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

    /// The value at `index` as a parcel; `buffer` holds its bytes when it needs some.
    private static func parcel(
        _ call: HostCall, _ index: Int32, for channel: Channel, _ buffer: inout ByteBuffer?
    ) throws(Fault) -> Parcel {
        let L = call.L
        switch lua_type(L, index) {
        case LUA_TNUMBER:
            if lua_isinteger(L, index) != 0 {
                return .scalar(.integer, UInt64(bitPattern: lua_tointegerx(L, index, nil)))
            }
            return .scalar(.float, lua_tonumberx(L, index, nil).bitPattern)
        case LUA_TBOOLEAN:
            return .scalar(call.boolean(index) ? .true : .false, 0)
        case LUA_TSTRING:
            return try whole(.borrowed(.string, call.bytes(index)), for: channel)
        case LUA_TNIL, LUA_TNONE:
            throw .type(index, "value")
        default:
            return try encoded(call, index, for: channel, &buffer)
        }
    }

    /// Where memory is bounded, what would have to be copied later is copied now, where there is somebody to be told.
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
        if !shared.isEmpty { ChannelCycles.add(channel) }
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
        var received = channel.tryReceive(&buffer)
        if case .empty = received, deadline != 0, worker.mayspin, !channel.isRemote {
            if worker.patience.look(longest: patience, until: { channel.mayReceive }) {
                received = channel.tryReceive(&buffer)
            }
        }
        switch received {
        case .parcel(var parcel):
            received = .empty
            worker.give(buffer)
            try push(&parcel, call)
            return worker.take(call, results: 1)
        case .copied(let form):
            let error = push(form, UnsafeRawBufferPointer(start: buffer.start, count: buffer.count), call)
            worker.give(buffer)
            if let error { throw error }
            return worker.take(call, results: 1)
        case .closed:
            worker.give(buffer)
            return call.failure("closed")
        case .empty, .overtaken:
            worker.give(buffer)
            if deadline == 0, !channel.mustAsk { return worker.take(call, results: call.failure("timeout").code) }
            return try wait(call, toReceiveFrom: channel, deadline)
        }
    }

    private static func wait(
        _ call: HostCall, toReceiveFrom channel: Channel, _ deadline: Nanoseconds
    ) throws(Fault) -> Outcome {
        var node: WaitNode?
        return try call.worker.wait(
            call, for: .receive(channel), until: deadline == 0 ? .forever : deadline,
            { waiter, ticket in
                let made = WaitNode(waiter, ticket)
                node = made
                guard register(made, receivingFrom: channel) else { return false }
                return deadline == 0 ? Poll.ask([channel], waiter, ticket) : true
            },
            { call, delivery throws(Fault) in
                if let node { channel.forget(node) }
                return try deliver(&delivery, call)
            })
    }

    /// Leaves the node in the channel's line; false when it got its message, or the end, at once.
    private static func register(_ node: WaitNode, receivingFrom channel: Channel) -> Bool {
        var buffer = ByteBuffer()
        switch channel.receive(node, &buffer) {
        case .parcel(let parcel): node.deliver(.parcel(parcel))
        case .copied(let form): node.deliver(.parcel(.owned(form, buffer.takeMessage(shared: []))))
        case .closed: node.deliver(.closed)
        case .empty, .overtaken: return true
        }
        return false
    }

    private static func deliver(_ delivery: inout Waiter.Delivery, _ call: HostCall) throws(Fault) -> Outcome {
        switch delivery {
        case .parcel(var parcel):
            delivery = .none
            try push(&parcel, call)
            return .results(1)
        case .closed:
            return call.failure("closed")
        default:
            return call.failure("timeout")
        }
    }

    /// [-0, +1, -] The memory of a long string that nobody else holds becomes the state's.
    private static func push(_ parcel: inout Parcel, _ call: HostCall) throws(Fault) {
        if var string = parcel.takeLongString() {
            guard call.state.push(longString: &string, on: call.L) else { throw .memory }
            return
        }
        switch parcel {
        case .scalar(let tag, let bits):
            switch tag {
            case .integer: lua_pushinteger(call.L, lua_Integer(bitPattern: bits))
            case .float: lua_pushnumber(call.L, Double(bitPattern: bits))
            case .true, .false: call.push(tag == .true)
            default: call.pushNil()
            }
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

    // MARK: - Select

    private enum Case {
        case receive(Channel)
        case send(Channel, Parcel)
        case work(Work)

        var channel: Channel? {
            switch self {
            case .receive(let channel), .send(let channel, _): channel
            case .work: nil
            }
        }
    }

    private static func select(_ call: HostCall) throws(Fault) -> Outcome {
        guard call.type(1) == LUA_TTABLE else { throw .type(1, "table") }
        let deadline = try call.deadline(2)
        let cases = try readCases(call)
        if let outcome = try attempt(cases, call) { return call.worker.take(call, results: outcome.code) }
        let polled = deadline == 0 ? cases.compactMap(\.channel).filter(\.mustAsk) : []
        if deadline == 0, polled.isEmpty { return call.worker.take(call, results: call.failure("timeout").code) }
        return try wait(call, cases, deadline, polled)
    }

    /// Waits for one of the cases; when some channels are polled, only until these have answered.
    private static func wait(
        _ call: HostCall, _ cases: [Case], _ deadline: Nanoseconds, _ polled: [Channel]
    ) throws(Fault) -> Outcome {
        var nodes: [(WaitNode, Case)] = []
        return try call.worker.wait(
            call, for: .select(count: cases.count), until: polled.isEmpty ? deadline : .forever,
            { waiter, ticket in
                for (index, item) in cases.enumerated().shuffled() {
                    let parcel: Parcel? = if case .send(_, let parcel) = item { parcel } else { nil }
                    let node = WaitNode(waiter, ticket, choice: index, parcel: parcel)
                    nodes.append((node, item))
                    if !register(node, item) { return false }
                    if !waiter.isArmed(ticket) { return true }
                }
                return polled.isEmpty || Poll.ask(polled, waiter, ticket)
            },
            { call, delivery throws(Fault) in
                let waiter: Waiter? = nodes.first?.0.waiter
                for (node, item) in nodes { forget(node, item) }
                if case .timeout = delivery { return call.failure("timeout") }
                if case .again = delivery { return try wait(call, cases, deadline, polled) }
                let choice = waiter?.choice ?? 0
                return try finish(cases[choice], choice, delivery, call)
            })
    }

    /// False: the case has taken place.
    private static func register(_ node: WaitNode, _ item: Case) -> Bool {
        switch item {
        case .receive(let channel):
            return register(node, receivingFrom: channel)
        case .send(let channel, _):
            switch channel.send(node) {
            case .sent: node.deliver(.accepted)
            case .closed: node.deliver(.closed)
            case .full, .overtaken: return true
            }
            return false
        case .work(let work):
            guard work.wait(node) == false else { return true }
            node.deliver(.ended)
            return false
        }
    }

    private static func forget(_ node: WaitNode, _ item: Case) {
        switch item {
        case .receive(let channel), .send(let channel, _): channel.forget(node)
        case .work(let work): work.forget(node)
        }
    }

    /// One of those that are ready, each as likely as the others. Nil when none is.
    private static func attempt(_ cases: [Case], _ call: HostCall) throws(Fault) -> Outcome? {
        for (index, item) in cases.enumerated().shuffled() {
            switch item {
            case .receive(let channel):
                var buffer = call.worker.takeBuffer()
                switch channel.tryReceive(&buffer) {
                case .parcel(let parcel):
                    return try finish(item, index, .parcel(parcel), call)
                case .copied(let form):
                    return try finish(item, index, .parcel(.owned(form, buffer.takeMessage(shared: []))), call)
                case .closed:
                    return try finish(item, index, .closed, call)
                case .empty, .overtaken:
                    call.worker.give(buffer)
                }
            case .send(let channel, let parcel):
                switch channel.trySend(parcel) {
                case .sent: return try finish(item, index, .accepted, call)
                case .closed: return try finish(item, index, .closed, call)
                case .full, .overtaken: break
                }
            case .work(let work):
                if work.outcome != nil { return try finish(item, index, .ended, call) }
            }
        }
        return nil
    }

    /// The results: the index, and what there is to say about it.
    private static func finish(
        _ item: Case, _ index: Int, _ delivery: Waiter.Delivery, _ call: HostCall
    ) throws(Fault) -> Outcome {
        call.push(index + 1)
        switch (item, delivery) {
        case (_, .parcel(var parcel)):
            try push(&parcel, call)
            return .results(2)
        case (.send, .closed):
            throw call.fail(.closed, "channel is closed")
        case (.receive, .closed):
            return .results(call.failure("closed").code + 1)
        case (.work(let work), _):
            work.observe()
            call.push(word: work.status.name)
            return .results(2)
        default:
            call.push(true)
            return .results(2)
        }
    }

    private static func readCases(_ call: HostCall) throws(Fault) -> [Case] {
        let count = lua_rawlen(call.L, 1)
        guard count > 0 else { throw .argument(1, "at least one case expected") }
        var cases: [Case] = []
        lua_checkstack(call.L, 8)
        for i in 1...Int(count) {
            lua_rawgeti(call.L, 1, lua_Integer(i))
            defer { lua_settop(call.L, -2) }
            cases.append(try readCase(call, i))
        }
        return cases
    }

    /// The case on top of the stack.
    private static func readCase(_ call: HostCall, _ number: Int) throws(Fault) -> Case {
        if let channel = call.objectIfAny(-1, type) { return .receive(channel) }
        if let work = Handles.workIfAny(call, -1) { return .work(work) }
        guard call.type(-1) == LUA_TTABLE else {
            throw .argument(1, "case \(number): channel, {channel, value} or handle expected, got \(call.typeName(-1))")
        }
        lua_rawgeti(call.L, -1, 1)
        guard let channel = call.objectIfAny(-1, type) else {
            throw .argument(1, "case \(number): a send is {channel, value}")
        }
        lua_rawgeti(call.L, -2, 2)
        defer { lua_settop(call.L, -3) }
        guard call.type(-1) != LUA_TNIL else { throw .argument(1, "case \(number): nil cannot be sent") }
        var buffer = ByteBuffer?.none
        let parcel = try parcel(call, lua_gettop(call.L), for: channel, &buffer).kept
        if let used = buffer.take() { call.worker.give(used) }
        chargeIfLong(parcel, call)
        return .send(channel, parcel)
    }
}

extension Channel: HostObject {
    var hostType: AnyHostType { ChannelModule.type }
    var crossesProcesses: Bool { true }
}
