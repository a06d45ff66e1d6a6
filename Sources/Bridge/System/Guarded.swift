/// A value and the lock without which it cannot be reached.
struct Guarded<Value>: ~Copyable, @unchecked Sendable {  // sound: the value is only touched under the lock
    private let lock = LockWord()
    private let value: UnsafeMutablePointer<Value>

    init(_ value: Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
    }

    @inline(__always)
    borrowing func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value.pointee)
    }
}
