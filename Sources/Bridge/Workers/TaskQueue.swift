/// The tasks that are ready to run, in order, in a ring that grows. Owned by its worker's thread.
struct TaskQueue<Element: AnyObject> {
    private var ring: [Element?] = Array(repeating: nil, count: 16)
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ task: Element) {
        if count == ring.count { grow() }
        ring[(head + count) & (ring.count - 1)] = task
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let task = ring[head].take()
        head = (head + 1) & (ring.count - 1)
        count -= 1
        return task
    }

    private mutating func grow() {
        var bigger: [Element?] = []
        bigger.reserveCapacity(ring.count * 2)
        for i in 0..<count { bigger.append(ring[(head + i) & (ring.count - 1)]) }
        bigger.append(contentsOf: repeatElement(nil, count: ring.count * 2 - count))
        ring = bigger
        head = 0
    }
}
