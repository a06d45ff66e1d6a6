import Bridge

/// A job in the hands of a worker. What its message says is not trusted. Shared; guarded by its mutex.
final class Delivery: LuaObject {
    /// Where a message comes from: `$JS.ACK.STREAM.CONSUMER.DELIVERED.SEQUENCE.…`, with two more words for servers that have
    /// domains.
    struct Place {
        let reply: String
        /// How often it has been delivered.
        let count: Int
        let sequence: Int

        init?(_ reply: String?) {
            guard let reply, reply.hasPrefix("$JS.ACK.") else { return nil }
            let words = reply.split(separator: ".", omittingEmptySubsequences: false)
            let first = words.count >= 11 ? 6 : 4
            guard words.count >= 9, let count = Int(words[first]), let sequence = Int(words[first + 1]), count > 0
            else {
                return nil
            }
            (self.reply, self.count, self.sequence) = (reply, count, sequence)
        }
    }

    let place: Place
    let data: [UInt8]
    let arrival = Moment.now
    let isReadable: Bool
    let key: String
    let isNamed: Bool
    let title: String
    let script: String
    let sum: String
    let function: String
    let timeout: Double?
    let retries: Int
    let backoff: Double
    let due: Int?
    let reply: String?
    private let identity: String
    private let values: [Value]

    private struct State {
        var returns = 0
        var work: Work?
        var isCancelled = false
        var isTold = false
        var isClaimed = false
        var end: Result<Void, ScriptError>?
        var keeper: CheckedContinuation<Void, Never>?
    }
    private let state = Guarded(State())

    /// The most attempts that a message may ask for.
    private static let mostRetries = 1000
    /// How many bytes its names have at most.
    static let longestName = 1024

    init(_ server: Server, _ place: Place, _ data: [UInt8]) {
        self.place = place
        self.data = data
        let record = Record(data) ?? Record()
        identity = record.text("id") ?? "message \(place.sequence)"
        key = Names.key(identity)
        script = record.text("script") ?? ""
        sum = record.text("sum") ?? ""
        function = record.text("function") ?? ""
        title = String((record.text("name") ?? function).prefix(Self.longestName))
        isNamed = record["named"] == true
        timeout = record.seconds("timeout")
        retries = min(max(record.integer("retries") ?? 3, 0), Self.mostRetries)
        backoff = max(record.seconds("backoff") ?? 1, 0)
        due = record.integer("due").map { min($0, Names.now + Self.longestDelay) }
        // An answer is sent to an inbox only: a message cannot have a worker speak to anything else.
        reply = record.text("reply").flatMap { $0.hasPrefix("_INBOX.") && Self.isSubject($0) ? $0 : nil }
        if case .array(let values) = record["args"], !script.isEmpty, !function.isEmpty, record.text("id") != nil {
            self.values = values
            isReadable = true
        } else {
            values = []
            isReadable = false
        }
    }

    private static let longestDelay = 366 * 24 * 3600 * 1000

    private static func isSubject(_ text: String) -> Bool {
        text.utf8.count < 256
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: ">") }
    }

    var arguments: [Value] { values }

    /// What dead letters say of the job.
    var summary: [String: Value] {
        func short(_ name: String) -> Value { .string(ByteText(String(name.prefix(Self.longestName)))) }
        return [
            "id": short(identity), "name": short(title), "script": short(script), "function": short(function),
        ]
    }

    /// How often it was handed back before it began.
    var returns: Int {
        get { state.withLock { $0.returns } }
        set { state.withLock { $0.returns = newValue } }
    }

    var attempt: Int { max(place.count - returns, 1) }

    // MARK: - The end

    var isEndClaimed: Bool { state.withLock { $0.isClaimed } }

    /// True once: whoever gets it tells how the job ended.
    func claimEnd() -> Bool {
        state.withLock { state in
            defer { state.isClaimed = true }
            return !state.isClaimed
        }
    }

    /// Its end is kept, or cannot be.
    func isKept(_ result: Result<Void, ScriptError>) {
        let keeper = state.withLock { state in
            state.end = result
            return state.keeper.take()
        }
        keeper?.resume()
    }

    /// Nil while it is not known whether the end is kept.
    private var end: Result<Void, ScriptError>? { state.withLock { $0.end } }
    var isEndKept: Bool { if case .success? = end { true } else { false } }

    /// Returns when the end is kept. For one caller.
    func kept() async throws(ScriptError) {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.end == nil, !Task.isCancelled else { return false }
                    state.keeper = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.keeper.take() }?.resume()
        }
        guard let end else { throw ScriptError(.cancelled, "cancelled") }
        try end.get()
    }

    // MARK: - Cancelling

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// It runs as that work.
    func began(_ work: Work) {
        let isCancelled = state.withLock { state in
            state.work = work
            return state.isCancelled
        }
        if isCancelled { work.cancel("cancelled by its sender") }
    }

    /// Its sender has been told how it stands.
    func isTold() { state.withLock { $0.isTold = true } }

    /// It has begun, and nobody has been told. True once.
    func isNews() -> Bool {
        state.withLock { state in
            guard state.work != nil, !state.isTold else { return false }
            state.isTold = true
            return true
        }
    }

    /// Its sender does not want it any more.
    func cancel() {
        let work = state.withLock { state in
            state.isCancelled = true
            return state.work
        }
        work?.cancel("cancelled by its sender")
    }
}
