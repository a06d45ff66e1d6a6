import Bridge
import Cluster
import Logging
import Synchronization

/// One command at work: the runtime with the chunks of Lua, and what they tell the host.
public final class Session: Sendable {
    /// What the chunks are to do.
    public struct Settings: Codable, LuaConvertible, Sendable {
        var command: String
        var folder: String
        /// How many times `next` shows of each job.
        var count = 0
        /// How many seconds the runner runs; nil: until a signal comes.
        var span: Double?
        /// Where outputs are written; nil: they are not kept.
        var spool: String?
        /// The end of the terminal is a signal to stop.
        var hangup: Bool?
        /// No signals, no reading of files again, no lines about what happens.
        var quiet: Bool?
        /// Functions of jobs run in tasks instead of child processes.
        var inline: Bool?
        /// How many runs there are at a time; nil: any number.
        var limit: Int?
        /// What this machine is called among those that share the times; nil: there are no others.
        var machine: String?
    }

    /// The next times of a job. `when` stands for those of a job without a schedule.
    public struct Times: Sendable {
        public let job: String
        public let times: [Double]
        public let when: String
        public let isPaused: Bool
    }

    /// What the chunks have said.
    public struct Said: Sendable {
        public var problems: [Problem] = []
        public var jobs = 0
        public var files = 0
        public var times: [Times] = []
    }

    private let settings: Settings
    private let history: History?
    private let watch: FolderWatch?
    private let cluster: JobCluster?
    private let log: @Sendable (Logger.Level, String) -> Void
    private let notice: ServiceNotice?
    private let rehearsed: @Sendable (String, Double) -> Void
    private let saying = Mutex(Said())

    public var said: Said { saying.withLock { $0 } }

    init(
        _ settings: Settings, history: History? = nil, watch: FolderWatch? = nil, notice: ServiceNotice? = nil,
        cluster: JobCluster? = nil,
        log: @escaping @Sendable (Logger.Level, String) -> Void,
        rehearsed: @escaping @Sendable (String, Double) -> Void = { _, _ in }
    ) {
        (self.settings, self.history, self.watch, self.cluster) = (settings, history, watch, cluster)
        (self.notice, self.log, self.rehearsed) = (notice, log, rehearsed)
    }

    /// To be called first in `main`: see `Runtime.childMain`.
    public static func childMain() { Runtime.childMain(modules: modules(nil)) }

    /// Runs the command to its end, and returns the exit status of the runtime.
    func run(
        _ change: (inout Runtime.Configuration) -> Void, control: ControlSocket? = nil, page: PageServer? = nil
    ) throws -> Int32 {
        var configuration = Runtime.Configuration()
        configuration.modules = Self.modules(self)
        configuration.name = "luaconc-jobs"
        change(&configuration)
        let runtime = try Runtime(configuration)
        control?.serve(runtime)
        cluster?.serve(runtime)
        defer { control?.stop() }
        do {
            try page?.serve(runtime)
            try runtime.run(source: Self.chunk("main"), name: "=jobs")
        } catch {
            let status = runtime.end(1)
            // A signal that came before anybody heeded it.
            if status > 128 { return status }
            throw error
        }
        return runtime.end()
    }

    private static func chunk(_ name: String) -> String {
        switch name {
        case "definitions": String(decoding: PackageResources.definitions_lua, as: UTF8.self)
        case "engine": String(decoding: PackageResources.engine_lua, as: UTF8.self)
        default: String(decoding: PackageResources.main_lua, as: UTF8.self)
        }
    }

    /// The modules of the chunks. Child processes have them too, without a session.
    private static func modules(_ session: Session?) -> [Module] {
        @Sendable func current() throws(Refusal) -> Session {
            guard let session else { throw Refusal("this belongs to the runner") }
            return session
        }
        @Sendable func history() throws(Refusal) -> History {
            guard let history = session?.history else { throw Refusal("there is no history") }
            return history
        }
        @Sendable func cluster() throws(Refusal) -> JobCluster {
            guard let cluster = session?.cluster else { throw Refusal("there are no other machines") }
            return cluster
        }
        return [
            Module("jobs_cluster") {
                Function("join") { () async throws -> Bool in
                    try await cluster().join()
                    return true
                }
                Function("know") { (jobs: [History.Job]) async throws -> [History.Job] in
                    try await cluster().know(jobs)
                }
                Function("claim") { (claim: JobCluster.Claim) async throws -> JobCluster.Claimed in
                    try await cluster().claim(claim)
                }
                Function("held") { (job: String) async throws -> Bool in try await cluster().isHeld(job) }
            },
            Module("jobs_host") {
                Function("settings") { () throws -> Settings in try current().settings }
                Function("chunk") { (name: String) -> String in chunk(name) }
                Function("list") { (path: String) -> [Folder.Entry] in Folder.entries(path) }
                Function("stamp") { (path: String) -> String in Folder.stamp(path) }
                Function("wall") { () -> Double in Moment.now }
                Function("log") { (level: String, text: String) throws in
                    try current().log(Logger.Level(rawValue: level) ?? .error, text)
                }
                Function("notify") { (text: String) throws in try current().notice?.send(text) }
                Function("watchdog") { () throws -> Double? in try current().notice?.watchdog }
                Function("problem") { (file: String, line: Int, message: String) throws in
                    try current().saying.withLock {
                        $0.problems.append(Problem(file: file, line: line, message: message))
                    }
                }
                Function("counted") { (jobs: Int, files: Int) throws in
                    try current().saying.withLock { ($0.jobs, $0.files) = (jobs, files) }
                }
                Function("times") { (job: String, times: [Double], when: String, isPaused: Bool) throws in
                    let entry = Times(job: job, times: times, when: when, isPaused: isPaused)
                    try current().saying.withLock { $0.times.append(entry) }
                }
                Function("rehearsed") { (job: String, time: Double) throws in try current().rehearsed(job, time) }
                Function("changes") { () throws -> Channel in
                    guard let watch = try current().watch else { throw Refusal("nothing is watched") }
                    return watch.changes
                }
                Function("trim") { (path: String, limit: Int) in RunOutput.trim(path, limit: limit) }
                Function("tail") { (path: String, limit: Int) -> [UInt8] in RunOutput.bytes(path, limit: limit) ?? [] }
                Function("processStart") { (pid: Int) -> String? in ProcessTable.start(pid) }
                Function("endProcess") { (pid: Int, start: String) in ProcessTable.end(pid, start: start) }
            },
            Module("jobs_store") {
                Function("known") { () throws -> [History.Job] in try session?.history?.known() ?? [] }
                Function("know") { (jobs: [History.Job]) throws -> [History.Job] in try history().know(jobs) }
                Function("add") { (runs: [History.NewRun]) throws -> [Int] in try history().add(runs) }
                Function("begin") { (id: Int, time: Double) throws in try history().begin(id, time) }
                Function("pid") { (id: Int, pid: Int, start: String) throws in
                    try history().note(id, process: pid, start: start)
                }
                Function("finish") { (run: History.Finish) throws -> [Int] in try history().finish(run) }
                Function("find") { (id: Int?) throws -> History.Unfinished? in try id.flatMap(history().find) }
                Function("pause") { (job: String, isPaused: Bool) throws in try history().pause(job, isPaused) }
                Function("unfinished") { () throws -> [History.Unfinished] in try history().unfinished() }
            },
        ]
    }
}

extension Folder.Entry: LuaConvertible {}
