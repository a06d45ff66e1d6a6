import Glibc

/// Processes of the machine, told apart from later ones that got the same number.
public enum ProcessTable {
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

    /// What processes have used of the processor, in seconds, and use of the memory, in bytes.
    public struct Usage: Sendable {
        public var processorTime = 0.0
        public var memory = 0
    }

    /// Looks at all processes of the machine. What is returned sums up a process and all that it has started.
    static func usage() -> (Int) -> Usage {
        var children: [Int: [Int]] = [:]
        var own: [Int: Usage] = [:]
        let (ticks, page) = (Double(sysconf(Int32(_SC_CLK_TCK))), sysconf(Int32(_SC_PAGESIZE)))
        for pid in Folder.names("/proc").compactMap({ Int($0) }) {
            guard let text = text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { continue }
            // Fields of proc(5), from the third on: the fourth is the parent, 14 to 17 are times, 24 are pages.
            let fields = text[text.index(after: end)...].split(separator: " ").map { Int($0) ?? 0 }
            guard fields.count > 21 else { continue }
            children[fields[1], default: []].append(pid)
            own[pid] = Usage(processorTime: Double(fields[11...14].reduce(0, +)) / ticks, memory: fields[21] * page)
        }
        return { pid in
            var (sum, rest) = (Usage(), [pid])
            while let next = rest.popLast() {
                sum.processorTime += own[next]?.processorTime ?? 0
                sum.memory += own[next]?.memory ?? 0
                rest += children[next] ?? []
            }
            return sum
        }
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
