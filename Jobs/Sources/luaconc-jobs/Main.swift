import ArgumentParser
import Foundation
import JobsCore
import Logging

@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "luaconc-jobs",
        abstract: "Runs the jobs that a folder of Lua files describes, and remembers what happened.",
        discussion: "Exit status: 0, 1 something failed, 2 wrong usage, 3 the files are wrong.",
        subcommands: [
            Run.self, Check.self, Next.self, Rehearse.self, HistoryCommand.self, Show.self, OutputCommand.self,
            Top.self, Start.self, Cancel.self, Retry.self, Pause.self, Resume.self, ReportCommand.self, Export.self,
        ])

    static func main() {
        Session.childMain()
        do {
            try checkName()
            var command = try parseAsRoot()
            let isJSON = (command as? Run)?.format.json ?? false
            LoggingSystem.bootstrap { _ in SentenceLog(json: isJSON) }
            try command.run()
        } catch let refusal as Refusal {
            complain(refusal.description)
            Foundation.exit(refusal.status)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                if !text.isEmpty { print(text) }
            } else if !text.isEmpty {
                write(Array((text + "\n").utf8), 2)
            }
            Foundation.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}

let logger = Logger(label: "luaconc-jobs")

extension Main {
    /// Names the nearest command for a word that is none.
    private static func checkName() throws {
        guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-") else { return }
        let names = configuration.subcommands.map { $0.configuration.commandName ?? "\($0)".lowercased() } + ["help"]
        guard !names.contains(word) else { return }
        let nearest = Slip.nearest(word, in: names).map { " (did you mean '\($0)'?)" } ?? ""
        throw ValidationError("there is no command '\(word)'\(nearest)")
    }
}

/// A sentence on standard error.
@Sendable func complain(_ text: String) { logger.error("\(text)") }

func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// The folder of a command that is given none.
func usualFolder(_ given: String?) throws -> Folder {
    let usual = ProcessInfo.processInfo.environment["LUACONC_JOBS_DIR"] ?? ""
    return try Folder(given ?? (usual.isEmpty ? "." : usual))
}

struct FolderArgument: ParsableArguments {
    @Argument(help: "The folder with the files of jobs. Default: LUACONC_JOBS_DIR, or the current folder.")
    var folder: String?
}

struct FolderOption: ParsableArguments {
    @Option(help: "The folder with the files of jobs. Default: LUACONC_JOBS_DIR, or the current folder.")
    var dir: String?
}

struct JSONFlag: ParsableArguments {
    @Flag(help: "Print JSON: one array.")
    var json = false
}
