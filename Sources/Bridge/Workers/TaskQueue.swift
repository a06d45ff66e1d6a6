/// The tasks that may run, in order: a ring that grows. It does not keep them: the worker does. Owned by its worker's
/// thread.
struct TaskQueue: ~Copyable {
    private var ring: UnsafeMutablePointer<Unmanaged<ScriptTask>>
    private var capacity = 16
    private var head = 0
    private(set) var count = 0

    init() { ring = .allocate(capacity: capacity) }

    deinit { ring.deallocate() }

    @inline(__always)
    var isEmpty: Bool { count == 0 }

    @inline(__always)
    mutating func append(_ task: ScriptTask) {
        if count == capacity { grow() }
        (ring + (head + count) & (capacity - 1)).initialize(to: .passUnretained(task))
        count += 1
    }

    @inline(__always)
    mutating func popFirst() -> Unmanaged<ScriptTask>? {
        guard count > 0 else { return nil }
        let task = (ring + head).move()
        head = (head + 1) & (capacity - 1)
        count -= 1
        return task
    }

    @inline(never)
    private mutating func grow() {
        let bigger = UnsafeMutablePointer<Unmanaged<ScriptTask>>.allocate(capacity: capacity * 2)
        bigger.moveInitialize(from: ring + head, count: capacity - head)
        (bigger + capacity - head).moveInitialize(from: ring, count: head)
        ring.deallocate()
        ring = bigger
        capacity *= 2
        head = 0
    }
}
