import Synchronization

/// The layout of a link's shared memory: a page of control words, the counters of messages that proxies have received,
/// one ring for each direction; the lanes and the region of long strings, to which the child cannot write. There is no
/// region where memory is bounded.
struct LinkMemory {
    private static let countersStart = 4096
    static let counters = 16384
    private static let ringsStart = countersStart + counters * 8
    static let lanesStart = ringsStart + 2 * RingBuffer.size
    static let lanes = 16
    private static let laneFlagsStart = 1024
    private static let regionStart = lanesStart + lanes * Lane.memory
    private static let sizes = [regionStart, regionStart + SharedRegion.size]

    private let memory: SharedMemory

    init(_ memory: SharedMemory) { self.memory = memory }

    /// Made by the parent.
    static func make(for socket: LinkSocket) throws(SystemError) -> LinkMemory {
        LinkMemory(try SharedMemory.make(sizes[MemoryBound.isSet ? 0 : 1], for: socket))
    }

    /// What the parent has made; nil if it has gone.
    static func receive(from socket: LinkSocket) throws(SystemError) -> LinkMemory? {
        try SharedMemory.receive(sizes, writable: lanesStart, from: socket).map(LinkMemory.init)
    }

    func toChild() -> RingBuffer { ring(0) }
    func toBroker() -> RingBuffer { ring(1) }

    private func ring(_ number: Int) -> RingBuffer {
        RingBuffer(
            RingBuffer.Control(memory.start + RingBuffer.Control.size * (number + 1)),
            memory.start + Self.ringsStart + RingBuffer.size * number)
    }

    /// A lane whose proxy counts received messages in that slot.
    func lane(_ number: Int, _ slot: Int) -> (memory: UnsafeMutableRawPointer, signs: Lane.Signs) {
        let waits = (memory.start + Self.laneFlagsStart + number * 64).bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        return (
            memory.start + Self.lanesStart + number * Lane.memory, Lane.Signs(waits: waits, consumed: counter(slot))
        )
    }

    /// The lane is not in use any more: its memory goes back to the system.
    func empty(lane number: Int) {
        SharedMemory.empty(memory.start + Self.lanesStart + number * Lane.memory, Lane.memory)
    }

    /// Nil if there is none.
    var region: UnsafeMutableRawPointer? { memory.size > Self.regionStart ? memory.start + Self.regionStart : nil }

    /// What the child says of its progress (`Program.setMark`). It stays there when the child dies.
    var mark: UnsafeMutablePointer<Atomic<UInt64>> {
        (memory.start + Self.countersStart / 2).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
    }

    func counter(_ slot: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (memory.start + Self.countersStart + slot * 8).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
    }
}
