import Glibc

/// A value behind a lock. Its lock is one that the thread sanitizer knows, which that of `Mutex` is not.
final class Guarded<Value>: @unchecked Sendable {  // sound: the value is touched under the lock only
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: Value) {
        self.value = value
        pthread_mutex_init(lock, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    func withLock<R>(_ body: (inout Value) -> R) -> R {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body(&value)
    }

    /// What somebody did before he used the lock and resumed a continuation is seen from now on, by the sanitizer, too.
    func meet() { withLock { _ in } }
}
