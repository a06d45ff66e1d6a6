/// Runs benchmarks: in each round every side once, in turn, so that what disturbs the machine disturbs all alike.
struct Runner {
    static let fewestStartUps = 51
    /// Seconds after which one run of one side is given up.
    private static let limit = 120.0

    let options: Options
    let toolbox: Toolbox

    /// What one benchmark came to.
    struct Outcome {
        let benchmark: Benchmark
        /// What each side printed, by the figure's key, one number a round.
        var samples: [Side: [String: [Double]]] = [:]
        /// Why a side has no figures. One failed round is enough: nothing is said to be measured that also fails.
        var failures: [Side: String] = [:]

        /// What the side's rounds come to; nil when it was left out or failed.
        func value(of key: String, for side: Side) -> Double? {
            guard failures[side] == nil, let samples = samples[side]?[key] else { return nil }
            return benchmark.summary.of(samples)
        }
    }

    func run(_ benchmark: Benchmark) -> Outcome {
        var outcome = Outcome(benchmark: benchmark)
        if case .startup = benchmark.method { warmUp(benchmark) }
        let sides = [Peer(side: .luaconc)] + benchmark.peers
        for round in 0..<rounds(of: benchmark) {
            for peer in sides where round < peer.rounds && outcome.failures[peer.side] == nil {
                let command = toolbox.command(for: peer.side, in: benchmark, quick: options.quick)
                guard let command else { continue }
                do throws(ChildFailure) {
                    for (key, value) in try measure(command, benchmark, peer.side) {
                        outcome.samples[peer.side, default: [:]][key, default: []].append(value)
                        if options.verbose { say("\(benchmark.name) \(peer.side.rawValue) \(key) \(value)") }
                    }
                } catch {
                    outcome.failures[peer.side] = "\(error.message) (round \(round + 1))"
                }
            }
        }
        return outcome
    }

    private func rounds(of benchmark: Benchmark) -> Int {
        switch benchmark.method {
        case .startup: max(options.rounds ?? (options.quick ? 0 : benchmark.rounds), Self.fewestStartUps)
        case .program, .host: options.rounds ?? (options.quick ? min(3, benchmark.rounds) : benchmark.rounds)
        }
    }

    /// Gets the programs and their libraries into memory.
    private func warmUp(_ benchmark: Benchmark) {
        for side in [.luaconc] + benchmark.peers.map(\.side) {
            guard let command = toolbox.command(for: side, in: benchmark, quick: options.quick) else { continue }
            for _ in 0..<3 { _ = try? Child.time(command) }
        }
    }

    /// The figures of one run, by their keys.
    private func measure(
        _ command: [String], _ benchmark: Benchmark, _ side: Side
    ) throws(ChildFailure) -> [String: Double] {
        if case .startup = benchmark.method { return ["ns_per_op": try Child.time(command)] }
        let output = try Child.run(command, limit: Self.limit)
        var figures: [String: Double] = [:]
        for line in output.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count == 2, let value = Double(words[1]) { figures[String(words[0])] = value }
        }
        for figure in benchmark.figures where figures[figure.key] == nil && (side == .luaconc || !figure.isOwn) {
            throw ChildFailure(message: "printed no \(figure.key)")
        }
        return figures
    }
}
