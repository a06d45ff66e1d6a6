import Bridge
import Glibc

/// A connection to the control socket of another program. One thread uses it.
final class ControlConnection {
    /// Why there is none, in words.
    struct Refusal: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    let pid: Int32
    let socket: Int32
    private var input: [UInt8] = []
    /// Nothing more comes.
    private(set) var hasEnded = false
    /// The program hears nothing more. What it has said before can still be read.
    private var isDeaf = false

    private init(_ pid: Int32, _ socket: Int32) { (self.pid, self.socket) = (pid, socket) }

    deinit { close(socket) }

    // MARK: - Finding the program

    private static let patience: Int32 = 5000
    private static let pause: Int32 = 20

    /// Asks the program to open its socket if there is none, and says what it is wanted for.
    static func open(_ pid: Int32, for purpose: [String]) throws(Refusal) -> ControlConnection {
        let status = try find(pid)
        let folders = ControlSocket.folders(status.variable("XDG_RUNTIME_DIR"))
        var connection = connect(to: pid, folders)
        if connection == nil {
            try ask(status)
            connection = try waitFor(status, folders)
        }
        guard let connection else { throw Refusal("process \(pid) does not answer") }
        let hello = ([ControlFrame.protocolName] + purpose).joined(separator: "\n")
        connection.send(ControlFrame(.hello, Array(hello.utf8)))
        let answer = connection.next(within: patience)
        guard answer?.kind == .welcome else {
            let reason = answer.map { $0.kind == .notice ? ": \(Word($0.body).text)" : "" } ?? ""
            throw Refusal("process \(pid) does not answer\(reason)")
        }
        return connection
    }

    private static func find(_ pid: Int32) throws(Refusal) -> ProcessStatus {
        guard let status = ProcessStatus(pid) else { throw Refusal("there is no process \(pid)") }
        guard status.state != "Z" else { throw Refusal("process \(pid) has ended") }
        guard status.user == geteuid() else { throw Refusal("process \(pid) belongs to another user") }
        return status
    }

    /// Sends the signal by which a program opens its socket, if it knows it.
    private static func ask(_ status: ProcessStatus) throws(Refusal) {
        let pid = status.pid
        var status = status
        // Between fork and exec it is still the program that starts it.
        while !status.isLuaconc, status.age < 2 {
            poll(nil, 0, pause)
            status = try find(pid)
        }
        guard status.isLuaconc else {
            let name = status.program.split(separator: "/").last.map { " (\($0))" } ?? ""
            throw Refusal("process \(pid)\(name) is no luaconc program that can be looked into")
        }
        var waited: Int32 = 0
        while !status.catches(Signals.look) {
            if let parent = ProcessStatus(status.parent), parent.isLuaconc {
                throw Refusal("process \(pid) is a child process of a luaconc program: use \(root(of: parent))")
            }
            guard waited < 1000 else {
                throw Refusal("process \(pid) cannot be looked into: it runs no script, or is of another version")
            }
            _ = try find(pid)
            poll(nil, 0, pause)  // it may just have started
            waited += pause
        }
        guard kill(pid, Signals.look) == 0 else { throw Refusal("process \(pid) has ended") }
    }

    /// The program that a child process belongs to.
    private static func root(of status: ProcessStatus) -> Int32 {
        var status = status
        while !status.catches(Signals.look), let parent = ProcessStatus(status.parent), parent.isLuaconc {
            status = parent
        }
        return status.pid
    }

    private static func waitFor(_ status: ProcessStatus, _ folders: [String]) throws(Refusal) -> ControlConnection? {
        let pid = status.pid
        for _ in 0..<patience / pause {
            if let connection = connect(to: pid, folders) { return connection }
            let now = try find(pid)
            if now.state == "T" { throw Refusal("process \(pid) is stopped") }
            poll(nil, 0, pause)
        }
        return nil
    }

    private static func connect(to pid: Int32, _ folders: [String]) -> ControlConnection? {
        for folder in folders where ControlSocket.isSafe(folder) {
            let path = ControlSocket.path(of: pid, in: folder)
            if let socket = ControlSocket.connection(path, to: pid) { return ControlConnection(pid, socket) }
        }
        return nil
    }

    /// Why it has ended.
    var refusal: Refusal {
        for _ in 0..<100 {
            guard let status = ProcessStatus(pid), status.state != "Z" else {
                return Refusal("process \(pid) has ended")
            }
            poll(nil, 0, Self.pause)  // it may be about to end
        }
        return Refusal("process \(pid) has ended the connection")
    }

    // MARK: - Frames

    /// Sends the frame, and waits until the program has taken it.
    func send(_ frame: ControlFrame) {
        var bytes = frame.bytes[...]
        while !bytes.isEmpty, !isDeaf {
            let done = bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if done >= 0 {
                bytes = bytes.dropFirst(done)
            } else if errno == EAGAIN {
                var wait = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
                if poll(&wait, 1, Self.patience) == 0 { isDeaf = true }
            } else if errno != EINTR {
                isDeaf = true
            }
        }
    }

    /// The next frame that has come as a whole; nil: there is none, or the connection has ended.
    func take() -> ControlFrame? {
        if let frame = frame() { return frame }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !hasEnded {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count > 0 {
                input += buffer[..<count]
                if let frame = frame() { return frame }
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                hasEnded = true
            } else if errno == EAGAIN {
                return nil
            }
        }
        return frame()
    }

    private func frame() -> ControlFrame? {
        do throws(ControlFrame.Malformed) { return try ControlFrame.take(from: &input) } catch {
            hasEnded = true
            return nil
        }
    }

    /// The same, and waits for it. Milliseconds; negative: as long as it takes.
    func next(within time: Int32) -> ControlFrame? {
        while true {
            if let frame = take() { return frame }
            if hasEnded { return nil }
            var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if poll(&wait, 1, time) == 0 { return nil }
        }
    }
}
