/// What the states of a program do and use at this moment, for `luaconc --top`. It is text, so that other processes can
/// read it. Each line has fields with tabs between them; `-` stands for what is not known. Of a state: `state`, the
/// process, the state's number, its title, its processor time in nanoseconds, the bytes that it uses, the messages that
/// it has sent and received so far, how many tasks it has. After it come some of its tasks: `task`, the title, what it
/// does, for how many nanoseconds it has been waiting, the place in its code.
enum ProgramReport {
    static let patience: TimeSpan = .milliseconds(500)
    /// Their answers have to come before the time is over here.
    static let patienceOfChildren: TimeSpan = .milliseconds(300)
    /// So many tasks of a state are told, so that a state with very many is not held up.
    fileprivate static let mostTasks = 64

    /// Any thread.
    static func take(of program: Program, within time: TimeSpan, _ finish: @escaping @Sendable (ByteText) -> Void) {
        let questions = Survey<ByteText>.Questions(
            ask: { $0.figures }, closed: "-\t-\t-\t0", question: .report,
            read: { message in
                var fields = FieldReader(message)
                return try? fields.text()
            })
        Survey.take(of: program, within: time, questions) { answers in
            finish(answers.map(text).joined(separator: "\n"))
        }
    }

    private static func text(_ answer: Survey<ByteText>.Answer) -> ByteText {
        let thread = answer.thread
        if thread.kind == .process, let part = answer.part, thread.elsewhere != nil { return part }
        let pid = thread.elsewhere.map { "\($0.pid ?? 0)" } ?? "\(Processor.processID)"
        let time = thread.worker?.processorTime.map { "\($0.nanoseconds)" } ?? "-"
        return "state\t\(pid)\t\(thread.id)\t\(field(thread.title))\t\(time)\t\(answer.part ?? "-\t-\t-\t-")"
    }

    /// The text without what would end a field, or make a terminal do something.
    fileprivate static func field(_ text: ByteText) -> ByteText {
        ByteText(text.bytes.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 })
    }
}

extension Worker {
    /// Any thread: the processor time that its thread has taken; nil once it has ended.
    var processorTime: TimeSpan? { isAlive.withLock { $0 ? identity.processorTime : nil } }

    /// On its thread: what follows the processor time in a report.
    fileprivate var figures: ByteText {
        let (sent, received, bytes) = memory.figures
        let others = tasks.lazy.filter { $0 !== self.current }.prefix(ProgramReport.mostTasks)
        let shown = (current.map { [$0] } ?? []) + others
        return (["\(bytes)\t\(sent)\t\(received)\t\(tasks.count)"] + shown.map(line)).joined(separator: "\n")
    }

    private func line(_ task: ScriptTask) -> ByteText {
        let report = report(task, withTraceback: false)
        let title = task.work === thread ? "main" : (task.parent as? Supervisor)?.title ?? title(of: task)
        let time: ByteText = report.time.map { "\($0.nanoseconds)" } ?? "-"
        let fields: [ByteText] = [title, report.doing, time, report.place ?? "-"]
        return (["task"] + fields.map(ProgramReport.field)).joined(separator: "\t")
    }
}
