/// `channel.select`: exactly one of several receives, sends and waits for work takes place.
enum ChannelSelect {
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

    static func select(_ call: HostCall) throws(Fault) -> Outcome {
        guard call.kind(1) == .table else { throw .type(1, "table") }
        let deadline = try call.deadline(2)
        let cases = try readCases(call)
        if let outcome = try attempt(cases, call) { return call.worker.take(call, results: outcome.code) }
        let polled = deadline == .past ? cases.compactMap(\.channel).filter(\.mustAsk) : []
        if deadline == .past, polled.isEmpty { return call.worker.take(call, results: call.failure("timeout").code) }
        return try wait(call, cases, deadline, polled)
    }

    /// The cases with their indices, in an order by chance.
    private static func shuffled(_ cases: [Case], _ call: HostCall) -> [(offset: Int, element: Case)] {
        guard var numbers = call.worker.clock.numbers else { return cases.enumerated().shuffled() }
        return cases.enumerated().shuffled(using: &numbers)
    }

    /// Waits for one of the cases. With `polled` channels it waits only until these have answered.
    private static func wait(
        _ call: HostCall, _ cases: [Case], _ deadline: Instant, _ polled: [Channel]
    ) throws(Fault) -> Outcome {
        var nodes: [(WaitNode, Case)] = []
        return try call.worker.wait(
            call, for: .select(count: cases.count), until: polled.isEmpty ? deadline : .forever,
            { waiter, ticket in
                for (index, item) in shuffled(cases, call) {
                    let parcel: Parcel? = if case .send(_, let parcel) = item { parcel } else { nil }
                    if Tracing.isOn, parcel != nil { call.worker.markMessage() }
                    let node = WaitNode(waiter, ticket, choice: index, parcel: parcel)
                    nodes.append((node, item))
                    if !register(node, item) { return false }
                    if !waiter.isArmed(ticket) { return true }
                }
                return polled.isEmpty || Channel.poll(polled, waiter, ticket)
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
            return ChannelModule.register(node, receivingFrom: channel)
        case .send(let channel, _):
            return ChannelModule.register(node, sendingTo: channel)
        case .work(let work):
            return work.wait(node)
        }
    }

    private static func forget(_ node: WaitNode, _ item: Case) {
        switch item {
        case .receive(let channel), .send(let channel, _): channel.forget(node)
        case .work(let work): work.forget(node)
        }
    }

    /// Carries out one of the cases that are ready, each with the same probability. Nil if none is ready.
    private static func attempt(_ cases: [Case], _ call: HostCall) throws(Fault) -> Outcome? {
        for (index, item) in shuffled(cases, call) {
            switch item {
            case .receive(let channel):
                var buffer = call.worker.takeBuffer()
                if Tracing.isOn { call.worker.lookForMessage() }
                let received = channel.tryReceive(&buffer)
                if Tracing.isOn { call.worker.noteReceived() }
                switch received {
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
                if Tracing.isOn { call.worker.markMessage() }
                let sent = channel.trySend(parcel)
                if Tracing.isOn { Tracing.sentMark = 0 }
                switch sent {
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

    /// Pushes the results: the number of the case, and what belongs to it.
    private static func finish(
        _ item: Case, _ index: Int, _ delivery: Waiter.Delivery, _ call: HostCall
    ) throws(Fault) -> Outcome {
        call.push(index + 1)
        switch (item, delivery) {
        case (_, .parcel(var parcel)):
            try ChannelModule.push(&parcel, call)
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
            call.countSent()
            call.push(true)
            return .results(2)
        }
    }

    private static func readCases(_ call: HostCall) throws(Fault) -> [Case] {
        let count = call.stack.itemCount(of: 1)
        guard count > 0 else { throw .argument(1, "at least one case expected") }
        var cases: [Case] = []
        call.stack.reserve(8)
        for i in 1...count {
            call.stack.pushItem(i, of: 1)
            defer { call.stack.pop() }
            cases.append(try readCase(call, i))
        }
        return cases
    }

    /// The case on top of the stack.
    private static func readCase(_ call: HostCall, _ number: Int) throws(Fault) -> Case {
        if let channel = call.objectIfAny(-1, ChannelModule.type) { return .receive(channel) }
        if let work = Handles.workIfAny(call, -1) { return .work(work) }
        if let work = SupervisorHandle.awaited(call, -1) { return .work(work) }
        guard call.kind(-1) == .table else {
            throw .argument(1, "case \(number): channel, {channel, value} or handle expected, got \(call.typeName(-1))")
        }
        call.stack.pushItem(1, of: -1)
        guard let channel = call.objectIfAny(-1, ChannelModule.type) else {
            throw .argument(1, "case \(number): a send is {channel, value}")
        }
        call.stack.pushItem(2, of: -2)
        defer { call.stack.pop(2) }
        guard call.kind(-1) != .nil else { throw .argument(1, "case \(number): nil cannot be sent") }
        var buffer = ByteBuffer?.none
        let parcel = try ChannelModule.parcel(call, call.count, for: channel, &buffer).kept
        if let used = buffer.take() { call.worker.give(used) }
        ChannelModule.chargeIfLong(parcel, call)
        return .send(channel, parcel)
    }
}
