import Foundation
import Glibc
import Testing

/// `luaconc` at a pseudo-terminal: what is typed, and what appears. Blocks its thread; used through `run`.
final class Terminal {
    private let primary: Int32
    private let pid: pid_t
    /// All that has appeared; `expect` looks behind what it found before.
    private(set) var screen: [UInt8] = []
    private var seen = 0
    private var hasEnded = false
    private var columns: Int

    /// Runs a session at a terminal of its own, and sees to it that nothing is left of it.
    static func run(
        program path: String = Program.luaconc, _ words: [String] = [], environment: [String: String] = [:],
        columns: Int = 80,
        _ session: @escaping @Sendable (Terminal) throws -> Void
    ) async throws {
        var program = Program(path)
        program.words = words.map { Array($0.utf8) }
        program.environment = ["TERM": "xterm", "LUACONC_HISTORY": "", "NO_COLOR": "1"].merging(environment) { $1 }
        let fixed = program
        try await Program.onQueue {
            let terminal = try Terminal(fixed, columns: columns)
            defer { terminal.close() }
            try session(terminal)
        }
    }

    private init(_ program: Program, columns: Int) throws {
        var (primary, secondary): (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        self.columns = columns
        guard openpty(&primary, &secondary, nil, nil, &size) == 0 else {
            throw SystemFailure(call: "openpty", code: errno)
        }
        defer { Glibc.close(secondary) }
        var name = [CChar](repeating: 0, count: 128)
        try SystemFailure.check("ttyname_r", ttyname_r(secondary, &name, name.count))
        for end in [primary, secondary] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.primary = primary
        let path = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        pid = try Self.spawn(program, at: String(decoding: path, as: UTF8.self))
    }

    /// A session leader that opens the terminal owns it.
    private static func spawn(_ program: Program, at name: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(0x80 | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))  // SETSID
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var pid = pid_t()
        try Program.spawning.withLock { _ in
            try withStrings([Array(program.path.utf8)] + program.words) { argv in
                try withStrings(program.variables.map { Array($0.utf8) }) { envp in
                    try SystemFailure.check(
                        "posix_spawn", posix_spawn(&pid, program.path, &actions, &attributes, argv, envp))
                }
            }
        }
        return pid
    }

    private func close() {
        if !hasEnded {
            kill(-pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        Glibc.close(primary)
    }

    // MARK: - What a user does and sees

    func type(_ text: String) { type(bytes: Array(text.utf8)) }

    func type(bytes: [UInt8]) {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(primary, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    struct Missing: Error, CustomStringConvertible {
        let text: String
        let screen: String
        var description: String { "'\(text)' did not appear; on the screen:\n\(screen)" }
    }

    /// Waits until the text appears, after all that was expected before.
    func expect(_ text: String, within seconds: Double = 60) throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if let range = screen[seen...].firstRange(of: Array(text.utf8)) {
                seen = range.upperBound
                return
            }
            guard ContinuousClock.now < deadline, read() else {
                throw Missing(text: text, screen: String(decoding: screen, as: UTF8.self))
            }
        }
    }

    /// What stands on the terminal now, without blank rows.
    var rows: [String] { Screen(screen, columns: columns).rows }

    /// Waits until the last rows on the terminal are these.
    func expectRows(_ last: String...) throws { try expectRows(last) }

    func expectRows(_ last: [String], within seconds: Double = 60) throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let shown = rows
            if shown.suffix(last.count) == last[...] { return }
            guard ContinuousClock.now < deadline, read() else {
                throw Missing(text: last.joined(separator: "\n"), screen: shown.joined(separator: "\n"))
            }
        }
    }

    func signal(_ number: Int32) { kill(pid, number) }

    func resize(columns: Int) {
        var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        self.columns = columns
        _ = ioctl(primary, UInt(TIOCSWINSZ), &size)
    }

    /// Waits for the end; the exit status, or the negative number of a signal.
    func end(within seconds: Double = 60) throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) != pid {
            guard ContinuousClock.now < deadline else {
                throw Missing(text: "(the end)", screen: String(decoding: screen, as: UTF8.self))
            }
            _ = read()
        }
        hasEnded = true
        while read(for: 0) {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
    }

    /// Whether the terminal edits and shows lines itself, as programs find it and must leave it.
    var isAsUsual: Bool {
        var settings = termios()
        tcgetattr(primary, &settings)
        return settings.c_lflag & tcflag_t(ICANON) != 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }

    /// Waits until no program reads single keys any more.
    func waitUntilUsual() {
        for _ in 0..<1000 where !isAsUsual { usleep(5000) }
    }

    /// Takes what has appeared; false when nothing did, for a moment or for ever.
    @discardableResult
    private func read(for milliseconds: Int32 = 50) -> Bool {
        var wait = pollfd(fd: primary, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, milliseconds) > 0 else { return milliseconds > 0 }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(primary, &buffer, buffer.count)
        guard count > 0 else {
            if milliseconds > 0 { usleep(5000) }  // the other side is closed: the process ends
            return milliseconds > 0
        }
        screen += buffer[..<count]
        return true
    }
}
