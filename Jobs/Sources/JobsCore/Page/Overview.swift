import Foundation
import GRDB

/// What the page and its relatives show: the last runs, and the figures of each job.
struct Overview: Sendable {
    /// Which runs are looked at.
    struct Question: Sendable {
        /// Only those of this job.
        var job: String?
        /// Only those that failed, took too long, or were lost.
        var failed = false
        /// Only those with a lower number.
        var before: Int?
        var count = 2000
    }

    /// A run. Times are seconds since 1970.
    struct Entry: Codable, Sendable {
        let id: Int
        let job: String
        let state: String
        let attempt: Int
        let scheduled: Double
        let started: Double?
        let ended: Double?
        let error: String?
        let reason: String?
        /// Another machine, where it has that number; nil: this one.
        var machine: String?

        enum CodingKeys: CodingKey { case id, job, state, attempt, scheduled, started, ended, error, reason }

        var isUnfinished: Bool { state == "running" || state == "waiting" }

        /// How long it ran.
        var seconds: Double? { started.flatMap { begun in ended.map { max(0, $0 - begun) } } }

        /// How long after its time it began. A later attempt has no time of its own.
        var late: Double? { attempt > 1 ? nil : started.map { max(0, $0 - scheduled) } }
    }

    /// A job: what became of all its runs, and the last ones.
    struct Job: Sendable {
        let name: String
        let isPaused: Bool
        /// By state, without those that have not ended.
        let counts: [String: Int]
        /// Newest first.
        let last: [Entry]

        var ended: Int { counts.values.reduce(0, +) }
        var succeeded: Int { counts["succeeded"] ?? 0 }
        var failed: Int { Overview.failures.reduce(0) { $0 + (counts[$1] ?? 0) } }

        /// The share of those that succeeded or failed.
        var rate: Double? {
            succeeded + failed == 0 ? nil : Double(succeeded) / Double(succeeded + failed)
        }
    }

    static let failures = ["failed", "timed out", "lost"]
    static let states = [
        "succeeded", "failed", "timed out", "lost", "cancelled", "missed", "skipped", "running", "waiting",
    ]
    /// How many jobs have a row, and how many runs their figures are taken from.
    static let mostJobs = 200
    static let recent = 30

    let now: Double
    let question: Question
    /// Newest first.
    var runs: [Entry]
    /// The runs of several machines are here; the figures of the jobs are those of this one.
    var isShared = false
    /// The machines whose runs are missing.
    var silent: [String] = []
    /// There are runs before these.
    let hasMore: Bool
    /// By name; when there are very many, those that ran last.
    let jobs: [Job]
    let hasMoreJobs: Bool
    /// Of all runs, by state.
    let counts: [String: Int]
}

extension Overview {
    /// Adds the runs of other machines.
    mutating func add(_ other: AllRuns) {
        isShared = true
        runs = AllRuns.merged(runs + other.entries)
        silent = other.silent.map(\.name)
    }
}

extension Overview.Entry {
    static let columns = "id, job, state, attempt, scheduled, started, ended, error, reason"

    init(_ row: Row) {
        (id, job, state, attempt) = (row[0], row[1], row[2], row[3])
        (scheduled, started, ended) = (row[4], row[5], row[6])
        (error, reason) = (row[7], row[8])
        machine = nil
    }
}

