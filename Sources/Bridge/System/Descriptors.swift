import CFence
import Glibc

/// A descriptor that is closed when nobody holds this any more. No other program gets it.
final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Reads and writes on it come back at once from now on.
    func stopBlocking() { _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK) }

    /// The two ends of a pipe.
    static func pipe() throws(SystemError) -> (reader: Descriptor, writer: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard fence_pipe(&ends) == 0 else { throw SystemError(call: "pipe", code: errno) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// Two sockets that are connected with each other; whoever takes ours closes it.
    static func socketPair() throws(SystemError) -> (ours: Int32, theirs: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SystemError(call: "socketpair", code: errno)
        }
        return (ends[0], Descriptor(ends[1]))
    }

    /// What reads as empty and swallows what is written.
    static func null() throws(SystemError) -> Descriptor {
        let number = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", code: errno) }
        return Descriptor(number)
    }

    /// Another number for what the descriptor stands for.
    static func copy(of number: Int32) throws(SystemError) -> Descriptor {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw SystemError(call: "dup", code: errno) }
        return Descriptor(copy)
    }

    static func isSocket(_ number: Int32) -> Bool {
        var status = stat()
        return fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    static func isTerminal(_ number: Int32) -> Bool { isatty(number) != 0 }

    enum Transfer {
        case bytes(Int)
        case end, later
        case failed(Int32)
    }

    func read(_ start: UnsafeMutableRawPointer, _ count: Int) -> Transfer {
        while true {
            let done = Glibc.read(number, start, count)
            if done >= 0 { return done == 0 ? .end : .bytes(done) }
            if errno == EAGAIN { return .later }
            if errno != EINTR { return .failed(errno) }
        }
    }

    /// A pipe that nobody reads fails with `EPIPE`.
    func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        while true {
            let done = fence_write(number, bytes.baseAddress, bytes.count)
            if done >= 0 { return .bytes(done) }
            if done == -Int(EAGAIN) { return .later }
            if done != -Int(EINTR) { return .failed(Int32(-done)) }
        }
    }
}
