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
        let answer = try Commands.ask(usualFolder(place.dir), Wish(command, argument, waits: wait))
        let state = answer.state ?? ""
        if format.json {
            try printJSON([answer])
        } else {
            print("run \(answer.run ?? 0): \(state)\(answer.reason.map { ": \($0)" } ?? "")")
        }
        if wait, state != "succeeded" { throw ExitCode(1) }
    }
}

struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a run that goes on or waits.")
    @Argument(help: ArgumentHelp("The number of the run.", valueName: "run"))
    var id: Int
    @OptionGroup var place: FolderOption

    func run() throws { _ = try Commands.ask(usualFolder(place.dir), Wish("cancel", "\(id)")) }
}

struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Leave out the runs of a job until it is resumed, also by later runners; it can still be started by hand.")
    @Argument(help: "The name of the job.")
    var name: String
    @OptionGroup var place: FolderOption

    func run() throws { _ = try Commands.ask(usualFolder(place.dir), Wish("pause", name)) }
}

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a job that was paused run again.")
    @Argument(help: "The name of the job.")
    var name: String
    @OptionGroup var place: FolderOption

    func run() throws { _ = try Commands.ask(usualFolder(place.dir), Wish("resume", name)) }
}
