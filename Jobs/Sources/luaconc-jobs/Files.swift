import ArgumentParser
import Bridge
import Foundation
import JobsCore

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say what is wrong with the files.")
    @OptionGroup var place: FolderArgument
    @OptionGroup var format: JSONFlag

    func run() throws {
        let said = try Commands.check(usualFolder(place.folder))
        if format.json {
            try printJSON(said.problems)
        } else if said.problems.isEmpty {
            print("\(count(said.jobs, "job")) in \(count(said.files, "file")), and nothing is wrong.")
        }
        guard !said.problems.isEmpty else { return }
        if !format.json {
            for problem in said.problems {
                print("\(problem.file):\(problem.line == 0 ? "" : "\(problem.line):") \(problem.message)")
            }
        }
        throw ExitCode(3)
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// A run to come.
private struct Planned: Encodable {
    let job: String
    let at: String
}

struct Next: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the next times of each job.")
    @OptionGroup var place: FolderArgument
    @Option(name: .short, help: "How many times of each job, 1 to 10000.")
    var number = 10
    @OptionGroup var format: JSONFlag

    func validate() throws {
        guard (1...10_000).contains(number) else { throw ValidationError("-n: 1 to 10000 is expected") }
    }

    func run() throws {
        let jobs = try Commands.next(usualFolder(place.folder), count: number, log: complain)
        if format.json {
            let times = jobs.flatMap { job in job.times.map { (job.job, $0) } }.sorted { $0.1 < $1.1 }
            return try printJSON(times.map { Planned(job: $0.0, at: Moment.text($0.1)) })
        }
        for job in jobs {
            let name = job.isPaused ? "\(job.job) (paused)" : job.job
            if job.times.isEmpty { print("\(name)\t\(job.when)") }
            for time in job.times { print("\(name)\t\(Moment.text(time))") }
        }
    }
}

struct Rehearse: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show when each job would run, on virtual time: nothing is run.")
    @Argument(help: "[DIR] SPAN: how long, such as 90s, 15m, 36h or 7d.")
    var words: [String]
    @Option(help: "The local time at which it begins, such as 2027-03-28T00:00. Default: now.")
    var from: String?
    @OptionGroup var format: JSONFlag

    func validate() throws {
        guard words.count <= 2, let span = words.last, Moment.span(span) != nil else {
            throw ValidationError("a span such as 90s, 15m, 36h or 7d is expected")
        }
        if let from, Runtime.WallTime(local: from) == nil {
            throw ValidationError("--from: a local time such as 2027-03-28T00:00 is expected, not '\(from)'")
        }
    }

    func run() throws {
        let folder = try usualFolder(words.count == 2 ? words[0] : nil)
        let start = from.flatMap { Runtime.WallTime(local: $0) } ?? .now
        let planned = Collected()
        try Commands.rehearse(folder, span: Moment.span(words[words.count - 1]) ?? 0, from: start, log: complain) {
            [json = format.json] job, time in
            if json {
                planned.add(Planned(job: job, at: Moment.text(time)))
            } else {
                print("\(Moment.text(time))\t\(job)")
            }
        }
        if format.json { try printJSON(planned.all) }
    }
}

/// What is printed at the end. Guarded by its lock.
private final class Collected: @unchecked Sendable {  // sound: `list` is under the lock
    private let lock = NSLock()
    private var list: [Planned] = []
    func add(_ planned: Planned) { lock.withLock { list.append(planned) } }
    var all: [Planned] { lock.withLock { list } }
}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the jobs.",
        discussion: """
            Ctrl-C or SIGTERM ends it: no run begins any more, and those that go on have their grace to end by \
            themselves. A second one ends them at once.
            """)
    @OptionGroup var place: FolderArgument

    func run() throws {
        let status = try Commands.run(usualFolder(place.folder), log: complain)
        throw ExitCode(status)
    }
}
