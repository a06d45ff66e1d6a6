import Bridge
import CLineEditor
import Glibc

/// Lines typed at a terminal, with editing, history and completion. Owned by the line thread.
final class LineEditor: LineReader {
    private let signals: SignalPipe
    private let history = History()
    private let completions: Completions
    /// Why the line was given up.
    private var reason: LineThread.Answer = .end

    // Sound: only the line thread uses it, and the library's calls come on that thread.
    private nonisolated(unsafe) static weak var current: LineEditor?
    private nonisolated(unsafe) static let host = UnsafeMutablePointer<line_host>.allocate(capacity: 1)

    /// Nil if libedit is not installed. `find` returns what a word of Lua could become.
    init?(_ signals: SignalPipe, _ find: @escaping (Word) -> [Candidate]) {
        self.signals = signals
        completions = Completions(find)
        Self.host.initialize(
            to: line_host(
                next: { LineEditor.current?.next() ?? Int32(LINE_LEAVE) },
                hold: { Console.holdTerminal() },
                release: { erase, eraseCount, draw, drawCount, isPlain in
                    Console.releaseTerminal(
                        erase: UnsafeRawBufferPointer(start: erase, count: eraseCount),
                        draw: UnsafeRawBufferPointer(start: draw, count: drawCount), isPlain: isPlain)
                },
                complete: { before, after in
                    guard let before, let after, let editor = LineEditor.current else { return nil }
                    let more = editor.completions.complete(Word(before), Word(after))
                    return more.withCString { $0.flatMap { strdup($0) } }
                }))
        guard line_open(Self.host) else { return nil }
        Self.current = self
        signals.catchSignals()
        for line in history.lines { line.withCString { line_remember($0) } }
    }

    func read(_ prompt: Word) -> LineThread.Answer {
        reason = .end
        var count = 0
        guard let text = prompt.withCString({ line_read($0, &count) }) else { return reason }
        defer { free(text) }
        let line = Word(UnsafeRawBufferPointer(start: text, count: count))
        if history.add(line) { line.withCString { line_remember($0) } }
        return .line(line)
    }

    /// Waits for the next byte that is typed, or for a signal.
    private func next() -> Int32 {
        while true {
            var waits = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.reader, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waits, 2, -1) >= 0 || errno == EINTR else { return Int32(LINE_LEAVE) }
            if waits[1].revents != 0, let answer = heed(signals.next()) { return answer }
            if waits[0].revents != 0 {
                var byte: UInt8 = 0
                let count = Glibc.read(0, &byte, 1)
                if count == 1 { return Int32(byte) }
                // The terminal is gone.
                if count == 0 || (errno != EINTR && errno != EAGAIN) { return Int32(LINE_LEAVE) }
            }
        }
    }

    private func heed(_ signal: SignalPipe.Signal?) -> Int32? {
        switch signal {
        case .interrupt:
            reason = .interrupted(isEmpty: line_is_empty())
            return Int32(LINE_LEAVE)
        case .resume: return Int32(LINE_RESUME)
        case .resize: return Int32(LINE_RESIZE)
        case .read, .completions: return nil
        case .close, nil:
            signals.send(.close)
            return Int32(LINE_LEAVE)
        }
    }
}

extension Word {
    func withCString<R>(_ body: (UnsafePointer<CChar>?) -> R) -> R {
        (self + [0]).withUnsafeBytes { body($0.assumingMemoryBound(to: CChar.self).baseAddress) }
    }
}
