import Foundation
import Testing

@Suite struct ScriptTests {
    @Test(arguments: Script.all)
    func `a script says what its comments say`(_ script: Script) async throws {
        var program = Program(Program.luaconc)
        program.words = (script.options + [script.file]).map { Array($0.utf8) }
        program.folder = script.folder.path
        program.input = Array(script.input.utf8)
        let result = try await program.run()
        for problem in script.problems(with: result) { Issue.record("\(script.description): \(problem)") }
    }

    @Test func `a script does not sleep to be sure`() {
        #expect(Script.all.filter { !$0.isVirtual && !$0.saysWhyReal && !$0.naps.isEmpty }.map { $0.naps } == [])
        #expect(Script.all.filter { $0.saysWhyReal && $0.naps.isEmpty }.map(\.description) == [])
    }

    @Test(arguments: [
        ("sleep(0.02) h:cancel()", true), ("  task.sleep(3)", true), ("task.timeout(0.1, sleep, 5)", true),
        (#"process.run("sleep", "0.4")"#, true), ("for _ = 1, 3 do sleep(0.001) end", true),
        ("sleep(0)", false), ("sleep(1000) -- until it is ended", false), ("repeat sleep(0.001) until done", false),
        ("while not done do task.sleep(0.001) end", false), ("-- sleep(1)", false), ("asleep(1)", false),
    ])
    func `a line that sleeps for a time is found`(_ line: String, _ naps: Bool) {
        #expect(Script.naps(line[...]) == naps)
    }

    @Test func `there are scripts`() { #expect(!Script.all.isEmpty) }
}

/// A test script under `Scripts/`. It runs on the built `luaconc`, in its own folder, and must say what its comments say:
/// standard output is, line by line, the texts of the `--> ` comments in order. Directives stand alone on a line:
/// `--! status N` (default 0), `--! stderr: text` (repeated: in that order; without any, standard error must be empty),
/// `--! stdin: text` (a line each), `--! args: --simulate 1d` (options of the command), `--! release` (what only the
/// release build can: it has Lua inside), `--! real: why` (it sleeps, and virtual time would not do), `--! needs root` (or
/// another word: the variable `LUACONC_WITHOUT` leaves out the scripts that need one of its words). Files that begin with
/// `--! module`, and folders named `lib`, are for others.
struct Script: Sendable, CustomTestStringConvertible {
    let folder: URL
    let file: String
    var output: [String] = []
    var errors: [String] = []
    var input = ""
    var options: [String] = []
    var status: Int32 = 0
    var isModule = false
    var needsRelease = false
    var saysWhyReal = false
    /// The lines that sleep for a time: what they wait for may be late on a busy machine.
    var naps: [String] = []

    var isVirtual: Bool { options.contains("--simulate") }

    /// Not those that sleep until something has happened, only let others run (0), or are ended by something (100 s).
    static func naps(_ line: Substring) -> Bool {
        guard !line.trimmed.hasPrefix("--"), line.firstMatch(of: /(repeat|while .* do) (task\.)?sleep\(/) == nil else {
            return false
        }
        let times = line.matches(of: /\bsleep"?[(,] ?"?([0-9.]+)/.wordBoundaryKind(.simple)).compactMap { Double($0.1) }
        return times.contains { $0 > 0 && $0 < 100 }
    }
    var needs: Set<String> = []

    var description: String { folder.lastPathComponent + "/" + file }
    var testDescription: String { description }

    init(_ url: URL) {
        folder = url.deletingLastPathComponent()
        file = url.lastPathComponent
        let source = (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        isModule = source.hasPrefix("--! module")
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) { read(line) }
    }

    private mutating func read(_ line: Substring) {
        if Self.naps(line) { naps.append("\(description): \(line.trimmed)") }
        if line.hasPrefix("--! status ") {
            status = Int32(line.dropFirst(11).trimmed) ?? -1
        } else if line == "--! release" {
            needsRelease = true
        } else if line.hasPrefix("--! real: ") {
            saysWhyReal = true
        } else if line.hasPrefix("--! needs ") {
            needs.insert(line.dropFirst(10).trimmed)
        } else if line.hasPrefix("--! stderr: ") {
            errors.append(line.dropFirst(12).trimmed)
        } else if line.hasPrefix("--! args: ") {
            options = line.dropFirst(10).trimmed.split(separator: " ").map(String.init)
        } else if line.hasPrefix("--! stdin:") {
            input += line.dropFirst(10).drop(prefix: " ") + "\n"
        } else if let comment = line.range(of: "-->"), line[comment.upperBound...].first ?? " " == " " {
            output.append(line[comment.upperBound...].drop(prefix: " ").trimmed)
        }
    }

    func problems(with result: Program.Result) -> [String] {
        var problems: [String] = []
        if result.wasKilled { problems.append("was killed for taking too long") }
        if result.status != status, !result.wasKilled {
            problems.append("exit status \(result.status), not \(status)")
        }
        let lines = Self.lines(result.text)
        if lines != output { problems.append("standard output differs\n" + Self.difference(output, lines)) }
        if let problem = problem(withErrors: result.errorText) { problems.append(problem) }
        if !problems.isEmpty, !result.errors.isEmpty {
            problems.append("standard error was:\n" + result.errorText.prefix(2000))
        }
        return problems
    }

    private func problem(withErrors text: String) -> String? {
        if errors.isEmpty { return text.isEmpty ? nil : "standard error is not empty" }
        var rest = text[...]
        for expected in errors {
            guard let found = rest.range(of: expected) else {
                return "standard error lacks '\(expected)'" + (text.contains(expected) ? " at its place" : "")
            }
            rest = rest[found.upperBound...]
        }
        return nil
    }

    private static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(\.trimmed)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// The lines around the first that differs.
    private static func difference(_ expected: [String], _ actual: [String]) -> String {
        let first = zip(expected, actual).prefix { $0 == $1 }.count
        func show(_ lines: [String]) -> String {
            let part = lines.dropFirst(first).prefix(8).map { "    " + $0.prefix(300) }
            return part.isEmpty ? "    (end)" : part.joined(separator: "\n")
        }
        return "  from line \(first + 1) on, expected:\n\(show(expected))\n  actual:\n\(show(actual))"
    }

    static let root = Program.package.appendingPathComponent("Tests/BridgeTests/Scripts")

    /// What the one who runs the tests says that this machine lacks.
    private static let missing = Set(
        (ProcessInfo.processInfo.environment["LUACONC_WITHOUT"] ?? "").split(separator: ",").map(String.init))

    static let all: [Script] = {
        let folders = (try? FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)) ?? []
        let files = folders.filter { $0.lastPathComponent != "lib" }.flatMap { folder in
            (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        }
        return files.filter { $0.pathExtension == "lua" }.sorted { $0.path < $1.path }.map(Script.init)
            .filter { !$0.isModule && !($0.needsRelease && Program.luaconc.contains("/debug/")) }
            .filter { $0.needs.isDisjoint(with: missing) }
    }()
}

extension Substring {
    /// Without blanks at the end.
    fileprivate var trimmed: String {
        var rest = self
        while let last = rest.last, last == " " || last == "\t" || last == "\r" { rest.removeLast() }
        return String(rest)
    }

    fileprivate func drop(prefix: String) -> Substring { hasPrefix(prefix) ? dropFirst(prefix.count) : self }
}
