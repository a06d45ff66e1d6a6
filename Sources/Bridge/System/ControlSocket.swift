import CKernel
import Glibc

/// Where a process is reached by other processes of the same user: the socket `luaconc/PID` in the folder of
/// `XDG_RUNTIME_DIR`, or `luaconc-USER/PID` in `/tmp`. The folder is this user's and lets nobody else in.
package enum ControlSocket {
    /// The folders in which the socket of a process may be that has that value of `XDG_RUNTIME_DIR`.
    package static func folders(_ runtimeFolder: String?) -> [String] {
        let own = runtimeFolder.flatMap { $0.hasPrefix("/") && $0.utf8.count < 80 ? [$0 + "/luaconc"] : nil } ?? []
        return own + ["/tmp/luaconc-\(geteuid())"]
    }

    package static func path(of pid: Int32, in folder: String) -> String { "\(folder)/\(pid)" }

    /// Whether the folder is as it must be: not a link, this user's, closed to all others.
    package static func isSafe(_ folder: String) -> Bool {
        var status = stat()
        guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
        return status.st_uid == geteuid() && status.st_mode & 0o077 == 0
    }

    /// Listens for this process. The socket of an earlier process with the same number is replaced, and those of others
    /// that have been killed are removed.
    static func listen() throws(Unusable) -> (socket: Int32, path: String) {
        var reason = ""
        for folder in folders(Environment.value("XDG_RUNTIME_DIR")) {
            if mkdir(folder, 0o700) != 0, errno != EEXIST {
                reason = SystemError(call: folder, code: errno).description
                continue
            }
            guard isSafe(folder) else {
                reason = "\(folder): not a folder of this user that is closed to others"
                continue
            }
            removeStale(folder)
            let path = path(of: getpid(), in: folder)
            let made = system_listen_at(path)
            if made >= 0 { return (made, path) }
            reason = SystemError(call: path, code: -made).description
        }
        throw Unusable(reason: reason)
    }

    struct Unusable: Error { let reason: String }

    /// The names of sockets to which nobody listens any more.
    private static func removeStale(_ folder: String) {
        guard let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Int32(name) != nil else { continue }
            if case .failure(let error) = connect("\(folder)/\(name)"), error.code == ECONNREFUSED {
                unlink("\(folder)/\(name)")
            }
        }
    }

    /// A connection that the caller closes.
    static func connect(_ path: String) -> Result<Descriptor, SystemError> {
        let made = system_connect_to(path)
        return made >= 0 ? .success(Descriptor(made)) : .failure(SystemError(call: "connect", code: -made))
    }

    /// A connection to that process, which the caller closes; nil: nobody listens there, or another one does.
    package static func connection(_ path: String, to pid: Int32) -> Int32? {
        guard case .success(let socket) = connect(path), peer(of: socket.number) == pid else { return nil }
        return socket.release()
    }

    /// The process at the other end, if it is one of this user.
    static func peer(of socket: Int32) -> Int32? {
        var (pid, user): (Int32, UInt32) = (0, 0)
        return system_peer(socket, &pid, &user) && user == geteuid() ? pid : nil
    }
}

/// What goes over such a socket, in both directions: a byte that says what it is, the length of what follows in four
/// bytes, and that.
package struct ControlFrame: Sendable {
    package let kind: Kind
    package let body: [UInt8]

    package enum Kind: UInt8, Sendable {
        // From the one who has connected.
        /// The first one: `ControlFrame.protocolName`, then what it is for, `top` or `attach`, and for the latter the
        /// columns of its terminal, 0 if it has none, and `colours` or not; lines.
        case hello = 0x68
        /// Asks for the figures and tasks of all states.
        case look = 0x6c
        /// A chunk of Lua to be run.
        case run = 0x72
        /// Ends what is run.
        case cancel = 0x63
        /// The word of which completions are wanted.
        case complete = 0x71
        /// The columns of the terminal from now on.
        case columns = 0x77

        // To it.
        /// The answer to `hello`.
        case welcome = 0x48
        /// The answer to `look` (`ProgramReport`).
        case report = 0x4c
        /// Output of what is run.
        case output = 0x4f
        /// What the one at the terminal should know: why it takes long, why the connection ends.
        case notice = 0x4e
        /// What is run has failed: the error as people see it.
        case failure = 0x46
        /// What was to be run is only the beginning of a chunk.
        case incomplete = 0x49
        /// What was run has ended.
        case done = 0x44
        /// The completions: three lines for each, the word, what it is, what follows it.
        case completions = 0x51
    }

    package static let protocolName = "luaconc 1"
    /// Those of other processes may not be longer.
    package static let longest = 1 << 20
    private static let headSize = 5

    package init(_ kind: Kind, _ body: [UInt8] = []) { (self.kind, self.body) = (kind, body) }

    package var bytes: [UInt8] {
        let count = UInt32(clamping: body.count)
        return [kind.rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + body
    }

    /// Takes the first frame out of what has come, if it is there as a whole. Throws if that is no frame, or one longer
    /// than `limit`.
    package static func take(from bytes: inout [UInt8], limit: Int = .max) throws(Malformed) -> ControlFrame? {
        guard let first = bytes.first else { return nil }
        guard let kind = Kind(rawValue: first) else { throw .unknown }
        guard bytes.count >= headSize else { return nil }
        let count = (0..<4).reduce(0) { $0 | Int(bytes[1 + $1]) << (8 * $1) }
        guard count <= limit else { throw .long }
        guard bytes.count >= headSize + count else { return nil }
        defer { bytes.removeFirst(headSize + count) }
        return ControlFrame(kind, Array(bytes[headSize..<headSize + count]))
    }

    package enum Malformed: Error { case unknown, long }
}
