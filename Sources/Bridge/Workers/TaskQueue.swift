/// The tasks that may run, in order: a ring that grows. Owned by its worker's thread.
struct TaskQueue<Element: AnyObject>: ~Copyable {
    private var ring: UnsafeMutablePointer<Element>
    private var capacity = 16
    private var head = 0
    private(set) var count = 0

    init() { ring = .allocate(capacity: capacity) }

    deinit {
        for i in 0..<count { (ring + (head + i) & (capacity - 1)).deinitialize(count: 1) }
        ring.deallocate()
    }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ task: Element) {
        if count == capacity { grow() }
        (ring + (head + count) & (capacity - 1)).initialize(to: task)
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let task = (ring + head).move()
        head = (head + 1) & (capacity - 1)
        count -= 1
        return task
    }

    private mutating func grow() {
        let bigger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        bigger.moveInitialize(from: ring + head, count: capacity - head)
        (bigger + capacity - head).moveInitialize(from: ring, count: head)
        ring.deallocate()
        ring = bigger
        capacity *= 2
        head = 0
    }
}
