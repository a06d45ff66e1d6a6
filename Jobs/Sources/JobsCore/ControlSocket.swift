import Bridge
import Dispatch
import Foundation
import Glibc

/// What somebody asks the runner for.
public struct Wish: Codable, Sendable {
    /// `start`, `cancel`, `retry`, `pause` or `resume`.
    public let command: String
    /// The name of a job, or the number of a run.
    public let argument: String
    /// The answer comes when the run has ended.
    public let waits: Bool

    public init(_ command: String, _ argument: String, waits: Bool = false) {
        (self.command, self.argument, self.waits) = (command, argument, waits)
    }
}

/// What has become of it.
public struct Answer: Codable, LuaConvertible, Sendable {
    public var run: Int?
    public var state: String?
    public var reason: String?
    /// Why nothing was done.
    public var refusal: String?
}

/// The socket in the folder through which the runner is asked for something, by processes of the same user alone: the
/// folder that it lies in belongs to that user, and the kernel says who has connected. A wish and its answer are a line of
/// JSON each.
final class ControlSocket: @unchecked Sendable {  // sound: `source` is only cancelled
    private let descriptor: Int32
    private let path: String
    private let source: any DispatchSourceRead
    private static let longest = 1 << 16

    init(_ folder: Folder) throws(Refusal) {
        path = folder.control
        unlink(path)
        descriptor = try Self.socket(folder) { bind($0, $1, $2) }
        guard chmod(path, 0o600) == 0, listen(descriptor, 64) == 0 else {
            throw Refusal("cannot listen at \(folder.control): \(reason())")
        }
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
    }

    func serve(_ runtime: Runtime) {
        source.setEventHandler { [descriptor, weak runtime] in
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0, let runtime else { return }
            guard fcntl(connection, F_SETFD, FD_CLOEXEC) == 0, Self.isOwnUser(connection) else {
                close(connection)
                return
            }
            DispatchQueue.global().async { Self.answer(connection, runtime) }
        }
        source.setCancelHandler { [descriptor] in close(descriptor) }
        source.resume()
    }

    func stop() {
        unlink(path)
        source.cancel()
    }

    private static func isOwnUser(_ connection: Int32) -> Bool {
        // `struct ucred`, which Swift cannot see: the numbers of the process, its user and its group.
        var peer: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, uid_t.max, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: peer))
        return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid()
    }

    private static func answer(_ connection: Int32, _ runtime: Runtime) {
        guard let line = line(connection), let wish = try? JSONDecoder().decode(Wish.self, from: line),
            ["start", "cancel", "retry", "pause", "resume"].contains(wish.command)
        else {
            write(Answer(refusal: "the wish cannot be understood"), connection)
            close(connection)
            return
        }
        Task {
            write(await answer(wish, runtime), connection)
            close(connection)
        }
    }

    /// Does what somebody asks for who may.
    static func answer(_ wish: Wish, _ runtime: Runtime) async -> Answer {
        do throws(ScriptError) {
            return try await runtime.call("jobs_control", wish.command, wish.argument, wish.waits)
        } catch {
            return Answer(refusal: "the runner cannot do it: \(error.message)")
        }
    }

    private static func line(_ connection: Int32) -> Data? {
        var data = Data()
        var bytes = [UInt8](repeating: 0, count: 4096)
        while data.count <= longest {
            let count = read(connection, &bytes, bytes.count)
            guard count > 0 else { return nil }
            data.append(contentsOf: bytes.prefix(count))
            if data.last == UInt8(ascii: "\n") { return data }
        }
        return nil
    }

    private static func write(_ value: some Encodable, _ connection: Int32) {
        guard var data = try? JSONEncoder().encode(value) else { return }
        data.append(UInt8(ascii: "\n"))
        data.withUnsafeBytes { _ = send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// Asks the runner of a folder, and waits for its answer.
    static func ask(_ folder: Folder, _ wish: Wish) throws(Refusal) -> Answer {
        let none = Refusal("nobody runs the jobs of \(folder.path)", status: 1)
        let connection: Int32
        do { connection = try socket(folder) { connect($0, $1, $2) } } catch { throw none }
        defer { close(connection) }
        write(wish, connection)
        guard let line = line(connection), let answer = try? JSONDecoder().decode(Answer.self, from: line) else {
            throw Refusal("the runner of \(folder.path) ended before it answered", status: 1)
        }
        return answer
    }

    /// Whether a runner listens.
    static func isServed(_ folder: Folder) -> Bool {
        guard let connection = try? socket(folder, { connect($0, $1, $2) }) else { return false }
        close(connection)
        return true
    }

    /// A socket on which `use` was called with the address. The path of a socket is 107 bytes long at most, so it is reached
    /// through the descriptor of its folder.
    private static func socket(
        _ folder: Folder, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(Refusal) -> Int32 {
        let place = open(folder.memory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { if place >= 0 { close(place) } }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "/proc/self/fd/\(place)/control".utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard place >= 0, descriptor >= 0, result == 0 else {
            let why = reason()
            if descriptor >= 0 { close(descriptor) }
            throw Refusal("cannot use \(folder.control): \(why)")
        }
        return descriptor
    }
}

extension Commands {
    /// Asks the runner of a folder for something, and waits for its answer. Throws if there is none, or if it refuses.
    public static func ask(_ folder: Folder, _ wish: Wish) throws(Refusal) -> Answer {
        let answer = try ControlSocket.ask(folder, wish)
        if let refusal = answer.refusal { throw Refusal(refusal, status: 2) }
        return answer
    }
}
