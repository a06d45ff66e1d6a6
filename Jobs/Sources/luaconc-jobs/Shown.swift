import ArgumentParser
import Foundation
import JobsCore

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a page with the timeline of the runs, success rates, durations and lateness.",
        discussion: """
            The page is one file, which needs no network. A file whose name ends in .svg gets the timeline alone, as a \
            picture.
            """)
    @Argument(help: "The file to write, such as out.html.")
    var file: String?
    @Option(help: "Only the runs of this job.")
    var job: String?
    @Flag(help: "Only runs that failed, took too long, or were lost.")
    var failed = false
    @Option(name: .short, help: "How many runs at most, the last ones: 1 to 1000000.")
    var number = 10_000
    @Flag(help: "Print JSON: one array, with the figures of each job.")
    var json = false
    @OptionGroup var place: FolderOption

    func validate() throws {
        guard (1...1_000_000).contains(number) else { throw ValidationError("-n: 1 to 1000000 is expected") }
        guard file != nil || json else { throw ValidationError("the name of a file is expected, or --json") }
    }

    func run() throws {
        let folder = try usualFolder(place.dir)
        if let file {
            let written = try Report.write(folder, job: job, failed: failed, count: number, file)
            if !json { print("\(file): \(count(written.runs, "run")), \(count(written.jobs, "job"))") }
        }
        if json { print(try Report.json(folder, job: job), terminator: "") }
    }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the history in numbers for another program.",
        discussion: """
            The file is replaced in one step, so that whoever reads it sees all of it. For node_exporter's collector of \
            text files its name has to end in .prom.
            """)
    @Option(help: "The file that gets OpenMetrics text; - is the output.")
    var metrics: String
    @OptionGroup var place: FolderOption

    func run() throws {
        let folder = try usualFolder(place.dir)
        if metrics == "-" {
            print(try Metrics.text(History(folder, writes: false)), terminator: "")
        } else {
            try Report.export(folder, metrics: metrics)
        }
    }
}

/// The page that the runner serves.
struct PageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Serve the page there, such as 127.0.0.1:8080.", valueName: "address"))
    var listen: String?
    @Flag(help: "With buttons on the page, for whoever has the token that is said at the start.")
    var allowControl = false

    func validate() throws {
        guard listen != nil || !allowControl else {
            throw ValidationError("--allow-control is of use only with --listen")
        }
    }

    func settings() throws -> PageServer.Settings? {
        try listen.map { try PageServer.Settings(listen: $0, allowsControl: allowControl) }
    }
}
