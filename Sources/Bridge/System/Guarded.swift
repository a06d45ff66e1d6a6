import Synchronization

/// A value and the lock without which it cannot be reached.
package struct Guarded<Value>: ~Copyable, @unchecked Sendable {  // sound: the value is only touched under the lock
    private let lock = Lock()
    /// Private to the standard library, whose `Mutex` keeps its value in one: inline. A pointer to memory of its own would be
    /// an allocation for each task and handle; spawning and joining a task would take 1.7 % more instructions.
    private let value: _Cell<Value>

    package init(_ value: consuming Value) { self.value = _Cell(value) }

    @inline(__always)
    package borrowing func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        lock.lock()
        defer { lock.unlock() }
        let place = value._address
        return try body(&place.pointee)
    }
}
