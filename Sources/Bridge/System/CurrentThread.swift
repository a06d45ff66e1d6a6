import CFence
import Glibc

/// Tells one thread from another. An opaque number; valid while the thread lives.
struct ThreadIdentity: Equatable, @unchecked Sendable {  // sound: only compared
    private let handle: pthread_t
    static var current: ThreadIdentity { ThreadIdentity(handle: pthread_self()) }

    /// Sends it the signal for interrupts. The thread must be alive. `breaksCalls`: system calls fail with EINTR.
    func interrupt(breaksCalls: Bool) { pthread_kill(handle, breaksCalls ? fence_break_signal() : SIGURG) }

    static func == (a: ThreadIdentity, b: ThreadIdentity) -> Bool { pthread_equal(a.handle, b.handle) != 0 }
}