extension History {
    private static func entries(
        _ db: Database, _ conditions: [String], _ arguments: StatementArguments, _ count: Int
    ) throws -> [Overview.Entry] {
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = "SELECT \(Overview.Entry.columns) FROM run \(filter) ORDER BY id DESC LIMIT ?"
        let cursor = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments + [count])
        var entries: [Overview.Entry] = []
        while let row = try cursor.next() { entries.append(Overview.Entry(row)) }
        return entries
    }

    /// The runs that are asked for, and one more if there is one.
    func entries(_ question: Overview.Question) throws -> [Overview.Entry] {
        try database.read { db in try Self.entries(db, question) }
    }

    private static func entries(_ db: Database, _ question: Overview.Question) throws -> [Overview.Entry] {
        var (conditions, arguments): ([String], StatementArguments) = ([], [])
        if let job = question.job {
            conditions.append("job = ?")
            arguments += [job]
        }
        if question.failed { conditions.append(failed) }
        if let before = question.before {
            conditions.append("id < ?")
            arguments += [before]
        }
        return try entries(db, conditions, arguments, question.count + 1)
    }

    /// All of it is of one moment.
    func overview(_ question: Overview.Question) throws -> Overview {
        try database.read { db in
            let runs = try Self.entries(db, question)
            let names = try question.job.map { [$0] } ?? Self.names(db, Overview.mostJobs + 1)
            let jobs = try names.prefix(Overview.mostJobs).sorted().map { try Self.figures(db, $0) }
            var counts: [String: Int] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT state, sum(count) FROM \(Self.tally(db)) GROUP BY state") {
                counts[row[0]] = row[1]
            }
            for (state, count) in try Self.unfinishedCounts(db) { counts[state] = count }
            return Overview(
                now: Moment.now, question: question, runs: Array(runs.prefix(question.count)),
                hasMore: runs.count > question.count, jobs: jobs, hasMoreJobs: names.count > Overview.mostJobs,
                counts: counts)
        }
    }

    /// The jobs that are known or have run, those that ended last first.
    private static func names(_ db: Database, _ count: Int) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT name FROM (
                    SELECT job AS name, max(last) AS at FROM \(tally(db)) GROUP BY job UNION ALL SELECT name, 0 FROM job)
                GROUP BY name ORDER BY max(at) DESC, name LIMIT ?
                """, arguments: [count])
    }

    private static func figures(_ db: Database, _ job: String) throws -> Overview.Job {
        var counts: [String: Int] = [:]
        let tallies = try db.cachedStatement(sql: "SELECT state, count FROM \(tally(db)) WHERE job = ?")
        for row in try Row.fetchAll(tallies, arguments: [job]) { counts[row[0]] = row[1] }
        let paused = try db.cachedStatement(sql: "SELECT paused FROM job WHERE name = ?")
        return Overview.Job(
            name: job, isPaused: try Bool.fetchOne(paused, arguments: [job]) ?? false, counts: counts,
            last: try entries(db, ["job = ?"], [job], Overview.recent))
    }

    private static func unfinishedCounts(_ db: Database) throws -> [(String, Int)] {
        let sql = "SELECT state, count(*) FROM run WHERE state IN ('waiting', 'running') GROUP BY state"
        return try Row.fetchAll(db, sql: sql).map { ($0[0], $0[1]) }
    }

    /// One run, and those that ran at the same time, as far as their numbers are near its own.
    func entry(_ id: Int) throws -> (run: Overview.Entry, beside: [Overview.Entry])? {
        try database.read { db in
            guard let run = try Self.entries(db, ["id = ?"], [id], 1).first else { return nil }
            guard let begun = run.started else { return (run, []) }
            let beside = try Self.entries(
                db,
                ["id BETWEEN ? AND ?", "id <> ?", "started < ?", "coalesce(ended, 1e12) > ?"],
                [id &- 500, id &+ 500, id, run.ended ?? 1e12, begun], 50)
            return (run, beside)
        }
    }

    /// The last bytes of what a run that has ended has written, and how many there are in all.
    func outputEnd(_ id: Int, limit: Int) throws -> (bytes: [UInt8], size: Int) {
        try database.read { db in
            let sql = "SELECT substr(text, -?), length(text) FROM output WHERE run = ?"
            guard let row = try Row.fetchOne(db, sql: sql, arguments: [limit, id]) else { return ([], 0) }
            return (Array(row[0] as Data), row[1])
        }
    }

    /// Nothing runs, and nothing waits.
    func isAtRest() throws -> Bool {
        try database.read { db in
            try
                !(Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM run WHERE state IN ('waiting', 'running'))")
                ?? false)
        }
    }

    /// Differs when something was written since the last call.
    func version() throws -> Int { try database.read { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 } }
}
