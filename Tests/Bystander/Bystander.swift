// A program with a runtime in it that looks at what belongs to the process, before, while and after scripts run, and shows
// what has changed. With the argument `handlers` it has signal handlers of its own.
import Bridge
import Dispatch
import Glibc

/// What a process has, as lines to compare.
struct Belongings {
    var lines: [String] = []

    init() {
        for number in Int32(1)...64 {
            var action = sigaction()
            guard sigaction(number, nil, &action) == 0 else { continue }
            let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            let handles =
                handler == 0 ? "default" : handler == 1 ? "ignored" : action.sa_flags & 4 != 0 ? "info" : "own"
            let mask = (Int32(1)...64).filter { sigismember(&action.sa_mask, $0) == 1 }
            lines.append("signal \(number): \(handles) \(handles == "own" ? handler : 0) mask \(mask)")
        }
        var blocked = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &blocked)
        lines.append("blocked: \((Int32(1)...64).filter { sigismember(&blocked, $0) == 1 })")
        let bits = umask(0)
        umask(bits)
        lines.append("umask: \(bits)")
        lines.append("locale: \(setlocale(LC_ALL, nil).map { String(cString: $0) } ?? "")")
        lines.append("folder: \(Self.link("/proc/self/cwd"))")
        lines.append("arguments: \(CommandLine.arguments) \(Self.text("/proc/self/cmdline"))")
        lines.append("name: \(Self.text("/proc/self/comm"))")
        var place = environ
        while let variable = place.pointee {
            lines.append("environment: \(String(cString: variable))")
            place += 1
        }
        for number in Int32(0)...15 {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(UInt32(number)), &limit)
            lines.append("limit \(number): \(limit.rlim_cur) \(limit.rlim_max)")
        }
        lines.append("priority: \(getpriority(__priority_which_t(0), 0))")
        lines.append("slack: \(Self.text("/proc/self/timerslack_ns"))")
        for stream in Int32(0)...2 {
            var status = stat()
            fstat(stream, &status)
            lines.append(
                "stream \(stream): \(Self.link("/proc/self/fd/\(stream)")) \(fcntl(stream, F_GETFL)) \(fcntl(stream, F_GETFD))"
            )
        }
        for descriptor in Int32(3)...999 where fcntl(descriptor, F_GETFD) >= 0 {
            if fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0 {
                lines.append("inherited by programs: \(Self.link("/proc/self/fd/\(descriptor)"))")
            }
        }
    }

    private static func link(_ path: String) -> String {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        return String(decoding: bytes.prefix(max(0, read(file, &bytes, bytes.count))), as: UTF8.self)
    }

    func show(changesFrom before: Belongings, _ when: String) {
        for line in lines where !before.lines.contains(line) { print("\(when): \(line)") }
        for line in before.lines where !lines.contains(line) { print("\(when), no more: \(line)") }
    }
}

nonisolated(unsafe) var urgent = 0

nonisolated func handle(_ number: Int32) { if number == SIGURG { urgent += 1 } }

@main
struct Bystander {
    static let script = """
        local t = thread.spawn(function() sleep(0.001) return 1 end)
        timer.after(0.001, function() end)
        process.run("true")
        -- The reader has gone: an error, or nothing, but no signal for this process.
        process.run({stdin = ("x"):rep(1 << 20)}, "true")
        local p = process.spawn(function(n) return n + 1 end, 1)
        local pipe = io.popen("true", "w")
        return t:join() + p:join() + (pipe:close() and 1 or 0)
        """

    // No asynchronous `main`: the main thread would end, and what is compared is its own.
    static func main() throws {
        let hasHandlers = CommandLine.arguments.contains("handlers")
        if hasHandlers { installHandlers() }
        let before = Belongings()
        Runtime.childMain()
        var configuration = Runtime.Configuration()
        configuration.onError = { print("error: \($0)") }
        let runtime = try Runtime(configuration)
        wait { await runScripts(runtime) }
        Belongings().show(changesFrom: before, "while it runs")
        wait { await runtime.shutdown() }
        Belongings().show(changesFrom: before, "afterwards")
        if hasHandlers {
            raise(SIGURG)
            print("the host's handler was called: \(urgent)")
        }
    }

    static func wait(_ body: @escaping @Sendable () async -> Void) {
        let isDone = DispatchSemaphore(value: 0)
        Task {
            await body()
            isDone.signal()
        }
        isDone.wait()
    }

    static func installHandlers() {
        for number in [SIGURG, SIGCHLD, SIGINT, SIGTERM, SIGALRM, SIGUSR1, 64] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = handle
            sigaction(number, &action, nil)
        }
        signal(SIGPIPE, SIG_IGN)
        setlocale(LC_ALL, "C.UTF-8")
        umask(0o27)
    }

    static func runScripts(_ runtime: Runtime) async {
        do {
            let sum: Int = try await runtime.evaluate(script)
            print("sum: \(sum)")
        } catch {
            print(error)
        }
        do {
            try await runtime.run(source: "while true do end", deadline: .milliseconds(50))
        } catch {
            print("a loop: \(error.kind)")
        }
        do {
            let work = try await runtime.spawn(.thread, "while true do end")
            work.cancel()
            try await work.join()
        } catch {
            print("a thread: \(error.kind)")
        }
    }
}
