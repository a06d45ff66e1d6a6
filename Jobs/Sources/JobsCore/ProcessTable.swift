import Glibc

/// Processes of the machine, told apart from later ones that got the same number.
enum ProcessTable {
    /// When a process began, in a form that no other process with its number has; nil: it has gone.
    static func start(_ pid: Int) -> String? {
        guard let text = text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // The state is the third field of proc(5), the start time the 22nd.
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return "\(boot) \(fields[19])"
    }

    /// Kills a process, with its group if it leads one, and waits until it has gone. Does nothing if the number belongs to
    /// another process now.
    static func end(_ pid: Int, start begun: String) {
        guard pid > 1, let number = pid_t(exactly: pid), start(pid) == begun else { return }
        kill(getpgid(number) == number ? -number : number, SIGKILL)
        for _ in 0..<5000 where start(pid) == begun { usleep(1000) }
    }

    private static let boot =
        text("/proc/sys/kernel/random/boot_id").map { String($0.prefix { $0 != "\n" }) } ?? ""

    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 2048)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
