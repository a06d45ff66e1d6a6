import CFence
import Glibc

/// An operating system thread: joined or detached exactly once.
package struct OSThread: @unchecked Sendable {  // sound: a pthread_t is an opaque number
    private let handle: pthread_t

    /// Starts a thread. Throws what `pthread_create` says, as errno.
    /// It blocks all signals: those of the process are for threads that run scripts, which may block some of them in order
    /// to wait for them.
    /// Its stack is below 2 MiB, so that the kernel does not back it with a huge page.
    package init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        fence_start_deaf(&attributes)
        pthread_attr_setstacksize(&attributes, 1 << 20)
        let box = Unmanaged.passRetained(Body(body))
        var handle = pthread_t()
        let status = pthread_create(&handle, &attributes, runBody, box.toOpaque())
        guard status == 0 else {
            box.release()
            throw SystemError(call: "pthread_create", code: status)
        }
        self.handle = handle
    }

    package func join() { pthread_join(handle, nil) }
    package func detach() { pthread_detach(handle) }

    /// Reading from the terminal in the background stops the process, as it does where no signal is blocked.
    package static func stopForTerminal() {
        SignalMask(bits: fence_signal_mask() & ~(1 << UInt64(SIGTTIN - 1) | 1 << UInt64(SIGTTOU - 1))).use()
    }

    /// Names the calling thread, for the kernel's lists; longer names are cut to 15 bytes.
    static func rename(_ name: String) { fence_name_thread(name) }
}

private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func runBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
    // Kept until the end: a thread that frees something gets a heap of its own, at the cost of several system calls.
    withExtendedLifetime(body) { body.run() }
    return nil
}

/// The signals that a thread blocks.
struct SignalMask: Sendable {
    fileprivate let bits: UInt64

    static let all = SignalMask(bits: .max)
    /// Those of the calling thread.
    static var current: SignalMask { SignalMask(bits: fence_signal_mask()) }

    /// The calling thread blocks these from now on, but never the two signals that reach running Lua code.
    func use() { fence_set_signal_mask(bits) }
}

/// A system call that failed: its name and errno.
package struct SystemError: Error, CustomStringConvertible {
    let call: String
    let code: Int32
    static let brokenPipe = SystemError(call: "write", code: EPIPE)
    static let noMemory = SystemError(call: "malloc", code: ENOMEM)
    var text: String { String(cString: strerror(code)) }
    package var description: String { "\(call): \(text)" }
}
