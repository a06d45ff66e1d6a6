import Foundation
import Glibc
import Synchronization

/// One run of a program from outside: its words, its input, and what came of it.
struct Program: Sendable {
    var path: String
    var words: [[UInt8]] = []
    var folder: String?
    var input: [UInt8] = []
    /// Added to the test's own environment, from which everything of Lua's is taken out.
    var environment: [String: String] = [:]
    /// Standard streams that are closed at the start.
    var closed: Set<Int32> = []
    /// Signals that are blocked at the start.
    var blocked: Set<Int32> = []
    /// Its output and errors go to pipes that do not block.
    var outputDoesNotBlock = false
    /// After so many seconds it is killed, with its whole group.
    /// Sanitizers make everything slower by a factor that the environment names.
    var limit = 120.0 * (Double(ProcessInfo.processInfo.environment["LUACONC_PATIENCE"] ?? "") ?? 1)

    struct Result: Sendable {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        /// The exit status, or the negative number of the signal that ended it.
        var status: Int32 = 0
        var wasKilled = false

        var text: String { String(decoding: output, as: UTF8.self) }
        /// Without the notices that the machine was too busy for a timer, which are no fault of the program's.
        var errorText: String {
            let text = String(decoding: errors, as: UTF8.self)
            guard text.contains("the system was busy") else { return text }
            return text.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !($0.contains("missed a tick") && $0.hasSuffix("the system was busy")) }
                .joined(separator: "\n")
        }
    }

    /// The `luaconc` that was built along with the tests.
    static let luaconc: String = {
        if let path = ProcessInfo.processInfo.environment["LUACONC_BINARY"] { return path }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("luaconc").path
    }()
    /// Debian's stock Lua.
    static let lua = "/usr/bin/lua5.4"

    /// The root of the package.
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    init(_ path: String = Program.luaconc, _ words: String..., input: String = "") {
        self.path = path
        self.words = words.map { Array($0.utf8) }
        self.input = Array(input.utf8)
    }

    /// Runs it to its end on a thread of its own, two to four at a time in the whole test process.
    func run() async throws -> Result { try await Self.onQueue { try runHere() } }

    static func onQueue<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    private static let queue: OperationQueue = {
        signal(SIGPIPE, SIG_IGN)  // a child may end before it has read its input
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = min(4, ProcessInfo.processInfo.activeProcessorCount + 1)
        return queue
    }()

    var variables: [String] {
        var all = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LUA") }
        all.merge(environment) { $1 }
        return all.map { "\($0.key)=\($0.value)" }
    }
}

// MARK: - Running

struct SystemFailure: Error, CustomStringConvertible {
    let call: String
    let code: Int32
    var description: String { "\(call): \(String(cString: strerror(code)))" }

    static func check(_ call: String, _ code: Int32) throws {
        if code != 0 { throw SystemFailure(call: call, code: code) }
    }
}

extension Program {
    static let spawning = Mutex(())

    private func runHere() throws -> Result {
        // One at a time: no child inherits the ends of another's pipes.
        let (streams, pid) = try Self.spawning.withLock { _ in
            let streams = try (0..<3).map { _ in try Pipe.make() }
            if outputDoesNotBlock {
                for pipe in streams[1...] { _ = fcntl(pipe.writer, F_SETFL, O_NONBLOCK) }
            }
            let pid = try spawn(streams)
            streams[0].closeReader()
            streams[1].closeWriter()
            streams[2].closeWriter()
            return (streams, pid)
        }
        defer { streams.forEach { $0.close() } }
        var exchange = Exchange(input: input, streams: streams, deadline: .now + .seconds(limit))
        var result = Result()
        let status = exchange.run(pid)
        (result.output, result.errors, result.wasKilled) = (exchange.output, exchange.errors, exchange.isLate)
        result.status = status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
        return result
    }

