import Glibc

/// The picture of the curves, as SVG: across, how many there are at once; upwards, the cost of one as a multiple of that
/// kind's best.
struct Drawing {
    private static let width = 760.0, height = 420.0
    private static let left = 60.0, right = 190.0, top = 50.0, bottom = 50.0
    private static let colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e"]
    private static let counts = [1, 10, 100, 1_000, 10_000]

    private let lines: [Curve.Line]
    /// The multiple at the upper edge.
    private let most: Double

    init(_ lines: [Curve.Line]) {
        self.lines = lines
        most = max(Curve.allowed * 1.5, (lines.map { $0.worst / $0.best }.max() ?? 1).rounded(.up))
    }

    func write(to path: String) -> Bool {
        guard let file = fopen(path, "w") else { return false }
        let isWritten = fputs(text, file) >= 0
        return fclose(file) == 0 && isWritten
    }

    private func x(_ count: Int) -> Double {
        Self.left + log10(Double(count)) / 4 * (Self.width - Self.left - Self.right)
    }

    private func y(_ multiple: Double) -> Double {
        Self.height - Self.bottom - multiple / most * (Self.height - Self.top - Self.bottom)
    }

    private func number(_ value: Double) -> String { decimal(value, places: 1) }

    private var text: String {
        let size = "width=\"\(number(Self.width))\" height=\"\(number(Self.height))\""
        let head = "<svg xmlns=\"http://www.w3.org/2000/svg\" \(size) font-family=\"sans-serif\" font-size=\"13\">"
        return [
            [head, background], axes, lines.enumerated().flatMap { curve($1, Self.colours[$0]) }, legend, ["</svg>"],
        ]
        .joined().joined(separator: "\n") + "\n"
    }

    private var background: String { "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>" }

    /// The area that is allowed, and the lines of the grid with their numbers.
    private var axes: [String] {
        let end = Self.width - Self.right
        let area =
            "<rect x=\"\(number(Self.left))\" y=\"\(number(y(Curve.allowed)))\" width=\"\(number(end - Self.left))\""
            + " height=\"\(number(y(0) - y(Curve.allowed)))\" fill=\"#eef6ee\"/>"
        let across = stride(from: 0, through: most, by: max(1, (most / 8).rounded(.up))).flatMap { multiple in
            [
                stroke(Self.left, y(multiple), end, y(multiple)),
                label("\(Int(multiple)) ×", Self.left - 8, y(multiple) + 4, anchor: "end"),
            ]
        }
        let up = Self.counts.flatMap { count in
            [
                stroke(x(count), y(0), x(count), Self.top),
                label(String(count), x(count), y(0) + 20, anchor: "middle"),
            ]
        }
        let title = label("Cost of one, as a multiple of its best", Self.left, 25, anchor: "start")
        let below = label("so many at once", (Self.left + end) / 2, Self.height - 10, anchor: "middle")
        return [area] + across + up + [title, below]
    }

    private func curve(_ line: Curve.Line, _ colour: String) -> [String] {
        let places = line.points.map { (x($0.count), y($0.cost / line.best)) }
        let path = places.map { "\(number($0)),\(number($1))" }.joined(separator: " ")
        return ["<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>"]
            + places.map { "<circle cx=\"\(number($0))\" cy=\"\(number($1))\" r=\"3.5\" fill=\"\(colour)\"/>" }
    }

    private var legend: [String] {
        lines.enumerated().flatMap { index, line in
            let (x, y) = (Self.width - Self.right + 20, Self.top + 10 + Double(index) * 24)
            return [
                "<circle cx=\"\(number(x))\" cy=\"\(number(y - 4))\" r=\"5\" fill=\"\(Self.colours[index])\"/>",
                label("\(line.kind), best \(Unit.nanoseconds.text(line.best))", x + 12, y, anchor: "start"),
            ]
        }
    }

    private func label(_ text: String, _ x: Double, _ y: Double, anchor: String) -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(text)</text>"
    }

    private func stroke(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" stroke=\"#ccc\"/>"
    }
}
