import Bridge
import Foundation
import GRDB

/// What happened: a row for each attempt of each run, written before it begins. One SQLite file.
///
/// The file is in WAL mode, so others read while the runner writes. A write is in the kernel's hands when its function
/// returns, which is what a runner that is killed needs; `synchronous = NORMAL` spares the wait for the disk, and costs at
/// most the last moments when the machine loses its power.
public final class History: Sendable {
    let database: DatabaseQueue
    /// The outputs of runs that have not ended.
    private let outputs: String

    /// Opens the history of a folder. `writes`: makes it if it is missing, brings it up to date, and looks through the
    /// whole file for damage.
    public init(_ folder: Folder, writes: Bool) throws(Refusal) {
        outputs = folder.outputs
        let path = folder.history
        do {
            database = try Self.open(path, writes: writes)
        } catch let error as Refusal {
            throw error
        } catch let error as DatabaseError {
            throw Self.refusal(path, error)
        } catch {
            throw Refusal("\(path): \(error)")
        }
    }

    private static func open(_ path: String, writes: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = !writes
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // Where the file is in this mode already, nothing is written, and so no lock of others is in the way.
            if writes { try db.execute(sql: "PRAGMA journal_mode = WAL") }
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        let database = try DatabaseQueue(path: path, configuration: configuration)
        if try database.read(migrations.hasBeenSuperseded) {
            throw Refusal("\(path) was written by a newer version of luaconc-jobs; this one leaves it as it is")
        }
        guard writes else {
            guard try database.read({ try $0.tableExists("run") }) else { throw missing(path) }
            return database
        }
        let damage = try database.read { db in try String.fetchAll(db, sql: "PRAGMA quick_check(3)") }
        guard damage == ["ok"] else { throw damaged(path, damage.joined(separator: "; ")) }
        if try !database.read(migrations.hasCompletedMigrations) { try migrations.migrate(database) }
        return database
    }

    private static func damaged(_ path: String, _ why: String) -> Refusal {
        Refusal("\(path) is damaged (\(why)); it was left as it is: move it away to begin a new history")
    }

    private static func missing(_ path: String) -> Refusal {
        Refusal("there is no history at \(path), or it cannot be opened")
    }

