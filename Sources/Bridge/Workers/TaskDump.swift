/// Asks every state, and every child process, what its tasks are doing. Each answers on its own thread. When all have,
/// or when the time is over, the answers are passed on, once. Shared; guarded by its lock.
final class TaskDump: Sendable {
    /// The tasks of one state or child process; nil: it has not answered.
    struct Answer: Sendable {
        let thread: Work
        let isMain: Bool
        var tasks: [TaskReport]?
    }

    private struct State {
        var answers: [Int: Answer] = [:]
        var missing = 0
        var isOver = false
    }
    private let state = Guarded(State())
    private let finish: @Sendable ([Answer]) -> Void

    /// How long a state that runs may take to answer.
    static let patience: TimeSpan = .milliseconds(500)

    private init(_ finish: @escaping @Sendable ([Answer]) -> Void) { self.finish = finish }

    /// Any thread. With a time, running states are interrupted, and the answers are passed on when it is over at the
    /// latest. Without one all states and children must be idle.
    static func take(
        of program: Program, within time: TimeSpan? = nil, _ finish: @escaping @Sendable ([Answer]) -> Void
    ) {
        let dump = TaskDump(finish)
        let workers = program.liveWorkers
        let children = program.runningThreads.filter { $0.kind == .process }
        dump.state.withLock { state in
            state.missing = workers.count + children.count
            for worker in workers {
                state.answers[worker.thread.id] = Answer(thread: worker.thread, isMain: worker.isMain)
            }
            for child in children { state.answers[child.id] = Answer(thread: child, isMain: false) }
        }
        for worker in workers {
            let id = worker.thread.id
            let isAsked = worker.perform({ dump.answer(id, $0.taskReports) }, orElse: { dump.answer(id, []) })
            if !isAsked { dump.answer(id, []) }
            if time != nil { worker.interrupt() }
        }
        for child in children {
            let id = child.id
            guard let elsewhere = child.elsewhere else {
                dump.answer(id, nil)
                continue
            }
            elsewhere.ask(.tasks, 0) { dump.answer(id, $0.flatMap(TaskReport.read)) }
        }
        if let time { Reactor.shared.call(after: time) { dump.end() } }
        if workers.isEmpty, children.isEmpty { dump.end() }
    }

    private func answer(_ id: Int, _ tasks: [TaskReport]?) {
        let isLast = state.withLock { state in
            state.answers[id]?.tasks = tasks
            state.missing -= 1
            return state.missing == 0
        }
        if isLast { end() }
    }

    private func end() {
        let answers = state.withLock { state -> [Answer]? in
            defer { state.isOver = true }
            return state.isOver ? nil : Array(state.answers.values)
        }
        guard let answers else { return }
        finish(answers.sorted { $0.isMain || (!$1.isMain && $0.thread.id < $1.thread.id) })
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

extension TaskDump.Answer {
    var reports: [TaskReport] { tasks ?? [] }

    /// The state with its tasks, for people.
    var text: ByteText {
        guard let tasks else {
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
