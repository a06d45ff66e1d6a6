import Bridge

/// A job as its submitter sees it. Shared; guarded by its mutex.
final class Job: LuaObject {
    let cluster: Cluster
    let identity: String
    let key: String
    /// Its identity was given: others may ask for the same job, so that its result stays.
    let isNamed: Bool
    /// Somebody waits for its end.
    let isFollowed: Bool
    let title: String
    let data: [UInt8]

    /// How a job stands, in the words that travel.
    enum Phase: String, Sendable {
        case pending, running, done, failed, cancelled
        var isFinal: Bool { self == .done || self == .failed || self == .cancelled }
    }

    struct End: Sendable {
        let record: Record
        /// Its number in the stream; 0 if that is not known.
        let sequence: Int
    }

    private struct State {
        var sequence = 0
        var end: End?
        var isInDoubt = false
        var loss: ScriptError?
        var isDuplicate = false
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
        var work: Work?
        var phase = Phase.pending
        var nextLook = Moment.now + firstLook
        var pause = firstLook
    }

    private static let firstLook: Duration = .seconds(2)
    private static let longestPause: Duration = .seconds(30), longestOfDuplicates: Duration = .seconds(5)
    private let state = Guarded(State())

    init(_ cluster: Cluster, identity: String, isNamed: Bool, isFollowed: Bool, title: String, data: [UInt8]) {
        self.cluster = cluster
        self.identity = identity
        self.isNamed = isNamed
        self.isFollowed = isFollowed
        self.title = title
        self.data = data
        key = Names.key(identity)
    }

    /// The number of the job's message, once it is stored.
    var sequence: Int {
        get { state.withLock { $0.sequence } }
        set { state.withLock { ($0.sequence, $0.isInDoubt) = (newValue, false) } }
    }

    /// Whether it is stored is not known: it is under way, or its submission was cancelled.
    var isInDoubt: Bool {
        get { state.withLock { $0.isInDoubt } }
        set { state.withLock { $0.isInDoubt = newValue } }
    }

    var end: End? { state.withLock { $0.end } }

    /// It is one of so many. Its worker tells us of it, unless somebody else had stored it before: then we have to look.
    func isStored(_ isDuplicate: Bool, among count: Int) {
        state.withLock { state in
            state.isDuplicate = isDuplicate
            if isDuplicate { state.pause = .milliseconds(250) }
            state.nextLook = isDuplicate ? .now : .now + max(Self.firstLook, Self.pause(among: count))
        }
    }

    /// How long the pause between two looks for one of so many jobs is at least, so that all looks are a hundred a second.
    static func pause(among count: Int) -> Duration { .milliseconds(10 * count) }

    // MARK: - The handle

    /// The handle shows how the job stands.
    func follow(_ work: Work) {
        let phase = state.withLock { state in
            state.work = work
            return state.phase
        }
        work.show(phase == .running ? .running : .pending)
    }

    var isDetached: Bool { state.withLock { $0.work?.isDetached ?? false } }

    func note(_ phase: Phase) {
        let work = state.withLock { state -> Work? in
            guard state.end == nil else { return nil }
            state.phase = phase
            return state.work
        }
        work?.show(phase == .running ? .running : .pending)
    }

    // MARK: - The end

    func finish(_ end: End) { settle { $0.end = end } }

    /// Its end will never be known.
    func lose(_ why: ScriptError) { settle { $0.loss = why } }

    private func settle(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            guard state.end == nil, state.loss == nil else { return [UInt64: CheckedContinuation<Void, Never>]() }
            change(&state)
            state.work = nil
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume() }
    }

    /// The results; waits for them.
    func results() async throws(ScriptError) -> [Value] {
        let ticket = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.end == nil, state.loss == nil, !Task.isCancelled else { return false }
                    state.waiting[ticket] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
        let (end, loss) = state.withLock { ($0.end, $0.loss) }
        if let loss { throw loss }
        guard let end else { throw ScriptError(.cancelled, "cancelled") }
        cluster.hasRead(self, end)
        if case .array(let results) = end.record["results"], end.record.text("state") == Phase.done.rawValue {
            return results
        }
        throw ScriptError(end.record)
    }

    // MARK: - Looking

    /// Whether it is time to look how it stands. The next time is after `least` or later.
    func isDue(_ now: Moment, _ least: Duration) -> Bool {
        state.withLock { state in
            guard state.nextLook <= now else { return false }
            state.pause = min(state.pause * 2, state.isDuplicate ? Self.longestOfDuplicates : Self.longestPause)
            state.nextLook = now + (state.isDuplicate ? state.pause : max(state.pause, least))
            return true
        }
    }

    func lookNow() { state.withLock { $0.nextLook = .now } }
}

extension ScriptError {
    /// What a record says of a failure.
    init(_ record: Record) {
        let isCancelled = record.text("state") == Job.Phase.cancelled.rawValue
        let kinds: [String: Kind] = [
            "timeout": .timeout, "cancelled": .cancelled, "closed": .closed, "memory": .memory, "limit": .limit,
            "deadlock": .deadlock, "exit": .exit,
        ]
        self.init(
            kinds[record.text("kind") ?? ""] ?? (isCancelled ? .cancelled : .error),
            record.bytes("message") ?? (isCancelled ? "cancelled" : "the job has failed"),
            traceback: record.bytes("traceback") ?? "", origin: record.bytes("origin") ?? "")
        if let code = record.integer("code") { exit = .code(code) }
        if let signal = record.integer("signal") { exit = .signal(signal) }
        if record["value"] != .nil { value = try? Message(record["value"]) }
    }
}
