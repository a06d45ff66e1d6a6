import ArgumentParser
import Foundation
import JobsCore

@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "luaconc-jobs",
        abstract: "Runs the jobs that a folder of Lua files describes, and remembers what happened.",
        discussion: "Exit status: 0, 1 something failed, 2 wrong usage, 3 the files are wrong.",
        subcommands: [
            Run.self, Check.self, Next.self, Rehearse.self, HistoryCommand.self, Show.self, OutputCommand.self,
            Start.self, Cancel.self, Retry.self, Pause.self, Resume.self,
        ])

    static func main() {
        Session.childMain()
        do {
            var command = try parseAsRoot()
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
                FileHandle.standardError.write(Data((text + "\n").utf8))
            }
            Foundation.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}

/// A sentence on standard error.
@Sendable func complain(_ text: String) {
    FileHandle.standardError.write(Data("luaconc-jobs: \(text)\n".utf8))
}

func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// The folder of a command that is given none.
func usualFolder(_ given: String?) throws -> Folder {
    try Folder(given ?? ProcessInfo.processInfo.environment["LUACONC_JOBS_DIR"] ?? ".")
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
