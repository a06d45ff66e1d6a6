import Bridge

/// A channel between machines: a stream from which a message goes when somebody has received it. Shared; guarded by its
/// mutex.
final class ClusterChannel: LuaObject {
    let cluster: Cluster
    let name: String
    /// The most messages; nil: any number.
    let capacity: Int?
    private let subject: String
    private let stream: String
    private let inbox: String

    private struct State {
        /// Those who wait for a message, in order. Nil: the server has none for now.
        var waiting: [(ticket: Int, continuation: CheckedContinuation<Connection.Arrival?, Never>)] = []
        var nextTicket = 1
        /// What receivers have got and not accepted yet: where it is acknowledged. Nil: nothing yet.
        var hands: [Int: String?] = [:]
        /// Acknowledgements that the servers have not confirmed.
        var acknowledging: [String: Task<Void, Never>] = [:]
        var isClosed = false
        /// Somebody may have closed it while the connection was lost.
        var isUnsure = false
    }
    private let state = Guarded(State())

    static func open(_ cluster: Cluster, _ name: String, capacity: Int?) async throws(ScriptError) -> ClusterChannel {
        let word = try Names(name).queue
        let names = cluster.names
        let stream = "luaconc_channel_\(names.queue)~\(word)"
        let subject = "luaconc.\(names.queue).channel.\(word)"
        do throws(JetStream.Failure) {
            try await cluster.stream.makeStream(
                stream,
                [
                    "subjects": .array([.string(subject)]), "retention": .string("workqueue"),
                    "discard": .string("new"),
                    "max_msgs": .integer(capacity ?? -1), "storage": .string("file"),
                    "num_replicas": .integer(cluster.replicas), "duplicate_window": .integer(120 * JetStream.second),
                ])
            let info = try await cluster.stream.call("$JS.API.STREAM.INFO.\(stream)", .object([:]))
            _ = try await cluster.stream.call(
                "$JS.API.CONSUMER.DURABLE.CREATE.\(stream).\(Names.consumer)",
                .object([
                    "stream_name": .string(stream),
                    "config": .object([
                        "durable_name": .string(Names.consumer), "ack_policy": .string("explicit"),
                        "deliver_policy": .string("all"), "replay_policy": .string("instant"),
                        "ack_wait": .integer(30 * JetStream.second), "max_deliver": .integer(-1),
                        "max_ack_pending": .integer(-1), "max_waiting": .integer(100_000),
                    ]),
                ]))
            let most = info["config"]?["max_msgs"]?.integer ?? -1
            let channel = ClusterChannel(cluster, word, most < 0 ? nil : most, subject, stream)
            try await channel.begin()
            return channel
        } catch {
            throw error.told("cannot open the channel '\(word)'")
        }
    }

    private init(_ cluster: Cluster, _ name: String, _ capacity: Int?, _ subject: String, _ stream: String) {
        (self.cluster, self.name, self.capacity) = (cluster, name, capacity)
        (self.subject, self.stream) = (subject, stream)
        inbox = "_INBOX." + Connection.random()
    }

    deinit {
        cluster.connection.endTick(inbox)
        cluster.connection.unsubscribe(inbox + ".>")
        cluster.connection.ignore(inbox + ".>")
        cluster.connection.unsubscribe(closing)
    }

    /// Where it is told that the channel is closed, and where that is kept.
    private var closing: String { "luaconc.\(cluster.names.queue).closing.\(name)" }
    private var closed: String { cluster.names.returnsSubject("closed-\(name)") }

    private func begin() async throws(JetStream.Failure) {
        do throws(ScriptError) {
            try cluster.connection.subscribe(inbox + ".>") { [weak self] _ in self?.nobodyHears() }
            cluster.connection.handle(subject) { [weak self] arrival in self?.arrived(arrival) }
            try cluster.connection.subscribe(closing) { [weak self] _ in self?.noteClosed() }
        } catch {
            throw .refused(JetStream.Refusal(code: 0, text: "\(error.message)"))
        }
        cluster.connection.onTick(inbox) { [weak self] occasion in
            if occasion == .tick { return }
            self?.state.withLock { $0.isUnsure = true }
            self?.askAgain()
        }
        try await lookWhetherClosed()
    }

