import Bridge
import CLineEditor
import Glibc

/// `--top` and `--attach`: looks into another program.
struct Visitor {
    private let visit: Options.Visit

    init(_ visit: Options.Visit) { self.visit = visit }

    /// The exit status.
    func run() -> Int32 {
        line_use_encoding()
        do throws(ControlConnection.Refusal) {
            switch visit.purpose {
            case .top:
                let connection = try ControlConnection.open(visit.pid, for: ["top"])
                return try Top(connection).run(once: visit.isOnce || !StandardStreams.outputIsTerminal)
            case .attach:
                return try AttachedSession(visit.pid).run()
            }
        } catch {
            StandardStreams.complain("\(Command.name): \(error.text)")
            return EXIT_FAILURE
        }
    }
}

/// What the terminal at standard output can do.
enum TerminalKind {
    static var isPlain: Bool {
        ["", "dumb"].contains(getenv("TERM").map { String(cString: $0) } ?? "")
    }

    static var hasColours: Bool { !isPlain && (getenv("NO_COLOR").map { $0[0] == 0 } ?? true) }

    /// Its columns and rows.
    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        let isKnown = ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
        return isKnown ? (Int(size.ws_col), Int(size.ws_row)) : (80, 24)
    }
}
