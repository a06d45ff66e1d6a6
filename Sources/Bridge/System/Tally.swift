import Synchronization

/// A number that its owner's thread raises, and any thread may read.
struct Tally: ~Copyable, Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add(_ more: Int) { number.store(value + more, ordering: .relaxed) }
}
