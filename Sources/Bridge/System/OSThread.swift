import CFence
import Glibc

/// An operating system thread: joined or detached exactly once.
package struct OSThread: @unchecked Sendable {  // sound: a pthread_t is an opaque number
    private let handle: pthread_t

    /// Starts a thread. Throws what `pthread_create` says, as errno.
    /// Its stack is below 2 MiB, so that the kernel does not back it with a huge page.
    package init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, 1 << 20)
        let box = Handover.give(Body(body))
        var handle = pthread_t()
        let status = pthread_create(&handle, &attributes, runBody, box)
        guard status == 0 else {
            _ = Handover.take(box, as: Body.self)
            throw SystemError(call: "pthread_create", code: status)
        }
        self.handle = handle
    }

    package func join() { pthread_join(handle, nil) }
    package func detach() { pthread_detach(handle) }

    /// Names the calling thread, for the kernel's lists; longer names are cut to 15 bytes.
    static func rename(_ name: ByteText) { name.withCString { fence_name_thread($0) } }
}

private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func runBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let body = Handover.take(argument, as: Body.self)
    // Kept until the end: a thread that frees something gets a heap of its own, at the cost of several system calls.
    withExtendedLifetime(body) { body.run() }
    return nil
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
