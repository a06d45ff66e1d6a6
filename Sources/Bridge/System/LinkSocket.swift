import CKernel
import Glibc

/// One end of a pair of sockets between two processes. A byte on it wakes the other side; its end tells that the other
/// side has gone. Its owner closes it, once.
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

    /// Wakes the other side. A failure does not matter: a full socket wakes it anyway, or it has gone.
    func ring() {
        var byte: UInt8 = 1
        while send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) < 0, errno == EINTR {}
        system_note_wake()
    }

    /// Sleeps until the other side calls `ring`. False: it has gone.
    func listen() throws(SystemError) -> Bool {
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        // A thread that sleeps in `recv` is woken each time that the other side reads, too (Linux, `unix_write_space`).
        var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            guard poll(&waited, 1, -1) >= 0 || errno == EINTR else { throw SystemError(call: "poll", code: errno) }
            let received = recv(descriptor, &bytes, 32, Int32(MSG_DONTWAIT))
            if received >= 0 { return received > 0 }
            if errno == ECONNRESET { return false }
            if errno != EINTR, errno != EAGAIN { throw SystemError(call: "recv", code: errno) }
        }
    }

    /// Ends the connection: `listen` returns false on both sides.
    func shutDown() {
        if !Copy.isThis { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
    func close() { Glibc.close(descriptor) }
}
