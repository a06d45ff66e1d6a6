import CKernel
import Glibc

/// An operating system thread: joined or detached exactly once.
package struct OSThread: Sendable {
    private let handle: pthread_t

    /// Starts a thread. Throws what `pthread_create` says, as errno. It blocks all signals: those of the process are
    /// for threads that run scripts, which may block some of them in order to wait for them. `runsScripts`: C modules
    /// run on it, so its stack is as large as the main thread's, if there is room for that.
    package init(runsScripts: Bool = false, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        @Sendable func runSparingly() {
            system_keep_stack_small()
            body()
        }
        let hasRoom = runsScripts && Self.scriptStack > Self.stack
        if hasRoom, case .success(let thread) = Self.start(Self.scriptStack, runSparingly) {
            handle = thread
        } else {
            handle = try Self.start(Self.stack, body).get()
        }
    }

    private static func start(
        _ stack: Int, _ body: @escaping @Sendable () -> Void
    ) -> Result<pthread_t, SystemError> {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        system_start_deaf(&attributes)
        pthread_attr_setstacksize(&attributes, stack)
        let box = Handover.give(Body(body))
        var handle = pthread_t()
        let status = pthread_create(&handle, &attributes, runBody, box)
        if status == 0 { return .success(handle) }
        _ = Handover.take(box, as: Body.self)
        return .failure(SystemError(call: "pthread_create", code: status))
    }

    private static let stack = Int(SYSTEM_STACK)

    /// The stack of a thread that runs scripts, in bytes: as large as the main thread's, by the soft limit at the
    /// start. That is address space; pages count when they are touched. If address space is bounded it is less, so
    /// that many threads fit.
    static let scriptStack: Int = {
        func softLimit(_ resource: __rlimit_resource) -> Int? {
            var limit = rlimit()
            guard getrlimit(Int32(resource.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max else { return nil }
            return Int(clamping: limit.rlim_cur)
        }
        var size = min(softLimit(RLIMIT_STACK) ?? 8 << 20, 1 << 30)
        if let space = softLimit(RLIMIT_AS) { size = min(size, space / 256) }
        return max(size & ~0xffff, stack)
    }()

    package func join() { pthread_join(handle, nil) }
    package func detach() { pthread_detach(handle) }

    /// From now on the calling thread stops the process when it uses the terminal in the background, as programs do: it
    /// does not block SIGTTIN and SIGTTOU.
    package static func stopForTerminal() {
        SignalMask(bits: system_signal_mask() & ~(1 << UInt64(SIGTTIN - 1) | 1 << UInt64(SIGTTOU - 1))).use()
    }

    /// Gives the pages of the calling thread's stack that it does not use at this moment back to the system.
    static func trimStack() { system_trim_stack() }

    /// How many threads this process has; 0 when that cannot be known.
    static var count: Int { Int(system_thread_count()) }

    /// From now on the kernel wakes the calling thread as soon as it can when a wait is over; otherwise it takes its time,
    /// 50 microseconds as a rule. Our own threads begin with that.
    static func wakePunctually() { system_wake_punctually() }

    /// Names the calling thread, for the kernel's lists; longer names are cut to 15 bytes.
    static func rename(_ name: ByteText) { name.withCString { system_name_thread($0) } }

    /// The same for a thread of our own. It allocates nothing: the first allocation of a thread makes a heap for it.
    static func rename(fixed name: StaticString) {
        name.withUTF8Buffer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { if let start = $0.baseAddress { system_name_thread(start) } }
        }
    }
}

private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func runBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let body = Handover.take(argument, as: Body.self)
    OSThread.wakePunctually()
    // Kept until the end: a thread that frees something gets a new heap, at the cost of several system calls.
    withExtendedLifetime(body) { body.run() }
    return nil
}

/// The signals that a thread blocks.
struct SignalMask: Sendable {
    fileprivate let bits: UInt64

    static let all = SignalMask(bits: .max)
    /// Those of the calling thread.
    static var current: SignalMask { SignalMask(bits: system_signal_mask()) }

    /// The calling thread blocks these from now on, but never the two signals that reach running Lua code.
    func use() { system_set_signal_mask(bits) }
}

/// A system call that failed: its name and errno.
package struct SystemError: Error, CustomStringConvertible {
    let call: String
    let code: Int32
    static let brokenPipe = SystemError(call: "write", code: EPIPE)
    static let noMemory = SystemError(call: "malloc", code: ENOMEM)
    static let noThread = SystemError(call: "pthread_create", code: ENOMEM)
    static let cancelled = SystemError(call: "start", code: ECANCELED)
    var text: String { String(cString: strerror(code)) }
    package var description: String { "\(call): \(text)" }
}