    private static func refusal(_ path: String, _ error: DatabaseError) -> Refusal {
        let why = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: return damaged(path, why)
        case .SQLITE_BUSY, .SQLITE_LOCKED: return Refusal("\(path) is locked by another program")
        case .SQLITE_CANTOPEN: return missing(path)
        default: return Refusal("\(path): \(why)")
        }
    }

    private static let migrations: DatabaseMigrator = {
        var migrations = DatabaseMigrator()
        migrations.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE run (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
                        first INTEGER, cause TEXT, scheduled REAL NOT NULL, due REAL, started REAL, ended REAL,
                        pid INTEGER, pidStart TEXT, error TEXT, reason TEXT);
                    CREATE INDEX runOfJob ON run (job, id);
                    CREATE INDEX runUnfinished ON run (id) WHERE state IN ('waiting', 'running');
                    CREATE INDEX runFailed ON run (id) WHERE state IN ('failed', 'timed out', 'lost');
                    CREATE TABLE output (run INTEGER PRIMARY KEY, text BLOB NOT NULL);
                    CREATE TABLE job (
                        name TEXT PRIMARY KEY, spec TEXT NOT NULL, upto REAL NOT NULL, paused INTEGER NOT NULL
                    ) WITHOUT ROWID;
                    """)
        }
        migrations.registerMigration("tally") { db in try db.execute(sql: tallySchema) }
        return migrations
    }()

    // MARK: - What the engine writes

    /// A job, and up to when its times are accounted for.
    struct Job: Codable, LuaConvertible, Sendable {
        var name: String
        /// When it runs, as a text: if that changes, the account begins anew.
        var spec: String
        var upto: Double
        var paused: Bool
    }

    /// A row to be written.
    struct NewRun: Codable, LuaConvertible, Sendable {
        var job: String
        var state: String
        var attempt: Int
        var scheduled: Double
        var cause: String?
        var reason: String?
        var first: Int?
        var due: Double?
        var started: Double?
        var ended: Double?
        /// The times of the job are accounted for up to this one.
        var upto: Double?
    }

    /// The end of a run, and what follows from it.
    struct Finish: Codable, LuaConvertible, Sendable {
        var id: Int
        var state: String
        var error: String?
        var reason: String?
        var ended: Double
        /// The file with its output, of which so many bytes are kept.
        var path: String?
        var output: Int?
        var next: [NewRun]?
    }

    /// A run, as the engine needs it to go on.
    struct Unfinished: Codable, LuaConvertible, Sendable {
        var id: Int
        var job: String
        var state: String
        var attempt: Int
        var scheduled: Double
        var first: Int?
        var due: Double?
        var pid: Int?
        var pidStart: String?

        init(_ row: Row) {
            (id, job, state, attempt) = (row["id"], row["job"], row["state"], row["attempt"])
            (scheduled, first, due) = (row["scheduled"], row["first"], row["due"])
            (pid, pidStart) = (row["pid"], row["pidStart"])
        }
    }

    /// The jobs as the history knows them: those that are new, or have other times now, are written first.
    func know(_ jobs: [Job]) throws -> [Job] {
        try database.write { db in
            try jobs.map { job in
                let old = try Row.fetchOne(
                    db.cachedStatement(sql: "SELECT spec, upto, paused FROM job WHERE name = ?"), arguments: [job.name])
                if let old, old["spec"] == job.spec {
                    return Job(name: job.name, spec: job.spec, upto: old["upto"], paused: old["paused"])
                }
                let known = Job(name: job.name, spec: job.spec, upto: job.upto, paused: old?["paused"] ?? false)
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?)")
                    .execute(arguments: [known.name, known.spec, known.upto, known.paused])
                return known
            }
        }
    }

    func known() throws -> [Job] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM job").map {
                Job(name: $0["name"], spec: $0["spec"], upto: $0["upto"], paused: $0["paused"])
            }
        }
    }

    /// Writes rows, all or none, and returns their numbers.
    func add(_ runs: [NewRun]) throws -> [Int] { try database.write { db in try Self.insert(runs, db) } }

    private static func insert(_ runs: [NewRun], _ db: Database) throws -> [Int] {
        try runs.map { run in
            try db.cachedStatement(
                sql: """
                    INSERT INTO run (job, state, attempt, first, cause, scheduled, due, started, ended, reason)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                run.job, run.state, run.attempt, run.first, run.cause, run.scheduled, run.due, run.started, run.ended,
                run.reason,
            ])
            let id = Int(db.lastInsertedRowID)
            if let upto = run.upto {
                try db.cachedStatement(sql: "UPDATE job SET upto = ? WHERE name = ?").execute(arguments: [
                    upto, run.job,
                ])
            }
            return id
        }
    }

    /// A run that waited begins.
    func begin(_ id: Int, _ time: Double) throws {
        try database.write { db in
            try db.cachedStatement(sql: "UPDATE run SET state = 'running', started = ? WHERE id = ?")
                .execute(arguments: [time, id])
        }
    }

    /// The process of a run.
    func note(_ id: Int, process: Int, start: String) throws {
        try database.write { db in
            try db.cachedStatement(sql: "UPDATE run SET pid = ?, pidStart = ? WHERE id = ?")
                .execute(arguments: [process, start, id])
        }
    }

    /// A run has ended: its row, its output and what follows from it are written, all or nothing. Returns the numbers of
    /// the rows that follow.
    func finish(_ run: Finish) throws -> [Int] {
        let text = run.path.flatMap { RunOutput.bytes($0, limit: run.output ?? 0) } ?? []
        return try database.write { db in
            try db.cachedStatement(sql: "UPDATE run SET state = ?, error = ?, reason = ?, ended = ? WHERE id = ?")
                .execute(arguments: [run.state, run.error, run.reason, run.ended, run.id])
            if !text.isEmpty {
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO output VALUES (?, ?)")
                    .execute(arguments: [run.id, Data(text)])
            }
            return try Self.insert(run.next ?? [], db)
        }
    }

    /// The row of a run, with what is known of its process only while it has not ended.
    func find(_ id: Int) throws -> Unfinished? {
        try database.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM run WHERE id = ?", arguments: [id]).map(Unfinished.init)
        }
    }

    /// Whether a job is paused outlasts the runner.
    func pause(_ job: String, _ isPaused: Bool) throws {
        try database.write { db in
            try db.execute(sql: "UPDATE job SET paused = ? WHERE name = ?", arguments: [isPaused, job])
        }
    }

    /// The runs that have not ended, oldest first. Files of outputs that belong to none of them are removed.
    func unfinished() throws -> [Unfinished] {
        let runs = try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM run WHERE state IN ('waiting', 'running') ORDER BY id")
                .map(Unfinished.init)
        }
        let kept = Set(runs.map { "\($0.id)" })
        for name in Folder.names(outputs) where !kept.contains(name) { unlink("\(outputs)/\(name)") }
        return runs
    }

    // MARK: - What people ask

    /// The names of all jobs that there are or were.
    public func jobs() throws -> [String] {
        try database.read { db in try String.fetchAll(db, sql: "SELECT name FROM job") }
    }

    /// A run as the commands show it. Times are local, in ISO 8601.
    public struct Run: Codable, Sendable {
        public let id: Int
        public let job: String
        public let state: String
        public let attempt: Int
        public let scheduled: String
        public let started: String?
        public let ended: String?
        public let seconds: Double?
        public let error: String?
        public let reason: String?
        public let machine: String

        init(_ row: Row) {
            (id, job, state, attempt) = (row["id"], row["job"], row["state"], row["attempt"])
            scheduled = Moment.text(row["scheduled"])
            let (begun, over): (Double?, Double?) = (row["started"], row["ended"])
            started = begun.map(Moment.text)
            ended = over.map(Moment.text)
            seconds = begun.flatMap { begun in over.map { (($0 - begun) * 1000).rounded() / 1000 } }
            (error, reason) = (row["error"], row["reason"])
            machine = Self.machine
        }

        init(_ entry: Overview.Entry) {
            (id, job, state, attempt) = (entry.id, entry.job, entry.state, entry.attempt)
            scheduled = Moment.text(entry.scheduled)
            (started, ended) = (entry.started.map(Moment.text), entry.ended.map(Moment.text))
            seconds = entry.seconds.map { ($0 * 1000).rounded() / 1000 }
            (error, reason, machine) = (entry.error, entry.reason, entry.machine ?? Self.machine)
        }

        /// Every field is there, null if it has no value.
        public func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(id, forKey: .id)
            try fields.encode(job, forKey: .job)
            try fields.encode(state, forKey: .state)
            try fields.encode(attempt, forKey: .attempt)
            try fields.encode(scheduled, forKey: .scheduled)
            try fields.encode(started, forKey: .started)
            try fields.encode(ended, forKey: .ended)
            try fields.encode(seconds, forKey: .seconds)
            try fields.encode(error, forKey: .error)
            try fields.encode(reason, forKey: .reason)
            try fields.encode(machine, forKey: .machine)
        }

        /// What LUACONC_JOBS_MACHINE calls it, or the name of the host.
        public static let machine: String = {
            if let name = getenv("LUACONC_JOBS_MACHINE").map({ String(cString: $0) }), !name.isEmpty { return name }
            var name = [UInt8](repeating: 0, count: 256)
            let isKnown = name.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { gethostname($0, 255) == 0 } ?? false
            }
            return isKnown ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : ""
        }()
    }

    /// The last runs, newest first: of one job or all; all or those that failed, took too long, or were lost.
    public func runs(of job: String?, failed: Bool, count: Int) throws -> [Run] {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        if let job {
            conditions.append("job = ?")
            arguments += [job]
        }
        if failed { conditions.append(Self.failed) }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try database.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM run \(filter) ORDER BY id DESC LIMIT ?", arguments: arguments + [count]
            ).map(Run.init)
        }
    }

    /// A run that has not ended, with what is known of its times and its process.
    struct Pending: Sendable {
        let run: Run
        let started: Double?
        let due: Double?
        let pid: Int?
        let pidStart: String?
    }

    /// The runs that have not ended: those that run, then those that wait, oldest first.
    func pending() throws -> [Pending] {
        try database.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM run WHERE state IN ('waiting', 'running') ORDER BY state, id"
            ).map {
                Pending(run: Run($0), started: $0["started"], due: $0["due"], pid: $0["pid"], pidStart: $0["pidStart"])
            }
        }
    }

    public func run(_ id: Int) throws -> Run? {
        try database.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM run WHERE id = ?", arguments: [id]).map(Run.init)
        }
    }

    /// What a run that has ended has written.
    public func output(_ id: Int) throws -> [UInt8] {
        try database.read { db in
            try Data.fetchOne(db, sql: "SELECT text FROM output WHERE run = ?", arguments: [id]).map { Array($0) } ?? []
        }
    }
}
