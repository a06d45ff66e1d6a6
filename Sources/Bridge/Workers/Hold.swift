/// A permit that a task has taken, or waits for.
struct Hold {
    let permits: Permits
    let grant: Permits.Grant
}

/// The permits of a task, in the order in which it took them. What it still holds when it ends is given back for it, and
/// the next taker is told so. Owned by the task's thread.
///
/// A permit is not taken out when another task gives it back; so what counts is whether `permits` know the grant. In raw
/// memory, so that taking a lock counts one reference.
struct Holds: ~Copyable {
    private struct Record {
        let permits: UnsafeMutableRawPointer
        let grant: Permits.Grant
        var unretained: Unmanaged<Permits> { .fromOpaque(permits) }
    }
    private var records: UnsafeMutablePointer<Record>?
    private var count: Int32 = 0, capacity: Int32 = 0

    init() {}

    deinit {
        for index in 0..<Int(count) { _ = Handover.take(records.unsafelyUnwrapped[index].permits, as: Permits.self) }
        records?.deallocate()
    }

    @inline(__always)
    var isEmpty: Bool { count == 0 }

    @inline(__always)
    mutating func append(_ permits: Permits, _ grant: Permits.Grant) {
        if count == capacity { grow() }
        records.unsafelyUnwrapped[Int(count)] = Record(permits: Handover.give(permits), grant: grant)
        count += 1
    }

    private mutating func grow() {
        let bigger = UnsafeMutablePointer<Record>.allocate(capacity: max(4, Int(capacity) * 2))
        if let records {
            bigger.moveInitialize(from: records, count: Int(count))
            records.deallocate()
        }
        records = bigger
        capacity = max(4, capacity * 2)
    }

    /// Takes it out, wherever it is.
    @inline(__always)
    mutating func remove(_ permits: UnsafeMutableRawPointer, _ grant: Permits.Grant) {
        var index = Int(count) - 1
        while index >= 0, let record = records?[index] {
            if record.grant == grant, record.permits == permits { return remove(at: index) }
            index -= 1
        }
    }

    @inline(__always)
    private mutating func remove(at index: Int) {
        let records = records.unsafelyUnwrapped
        let permits = records[index].permits
        count -= 1
        var index = index
        while index < Int(count) {
            records[index] = records[index + 1]
            index += 1
        }
        _ = Handover.take(permits, as: Permits.self)
    }

    /// Takes out the last one.
    mutating func popLast() -> Hold? {
        guard count > 0, let record = records?[Int(count) - 1] else { return nil }
        count -= 1
        return Hold(permits: Handover.take(record.permits, as: Permits.self), grant: record.grant)
    }

    /// The permit of those that was taken last.
    func last(of permits: Permits) -> Permits.Grant? {
        let address = Unmanaged.passUnretained(permits).toOpaque()
        for index in stride(from: Int(count) - 1, through: 0, by: -1) {
            if let record = records?[index], record.permits == address, permits.isHeld(record.grant) {
                return record.grant
            }
        }
        return nil
    }

    var list: [Hold] {
        (0..<Int(count)).compactMap { index in
            records.map { Hold(permits: $0[index].unretained.takeUnretainedValue(), grant: $0[index].grant) }
        }
    }
}
