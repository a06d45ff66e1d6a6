import Glibc

/// Lines typed at a terminal, with editing, history and completion. Owned by the line thread.
final class LineEditor: LineReader {
    private let library: LibEdit
    private let signals: SignalPipe
    private let history = History()

    /// Nil if libedit is not installed.
    init?(_ signals: SignalPipe, _ complete: @escaping (Word) -> [Word]) {
        guard let library = LibEdit() else { return nil }
        self.library = library
        self.signals = signals
        library.open(complete: complete)
        signals.catchSignals()
        for line in history.lines { library.remember(line) }
    }

    func read(_ prompt: Word) -> LineThread.Answer {
        library.begin(prompt)
        while true {
            var waits = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.reader, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waits, 2, -1) >= 0 || errno == EINTR else { return abandon(.end) }
            if waits[1].revents != 0, let answer = heed(signals.next()) { return answer }
            if waits[0].revents & Int16(POLLIN) != 0 {
                if let line = library.readByte() { return finish(line) }
            } else if waits[0].revents != 0 {
                return abandon(.end)  // the terminal is gone
            }
        }
    }

    private func heed(_ signal: SignalPipe.Signal?) -> LineThread.Answer? {
        switch signal {
        case .interrupt, .resume: return abandon(.interrupted)
        case .resize: library.resize()
        case .read, .completions: break
        case .close, nil:
            signals.send(.close)
            return abandon(.end)
        }
        return nil
    }

    private func abandon(_ answer: LineThread.Answer) -> LineThread.Answer {
        library.abandon()
        if case .interrupted = answer { StandardStreams.say("") }
        return answer
    }

    private func finish(_ line: LibEdit.Line) -> LineThread.Answer {
        guard case .text(let line) = line else { return .end }
        if history.add(line) { library.remember(line) }
        return .line(line)
    }
}
