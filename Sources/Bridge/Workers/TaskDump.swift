/// What the tasks of every state, and of every child process, are doing.
enum TaskDump {
    typealias Answer = Survey<[TaskReport]>.Answer

    /// How long a state that runs may take to answer.
    static let patience: TimeSpan = .milliseconds(500)

    /// See `Survey.take`.
    static func take(
        of program: Program, within time: TimeSpan? = nil, _ finish: @escaping @Sendable ([Answer]) -> Void
    ) {
        let questions = Survey<[TaskReport]>.Questions(
            ask: { $0.taskReports }, closed: [], question: .tasks, read: { TaskReport.read($0) })
        Survey.take(of: program, within: time, questions, finish)
    }
}

/// What one task is doing.
struct TaskReport: Sendable {
    let title: ByteText
    let isWaiting: Bool
    /// `recv on channel: 3`, `running`.
    let doing: ByteText
    /// For how long it has been waiting.
    let time: TimeSpan?
    /// `job.lua:3`; nil if the task is in no code of a script.
    let place: ByteText?
    let traceback: ByteText
}

extension Survey<[TaskReport]>.Answer {
    var reports: [TaskReport] { part ?? [] }

    /// The state with its tasks, for people.
    var text: ByteText {
        guard let tasks = part else {
            return "\(thread.title): does not answer" + (thread.kind == .process ? "" : "; it is busy in a C function")
        }
        return tasks.isEmpty ? "\(thread.title): no task" : tasks.map(\.text).joined(separator: "\n")
    }
}

extension TaskReport {
    var text: ByteText {
        let seconds = time.map { " for \(Self.shown($0)) s" } ?? ""
        let lines = traceback.split(separator: UInt8(ascii: "\n")).filter { !$0.isEmpty && $0 != "stack traceback:" }
        let first: ByteText = "\(title): \(doing)\(seconds)"
        return ([first] + lines.map { "  \($0.drop(UInt8(ascii: "\t")))" }).joined(separator: "\n")
    }

    func write(_ fields: inout FieldWriter) {
        fields.add(title)
        fields.add(isWaiting)
        fields.add(doing)
        fields.add(time != nil)
        fields.add(Int(time?.nanoseconds ?? 0))
        fields.add(place)
        fields.add(traceback)
    }

    /// Reads the reports that were written into a message; nil if it is malformed.
    static func read(_ message: Message) -> [TaskReport]? {
        var fields = FieldReader(message)
        var reports: [TaskReport] = []
        do throws(FieldReader.Malformed) {
            while !fields.isAtEnd {
                let (title, isWaiting, doing) = (try fields.text(), try fields.flag(), try fields.text())
                let (hasTime, time) = (try fields.flag(), try fields.number())
                reports.append(
                    TaskReport(
                        title: title, isWaiting: isWaiting, doing: doing,
                        time: hasTime ? .nanoseconds(Int64(time)) : nil,
                        place: try fields.optionalText(), traceback: try fields.text()))
            }
            return reports
        } catch {
            return nil
        }
    }

    /// Seconds with one digit after the point.
    static func shown(_ time: TimeSpan) -> String {
        let tenths = max(.zero, time) / .milliseconds(100)
        return "\(tenths / 10).\(tenths % 10)"
    }
}
