import CPeers
import Glibc

/// Why a child gave no figures.
struct ChildFailure: Error {
    let message: String
}

/// Child processes: run for what they print, or only timed.
enum Child {
    /// Runs the program until it exits and returns what it printed to stdout. Throws when it fails, with the first line
    /// of its stderr, and when it outlasts `limit` seconds: then it is killed.
    static func run(_ command: [String], limit: Double) throws(ChildFailure) -> String {
        let output = try Pipe()
        let errors = try Pipe()
        let pid = try spawn(command, stdout: output.writer, stderr: errors.writer)
        output.closeWriter()
        errors.closeWriter()
        let captured = capture(output.reader, errors.reader, until: monotonicSeconds() + limit)
        if captured.timedOut { kill(pid, SIGKILL) }
        let status = try wait(for: pid)
        guard !captured.timedOut else {
            throw ChildFailure(message: "not done after \(significant(limit)) s")
        }
        guard status == 0 else {
            throw ChildFailure(message: describe(status) + firstLine(of: captured.stderr))
        }
        return captured.stdout
    }

    /// Nanoseconds from the spawn to the exit of the program, its output thrown away.
    static func time(_ command: [String]) throws(ChildFailure) -> Double {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { throw ChildFailure(message: "cannot open /dev/null") }
        defer { close(null) }
        let start = monotonicSeconds()
        let pid = try spawn(command, stdout: null, stderr: null)
        let status = try wait(for: pid)
        let elapsed = monotonicSeconds() - start
        guard status == 0 else { throw ChildFailure(message: describe(status)) }
        return elapsed * 1e9
    }

    private static func spawn(_ command: [String], stdout: Int32, stderr: Int32) throws(ChildFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, stdout, 1)
        posix_spawn_file_actions_adddup2(&actions, stderr, 2)
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, command[0], &actions, nil, &arguments, peer_environment())
        guard failure == 0 else {
            throw ChildFailure(message: "cannot run \(command[0]): \(String(cString: strerror(failure)))")
        }
        return pid
    }

    /// The raw wait status.
    private static func wait(for pid: pid_t) throws(ChildFailure) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw ChildFailure(message: "waitpid failed") }
        }
        return status
    }

    private static func describe(_ status: Int32) -> String {
        let signal = status & 0x7f
        return signal == 0 ? "exit status \((status >> 8) & 0xff)" : "killed by signal \(signal)"
    }

    private static func firstLine(of text: String) -> String {
        guard let line = text.split(separator: "\n").first else { return "" }
        return ": " + line
    }

    /// Reads both to their ends, or until the deadline.
    private static func capture(
        _ stdout: Int32, _ stderr: Int32, until deadline: Double
    ) -> (stdout: String, stderr: String, timedOut: Bool) {
        var sources = [pollfd(fd: stdout, events: Int16(POLLIN), revents: 0)]
        sources.append(pollfd(fd: stderr, events: Int16(POLLIN), revents: 0))
        var bytes: [[UInt8]] = [[], []]
        var buffer = [UInt8](repeating: 0, count: 4096)
        while sources.contains(where: { $0.fd >= 0 }) {
            let left = deadline - monotonicSeconds()
            guard left > 0 else { return (text(bytes[0]), text(bytes[1]), true) }
            guard poll(&sources, 2, Int32(left * 1000) + 1) > 0 else { continue }
            for i in 0..<2 where sources[i].revents != 0 {
                let count = read(sources[i].fd, &buffer, buffer.count)
                if count > 0 {
                    bytes[i] += buffer[..<count]
                } else if count == 0 || errno != EINTR {
                    sources[i].fd = -1
                }
            }
        }
        return (text(bytes[0]), text(bytes[1]), false)
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// A pipe that no child inherits but by dup2, closed when it goes.
private final class Pipe {
    let reader: Int32
    private(set) var writer: Int32

    init() throws(ChildFailure) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw ChildFailure(message: "cannot make a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reader, writer) = (ends[0], ends[1])
    }

    func closeWriter() {
        close(writer)
        writer = -1
    }

    deinit {
        close(reader)
        if writer >= 0 { close(writer) }
    }
}

func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
