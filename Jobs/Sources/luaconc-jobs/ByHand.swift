import ArgumentParser
import JobsCore

struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a job now.", discussion: "With --wait the exit status is 1 if the run does not succeed.")
    @Argument(help: "The name of the job.")
    var name: String
    @OptionGroup var waiting: Waiting
    @OptionGroup var place: FolderOption

    func run() throws { try waiting.ask("start", name, place) }
}

struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the job of a run that has ended again, now.")
    @Argument(help: ArgumentHelp("The number of the run.", valueName: "run"))
    var id: Int
    @OptionGroup var waiting: Waiting
    @OptionGroup var place: FolderOption

    func run() throws { try waiting.ask("retry", "\(id)", place) }
}

struct Waiting: ParsableArguments {
    @Flag(help: "Wait until the run has ended, with all its attempts.")
    var wait = false
    @OptionGroup var format: JSONFlag

    func ask(_ command: String, _ argument: String, _ place: FolderOption) throws {
        let answer = try askRunner(place, Wish(command, argument, waits: wait), json: format.json)
        if wait, answer.state != "succeeded" { throw ExitCode(1) }
    }
}

/// Asks for something that concerns a run, and shows what has become of that: its row, or a line.
@discardableResult
private func askRunner(_ place: FolderOption, _ wish: Wish, json: Bool) throws -> Answer {
    let folder = try usualFolder(place.dir)
    let answer = try Commands.ask(folder, wish)
    let id = answer.run ?? 0
    if json {
        try printJSON([find(id, History(folder, writes: false))])
    } else {
        print("run \(id): \(answer.state ?? "")\(answer.reason.map { ": \($0)" } ?? "")")
    }
    return answer
}

/// Whether a job is paused now.
private struct Paused: Encodable {
    let job: String
    let paused: Bool
}

struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End a run that goes on or waits, and wait until it has ended.")
    @Argument(help: ArgumentHelp("The number of the run.", valueName: "run"))
    var id: Int
    @OptionGroup var format: JSONFlag
    @OptionGroup var place: FolderOption

    func run() throws { try askRunner(place, Wish("cancel", "\(id)"), json: format.json) }
}

struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Leave out the runs of a job until it is resumed, also by later runners; it can still be started by hand.")
    @Argument(help: "The name of the job.")
    var name: String
    @OptionGroup var format: JSONFlag
    @OptionGroup var place: FolderOption

    func run() throws {
        _ = try Commands.ask(usualFolder(place.dir), Wish("pause", name))
        if format.json { try printJSON([Paused(job: name, paused: true)]) }
    }
}

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a job that was paused run again.")
    @Argument(help: "The name of the job.")
    var name: String
    @OptionGroup var format: JSONFlag
    @OptionGroup var place: FolderOption

    func run() throws {
        _ = try Commands.ask(usualFolder(place.dir), Wish("resume", name))
        if format.json { try printJSON([Paused(job: name, paused: false)]) }
    }
}
