/// One piece of work, done by luaconc and by its peers, and the figures it yields.
struct Benchmark: Sendable {
    /// `channel-integers`: the name of the Lua program, of each peer's subcommand, and what filters match.
    let name: String
    /// The Lua program if it has another name, and what it is given after the size.
    var program: String?
    var arguments: [String] = []
    let method: Method
    /// How many rounds a full run makes. Each round runs luaconc and every peer once.
    let rounds: Int
    /// What the rounds of each side come to.
    var summary = Summary.median
    var peers: [Peer]
    let figures: [Figure]

    /// How many items of work there are.
    func size(quick: Bool) -> Int {
        switch method {
        case .program(let full, let short), .host(let full, let short): quick ? short : full
        case .startup: 1
        }
    }

    /// Whether luaconc's side is a program that embeds the library.
    var isHost: Bool { if case .host = method { true } else { false } }

    enum Summary: Sendable {
        case median
        /// A quarter of the rounds were faster. For times that only disturbances make longer, where a few percent
        /// matter: on a machine that runs now at one speed, now at another, a median may pick either.
        case lowerQuartile

        func of(_ samples: [Double]) -> Double? {
            let sorted = samples.sorted()
            guard !sorted.isEmpty else { return nil }
            let middle = sorted.count / 2
            switch self {
            case .lowerQuartile: return sorted[sorted.count / 4]
            case .median where sorted.count % 2 == 0: return (sorted[middle - 1] + sorted[middle]) / 2
            case .median: return sorted[middle]
            }
        }
    }

    /// How a figure is obtained.
    enum Method: Sendable {
        /// Each side is a program that does `size` items of work and prints its figures; `quick` items with `--quick`.
        case program(size: Int, quick: Int)
        /// The same, and luaconc's side is a program that embeds the library (`Embedding`).
        case host(size: Int, quick: Int)
        /// The driver measures the whole process, from spawn to exit. It yields the figure `ns_per_op`.
        case startup
    }
}

/// Another program that does the same work.
struct Peer: Sendable {
    let side: Side
    /// Said beside its figure where it does less or more than the others: `by reference`.
    var remark: String?
    /// Rounds it takes part in, where it is too slow for all.
    var rounds: Int = .max

    var label: String {
        guard let remark else { return side.label }
        return "\(side.label) (\(remark))"
    }
}

/// Who does the work.
enum Side: String, CaseIterable, Sendable {
    case luaconc, lua, c, python, erlang, go, node
    /// `/bin/true`: what any process costs.
    case nothing
    /// An older build of luaconc.
    case before

    var label: String {
        switch self {
        case .luaconc: "luaconc"
        case .lua: "lua5.4"
        case .c: "C"
        case .python: "Python"
        case .erlang: "Erlang"
        case .go: "Go"
        case .node: "Node"
        case .nothing: "true"
        case .before: "before"
        }
    }
}

/// One number that a benchmark yields: a row of the table.
struct Figure: Sendable {
    /// The name before the number in what the programs print.
    let key: String
    let work: String
    let unit: Unit
    var goal: Goal = .none
    /// Only luaconc's side prints it.
    var isOwn = false
}

/// The figure to reach, from `design.md`.
enum Goal: Sendable {
    case none
    case atMost(Double)
    case atLeast(Double)
    /// At most this many times the figure of the peer.
    case times(Double, Side)

    func text(in unit: Unit) -> String {
        switch self {
        case .none: "-"
        case .atMost(let limit): "≤ \(unit.text(limit))"
        case .atLeast(let limit): "≥ \(unit.text(limit))"
        case .times(let factor, let side): "≤ \(decimal(factor, places: 2)) × \(side.label)"
        }
    }

    /// Whether the figures reach it; nil where there is no goal, or the peer it is measured by is missing.
    func isReached(by value: Double, peers: [Side: Double]) -> Bool? {
        switch self {
        case .none: nil
        case .atMost(let limit): value <= limit
        case .atLeast(let limit): value >= limit
        case .times(let factor, let side): peers[side].map { value <= factor * $0 }
        }
    }
}
