import CKernel
import Synchronization

/// A mutual exclusion lock of four bytes, to stand inline in what it guards: spins for a moment, then sleeps in the
/// kernel. Not recursive.
/// The standard library's `Mutex` is a priority-inheritance futex, whose contended path costs several times more.
struct Lock: ~Copyable, Sendable {
    /// 0 free, 1 held, 2 held with sleepers.
    private let state = Atomic<UInt32>(0)

    @inline(__always)
    borrowing func lock() {
        if !state.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged { contend() }
    }

    @inline(__always)
    borrowing func tryLock() -> Bool {
        state.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
    }

    @inline(__always)
    borrowing func unlock() {
        keepOrder()
        if state.exchange(0, ordering: .releasing) == 2 { system_futex_wake(address, 1) }
    }

    @inline(__always)
    borrowing func withLock<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        lock()
        defer { unlock() }
        return try body()
    }

    @inline(never)
    private borrowing func contend() {
        for _ in 0..<(Processor.count > 1 ? 60 : 0) {
            system_pause()
            if state.load(ordering: .relaxed) == 0,
                state.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
            {
                return
            }
        }
        while state.exchange(2, ordering: .acquiring) != 0 {
            system_futex_wait(address, 2, -1)
        }
    }

    /// Sound: an `Atomic` stands at a fixed address in the object that holds it, for as long as that lives.
    private var address: UnsafeRawPointer { withUnsafePointer(to: state) { UnsafeRawPointer($0) } }
}
