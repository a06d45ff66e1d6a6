import CPeers
import Glibc

/// `bench`: measures luaconc beside its peers and prints one table.
@main
struct Bench {
    static func main() {
        do throws(Options.Misuse) {
            exit(try run(Options(Array(CommandLine.arguments.dropFirst()))))
        } catch {
            say("bench: \(error.message)")
            exit(2)
        }
    }

    /// Returns the exit status.
    private static func run(_ options: Options) throws(Options.Misuse) -> Int32 {
        switch options.action {
        case .help:
            print(Options.usage)
            return 0
        case .list:
            for benchmark in catalogue { print(benchmark.name) }
            return 0
        case .peer(let name, let count):
            return peer_run(name, count)
        case .run:
            try prepare(options, needsProgram: options.selection().contains { !$0.isHost })
            return try measure(options)
        case .count:
            try prepare(options)
            return report { () throws(ChildFailure) in try Counting(options).report() }
        case .curve:
            try prepare(options)
            return report { () throws(ChildFailure) in try Curve(options).report() }
        }
    }

    private static func prepare(_ options: Options, needsProgram: Bool = true) throws(Options.Misuse) {
        guard options.peersOnly || !needsProgram || access(options.luaconc, X_OK) == 0 else {
            let hint = "build it (make build), name it (--luaconc PATH) or measure --peers-only"
            throw Options.Misuse(message: "no program at \(options.luaconc): \(hint)")
        }
        if let before = options.before, access(before, X_OK) != 0 {
            throw Options.Misuse(message: "no program at \(before)")
        }
        // What the user's shell gives every Lua program is no part of the work.
        unsetenv("LUA_INIT")
        unsetenv("LUA_INIT_5_4")
    }

    private static func report(_ text: () throws(ChildFailure) -> String) -> Int32 {
        do throws(ChildFailure) {
            print(try text(), terminator: "")
            return 0
        } catch {
            say("bench: \(error.message)")
            return 1
        }
    }

    private static func measure(_ options: Options) throws(Options.Misuse) -> Int32 {
        let benchmarks = try options.selection()
        let needed = Set(benchmarks.flatMap { $0.peers.map(\.side) })
        let luaconc = options.peersOnly ? nil : options.luaconc
        let toolbox = Toolbox(
            luaconc: luaconc, before: options.before, needed: needed,
            needsHost: luaconc != nil && benchmarks.contains { $0.isHost })
        let runner = Runner(options: options, toolbox: toolbox)
        let start = monotonicSeconds()
        let load = loadAverage()
        var report = Report(hasBefore: options.before != nil)
        for (index, benchmark) in benchmarks.enumerated() {
            say("\(index + 1)/\(benchmarks.count) \(benchmark.name)")
            report.add(runner.run(benchmark))
        }
        if options.quick { report.note("--quick: a look, not a result.") }
        for note in toolbox.missing { report.note(note) }
        report.note(machine(toolbox, load: load, seconds: monotonicSeconds() - start))
        print(report.text(), terminator: "")
        return report.failed ? 1 : 0
    }

    private static func machine(_ toolbox: Toolbox, load: Double, seconds: Double) -> String {
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let versions = toolbox.versions.isEmpty ? "" : "; " + toolbox.versions.joined(separator: ", ")
        let place = "\(cores) cores, load \(decimal(load, places: 2)) at the start"
        return "Measured in \(Int(seconds)) s on \(place)\(versions)."
    }

    private static func loadAverage() -> Double {
        var load = 0.0
        return getloadavg(&load, 1) == 1 ? load : .nan
    }
}

/// One line on stderr.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(2, bytes, bytes.count)
}
