import Dispatch
import Foundation
import Glibc
import JobsCore

/// The terminal while a table stands on it, which is left as it was found. Owned by the main thread.
final class Screen {
    enum Event {
        case leave, resize, time
    }

    private var settings = termios()
    private let hasKeys: Bool
    /// Neither colours nor escape sequences are known there: each table comes below the last one.
    private let isPlain: Bool
    private let hasColours: Bool
    /// A byte for each signal: what the sources write into `writer` is read from `reader`.
    private var reader: Int32 = -1
    private var writer: Int32 = -1
    private var sources: [any DispatchSourceSignal] = []

    /// Nil if the output is no terminal.
    init?() {
        guard isatty(1) == 1 else { return nil }
        let environment = ProcessInfo.processInfo.environment
        isPlain = ["", "dumb"].contains(environment["TERM"] ?? "")
        hasColours = !isPlain && (environment["NO_COLOR"] ?? "").isEmpty
        hasKeys = isatty(0) == 1 && tcgetattr(0, &settings) == 0
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (reader, writer) = (ends[0], ends[1])
        for number in [SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT] {
            signal(number, number == SIGWINCH || number == SIGCONT ? SIG_DFL : SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [writer] in
                var byte = UInt8(number)
                _ = Glibc.write(writer, &byte, 1)
            }
            source.resume()
            sources.append(source)
        }
        enter()
    }

    var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (24, 79) }
        return (Int(size.ws_row), max(Int(size.ws_col) - 1, 10))
    }

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
        for source in sources { source.cancel() }
    }

    func show(_ all: [ActivityTable.Row]) {
        guard !isPlain else { return write(all.map { $0.text + "\n" }.joined() + "\n") }
        let height = size.rows
        var rows = all
        if rows.count > height, height > 3 {
            rows = rows.prefix(height - 1) + [("… \(rows.count - height + 1) more rows", false)]
        }
        let lines = rows.map { ($0.isHead && hasColours ? "\u{1b}[7m\($0.text)\u{1b}[0m" : $0.text) + "\u{1b}[K" }
        write("\u{1b}[H" + lines.joined(separator: "\n") + "\u{1b}[J")
    }

    private func write(_ text: String) { JobsCore.write(Array(text.utf8), 1) }

    /// Waits for a key or a signal, for so many milliseconds at most.
    func wait(_ time: Int32) -> Event {
        let end = Moment(milliseconds: time)
        while true {
            var waits = [
                pollfd(fd: reader, events: Int16(POLLIN), revents: 0),
                pollfd(fd: hasKeys ? 0 : -1, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&waits, 2, end.rest)
            if count == 0 { return .time }
            if count < 0 { continue }  // interrupted
            var byte: UInt8 = 0
            if waits[0].revents != 0, read(reader, &byte, 1) == 1 {
                if Int32(byte) == SIGCONT { enter() }
                return [SIGWINCH, SIGCONT].contains(Int32(byte)) ? .resize : .leave
            }
            if waits[1].revents != 0 {
                // The end of the input is the end of the table.
                guard read(0, &byte, 1) == 1 else { return .leave }
                if [UInt8(ascii: "q"), UInt8(ascii: "Q"), 3, 4, 27].contains(byte) { return .leave }
            }
        }
    }

    /// A moment to come.
    private struct Moment {
        private let end: ContinuousClock.Instant
        init(milliseconds: Int32) { end = .now + .milliseconds(milliseconds) }
        /// In milliseconds.
        var rest: Int32 {
            let rest = end - .now
            return rest > .zero ? Int32(rest / .milliseconds(1)) + 1 : 0
        }
    }
}
