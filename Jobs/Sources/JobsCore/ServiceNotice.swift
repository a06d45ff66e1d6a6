import Glibc

/// What the runner tells systemd, which has named a socket for it: see sd_notify(3). Immutable.
struct ServiceNotice: Sendable {
    private let address: [UInt8]
    /// How often systemd wants to hear that the runner is alive, in seconds; nil: it does not.
    let watchdog: Double?

    /// Takes what systemd has asked for out of the environment, so that no run takes it for its own.
    init() {
        let names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
        let values = names.map { getenv($0).map { String(cString: $0) } }
        for name in names { unsetenv(name) }
        self.init(socket: values[0], watchdog: values[1], process: values[2])
    }

    init(socket: String?, watchdog: String?, process: String?) {
        let path = socket.map { Array($0.utf8) } ?? []
        address = [UInt8(ascii: "/"), UInt8(ascii: "@")].contains(path.first) ? path : []
        let isOurs = process.map { Int32($0) == getpid() } ?? true
        let time = watchdog.flatMap(Double.init).map { $0 / 1e6 }
        self.watchdog = isOurs && !address.isEmpty ? time.flatMap { $0 > 0 ? $0 : nil } : nil
    }

    /// Does nothing where nobody listens, or where so many notices wait already that this one would have to.
    func send(_ text: String) {
        if text == "RELOADING=1" {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return send("\(text)\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
        }
        var name = sockaddr_un()
        guard !address.isEmpty, address.count <= MemoryLayout.size(ofValue: name.sun_path) else { return }
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { bytes in
            bytes.copyBytes(from: address)
            // A name without a file begins with a zero.
            if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        }
        let length = socklen_t(MemoryLayout.size(ofValue: name.sun_family) + address.count)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        _ = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, length)
            }
        }
    }
}
