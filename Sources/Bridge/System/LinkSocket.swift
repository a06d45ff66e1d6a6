import Glibc

/// One end of a connected pair of sockets between two processes. Its owner closes it, once.
struct LinkSocket: Sendable {
    let descriptor: Int32

    /// Two connected ends, both closed on exec.
    static func pair() throws(SystemError) -> (LinkSocket, LinkSocket) {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SystemError(call: "socketpair", code: errno)
        }
        return (LinkSocket(descriptor: ends[0]), LinkSocket(descriptor: ends[1]))
    }

    /// Waits for bytes. 0: the other end is gone.
    func receive(_ place: UnsafeMutableRawPointer, _ count: Int) throws(SystemError) -> Int {
        while true {
            let received = recv(descriptor, place, count, 0)
            if received >= 0 { return received }
            if errno == ECONNRESET { return 0 }
            if errno != EINTR { throw SystemError(call: "recv", code: errno) }
        }
    }

    /// Waits until all bytes are on their way.
    func send(_ start: UnsafeRawPointer, _ count: Int) throws(SystemError) {
        var sent = 0
        while sent < count {
            let n = Glibc.send(descriptor, start + sent, count - sent, Int32(MSG_NOSIGNAL))
            if n > 0 { sent += n } else if errno != EINTR { throw SystemError(call: "send", code: errno) }
        }
    }

    /// Nothing more is sent; the other end sees the end.
    func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }
    func close() { Glibc.close(descriptor) }
}
