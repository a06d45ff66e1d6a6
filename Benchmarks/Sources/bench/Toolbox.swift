import Glibc

/// The programs of all sides: found once, with the command line of each. A side that cannot run here is left out and
/// noted.
struct Toolbox {
    /// The folder of this package, with `Lua/`, `Python/` and the like.
    static let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

    /// The first words of each side's command line.
    private var launchers: [Side: [String]] = [:]
    /// `Python 3.11.7`: who was found.
    private(set) var versions: [String] = []
    /// Who was not, and why.
    private(set) var missing: [String] = []

    /// The program that embeds the library.
    private var host: String?

    /// Looks for those sides that are needed. `needsHost`: builds the program that embeds the library.
    init(luaconc: String?, before: String?, needed: Set<Side>, needsHost: Bool = false) {
        launchers[.luaconc] = luaconc.map { [$0] }
        launchers[.before] = before.map { [$0] }
        launchers[.nothing] = ["/bin/true"]
        if needsHost {
            do throws(ChildFailure) { host = try Self.buildHost() } catch {
                missing.append("host left out: \(error.message)")
            }
        }
        for side in Side.allCases where needed.contains(side) && launchers[side] == nil {
            do throws(ChildFailure) {
                let version = try Self.version(of: side)
                launchers[side] = try Self.launcher(for: side)
                if let version { versions.append(version) }
            } catch {
                missing.append("\(side.label) left out: \(error.message)")
            }
        }
    }

    /// The command line by which a side does a benchmark; nil when the side is not here.
    func command(for side: Side, in benchmark: Benchmark, quick: Bool) -> [String]? {
        if case .host = benchmark.method, side == .luaconc, launchers[side] != nil {
            return host.map { [$0, benchmark.name, String(benchmark.size(quick: quick))] }
        }
        guard let launcher = launchers[side] else { return nil }
        switch (benchmark.method, side) {
        case (.startup, .nothing): return launcher
        case (.startup, .python): return [launcher[0], "-S", "-c", ""]
        case (.startup, _): return [launcher[0], "-e", ""]
        case (.program, .luaconc), (.program, .before), (.program, .lua):
            let program = benchmark.program ?? benchmark.name
            let size = String(benchmark.size(quick: quick))
            return [launcher[0], "\(Self.folder)/Lua/\(program).lua", size] + benchmark.arguments
        case (.program, _), (.host, _):
            return launcher + [benchmark.name, String(benchmark.size(quick: quick))]
        }
    }

    private static func launcher(for side: Side) throws(ChildFailure) -> [String] {
        switch side {
        case .luaconc, .before, .nothing: []
        case .lua: ["lua5.4"]
        case .c: [try ownPath(), "peer"]
        // Not `python3` itself, which may be a script that looks for the real one.
        case .python: [try firstLine("python3", "-c", "import sys; print(sys.executable)"), "\(folder)/Python/peer.py"]
        case .erlang: ["escript", "\(folder)/Erlang/peer.escript"]
        case .go: [try buildGoPeer()]
        case .node: ["node", "\(folder)/Node/peer.js"]
        }
    }

    /// Throws when the side's program cannot run.
    private static func version(of side: Side) throws(ChildFailure) -> String? {
        switch side {
        case .luaconc, .before, .nothing, .c: nil
        case .lua: try firstLine("lua5.4", "-v").split(separator: " ").prefix(2).joined(separator: " ")
        case .python: try firstLine("python3", "--version")
        case .erlang:
            "Erlang "
                + (try firstLine(
                    "erl", "-noshell", "-eval", "io:put_chars(erlang:system_info(otp_release)), halt()."))
        case .go: "Go " + (try firstLine("go", "env", "GOVERSION")).dropFirst(2)
        case .node: "Node " + (try firstLine("node", "--version"))
        }
    }

    private static func firstLine(_ command: String...) throws(ChildFailure) -> String {
        let output = try Child.run(command, limit: 30)
        return output.split(separator: "\n").first.map(String.init) ?? ""
    }

    private static func buildGoPeer() throws(ChildFailure) -> String {
        let program = folder + "/.build/peers/go-peer"
        _ = try Child.run(["mkdir", "-p", folder + "/.build/peers"], limit: 10)
        _ = try Child.run(["go", "build", "-o", program, folder + "/Go/peer.go"], limit: 300)
        return program
    }

    private static func buildHost() throws(ChildFailure) -> String {
        let package = folder + "/Embedding"
        _ = try Child.run(["swift", "build", "-c", "release", "--package-path", package], limit: 1_800)
        return package + "/.build/release/host"
    }

    private static func ownPath() throws(ChildFailure) -> String {
        guard let path = realpath("/proc/self/exe", nil) else { throw ChildFailure(message: "cannot read /proc") }
        defer { free(path) }
        return String(cString: path)
    }
}
