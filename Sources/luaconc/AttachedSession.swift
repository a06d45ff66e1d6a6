import Bridge
import Glibc

/// `luaconc --attach PID`: reads lines, has each run in the other program, and shows what comes back. Owned by the main
/// thread.
final class AttachedSession {
    private let connection: ControlConnection
    private let hasPeople = StandardStreams.inputIsTerminal && StandardStreams.outputIsTerminal
    private let hasColours: Bool
    /// Wakes the main thread when the line thread has news.
    private let bell: SignalPipe
    private var hasFailed = false
    private var columns: Int
    /// Completions that have come.
    private var completions: [Candidate]?

    init(_ pid: Int32) throws(ControlConnection.Refusal) {
        hasColours = hasPeople && TerminalKind.hasColours
        columns = StandardStreams.outputIsTerminal ? TerminalKind.size.columns : 0
        bell = SignalPipe()
        let purpose = ["attach", "\(columns)", hasColours ? "colours" : "plain"]
        connection = try ControlConnection.open(pid, for: purpose)
    }

    /// The exit status: 1 if the program has ended meanwhile, or, with lines from a file or a pipe, if one has failed.
    func run() throws(ControlConnection.Refusal) -> Int32 {
        if hasPeople { try converse() } else { try obey() }
        return hasFailed && !hasPeople ? EXIT_FAILURE : EXIT_SUCCESS
    }

    // MARK: - Lines from a file or a pipe

    private func obey() throws(ControlConnection.Refusal) {
        var text: Word = []
        var isIncomplete = false
        while let line = StandardStreams.readLine() {
            text = isIncomplete ? text + [UInt8(ascii: "\n")] + line : line
            isIncomplete = try execute(text) { [connection] in connection.next(within: -1) }
        }
        if isIncomplete {
            StandardStreams.complain("\(Command.name): the last chunk is incomplete")
            hasFailed = true
        }
    }

    // MARK: - At a terminal

    private func converse() throws(ControlConnection.Refusal) {
        let words = ProcessStatus(connection.pid)?.words ?? ""
        let name = words.isEmpty ? "" : " (\(words))"
        StandardStreams.say("attached to process \(connection.pid)\(name); Ctrl-D leaves, and it goes on")
        let input = LineThread(wake: { [bell] in bell.send(.read) }, interrupt: { [bell] in bell.send(.interrupt) })
        defer { input.close() }
        while case .line(var text)? = try line(input, "> ", isFirst: true) {
            while try execute(text, { [self] in self.next(input) }) {
                guard case .line(let more)? = try line(input, ">> ", isFirst: false) else { break }
                text += [UInt8(ascii: "\n")] + more
            }
        }
        StandardStreams.say("")
    }

    /// Nil: the user leaves.
    private func line(
        _ input: LineThread, _ prompt: String, isFirst: Bool
    ) throws(ControlConnection.Refusal) -> LineThread.Answer? {
        var wasEmpty = false
        while true {
            Console.flush()
            input.ask(Word(prompt.utf8))
            let answer = try answer(input)
            guard isFirst else { return answer }
            switch answer {
            case .interrupted(let isEmpty):
                if isEmpty, wasEmpty { return nil }
                if isEmpty { StandardStreams.say("(Ctrl-C again, or Ctrl-D, leaves)") }
                wasEmpty = isEmpty
            case .end: return nil
            case .line: return answer
            }
        }
    }

    /// Waits for the line thread. Shows meanwhile what comes from the program.
    private func answer(_ input: LineThread) throws(ControlConnection.Refusal) -> LineThread.Answer {
        while true {
            switch input.takeNews() {
            case .answer(let answer)?: return answer
            case .question(let word)?: input.tell(complete(word))
            case nil: break
            }
            wait(for: -1)
            while let frame = connection.take() { show(frame) }
            if connection.hasEnded { throw connection.refusal }
        }
    }

    /// The completions of the word; none if the program does not answer soon.
    private func complete(_ word: Word) -> [Candidate] {
        completions = nil
        connection.send(ControlFrame(.complete, word))
        while completions == nil, let frame = connection.next(within: 1000) { show(frame) }
        return completions ?? []
    }

    /// The next frame while a line is run; Ctrl-C ends the line. Nil: the connection has ended.
    private func next(_ input: LineThread) -> ControlFrame? {
        while true {
            if let frame = connection.take() { return frame }
            if connection.hasEnded { return nil }
            wait(for: -1)
        }
    }

    /// Sleeps until the program or the line thread has something to say.
    private func wait(for time: Int32) {
        var waits = [
            pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: bell.reader, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&waits, 2, time) > 0, waits[1].revents != 0, bell.next() == .interrupt else { return }
        connection.send(ControlFrame(.cancel))
    }

    // MARK: - Running a line

    /// Has the text run, and shows what comes until that has ended. Returns whether it is only the beginning of a chunk.
    private func execute(
        _ text: Word, _ next: () -> ControlFrame?
    ) throws(ControlConnection.Refusal) -> Bool {
        guard text.count < ControlFrame.longest else {
            StandardStreams.complain("\(Command.name): a line may have \(ControlFrame.longest) bytes")
            hasFailed = true
            return false
        }
        if hasPeople, TerminalKind.size.columns != columns {
            columns = TerminalKind.size.columns
            connection.send(ControlFrame(.columns, Array("\(columns)".utf8)))
        }
        connection.send(ControlFrame(.run, text))
        var isIncomplete = false
        while let frame = next() {
            switch frame.kind {
            case .done:
                Console.flush()
                return isIncomplete
            case .incomplete: isIncomplete = true
            default: show(frame)
            }
        }
        throw connection.refusal
    }

    private func show(_ frame: ControlFrame) {
        switch frame.kind {
        case .output: StandardStreams.say(frame.body, terminator: "")
        case .notice:
            Console.flush()
            StandardStreams.complain(Word("\(Command.name): ".utf8) + frame.body)
        case .failure:
            hasFailed = true
            Console.flush()
            if hasPeople { Console.beginRow() }
            let message = frame.body.prefix { $0 != UInt8(ascii: "\n") }
            let rest = frame.body[message.count...]
            StandardStreams.complain(
                hasColours ? Word("\u{1b}[31m".utf8) + message + Word("\u{1b}[0m".utf8) + rest : frame.body)
        case .completions:
            let lines = frame.body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Word.init)
            completions = stride(from: 0, to: lines.count - 2, by: 3).map {
                Candidate(lines[$0], lines[$0 + 1], suffix: lines[$0 + 2].text)
            }
        default: break
        }
    }
}
