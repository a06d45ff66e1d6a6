import CKernel
import Glibc

/// Tells one thread from another. An opaque number; valid while the thread lives.
struct ThreadIdentity: Equatable, Sendable {
    private let handle: pthread_t
    static var current: ThreadIdentity { ThreadIdentity(handle: pthread_self()) }

    /// The signal for interrupts that break system calls.
    static var breakSignal: Int32 { system_break_signal() }

    /// Sends the thread the signal for interrupts. It must be alive. `breaksCalls`: the signal that makes system calls
    /// fail with EINTR; if that one cannot be queued (`ulimit -i`), the other one is sent instead.
    func interrupt(breaksCalls: Bool) {
        if breaksCalls, pthread_kill(handle, Self.breakSignal) == 0 { return }
        pthread_kill(handle, system_nudge_signal())
    }

    /// The processor time that the thread has taken. It must be alive.
    var processorTime: TimeSpan? {
        var time: Int64 = 0
        return system_thread_time(handle, &time) ? .nanoseconds(time) : nil
    }

    static func == (a: ThreadIdentity, b: ThreadIdentity) -> Bool { pthread_equal(a.handle, b.handle) != 0 }
}

enum CurrentThread {
    /// What a function may need that calls itself once more for a value in a value.
    private static let margin = 128 << 10

    /// Whether there is stack enough to go one level deeper.
    static var hasStack: Bool { system_has_stack(margin) }

    /// Whoever has been woken, and is to run on this very processor, runs first.
    static func giveWay() { sched_yield() }
}
