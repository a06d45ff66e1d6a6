import Bridge
import Glibc

/// What the parts of a queue are called on the servers.
struct Names: Sendable {
    let queue: String

    /// - Throws: `ScriptError` if a queue cannot be called that.
    init(_ queue: String) throws(ScriptError) {
        let isGood = queue.utf8.allSatisfy { byte in
            let character = Unicode.Scalar(byte)
            return character.properties.isAlphabetic || ("0"..."9").contains(character) || "-_".utf8.contains(byte)
        }
        guard isGood, (1...64).contains(queue.utf8.count) else {
            throw ScriptError(
                .error, "cluster: a queue has 1 to 64 letters, digits, '-' and '_' as its name, got '\(queue)'")
        }
        self.queue = queue
    }

    /// The stream of jobs, from which a job goes when it has ended, and its consumer.
    var jobs: String { "luaconc_jobs_\(queue)" }
    var jobsSubject: String { "luaconc.\(queue).jobs" }
    /// That of a job whose identity was given: there is one at a time.
    func jobSubject(_ key: String) -> String { "\(jobsSubject).\(key)" }
    static let consumer = "workers"
    /// Jobs that failed for good, and how often a job was handed back before it began.
    var dead: String { "luaconc_dead_\(queue)" }
    func deadSubject(_ key: String) -> String { "luaconc.\(queue).dead.\(key)" }
    func returnsSubject(_ key: String) -> String { "luaconc.\(queue).returns.\(key)" }
    /// A key-value bucket: how jobs ended.
    var ends: String { "KV_luaconc_\(queue)" }
    func endSubject(_ key: String) -> String { "$KV.luaconc_\(queue).\(key)" }
    /// Where workers hear of jobs that are cancelled.
    var control: String { "luaconc.\(queue).control" }
    /// Where workers are heard of.
    var workers: String { "luaconc.\(queue).workers" }
    /// Up to when the times of jobs are taken, and which machines there are.
    var schedule: String { "luaconc_schedule_\(queue)" }
    func timesSubject(_ key: String) -> String { "luaconc.\(queue).times.\(key)" }
    func machineSubject(_ key: String) -> String { "luaconc.\(queue).machine.\(key)" }
    /// Where a machine is asked.
    func askSubject(_ key: String) -> String { "luaconc.\(queue).ask.\(key)" }
    /// As the protocol of NATS services knows the workers.
    var service: String { "luaconc_\(queue)" }

    /// The part of subjects that stands for the job of that identity.
    static func key(_ identity: String) -> String { String(SHA256.hash(Array(identity.utf8)).prefix(32)) }

    static let machine: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    /// Milliseconds since 1970, by which machines tell each other when a job is due.
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}

extension JetStream {
    /// Makes what a queue consists of, unless it is there.
    func make(_ names: Names, capacity: Int, replicas: Int) async throws(Failure) {
        let common: [String: JSON] = [
            "storage": .string("file"), "num_replicas": .integer(replicas), "allow_direct": .bool(true),
            "duplicate_window": .integer(120 * Self.second),
        ]
        func with(_ more: [String: JSON]) -> [String: JSON] { common.merging(more) { $1 } }
        try await makeStream(
            names.jobs,
            with([
                "subjects": .array([.string(names.jobsSubject), .string(names.jobSubject("*"))]),
                "retention": .string("workqueue"),
                "discard": .string("new"), "max_msgs": .integer(capacity),
            ]))
        try await makeStream(
            names.dead,
            with([
                "subjects": .array([.string(names.deadSubject("*")), .string(names.returnsSubject("*"))]),
                "retention": .string("limits"), "discard": .string("old"), "max_msgs_per_subject": .integer(1),
                "max_age": .integer(30 * 24 * 3600 * Self.second),
            ]))
        try await makeStream(
            names.ends,
            with([
                "subjects": .array([.string(names.endSubject(">"))]), "retention": .string("limits"),
                "discard": .string("new"), "max_msgs_per_subject": .integer(1), "allow_rollup_hdrs": .bool(true),
                "max_age": .integer(3600 * Self.second),
            ]))
    }

    static let second = 1_000_000_000
}
