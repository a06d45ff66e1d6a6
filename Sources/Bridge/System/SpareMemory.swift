import CKernel
import Synchronization

/// Memory that was freed and is kept, because it may be wanted again soon. It goes back to the system when none was
/// freed for a second and somebody has gone to sleep. Any thread.
enum SpareMemory {
    private static let patience: TimeSpan = .seconds(1)
    private static let isWatched = Atomic<Bool>(false)
    /// What `system_freed` said when it went back last.
    private static let returned = Atomic<UInt64>(0)

    /// A thread of scripts goes to sleep.
    @inline(__always)
    static func rest() {
        let freed = system_freed()
        if freed != returned.load(ordering: .relaxed) { watch(freed) }
    }

    private static func watch(_ freed: UInt64) {
        if !isWatched.exchange(true, ordering: .relaxed) { plan(freed) }
    }

    private static func plan(_ freed: UInt64) {
        Reactor.shared.call(at: Clock.now + patience) {
            let now = system_freed()
            guard now == freed else { return plan(now) }
            returned.store(now, ordering: .relaxed)
            isWatched.store(false, ordering: .relaxed)
            system_give_back()
        }
    }
}
