import Bridge

/// The workers of a queue, by their heartbeats and by what they answer. Nobody listens before the first question. Shared;
/// guarded by its mutex.
final class WorkerList: Sendable {
    private struct Sighting {
        let fields: [Value: Value]
        let order: String
        let time: Moment
        /// When the worker counts as gone, if it is not heard of before.
        let due: Moment
    }

    private struct State {
        /// By the workers' identities.
        var sightings: [String: Sighting] = [:]
        /// Where answers arrive, once somebody has asked.
        var reply: String?
        var isAlone = false
    }

    private let connection: Connection
    private let names: Names
    private let state = Guarded(State())

    /// What a hostile sender can make this remember.
    private static let most = 10_000
    private static let longest = 4096

    init(_ connection: Connection, _ names: Names) { (self.connection, self.names) = (connection, names) }

    /// Those that answer within that time; nil: those that were heard of lately, which the first call has to ask for.
    func workers(within seconds: Double?) async throws(ScriptError) -> [Value] {
        guard !connection.isClosed else { throw Connection.Failure.closed.told("cannot ask for the workers") }
        let start = Moment.now
        let isFirst = try listen()
        if seconds == nil, !isFirst { return heard(since: nil) }
        state.withLock { $0.isAlone = false }
        ask()
        let end = start + .seconds(seconds ?? 0.5)
        while Moment.now < end, !state.withLock({ $0.isAlone }) {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { break }
        }
        return heard(since: start)
    }

    /// Asks those that are there, if somebody has asked before: heartbeats may have been lost with the connection.
    func ask() {
        guard let reply = state.withLock({ $0.reply }) else { return }
        connection.publish("$SRV.STATS.\(names.service)", [], reply: reply)
    }

    /// Returns whether it is the first time. The answers have a subscription of their own: that nobody hears is true of them.
    private func listen() throws(ScriptError) -> Bool {
        let reply = "_INBOX." + Connection.random()
        let isFirst = state.withLock { state in
            if state.reply == nil { state.reply = reply }
            return state.reply == reply
        }
        guard isFirst else { return false }
        for subject in [reply, names.workers] {
            try connection.subscribe(subject) { [weak self] arrival in self?.note(arrival) }
        }
        return true
    }

    private func note(_ arrival: Connection.Arrival) {
        if arrival.status != nil { return state.withLock { $0.isAlone = true } }
        guard arrival.data.count <= Self.longest, let beat = JSON(arrival.data), let identity = beat["id"]?.text,
            let endpoint = beat["endpoints"]?.items.first, let data = endpoint["data"]
        else { return }
        let now = Moment.now
        let lease = Duration.milliseconds(min(max(data["lease"]?.integer ?? 30_000, 0), 366 * 24 * 3_600_000))
        var fields: [Value: Value] = ["id": .string(ByteText(identity))]
        for field in ["machine", "kind"] {
            fields[.string(ByteText(field))] = data[field]?.text.map { .string(ByteText($0)) }
        }
        for field in ["pid", "places", "running"] {
            fields[.string(ByteText(field))] = data[field]?.integer.map { .integer($0) }
        }
        fields["done"] = endpoint["num_requests"]?.integer.map { .integer($0) }
        fields["failed"] = endpoint["num_errors"]?.integer.map { .integer($0) }
        let order = "\(data["machine"]?.text ?? "") \(identity)"
        let sighting = Sighting(fields: fields, order: order, time: now, due: now + lease)
        state.withLock { state in
            if data["ended"]?.isTrue ?? false { return state.sightings[identity] = nil }
            if state.sightings.count >= Self.most { state.sightings = state.sightings.filter { $0.value.due > now } }
            guard state.sightings.count < Self.most || state.sightings[identity] != nil else { return }
            state.sightings[identity] = sighting
        }
    }

    private func heard(since start: Moment?) -> [Value] {
        let now = Moment.now
        let found = state.withLock { state in
            state.sightings = state.sightings.filter { $0.value.due > now }
            return state.sightings.values.filter { sighting in start.map { sighting.time >= $0 } ?? true }
        }
        return found.sorted { $0.order < $1.order }.map { sighting in
            var fields = sighting.fields
            let (seconds, attoseconds) = (now - sighting.time).components
            fields["heard"] = .number(Double(seconds) + Double(attoseconds) / 1e18)
            return .dictionary(fields)
        }
    }
}
