/// Asks every state, and every child process, something. Each answers on its own thread. When all have, or when the time
/// is over, the answers are passed on, once. Shared; guarded by its lock.
final class Survey<Part: Sendable>: Sendable {
    /// What one state or child process has said; nil: it has not answered.
    struct Answer: Sendable {
        let thread: Work
        let isMain: Bool
        var part: Part?
    }

    /// How a state answers, what stands for one that is closed, and what children are asked.
    struct Questions: Sendable {
        let ask: @Sendable (Worker) -> Part
        let closed: Part
        let question: WorkQuestion
        let read: @Sendable (Message) -> Part?
    }

    private struct State {
        var answers: [Int: Answer] = [:]
        var missing = 0
        var isOver = false
    }
    private let state = Guarded(State())
    private let finish: @Sendable ([Answer]) -> Void

    private init(_ finish: @escaping @Sendable ([Answer]) -> Void) { self.finish = finish }

    /// Any thread. With a time, running states are interrupted, and the answers are passed on when it is over at the
    /// latest. Without one all states and children must be idle.
    static func take(
        of program: Program, within time: TimeSpan?, _ questions: Questions,
        _ finish: @escaping @Sendable ([Answer]) -> Void
    ) {
        let survey = Survey(finish)
        let workers = program.liveWorkers
        let children = program.runningThreads.filter { $0.kind == .process }
        survey.state.withLock { state in
            state.missing = workers.count + children.count
            for worker in workers {
                state.answers[worker.thread.id] = Answer(thread: worker.thread, isMain: worker.isMain)
            }
            for child in children { state.answers[child.id] = Answer(thread: child, isMain: false) }
        }
        for worker in workers {
            let id = worker.thread.id
            let isAsked = worker.perform(
                { survey.answer(id, questions.ask($0)) }, orElse: { survey.answer(id, questions.closed) })
            if !isAsked { survey.answer(id, questions.closed) }
            if time != nil { worker.interrupt() }
        }
        for child in children {
            let id = child.id
            guard let elsewhere = child.elsewhere else {
                survey.answer(id, nil)
                continue
            }
            elsewhere.ask(questions.question, 0) { survey.answer(id, $0.flatMap(questions.read)) }
        }
        if let time { Reactor.shared.call(after: time) { survey.end() } }
        if workers.isEmpty, children.isEmpty { survey.end() }
    }

    private func answer(_ id: Int, _ part: Part?) {
        let isLast = state.withLock { state in
            state.answers[id]?.part = part
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
