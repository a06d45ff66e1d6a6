import Synchronization

/// Numbers for things that scripts can name: unique in the program.
enum Identity {
    private static let last = Atomic<Int>(0)
    static func next() -> Int { last.add(1, ordering: .relaxed).newValue }

    /// From now on the numbers begin at a thousand million times the number of this process.
    static func begin(process: Int) { last.store(process * 1_000_000_000, ordering: .relaxed) }
}
