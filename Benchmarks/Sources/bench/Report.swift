/// The table of results, and the notes below it.
struct Report {
    private static let heading = ["work", "luaconc", "before", "speed", "peer", "ratio", "to reach", "reached"]
    private static let beforeColumns = 2...3
    /// Columns of numbers stand at the right.
    private static let numbers = [1, 2, 3, 5]
    /// What part of the older build's speed no row may fall below.
    private static let least = 0.97

    /// Whether an older build was measured, too.
    let hasBefore: Bool
    private var slower: [String] = []
    private var rows: [[String]] = []
    private var notes: [String] = []
    /// Whether anything that was to be measured could not be.
    private(set) var failed = false

    mutating func note(_ text: String) { notes.append(text) }

    /// A row a figure, and below it one for each further peer.
    mutating func add(_ outcome: Runner.Outcome) {
        for figure in outcome.benchmark.figures { add(figure, outcome) }
        for (side, message) in outcome.failures.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            failed = true
            notes.append("\(outcome.benchmark.name): \(side.label) failed: \(message)")
        }
    }

    init(hasBefore: Bool) { self.hasBefore = hasBefore }

    private mutating func add(_ figure: Figure, _ outcome: Runner.Outcome) {
        let own = outcome.value(of: figure.key, for: .luaconc)
        let before = outcome.value(of: figure.key, for: .before)
        let speed = own.flatMap { own in before.map { figure.unit.isRate ? own / $0 : $0 / own } }
        if let speed, speed < Self.least { slower.append("\(figure.work) \(significant(speed))") }
        var peers = outcome.benchmark.peers.filter { $0.side != .before }.compactMap { peer in
            cells(peer, figure, outcome, own: own).map { ($0, $1) }
        }
        if peers.isEmpty { peers = [("-", "-")] }
        for (index, (peer, ratio)) in peers.enumerated() {
            let first = index == 0
            rows.append([
                first ? figure.work : "",
                first ? ownCell(figure, outcome, own) : "",
                first ? before.map(figure.unit.text) ?? "-" : "",
                first ? speed.map(significant) ?? "-" : "",
                peer,
                ratio,
                first ? figure.goal.text(in: figure.unit) : "",
                first ? verdict(figure, outcome, own) : "",
            ])
        }
    }

    private func ownCell(_ figure: Figure, _ outcome: Runner.Outcome, _ own: Double?) -> String {
        if let own { return figure.unit.text(own) }
        return outcome.failures[.luaconc] == nil ? "-" : "failed"
    }

    /// The peer with its figure, and luaconc's ratio to it; nil when it was left out.
    private func cells(
        _ peer: Peer, _ figure: Figure, _ outcome: Runner.Outcome, own: Double?
    ) -> (peer: String, ratio: String)? {
        if outcome.failures[peer.side] != nil { return ("\(peer.label): failed", "-") }
        guard let theirs = outcome.value(of: figure.key, for: peer.side) else { return nil }
        return ("\(peer.label): \(figure.unit.text(theirs))", own.map { significant($0 / theirs) } ?? "-")
    }

    private func verdict(_ figure: Figure, _ outcome: Runner.Outcome, _ own: Double?) -> String {
        if case .none = figure.goal { return "-" }
        guard let own else { return outcome.failures[.luaconc] == nil ? "-" : "no" }
        var theirs: [Side: Double] = [:]
        for peer in outcome.benchmark.peers { theirs[peer.side] = outcome.value(of: figure.key, for: peer.side) }
        return figure.goal.isReached(by: own, peers: theirs).map { $0 ? "yes" : "no" } ?? "-"
    }

    /// Columns of equal width.
    func text() -> String {
        let widths = Self.heading.indices.map { column in
            ([Self.heading] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            var line = ""
            for (column, cell) in cells.enumerated() where hasBefore || !Self.beforeColumns.contains(column) {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += (Self.numbers.contains(column) ? space + cell : cell + space) + "  "
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }
        let rule = widths.map { String(repeating: "-", count: $0) }
        let table = ([Self.heading, rule] + rows).map(line).joined()
        var legend = "ratio = luaconc / peer: of times and sizes less is better, of rates (.../s) more.\n"
        if hasBefore {
            let rows = slower.isEmpty ? "none" : slower.joined(separator: ", ")
            legend += "speed = as a part of the older build's. Below \(Self.least): \(rows).\n"
        }
        return table + "\n" + legend + notes.map { $0 + "\n" }.joined()
    }
}
