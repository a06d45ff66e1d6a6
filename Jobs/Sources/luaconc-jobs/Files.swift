import ArgumentParser
import Bridge
import Foundation
import JobsCore
import Synchronization

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
        let problems = Collected<String>()
        let jobs = try Commands.next(usualFolder(place.folder), count: number) { problems.add($0) }
        if format.json {
            let times = jobs.flatMap { job in job.times.map { (job.job, $0) } }.sorted { $0.1 < $1.1 }
            try printJSON(times.map { Planned(job: $0.0, at: Moment.text($0.1)) })
        } else {
            show(jobs)
        }
        try complain(of: problems.all)
    }

    private func show(_ jobs: [Session.Times]) {
        for job in jobs {
            let name = job.isPaused ? "\(job.job) (paused)" : job.job
            if job.times.isEmpty { print("\(name)\t\(job.when)") }
            for time in job.times { print("\(name)\t\(Moment.text(time))") }
        }
    }
}

/// Ends with status 3 if something is wrong with the files, after it has said what.
private func complain(of problems: [String]) throws {
    problems.forEach(complain)
    if !problems.isEmpty { throw ExitCode(3) }
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
        let (planned, problems) = (Collected<Planned>(), Collected<String>())
        let span = Moment.span(words[words.count - 1]) ?? 0
        try Commands.rehearse(folder, span: span, from: start, log: { problems.add($0) }) {
            [json = format.json] job, time in
            if json {
                planned.add(Planned(job: job, at: Moment.text(time)))
            } else {
                print("\(Moment.text(time))\t\(job)")
            }
        }
        if format.json { try printJSON(planned.all) }
        try complain(of: problems.all)
    }
}

/// What is printed at the end.
private final class Collected<Element: Sendable>: Sendable {
    private let list = Mutex<[Element]>([])
    func add(_ element: Element) { list.withLock { $0.append(element) } }
    var all: [Element] { list.withLock { $0 } }
}

struct LogFlag: ParsableArguments {
    @Flag(help: "Write what happens as JSON: an object a line.")
    var json = false
}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the jobs.",
        discussion: """
            Ctrl-C or SIGTERM ends it: no run begins any more, and those that go on have their grace to end by \
            themselves. A second one ends them at once.
            """)
    @OptionGroup var place: FolderArgument
    @OptionGroup var page: PageOptions
    @Option(help: "How many runs there are at a time; the others wait. Default: any number.")
    var limit: Int?
    @OptionGroup var shared: ClusterOptions
    @OptionGroup var format: LogFlag

    func validate() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit: 1 or more is expected") }
    }

    func run() throws {
        let status = try Commands.run(
            usualFolder(place.folder), limit: limit, page: page.settings(), cluster: shared.settings(), log: logger)
        throw ExitCode(status)
    }
}
