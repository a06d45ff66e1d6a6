import Glibc

/// One end of a connected pair of sockets between two processes: it wakes the other side, and tells of its end. Its
/// owner closes it, once.
struct LinkSocket: Sendable {
    let descriptor: Int32

    /// Two connected ends, both closed on exec.
    static func pair() throws(SystemError) -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SystemError(call: "socketpair", code: errno)
        }
        return (ends[0], ends[1])
    }

    /// Wakes the other side. A full socket holds plenty of such calls already; one whose other end is gone has nobody.
    func ring() {
        var byte: UInt8 = 1
        while send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) < 0, errno == EINTR {}
    }

    /// Sleeps until the other side rings. False: it is gone.
    func listen() throws(SystemError) -> Bool {
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while true {
            let received = recv(descriptor, &bytes, 32, 0)
            if received >= 0 { return received > 0 }
            if errno == ECONNRESET { return false }
            if errno != EINTR { throw SystemError(call: "recv", code: errno) }
        }
    }

    /// Both sides find the end.
    func shutDown() {
        if !Copy.isThis { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
    func close() { Glibc.close(descriptor) }
}
