import Glibc

/// `bench --curve`: what one task, thread, channel, timer or process costs when there are so many of them at once. The
/// cost must not grow with their number: at each it should be within twice the best.
struct Curve {
    /// One line of the picture.
    struct Line {
        let kind: String
        /// Nanoseconds for one, by how many there were.
        var points: [(count: Int, cost: Double)] = []

        var best: Double { points.map(\.cost).min() ?? .nan }
        var worst: Double { points.map(\.cost).max() ?? .nan }
    }

    static let allowed = 2.0
    private static let counts = [1, 10, 100, 1_000, 10_000]
    private static let kinds: [(name: String, most: Int)] = [
        ("tasks", 10_000), ("threads", 10_000), ("channels", 10_000), ("timers", 10_000), ("processes", 200),
    ]
    private static let limit = 300.0

    private let options: Options
    init(_ options: Options) { self.options = options }

    /// Measures, writes the picture, and returns the table.
    func report() throws(ChildFailure) -> String {
        var lines: [Line] = []
        for kind in Self.kinds where options.filters.isEmpty || options.filters.contains(kind.name) {
            lines.append(try measure(kind.name, Self.counts.filter { $0 < kind.most } + [kind.most]))
        }
        let path = Toolbox.folder + "/curve.svg"
        if options.filters.isEmpty {
            guard Drawing(lines).write(to: path) else { throw ChildFailure(message: "cannot write \(path)") }
        }
        var columns = Columns(["cost of one among"] + Self.counts.map(String.init) + ["worst / best"])
        for line in lines {
            var cells = line.points.map { Unit.nanoseconds.text($0.cost) + ($0.count == 200 ? " (200)" : "") }
            while cells.count < Self.counts.count { cells.append("-") }
            columns.add([line.kind] + cells + [significant(line.worst / line.best)])
        }
        return columns.text
    }

    private func measure(_ kind: String, _ counts: [Int]) throws(ChildFailure) -> Line {
        var line = Line(kind: kind)
        for count in counts {
            say("\(kind): \(count)")
            let program = "\(Toolbox.folder)/Lua/curve.lua"
            let output = try Child.run([options.luaconc, program, kind, String(count)], limit: Self.limit)
            let words = output.split(whereSeparator: \.isWhitespace)
            guard words.count == 2, words[0] == "ns_per_item", let cost = Double(words[1]) else {
                throw ChildFailure(message: "\(kind): printed no ns_per_item")
            }
            line.points.append((count, cost))
        }
        return line
    }
}
