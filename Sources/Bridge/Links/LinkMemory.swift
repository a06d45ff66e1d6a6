import Synchronization

/// The layout of a link's shared memory: a page of control words, the counters of messages that proxies have received,
/// and one ring for each direction.
struct LinkMemory {
    private static let countersStart = 4096
    static let counters = 16384
    private static let ringsStart = countersStart + counters * 8
    static let size = ringsStart + 2 * RingBuffer.size

    private let memory: SharedMemory

    init?(_ memory: SharedMemory?) {
        guard let memory else { return nil }
        self.memory = memory
    }

    func toChild() -> RingBuffer { ring(0) }
    func toBroker() -> RingBuffer { ring(1) }

    private func ring(_ number: Int) -> RingBuffer {
        RingBuffer(
            RingBuffer.Control(memory.start + RingBuffer.Control.size * (number + 1)),
            memory.start + Self.ringsStart + RingBuffer.size * number)
    }

    /// What the child says of its progress (`Program.setMark`). It stays there when the child dies.
    var mark: UnsafeMutablePointer<Atomic<UInt64>> {
        (memory.start + Self.countersStart / 2).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
    }

    func counter(_ slot: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (memory.start + Self.countersStart + slot * 8).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
    }
}
