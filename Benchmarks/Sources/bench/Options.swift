/// The command line of `bench`.
struct Options {
    enum Action {
        case run, list, help, count, curve
        /// `bench peer NAME N`: do the work of the peer in C and print its figures.
        case peer(name: String, count: Int)
    }

    var action = Action.run
    var luaconc = Toolbox.folder + "/../.build/release/luaconc"
    /// An older build of luaconc to measure beside.
    var before: String?
    var peersOnly = false
    var noPeers = false
    var quick = false
    var verbose = false
    var rounds: Int?
    var filters: [String] = []

    static let usage = """
        usage: bench [options] [filter ...]
        Measures luaconc beside programs that do the same work; a filter is a part of a benchmark's name.
          --luaconc PATH  the program to measure (default: .build/release/luaconc of the project)
          --before PATH   measure that older build of luaconc, too
          --runs N        rounds of each benchmark (start-up: at least \(Runner.fewestStartUps))
          --quick         three rounds of less work: a look, not a result
          --peers-only    measure only the peers
          --no-peers      measure only luaconc
          --verbose       print every single figure on stderr
          --count         count instructions and calls of the hot paths with callgrind; a filter is a part of a path's name
          --curve         measure what one costs among many, and draw it (Benchmarks/curve.svg)
          --list          print the names of the benchmarks
          --help          print this
        Exit status: 0 if everything was measured, 1 if something failed, 2 for wrong usage.
        """

    struct Misuse: Error {
        let message: String
    }

    init(_ arguments: [String]) throws(Misuse) {
        if arguments.first == "peer" {
            guard arguments.count == 3, let count = Int(arguments[2]), count > 0 else {
                throw Misuse(message: "expected: bench peer NAME N")
            }
            action = .peer(name: arguments[1], count: count)
            return
        }
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": action = .help
            case "--list": action = .list
            case "--count": action = .count
            case "--curve": action = .curve
            case "--quick": quick = true
            case "--verbose": verbose = true
            case "--peers-only": peersOnly = true
            case "--no-peers": noPeers = true
            case "--luaconc": luaconc = try Self.value(of: argument, in: &rest)
            case "--before": before = try Self.value(of: argument, in: &rest)
            case "--runs": rounds = try Self.number(of: argument, in: &rest)
            default:
                guard !argument.hasPrefix("-") else { throw Misuse(message: "unknown option \(argument)") }
                filters.append(argument)
            }
        }
    }

    private static func value(of option: String, in rest: inout ArraySlice<String>) throws(Misuse) -> String {
        guard let value = rest.popFirst() else { throw Misuse(message: "\(option) needs a value") }
        return value
    }

    private static func number(of option: String, in rest: inout ArraySlice<String>) throws(Misuse) -> Int {
        let text = try value(of: option, in: &rest)
        guard let number = Int(text), number > 0 else {
            throw Misuse(message: "\(option) needs a number above 0, got \(text)")
        }
        return number
    }

    /// The benchmarks that the filters name; all without a filter.
    func selection() throws(Misuse) -> [Benchmark] {
        for filter in filters where !catalogue.contains(where: { $0.name.contains(filter) }) {
            let names = catalogue.map(\.name).joined(separator: " ")
            throw Misuse(message: "no benchmark has '\(filter)' in its name; there are: \(names)")
        }
        let chosen = catalogue.filter { benchmark in
            filters.isEmpty || filters.contains { benchmark.name.contains($0) }
        }
        return chosen.map { benchmark in
            var benchmark = benchmark
            if noPeers { benchmark.peers = [] }
            if before != nil, !benchmark.isHost { benchmark.peers.insert(Peer(side: .before), at: 0) }
            return benchmark
        }
    }
}
