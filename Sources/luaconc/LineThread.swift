import Bridge
import Glibc

/// A thread that reads lines, one for each request. Shared by it and the main thread; guarded by its lock.
final class LineThread: Sendable {
    enum Answer: Sendable {
        case line(Word)
        /// Ctrl-C: what was typed is dropped; maybe nothing was.
        case interrupted(isEmpty: Bool)
        case end
    }

    /// A message of the thread for the main thread.
    enum News: Sendable {
        case answer(Answer)
        /// It wants the completions of this word.
        case question(Word)
    }

    private struct State {
        var prompt: Word = []
        var news: News?
        var completions: [Candidate] = []
        var isStarted = false
    }

    private let state = Guarded(State())
    private let signals = SignalPipe()
    /// Makes the main thread look for news.
    private let wake: @Sendable () -> Void
    /// Ends what the main thread runs.
    private let interrupt: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void, interrupt: @escaping @Sendable () -> Void) {
        (self.wake, self.interrupt) = (wake, interrupt)
    }

    // MARK: - The main thread's side

    func ask(_ prompt: Word) {
        let isFirst = state.withLock { state in
            state.prompt = prompt
            defer { state.isStarted = true }
            return !state.isStarted
        }
        if isFirst, !start() { return state.withLock { $0.news = .answer(.end) } }
        signals.send(.read)
    }

    var hasNews: Bool { state.withLock { $0.news != nil } }

    func takeNews() -> News? {
        state.withLock { state in
            defer { state.news = nil }
            return state.news
        }
    }

    /// Answers a question.
    func tell(_ completions: [Candidate]) {
        state.withLock { $0.completions = completions }
        signals.send(.completions)
    }

    /// Ends the thread. When this returns the terminal has its former settings.
    func close() {
        guard state.withLock({ $0.isStarted }) else { return }
        signals.send(.close)
        signals.waitUntilClosed()
        signals.releaseSignals()
    }

    private func start() -> Bool {
        guard signals.isOpen, let thread = try? OSThread({ self.run() }) else { return false }
        thread.detach()
        return true
    }

    // MARK: - The thread's side

    private func run() {
        OSThread.stopForTerminal()
        let reader = makeReader()
        var interrupts = 0
        while let signal = signals.next() {
            switch signal {
            case .read:
                interrupts = 0
                post(.answer(reader.read(state.withLock { $0.prompt })))
            case .interrupt:
                interrupts += 1
                if interrupts > 1 { Signals.die(by: SIGINT) }  // the first did not help
                interrupt()
            case .close: return signals.confirmClosed()
            case .completions, .resize, .resume: break
            }
        }
    }

    private func makeReader() -> any LineReader {
        guard StandardStreams.inputIsTerminal else { return PlainReader(echoes: true) }
        guard StandardStreams.outputIsTerminal, let editor = LineEditor(signals, complete) else {
            return PlainReader(echoes: false)
        }
        return editor
    }

    private func post(_ news: News) {
        state.withLock { $0.news = news }
        wake()
    }

    /// Asks the main thread, since only that may read the state. It answers as soon as it is not running a script.
    private func complete(_ word: Word) -> [Candidate] {
        post(.question(word))
        while let signal = signals.next() {
            switch signal {
            case .completions: return state.withLock { $0.completions }
            case .close:
                signals.send(.close)
                return []
            case .read, .interrupt, .resize, .resume: break
            }
        }
        return []
    }
}

/// A source of lines.
protocol LineReader {
    func read(_ prompt: Word) -> LineThread.Answer
}
