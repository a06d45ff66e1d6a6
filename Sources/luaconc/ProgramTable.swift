import Bridge
import CLineEditor

/// What a program has told of its states, and the rows that show it.
struct ProgramTable {
    struct State {
        /// The process and the number of the state, which no other one has.
        let key: String
        let title: String
        /// In seconds; nil: not known.
        let processorTime: Double?
        let bytes: Int?
        let messages: Int?
        let tasks: Int?
        var rows: [Task] = []
    }

    struct Task {
        let title: String
        let doing: String
        let seconds: Double?
        let place: String
    }

    private(set) var states: [State] = []
    let status: ProcessStatus

    /// Reads a report (`ProgramReport`). Lines that cannot be read are left out.
    init(_ report: Word, _ status: ProcessStatus) {
        self.status = status
        for line in report.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
                .map { Word($0).text }
            if fields.count == 9, fields[0] == "state" {
                let messages = Int(fields[6]).flatMap { sent in Int(fields[7]).map { sent + $0 } }
                states.append(
                    State(
                        key: "\(fields[1]):\(fields[2])", title: Self.title(fields[3], fields[1], status.pid),
                        processorTime: Double(fields[4]).map { $0 / 1e9 }, bytes: Int(fields[5]), messages: messages,
                        tasks: Int(fields[8])))
            } else if fields.count == 5, fields[0] == "task", !states.isEmpty {
                let task = Task(
                    title: fields[1], doing: fields[2], seconds: Double(fields[3]).map { $0 / 1e9 },
                    place: fields[4] == "-" ? "" : fields[4])
                states[states.count - 1].rows.append(task)
            }
        }
    }

    private static func title(_ title: String, _ pid: String, _ own: Int32) -> String {
        pid == "\(own)" ? title : "\(title) (\(pid))"
    }

    // MARK: - Rows

    /// A row and whether it stands out.
    typealias Row = (text: String, isHead: Bool)

    /// The table in so many columns. Rates are those since `before`.
    func rows(since before: ProgramTable, columns: Int) -> [Row] {
        let span = max(status.time - before.status.time, 0.001)
        let share = (status.processorTime - before.status.processorTime) / span
        let words = status.words.isEmpty ? "" : "  \(status.words)"
        let threads = "\(status.threads) thread\(status.threads == 1 ? "" : "s")"
        var rows: [Row] = [
            ("\(Command.name) \(status.pid)\(words)  up \(Self.age(status.age))", false),
            ("CPU \(Self.percent(share))  memory \(Self.size(status.memory))  \(threads)", false),
            (Self.row("STATE", ["CPU", "MEMORY", "MSG/S"], columns), true),
        ]
        for state in states {
            let last = before.states.first { $0.key == state.key }
            func rate(_ now: Double?, _ then: Double?) -> Double? {
                now.flatMap { now in last == nil || then == nil ? nil : (now - (then ?? 0)) / span }
            }
            let cells = [
                rate(state.processorTime, last?.processorTime).map(Self.percent) ?? "-",
                state.bytes.map(Self.size) ?? "-",
                rate(state.messages.map(Double.init), last?.messages.map(Double.init)).map(Self.count) ?? "-",
            ]
            rows.append((Self.row(state.title, cells, columns), false))
            rows += Self.rows(of: state).map { ($0, false) }
        }
        return rows.map { (Self.cut($0.text, columns), $0.isHead) }
    }

    private static func rows(of state: State) -> [String] {
        guard let count = state.tasks else { return ["  busy in a C function, or does not answer"] }
        let tasks = state.rows.map { task in
            let time = task.seconds.map { " for \(Self.seconds($0))" } ?? ""
            return "  \(task.title): \(task.doing)\(time)\(task.place.isEmpty ? "" : "  \(task.place)")"
        }
        let rest = count - state.rows.count
        return tasks + (rest > 0 ? ["  … \(rest) more task\(rest == 1 ? "" : "s")"] : [])
    }

    /// A name, and cells that stand at the right.
    private static func row(_ name: String, _ cells: [String], _ columns: Int) -> String {
        let widths = columns < 32 ? [5] : columns < 60 ? [5, 8, 7] : [7, 11, 10]
        let right = zip(cells, widths).map { cell, width in
            String(repeating: " ", count: max(1, width - cell.count)) + cell
        }.joined()
        // So that the cells stand close to the names where there is room for more.
        let room = min(columns, 80) - right.count
        let name = cut(name, room)
        return name + String(repeating: " ", count: max(0, room - width(name))) + right
    }

    // MARK: - Figures

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func percent(_ share: Double) -> String { "\(Int((max(0, share) * 100).rounded()))%" }
    private static func seconds(_ seconds: Double) -> String {
        seconds < 100 ? "\(tenths(max(0, seconds))) s" : age(seconds)
    }

    private static func size(_ bytes: Int) -> String {
        if bytes < 1 << 20 { return "\((bytes + 1023) >> 10)K" }
        if bytes < 1 << 30 { return "\(tenths(Double(bytes) / Double(1 << 20)))M" }
        return "\(tenths(Double(bytes) / Double(1 << 30)))G"
    }

    private static func count(_ number: Double) -> String {
        if number < 10_000 { return "\(Int(number.rounded()))" }
        return number < 10_000_000 ? "\(Int(number / 1000))k" : "\(Int(number / 1_000_000))M"
    }

    /// `0:12:03`
    private static func age(_ seconds: Double) -> String {
        let all = Int(seconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(all / 3600):\(two(all / 60 % 60)):\(two(all % 60))"
    }

    // MARK: - Columns

    private static func width(_ text: String) -> Int {
        let bytes = Word(text.utf8)
        return bytes.withUnsafeBytes { Int(line_width($0.assumingMemoryBound(to: CChar.self).baseAddress, $0.count)) }
    }

    static func cut(_ text: String, _ columns: Int) -> String {
        guard width(text) > columns else { return text }
        var shorter = text
        while !shorter.isEmpty, width(shorter) >= columns { shorter.removeLast() }
        return shorter + "…"
    }
}