    private func spawn(_ streams: [Pipe]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, pipe) in zip(Int32(0)..., streams) {
            if closed.contains(number) {
                posix_spawn_file_actions_addclose(&actions, number)
            } else {
                posix_spawn_file_actions_adddup2(&actions, number == 0 ? pipe.reader : pipe.writer, number)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in blocked { sigaddset(&signals, signal) }
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        sigaddset(&signals, SIGINT)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var pid = pid_t()
        let changeFolder = folder.map { ["/usr/bin/env", "-C", $0] } ?? []
        let arguments = (changeFolder + [path]).map { Array($0.utf8) } + words
        try withStrings(arguments) { argv in
            try withStrings(variables.map { Array($0.utf8) }) { envp in
                let file = changeFolder.first ?? path
                try SystemFailure.check(file, posix_spawn(&pid, file, &actions, &attributes, argv, envp))
            }
        }
        return pid
    }
}

/// Calls `body` with a vector of C strings that ends with a null pointer.
func withStrings<R>(
    _ strings: [[UInt8]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> R
) rethrows -> R {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { bytes in
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
        for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        copy[bytes.count] = 0
        return copy
    }
    defer { copies.forEach { $0?.deallocate() } }
    return try (copies + [nil]).withUnsafeBufferPointer { vector in
        guard let start = vector.baseAddress else { preconditionFailure("a vector has at least its end") }
        return try body(start)
    }
}

/// Both ends of a pipe; no other program gets them.
private final class Pipe {
    private(set) var reader: Int32
    private(set) var writer: Int32

    static func make() throws -> Pipe {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemFailure(call: "pipe", code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return Pipe(ends[0], ends[1])
    }

    private init(_ reader: Int32, _ writer: Int32) { (self.reader, self.writer) = (reader, writer) }

    func closeReader() {
        if reader >= 0 { Glibc.close(reader) }
        reader = -1
    }

    func closeWriter() {
        if writer >= 0 { Glibc.close(writer) }
        writer = -1
    }

    func close() {
        closeReader()
        closeWriter()
    }
}

/// Feeds a child and reads what it says, until it has ended or its time is over.
private struct Exchange {
    let input: [UInt8]
    let streams: [Pipe]
    let deadline: ContinuousClock.Instant
    private var sent = 0
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []
    private(set) var isLate = false

    init(input: [UInt8], streams: [Pipe], deadline: ContinuousClock.Instant) {
        (self.input, self.streams, self.deadline) = (input, streams, deadline)
        for descriptor in [streams[0].writer, streams[1].reader, streams[2].reader] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }

    /// The child's wait status.
    mutating func run(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while true {
            write()
            read(streams[1], &output)
            read(streams[2], &errors)
            if hasEnded(pid) {
                read(streams[1], &output)
                read(streams[2], &errors)
                // Whatever it started stays in its group, and goes with it. Once it is waited for, its number, and so that
                // of its group, may be another program's.
                kill(-pid, SIGKILL)
                waitpid(pid, &status, 0)
                return status
            }
            if !isLate, ContinuousClock.now > deadline {
                isLate = true
                kill(-pid, SIGKILL)
            }
            wait()
        }
    }

    /// Whether it can be waited for.
    private func hasEnded(_ pid: pid_t) -> Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_signo == SIGCHLD
    }

    /// Until there is something to do; its end is looked for every few milliseconds.
    private func wait() {
        var polls = [
            pollfd(fd: streams[0].writer, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: streams[1].reader, events: Int16(POLLIN), revents: 0),
            pollfd(fd: streams[2].reader, events: Int16(POLLIN), revents: 0),
        ]
        poll(&polls, 3, 3)
    }

    private mutating func write() {
        let pipe = streams[0]
        while pipe.writer >= 0 {
            let rest = input[sent...]
            let count = rest.withUnsafeBytes { Glibc.write(pipe.writer, $0.baseAddress, $0.count) }
            if count > 0 { sent += count }
            if sent == input.count || (count < 0 && errno != EAGAIN && errno != EINTR) { return pipe.closeWriter() }
            if count < 0 && errno == EAGAIN { return }
        }
    }

    private func read(_ pipe: Pipe, _ bytes: inout [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while pipe.reader >= 0 {
            let count = Glibc.read(pipe.reader, &buffer, buffer.count)
            if count > 0 { bytes += buffer[..<count] }
            if count == 0 { return pipe.closeReader() }
            if count < 0 && errno != EINTR { return }
        }
    }
}
