import CKernel
import Glibc
import Synchronization

/// A file descriptor that is closed when nobody holds this any more. Programs that are started do not inherit it.
/// Shared.
final class Descriptor: Sendable {
    let number: Int32
    private let isReleased = Atomic<Bool>(false)

    init(_ number: Int32) { self.number = number }

    deinit { if number >= 0, !isReleased.load(ordering: .relaxed) { Self.close(number) } }

    /// Gives up the descriptor: the caller has to close it.
    func release() -> Int32 {
        isReleased.store(true, ordering: .relaxed)
        return number
    }

    static func close(_ number: Int32) { _ = Glibc.close(number) }

    /// From now on reads and writes on it return at once.
    func stopBlocking() { _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK) }

    /// The two ends of a pipe.
    static func pipe() throws(SystemError) -> (reader: Descriptor, writer: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard system_pipe(&ends) == 0 else { throw SystemError(call: "pipe", code: errno) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// Two sockets that are connected with each other.
    static func socketPair() throws(SystemError) -> (ours: Descriptor, theirs: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SystemError(call: "socketpair", code: errno)
        }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// Two connected sockets for whole packets, which can carry descriptors.
    static func packetPair() throws(SystemError) -> (ours: Descriptor, theirs: Descriptor) {
        var ends: [Int32] = [-1, -1]
        let code = system_packet_sockets(&ends)
        guard code == 0 else { throw SystemError(call: "socketpair", code: -code) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// `/dev/null`.
    static func null() throws(SystemError) -> Descriptor {
        let number = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(call: "open", code: errno) }
        return Descriptor(number)
    }

    /// A duplicate of the descriptor, with a number of 3 or more.
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

    /// One packet, and the descriptors in it.
    func receive(_ start: UnsafeMutableRawPointer, _ room: Int, _ descriptors: inout [Int32]) -> Transfer {
        var numbers = [Int32](repeating: -1, count: Int(SYSTEM_PACKET_DESCRIPTORS))
        var count: Int32 = 0
        let size = system_receive_packet(number, start, room, &numbers, &count)
        descriptors = Array(numbers.prefix(Int(max(count, 0))))
        if size > 0 { return .bytes(size) }
        return size == 0 ? .end : size == -Int(EAGAIN) ? .later : .failed(Int32(-size))
    }

    /// Whether the packet could be sent, with those descriptors.
    func send(_ packet: UnsafeRawBufferPointer, _ descriptors: [Int32] = []) -> Bool {
        let sent = system_send_packet(
            number, packet.baseAddress, packet.count, descriptors, Int32(descriptors.count))
        return sent == packet.count
    }

    /// Writes to a pipe that nobody reads fail with `EPIPE`, without SIGPIPE.
    func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        while true {
            let done = system_write(number, bytes.baseAddress, bytes.count)
            if done >= 0 { return .bytes(done) }
            if done == -Int(EAGAIN) { return .later }
            if done != -Int(EINTR) { return .failed(Int32(-done)) }
        }
    }
}
