import CKernel
import Glibc
import Synchronization

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

    /// Whether it has woken another thread since it slept last.
    static var hasWoken: Bool { system_has_woken() }
    /// The same, and forgets it.
    static func takesWake() -> Bool { system_takes_wake() }

    /// How often no way is given from now on; -1: it has to be found out who got it.
    private static let skipped = Atomic<Int>(0)
    private static let short: TimeSpan = .microseconds(300)
    private static let skips = (ours: 16, foreign: 256)

    private static var timeOfProcess: Int64 { system_clock_time(CLOCK_PROCESS_CPUTIME_ID) }

    /// Whoever this thread has woken runs first, if it is queued for this very processor. Where other programs compute they
    /// would have their turns, too, so that this is rarely tried then.
    static func giveWay() {
        let state = skipped.load(ordering: .relaxed)
        if state > 0 {
            skipped.subtract(1, ordering: .relaxed)
            return
        }
        let (start, work) = (Clock.now, state < 0 ? timeOfProcess : 0)
        sched_yield()
        let span = Clock.now - start
        if span < short {
            _ = takesWake()
            if state < 0 { skipped.store(0, ordering: .relaxed) }
        } else if state == 0 {
            skipped.store(-1, ordering: .relaxed)
        } else {
            let isOurs = .nanoseconds(timeOfProcess - work) > span / 2
            skipped.store(isOurs ? skips.ours : skips.foreign, ordering: .relaxed)
        }
    }
}