    private func lookWhetherClosed() async throws(JetStream.Failure) {
        if try await cluster.stream.last(closed, in: cluster.names.dead) != nil { noteClosed() }
        state.withLock { $0.isUnsure = false }
    }

    // MARK: - Sending

    /// Returns false if it was full for all that time.
    func send(_ value: [UInt8], within seconds: Double?) async throws(ScriptError) -> Bool {
        let end = seconds.map { Moment.now + .seconds($0) }
        let identity = Connection.random()
        var pause: Duration = .milliseconds(5)
        while true {
            do throws(JetStream.Failure) {
                if state.withLock({ $0.isUnsure }) { try await lookWhetherClosed() }
                if isClosed { throw .connection(.closed) }
                _ = try await cluster.stream.publish(subject, value, .identity(identity))
                return true
            } catch {
                if isClosed { throw ScriptError(.closed, "channel is closed") }
                guard case .refused(let refusal) = error, refusal.code == JetStream.Refusal.full else {
                    throw error.told("cannot send to the channel '\(name)'")
                }
            }
            // What was received here has made room.
            if await isSettled() { continue }
            if let end, Moment.now + pause > end { return false }
            do { try await Task.sleep(for: pause) } catch { throw ScriptError(.cancelled, "cancelled") }
            pause = min(pause * 2, .milliseconds(200))
        }
    }

    // MARK: - Receiving

    enum Receipt: Sendable {
        case value(Value)
        case timeout
        case closed
    }

    /// For one receive, which ends with `accept` or `release`: the value that `receive` gives is handed back to the servers
    /// unless it is accepted, so that nothing is lost with a receiver that is cancelled.
    func hand() -> Int {
        state.withLock { state in
            defer { state.nextTicket += 1 }
            state.hands[state.nextTicket] = .some(nil)
            return state.nextTicket
        }
    }

    func accept(_ hand: Int) {
        if let reply = state.withLock({ $0.hands.removeValue(forKey: hand) }) ?? nil { acknowledge(reply) }
    }

    func release(_ hand: Int) {
        if let reply = state.withLock({ $0.hands.removeValue(forKey: hand) }) ?? nil { refuse(reply) }
    }

    /// Should that be lost, the message comes once more.
    private func acknowledge(_ reply: String) {
        state.withLock { state in
            state.acknowledging[reply] = Task {
                _ = try? await cluster.stream.ask(reply, Array("+ACK".utf8))
                self.state.withLock { $0.acknowledging[reply] = nil }
            }
        }
    }

    private func refuse(_ reply: String) { cluster.connection.publish(reply, Array("-NAK".utf8)) }

    /// Waits until all acknowledgements are confirmed. False: there was none to wait for.
    private func isSettled() async -> Bool {
        let tasks = state.withLock { Array($0.acknowledging.values) }
        for task in tasks { await task.value }
        return !tasks.isEmpty
    }

    func receive(_ hand: Int, within seconds: Double?) async throws(ScriptError) -> Receipt {
        let end = seconds.map { Moment.now + .seconds($0) }
        do throws(JetStream.Failure) {
            while true {
                let rest = isClosed ? .zero : end.map { $0 - Moment.now } ?? Self.expiry
                if cluster.connection.isClosed { throw .connection(.closed) }
                guard let arrival = await next(within: min(max(rest, .zero), Self.expiry)) else {
                    if Task.isCancelled { throw .connection(.cancelled) }
                    if state.withLock({ $0.isUnsure }) { try await lookWhetherClosed() }
                    if isClosed, try await count(withHeld: true) == 0 { return .closed }
                    if let end, Moment.now >= end { return .timeout }
                    // Another receiver has the last message in hand, which may come back.
                    if isClosed { try? await Task.sleep(for: .milliseconds(50)) }
                    continue
                }
                guard let reply = arrival.reply else { continue }
                guard let value = PlainData.value(arrival.data), value != .nil else {
                    acknowledge(reply)  // nobody could ever read it
                    continue
                }
                let isWanted = state.withLock { state in
                    guard state.hands[hand] != nil else { return false }
                    state.hands[hand] = .some(reply)
                    return true
                }
                if isWanted { return .value(value) }
                refuse(reply)
                throw .connection(.cancelled)
            }
        } catch {
            throw error.told("cannot receive from the channel '\(name)'")
        }
    }

