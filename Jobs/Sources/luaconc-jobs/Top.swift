import ArgumentParser
import CHoles
import Glibc
import JobsCore

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what runs now, each second, until a key such as q ends it.",
        discussion: "Where the output is no terminal, or with --json, it is shown once.")
    @OptionGroup var format: JSONFlag
    @OptionGroup var place: FolderOption

    func run() throws {
        let folder = try usualFolder(place.dir)
        let history = try History(folder, writes: false)
        let first = try Activity(folder, history)
        if format.json { return try printJSON(first.items.map(\.run)) }
        setlocale(LC_CTYPE, "C.UTF-8")
        guard let screen = Screen() else {
            for row in ActivityTable(first, since: first, folder).rows(columns: 0) { print(row.text) }
            return
        }
        defer { screen.leave() }
        var (before, now) = (first, first)
        while true {
            screen.show(ActivityTable(now, since: before, folder).rows(columns: screen.size.columns))
            switch screen.wait(1000) {
            case .leave: return
            case .resize: break
            case .time: (before, now) = (now, try Activity(folder, history))
            }
        }
    }
}

/// What goes on, in rows.
struct ActivityTable {
    /// A row, and whether it stands out.
    typealias Row = (text: String, isHead: Bool)

    private let now: Activity
    private let before: Activity
    private let folder: Folder

    /// Shares of the processor are those since `before`.
    init(_ now: Activity, since before: Activity, _ folder: Folder) {
        (self.now, self.before, self.folder) = (now, before, folder)
    }

    /// The rows in so many columns; 0: as wide as they are.
    func rows(columns: Int) -> [Row] {
        let running = now.items.count { $0.run.state == "running" }
        let nobody = now.hasRunner ? "" : ", and nobody runs the jobs"
        var rows: [Row] = [
            ("\(folder.path): \(running) running, \(now.items.count - running) waiting\(nobody)", false)
        ]
        let head = ["RUN", "JOB", "TRY", "STATE", "TIME", "CPU", "MEMORY"]
        let table = [head] + now.items.map(cells)
        let widths = head.indices.map { column in table.map { Self.width($0[column]) }.max() ?? 0 }
        for (number, cells) in table.enumerated() {
            let text = cells.indices.map { column in
                let gap = String(repeating: " ", count: widths[column] - Self.width(cells[column]))
                return Self.isText(column) ? cells[column] + gap : gap + cells[column]
            }
            rows.append((text.joined(separator: "  "), number == 0))
        }
        return columns == 0 ? rows : rows.map { (Self.cut($0.text, columns), $0.isHead) }
    }

    private static func isText(_ column: Int) -> Bool { [1, 3].contains(column) }

    private func cells(_ item: Activity.Item) -> [String] {
        let isLeft = item.run.state == "running" && !now.hasRunner
        let time = item.seconds.map(Self.span)
        let isRunning = item.run.state == "running"
        return [
            "\(item.run.id)", item.run.job, "\(item.run.attempt)", isLeft ? "left behind" : item.run.state,
            isRunning ? time ?? "-" : time.map { "in \($0)" } ?? "-", share(item) ?? "-",
            item.usage.map { Self.size($0.memory) } ?? "-",
        ]
    }

    /// The share of one core since the last look.
    private func share(_ item: Activity.Item) -> String? {
        guard let usage = item.usage, now.time > before.time,
            let last = before.items.first(where: { $0.run.id == item.run.id })?.usage
        else { return nil }
        let share = max(0, usage.processorTime - last.processorTime) / (now.time - before.time)
        return "\(Int((share * 100).rounded()))%"
    }

    // MARK: - Figures

    /// `12 s`, `3:05`, `1:03:05`
    static func span(_ seconds: Double) -> String {
        let all = Int(max(0, min(seconds, 1e12)))
        guard all >= 60 else { return "\(all) s" }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let hours = all / 3600
        return hours == 0
            ? "\(all / 60):\(two(all % 60))" : "\(hours):\(two(all / 60 % 60)):\(two(all % 60))"
    }

    static func size(_ bytes: Int) -> String {
        if bytes < 1 << 20 { return "\((bytes + 1023) >> 10)K" }
        let tenths = bytes < 1 << 30 ? (bytes * 10) >> 20 : (bytes * 10) >> 30
        return "\(tenths / 10).\(tenths % 10)\(bytes < 1 << 30 ? "M" : "G")"
    }

    // MARK: - Columns

    /// How many columns of a terminal a text takes.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + max(0, Int(holes_width($1.value))) }
    }

    static func cut(_ text: String, _ columns: Int) -> String {
        guard width(text) > columns else { return text }
        var shorter = text
        while !shorter.isEmpty, width(shorter) >= columns { shorter.removeLast() }
        return shorter + "…"
    }
}
