import ArgumentParser
import Foundation
import JobsCore

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the last runs, newest first.")
    @Argument(help: "Only the runs of this job.")
    var name: String?
    @Flag(help: "Only runs that failed, took too long, or were lost.")
    var failed = false
    @Option(name: .short, help: "How many at most.")
    var number = 50
    @Flag(help: "The runs of all machines that share the times; the machine comes first in a row.")
    var all = false
    @OptionGroup var shared: ClusterOptions
    @OptionGroup var format: JSONFlag
    @OptionGroup var place: FolderOption

    func validate() throws {
        guard number > 0 else { throw ValidationError("-n: 1 or more is expected") }
        guard all || shared.cluster == nil else { throw ValidationError("--cluster is of use only with --all") }
    }

    func run() throws {
        if all { return try showAll() }
        let history = try History(usualFolder(place.dir), writes: false)
        let runs = try history.runs(of: name, failed: failed, count: number)
        let known = runs.isEmpty ? try history.jobs() : []
        if let name, runs.isEmpty, !known.contains(name) {
            let nearest = Slip.nearest(name, in: known).map { " (did you mean '\($0)'?)" } ?? ""
            throw Refusal("the history knows no job '\(name)'\(nearest)", status: 2)
        }
        if format.json { return try printJSON(runs) }
        for run in runs { print(row(run)) }
    }

    private func row(_ run: History.Run) -> String {
        let seconds = run.seconds.map { "\($0) s" } ?? "-"
        let why = run.error ?? run.reason
        return "\(run.id)\t\(run.scheduled)\t\(run.job)\t\(run.state)\t\(seconds)"
            + (why.map { "\t" + $0.prefix { $0 != "\n" } } ?? "")
    }

    private func showAll() throws {
        guard let settings = try shared.settings() else {
            throw Refusal("--all: --cluster or LUACONC_JOBS_CLUSTER has to say where the machines meet", status: 2)
        }
        let found = try Commands.allRuns(settings, of: name, failed: failed, count: number)
        if format.json {
            try printJSON(found.runs)
        } else {
            for run in found.runs { print("\(run.machine)\t\(row(run))") }
        }
        for machine in found.silent {
            complain("'\(machine.name)' does not answer; it was there last at \(Moment.text(machine.seen))")
        }
        if !found.silent.isEmpty { throw ExitCode(1) }
    }
}

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show one run.")
    @Argument(help: ArgumentHelp("The number of the run.", valueName: "run"))
    var id: Int
    @OptionGroup var format: JSONFlag
    @OptionGroup var place: FolderOption

    func run() throws {
        let run = try find(id, History(usualFolder(place.dir), writes: false))
        if format.json { return try printJSON([run]) }
        let lines: [(String, String?)] = [
            ("run", "\(run.id)"), ("job", run.job), ("state", run.state), ("attempt", "\(run.attempt)"),
            ("scheduled", run.scheduled), ("started", run.started), ("ended", run.ended),
            ("seconds", run.seconds.map { "\($0)" }), ("error", run.error), ("reason", run.reason),
            ("machine", run.machine),
        ]
        for case (let name, let value?) in lines { print("\(name):\t\(value)") }
    }
}

func find(_ id: Int, _ history: History) throws -> History.Run {
    guard let run = try history.run(id) else { throw Refusal("there is no run \(id)", status: 2) }
    return run
}

struct OutputCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "output", abstract: "Show what a run has written.")
    @Argument(help: ArgumentHelp("The number of the run.", valueName: "run"))
    var id: Int
    @Flag(help: "Go on until the run has ended.")
    var follow = false
    @OptionGroup var format: JSONFlag
    @OptionGroup var place: FolderOption

    func validate() throws {
        if follow, format.json { throw ValidationError("--json cannot be had with --follow") }
    }

    /// What a run has written by now. Bytes that are no UTF-8 are replaced.
    private struct Written: Encodable {
        let id: Int
        let job: String
        let state: String
        let output: String
    }

    func run() throws {
        let folder = try usualFolder(place.dir)
        let history = try History(folder, writes: false)
        let run = try find(id, history)
        if format.json {
            let text = try live(folder, history)?.readToEnd() ?? Data(history.output(id))
            let output = String(decoding: text, as: UTF8.self)
            return try printJSON([Written(id: id, job: run.job, state: run.state, output: output)])
        }
        // The file goes away when the run ends; what is open here stays readable.
        var file = try live(folder, history)
        if let file, !follow { return copy(file) }
        while file != nil || follow {
            if let file { copy(file) }
            guard try isUnfinished(history) else { break }
            usleep(100_000)
            if file == nil { file = try live(folder, history) }
        }
        if let file { copy(file) } else { write(Data(try history.output(id))) }
    }

    private func live(_ folder: Folder, _ history: History) throws -> FileHandle? {
        guard try isUnfinished(history) else { return nil }
        return FileHandle(forReadingAtPath: "\(folder.outputs)/\(id)")
    }

    private func isUnfinished(_ history: History) throws -> Bool {
        ["waiting", "running"].contains(try find(id, history).state)
    }

    private func copy(_ file: FileHandle) {
        while let data = try? file.read(upToCount: 1 << 16), !data.isEmpty { write(data) }
    }

    private func write(_ data: Data) { JobsCore.write(data, 1) }
}