    private static let expiry: Duration = .seconds(5)

    /// Asks the server for one message, and waits for it. Nil: there is none in that time.
    private func next(within time: Duration) async -> Connection.Arrival? {
        let ticket = state.withLock { state in
            defer { state.nextTicket += 1 }
            return state.nextTicket
        }
        let reply = "\(inbox).\(ticket)"
        cluster.connection.handle(reply) { [weak self] _ in self?.giveUp(ticket) }
        defer { cluster.connection.ignore(reply) }
        // The answer may be lost with the connection.
        let watch = Task { [weak self] in
            try await Task.sleep(for: time + .seconds(1))
            self?.giveUp(ticket)
        }
        defer { watch.cancel() }
        defer { state.meet() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard !Task.isCancelled, !cluster.connection.isClosed else { return false }
                    state.waiting.append((ticket, continuation))
                    return true
                }
                guard waits else { return continuation.resume(returning: nil) }
                let nanoseconds = Int(time / .nanoseconds(1))
                let question: [String: JSON] =
                    nanoseconds > 1_000_000
                    ? ["batch": .integer(1), "expires": .integer(nanoseconds)]
                    : ["batch": .integer(1), "no_wait": .bool(true)]
                cluster.connection.publish(
                    "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(Names.consumer)", JSON.object(question).bytes, reply: reply)
            }
        } onCancel: {
            giveUp(ticket)
        }
    }

    private func giveUp(_ ticket: Int) {
        let continuation = state.withLock { state in
            state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).continuation }
        }
        continuation?.resume(returning: nil)
    }

    /// The servers are choosing who has the queue: whoever waits asks again, a little later.
    private func nobodyHears() {
        let tickets = state.withLock { $0.waiting.map(\.ticket) }
        Task {
            try await Task.sleep(for: .milliseconds(100))
            tickets.forEach(giveUp)
        }
    }

    private func askAgain() { state.withLock { $0.waiting.map(\.ticket) }.forEach(giveUp) }

    private func arrived(_ arrival: Connection.Arrival) {
        let continuation = state.withLock { state in
            state.waiting.isEmpty ? nil : state.waiting.removeFirst().continuation
        }
        if let continuation { return continuation.resume(returning: arrival) }
        // Who asked for it has gone.
        if let reply = arrival.reply { refuse(reply) }
    }

    // MARK: - Closing

    var isClosed: Bool { state.withLock { $0.isClosed } }

    private func noteClosed() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for entry in waiting { entry.continuation.resume(returning: nil) }
    }

    func close() async throws(ScriptError) {
        do throws(JetStream.Failure) {
            _ = try await cluster.stream.publish(closed, [])
        } catch {
            throw error.told("cannot close the channel '\(name)'")
        }
        noteClosed()
        cluster.connection.publish(closing, [])
    }

    func count() async throws(ScriptError) -> Int {
        do throws(JetStream.Failure) { return try await count(withHeld: false) } catch {
            throw error.told("cannot look at the channel '\(name)'")
        }
    }

    private func count(withHeld: Bool) async throws(JetStream.Failure) -> Int {
        _ = await isSettled()
        let info = try await cluster.stream.call("$JS.API.CONSUMER.INFO.\(stream).\(Names.consumer)", .object([:]))
        return (info["num_pending"]?.integer ?? 0) + (withHeld ? info["num_ack_pending"]?.integer ?? 0 : 0)
    }
}
