import Bridge
import Cluster
import Dispatch
import Glibc
import Logging
import Synchronization

/// What the commands do, without their words and their output.
public enum Commands {
    private static let silent: @Sendable (inout Runtime.Configuration) -> Void = {
        // What a file prints while it is read belongs to no result.
        $0.output = { bytes in _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) } }
    }

    /// Reads the files, and says what is wrong with them.
    public static func check(_ folder: Folder) throws -> Session.Said {
        let session = Session(.init(command: "check", folder: folder.path), log: { _, _ in })
        _ = try session.run(silent)
        return session.said
    }

    /// The next times of each job, in the order of the files. `log` gets what is wrong with them.
    public static func next(
        _ folder: Folder, count: Int, log: @escaping @Sendable (String) -> Void
    ) throws -> [Session.Times] {
        let history = access(folder.history, F_OK) == 0 ? try History(folder, writes: false) : nil
        let settings = Session.Settings(command: "next", folder: folder.path, count: count)
        let session = Session(settings, history: history, log: { log($1) })
        _ = try session.run(silent)
        return session.said.times
    }

    /// Runs the jobs on virtual time, where none does anything: `each` gets each run, in order.
    public static func rehearse(
        _ folder: Folder, span: Double, from: Runtime.WallTime, log: @escaping @Sendable (String) -> Void,
        each: @escaping @Sendable (String, Double) -> Void
    ) throws {
        let settings = Session.Settings(command: "rehearse", folder: folder.path, span: span)
        let session = Session(settings, log: { log($1) }, rehearsed: each)
        _ = try session.run {
            silent(&$0)
            $0.clock = .virtual(from: from)
        }
    }

    /// Runs the jobs until SIGINT or SIGTERM, or for so many seconds, at most `limit` at a time, and serves the page if `page`
    /// says where. Shares the times with other machines if `cluster` says how. Returns the exit status.
    public static func run(
        _ folder: Folder, span: Double? = nil, limit: Int? = nil, page: PageServer.Settings? = nil,
        cluster: SharedSchedule.Settings? = nil, log: Logger
    ) throws -> Int32 {
        let notice = ServiceNotice()
        unblockSignals()
        try folder.prepare()
        let lock = try FolderLock(folder)
        defer { withExtendedLifetime(lock) {} }
        let history = try History(folder, writes: true)
        guard let watch = FolderWatch(folder.path) else { throw Refusal("cannot watch \(folder.path): \(reason())") }
        var settings = Session.Settings(command: "run", folder: folder.path, span: span, spool: folder.outputs)
        settings.hangup = !isIgnored(SIGHUP)
        (settings.limit, settings.machine) = (limit, cluster?.machine)
        let shared = cluster.map { JobCluster($0, history: history) }
        defer { if let shared { try? wait { await shared.close() } } }
        let session = Session(settings, history: history, watch: watch, notice: notice, cluster: shared) {
            log.log(level: $0, "\($1)")
        }
        let server = try page.map { try PageServer(folder, $0, cluster: shared) { log.info("\($0)") } }
        return try session.run({ $0.ownsProcess = true }, control: ControlSocket(folder), page: server)
    }

    /// Asks all machines that share times for their last runs.
    public static func allRuns(
        _ settings: SharedSchedule.Settings, of job: String?, failed: Bool, count: Int
    ) throws -> AllRuns {
        do {
            return try wait {
                let cluster = try await JobCluster.visit(settings)
                let runs = try await cluster.runs(of: job, failed: failed, count: count, within: .seconds(10))
                await cluster.close()
                return runs
            }
        } catch let error as ScriptError {
            throw Refusal("\(error.message)", status: 1)
        }
    }

    /// Not to be called in a task.
    static func wait<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) throws -> R {
        let outcome = Mutex(Result<R, any Error>.failure(CancellationError()))
        let done = DispatchSemaphore(value: 0)
        Task {
            let result: Result<R, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        return try outcome.withLock { $0 }.get()
    }

    /// As after `nohup`.
    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        return sigaction(signal, nil, &action) == 0
            && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
                == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Whoever started this program may have left it the signals blocked that are to end it.
    private static func unblockSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// The same on virtual time, for tests: functions run in tasks, and nothing is said.
    static func simulate(_ folder: Folder, span: Double, from: Runtime.WallTime, limit: Int? = nil) throws {
        try folder.prepare()
        let lock = try FolderLock(folder)
        defer { withExtendedLifetime(lock) {} }
        var settings = Session.Settings(command: "run", folder: folder.path, span: span, quiet: true, inline: true)
        settings.limit = limit
        let session = Session(settings, history: try History(folder, writes: true), log: { _, _ in })
        _ = try session.run { $0.clock = .virtual(from: from) }
    }
}
