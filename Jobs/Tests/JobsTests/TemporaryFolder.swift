import Bridge
import Foundation

@testable import JobsCore

/// A folder with files, removed at the end.
final class TemporaryFolder: Sendable {
    let folder: Folder

    init(_ files: [String: String] = [:]) throws {
        let path = NSTemporaryDirectory() + "jobs-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        folder = try Folder(path)
        for (name, text) in files { try write(name, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder.path) }

    /// `$PLACE` in the text stands for the folder.
    func write(_ name: String, _ text: String) throws {
        let path = "\(folder.path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        let text = text.replacingOccurrences(of: "$PLACE", with: folder.path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// The lines of a file; none if it is not there.
    func lines(_ name: String) -> [String] {
        let data = FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func problems() throws -> [String] {
        try Commands.check(folder).problems.map { problem in
            "\(problem.file.dropFirst(folder.path.count + 1)):\(problem.line): \(problem.message)"
        }
    }

    /// Runs the jobs on virtual time from that many seconds after the beginning of 2027 (UTC).
    func simulate(_ span: Double, from start: Double = 0, limit: Int? = nil) throws {
        try Commands.simulate(folder, span: span, from: .init(secondsSince1970: Self.year2027 + start), limit: limit)
    }

    static let year2027 = 1_798_761_600.0

    /// The runs, oldest first: `job state` and what the closure adds.
    func runs(of job: String? = nil, _ more: (History.Run) -> String = { _ in "" }) throws -> [String] {
        try History(folder, writes: false).runs(of: job, failed: false, count: 1_000_000).reversed().map { run in
            let text = more(run)
            return "\(run.job) \(run.state)\(text.isEmpty ? "" : " " + text)"
        }
    }
}

/// The program `luaconc-jobs` beside the tests.
enum Program {
    static let path: String = {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["LUACONC_JOBS_BINARY"] { return path }
        let words = CommandLine.arguments
        let bundle = words.firstIndex(of: "--test-bundle-path").map { words[$0 + 1] } ?? words[0]
        var folder = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        while folder.path != "/", !FileManager.default.isExecutableFile(atPath: folder.path + "/luaconc-jobs") {
            folder.deleteLastPathComponent()
        }
        return folder.path + "/luaconc-jobs"
    }()

    struct Ended {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs the program to its end.
    static func run(_ words: String...) throws -> Ended { try run(words) }

    static func run(_ words: [String], environment: [String: String] = [:]) throws -> Ended {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        (process.standardInput, process.standardOutput, process.standardError) = (FileHandle.nullDevice, output, errors)
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaints = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Ended(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaints, as: UTF8.self))
    }

    /// Starts a runner, whose complaints go to a file in the folder.
    static func start(
        _ folder: Folder, environment: [String: String] = [:], _ options: String...
    ) throws -> Process { try start(folder, environment: environment, options) }

    static func start(_ folder: Folder, environment: [String: String], _ options: [String]) throws -> Process {
        let log = folder.path + "/runner.log"
        close(open(log, O_WRONLY | O_CREAT, 0o600))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["run", folder.path] + options
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        errors.seekToEndOfFile()
        process.standardError = errors
        try process.run()
        return process
    }
}

/// Waits until something is so; what takes longer than a minute never comes.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<6000 {
        if try condition() { return true }
        usleep(10_000)
    }
    return false
}
