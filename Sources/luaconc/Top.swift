import Bridge
import Glibc

/// `luaconc --top PID`: shows every second what the states of a program do, until a key ends it. Owned by the main
/// thread.
struct Top {
    private let connection: ControlConnection

    init(_ connection: ControlConnection) { self.connection = connection }

    private static let interval: Int32 = 1000
    /// Between the two looks from which the rates of one table come.
    private static let glance: Int32 = 500
    private static let patience: Int32 = 5000

    /// The exit status.
    func run(once: Bool) throws(ControlConnection.Refusal) -> Int32 {
        let first = try look()
        guard once else { return try watch(first) }
        poll(nil, 0, Self.glance)
        let rows = try look().rows(
            since: first, columns: StandardStreams.outputIsTerminal ? TerminalKind.size.columns : 80)
        for row in rows { StandardStreams.say(row.text) }
        return EXIT_SUCCESS
    }

    private func look() throws(ControlConnection.Refusal) -> ProgramTable {
        connection.send(ControlFrame(.look))
        while let frame = connection.next(within: Self.patience) {
            guard frame.kind == .report else { continue }
            guard let status = ProcessStatus(connection.pid) else { break }
            return ProgramTable(frame.body, status)
        }
        throw connection.hasEnded ? connection.refusal : .init("process \(connection.pid) does not answer")
    }

    // MARK: - At a terminal

    private func watch(_ first: ProgramTable) throws(ControlConnection.Refusal) -> Int32 {
        let screen = Screen()
        defer { screen.leave() }
        var (before, table) = (first, first)
        screen.show(table.rows(since: before, columns: screen.columns))
        while true {
            switch screen.wait(Self.interval) {
            case .leave: return EXIT_SUCCESS
            case .resize: break
            case .time: (before, table) = (table, try look())
            }
            screen.show(table.rows(since: before, columns: screen.columns))
        }
    }
}

/// The terminal while a table stands on it. One that knows no escape sequences gets each table below the last one. Owned
/// by the main thread.
private final class Screen {
    enum Event {
        case leave, resize, time
    }

    private let signals = SignalPipe()
    private let isPlain = TerminalKind.isPlain
    private let hasColours = TerminalKind.hasColours
    private var settings = termios()
    private let hasKeys: Bool
    private var hasShown = false
    private var ends: [Signals.Subscription] = []

    init() {
        hasKeys = StandardStreams.inputIsTerminal && tcgetattr(0, &settings) == 0
        signals.catchSignals()
        for number in [SIGTERM, SIGHUP] {
            let end = try? Signals.shared.subscribe(number) { [signals] _ in signals.send(.interrupt) }
            if let end { ends.append(end) }
        }
        enter()
    }

    var columns: Int { max(TerminalKind.size.columns - 1, 10) }

    /// Keys are read one by one, and not shown.
    private func enter() {
        if hasKeys {
            var single = settings
            single.c_lflag &= ~tcflag_t(ICANON | ECHO)
            withUnsafeMutableBytes(of: &single.c_cc) { keys in
                keys[Int(VSUSP)] = 0  // not with the table on the terminal
                keys[Int(VMIN)] = 1
                keys[Int(VTIME)] = 0
            }
            tcsetattr(0, TCSANOW, &single)
        }
        if !isPlain { write("\u{1b}[?1049h\u{1b}[?25l") }
    }

    func leave() {
        if !isPlain { write("\u{1b}[?25h\u{1b}[?1049l") }
        if hasKeys { tcsetattr(0, TCSANOW, &settings) }
        signals.releaseSignals()
        for end in ends { Signals.shared.unsubscribe(end) }
    }

    func show(_ rows: [ProgramTable.Row]) {
        let height = TerminalKind.size.rows
        var rows = rows
        if !isPlain, rows.count > height, height > 3 {
            let more = rows.count - height + 1
            rows = rows.prefix(height - 1) + [("… \(more) more rows", false)]
        }
        if isPlain {
            write((hasShown ? "\n" : "") + rows.map { $0.text + "\n" }.joined())
        } else {
            let lines = rows.map { ($0.isHead && hasColours ? "\u{1b}[7m\($0.text)\u{1b}[0m" : $0.text) + "\u{1b}[K" }
            write("\u{1b}[H" + lines.joined(separator: "\n") + "\u{1b}[J")
        }
        hasShown = true
    }

    private func write(_ text: String) {
        StandardStreams.say(Word(text.utf8), terminator: "")
        Console.flush()
    }

    /// Waits for a key or a signal, for so many milliseconds at most.
    func wait(_ time: Int32) -> Event {
        while true {
            var waits = [
                pollfd(fd: signals.reader, events: Int16(POLLIN), revents: 0),
                pollfd(fd: hasKeys ? 0 : -1, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&waits, 2, time) == 0 { return .time }
            if waits[0].revents != 0 {
                switch signals.next() {
                case .resize, .resume: return .resize
                case .interrupt, nil: return .leave
                default: break
                }
            }
            if waits[1].revents != 0 {
                var key: UInt8 = 0
                let count = read(0, &key, 1)
                if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { return .leave }
                if count == 1, [UInt8(ascii: "q"), UInt8(ascii: "Q"), 3, 4].contains(key) { return .leave }
            }
        }
    }
}
