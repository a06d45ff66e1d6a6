import Foundation
import Synchronization
import Testing

@testable import Bridge

/// What a process sends is not to be trusted: whatever it is, it ends the link with an error or does no harm.
///
/// A session between two sides is recorded, damaged, and played to a fresh side. `LUACONC_FUZZ` says how often.
@Suite(.timeLimit(.minutes(30))) struct LinkFuzzTests {
    private static let rounds = ProcessInfo.processInfo.environment["LUACONC_FUZZ"].flatMap { Int($0) } ?? 3000

    /// Both sides of a link without threads: each reads when it is told to.
    private final class Bench {
        let memory: LinkMemory
        let broker: Link
        let child: Link
        private let owners = (Owner(), Owner())
        private let (parentNode, childNode) = (Node(), Node())
        let homes = [Channel(capacity: 8), Channel(capacity: 0), Channel(capacity: 2, overflow: .dropOldest)]
        let thing = Thing("dum")

        init() throws {
            let ends = try LinkSocket.pair()
            memory = try LinkMemory.make(for: LinkSocket(descriptor: ends.0))
            broker = Link(socket: ends.0, role: .broker, owner: owners.0, in: parentNode)
            // However long a step takes here, the receiver is a fast one.
            child = Link(socket: ends.1, role: .child, owner: owners.1, in: childNode, pace: .seconds(3600))
            owners.1.link = child
        }

        /// What the parent does before it has received anything.
        func begin() {
            broker.send(1, message(homes + [thing]))
            for i in 0..<3 { homes[0].send(i) }
        }

        /// The whole session.
        func play() {
            broker.connect(memory)
            child.connect(memory)
            begin()
            exchange()
            guard case let objects = owners.1.next().objects, let standIn = objects[0] as? Channel,
                let meeting = objects[1] as? Channel, let dropping = objects[2] as? Channel
            else { return }
            var buffer = ByteBuffer()
            for i in 0..<4 { _ = standIn.trySend(.scalar(.integer, UInt64(i))) }
            let waiters = (0..<8).map { _ in TestWaiter() }
            func node(_ number: Int, _ parcel: Parcel? = nil) -> WaitNode {
                WaitNode(waiters[number], waiters[number].arm(), parcel: parcel)
            }
            func text(_ count: Int) -> Parcel {
                .owned(.string, message(bytes: [UInt8](repeating: 65, count: count)))
            }
            let receiving = node(0)
            _ = standIn.receive(receiving, &buffer)
            exchange()
            _ = standIn.send(node(1, .scalar(.integer, 7)))
            _ = standIn.send(node(2, text(100)))
            _ = meeting.send(node(3, .scalar(.true, 0)))
            _ = dropping.send(node(4, text(10)))
            exchange()
            _ = homes[1].receive(node(5), &buffer)
            exchange()
            for _ in 0..<3 { _ = standIn.tryReceive(&buffer) }
            let made = Channel(capacity: 4)
            _ = made.trySend(text(5000))
            _ = made.trySend(.owned(.encoded, message([Channel(), objects[3], standIn])))
            child.send(3, message([made, Thing("dee")]))
            _ = standIn.send(node(6, .owned(.encoded, message([made]))))
            let late = node(7)
            _ = standIn.receive(late, &buffer)
            standIn.forget(late)
            exchange()
            for _ in 0..<9 { _ = homes[0].tryReceive(&buffer) }
            exchange()
            dropping.close()
            child.send(4, message())
            exchange()
        }

        /// The objects of the first message to the child.
        func received() -> [any Shareable] { owners.1.next().objects }

        func exchange() {
            for _ in 0..<4 {
                broker.serve()
                child.serve()
            }
        }

        func end() {
            broker.finish(.closed)
            child.finish(.closed)
        }

        /// All bytes that one side has written.
        func written(_ ring: RingBuffer) -> [UInt8] {
            var ring = ring
            let count = ring.available() ?? 0
            return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                if let start = buffer.baseAddress { ring.read(start, count) }
                filled = count
            }
        }

        func write(_ bytes: [UInt8], into ring: RingBuffer) {
            var ring = ring
            bytes.withUnsafeBytes { bytes in if let start = bytes.baseAddress { ring.write(start, bytes.count) } }
            ring.publish()
        }
    }

    private static func damage(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        let interesting: [UInt8] = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xfe, 0xff]
        for _ in 0..<Int(random.next() % 5 + 1) {
            let place = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 6 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes[place] = interesting[Int(random.next() % UInt64(interesting.count))]
            case 2: bytes[place] ^= 1 << UInt8(random.next() % 8)
            case 3:
                // A word of a frame: counts, lengths, numbers.
                let word = place & ~7
                let value = random.next() >> (random.next() % 64)
                for i in 0..<min(8, bytes.count - word) {
                    bytes[word + i] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(i)))
                }
            case 4:
                let from = Int(random.next() % UInt64(bytes.count)) & ~15
                let count = min(16, bytes.count - max(from, place & ~15))
                for i in 0..<count { bytes[(place & ~15) + i] = bytes[from + i] }
            default: if bytes.count > 64, random.next() % 8 == 0 { bytes.removeLast(Int(random.next() % 64)) }
            }
        }
        return bytes
    }

    private static func recorded() throws -> (toBroker: [UInt8], toChild: [UInt8]) {
        let bench = try Bench()
        bench.play()
        defer { bench.end() }
        return (bench.written(bench.memory.toBroker()), bench.written(bench.memory.toChild()))
    }

    @Test func `the session that is damaged covers what a child says`() throws {
        let bytes = try Self.recorded().toBroker
        var kinds: Set<Frame.Kind> = []
        var place = 0
        bytes.withUnsafeBytes { bytes in
            while place + 16 <= bytes.count {
                let (word, value) = (
                    bytes.load(fromByteOffset: place, as: UInt64.self),
                    bytes.load(fromByteOffset: place + 8, as: UInt64.self)
                )
                guard let frame = Frame(word, value) else { break }
                kinds.insert(frame.kind)
                place += 16 + (frame.form.hasBody ? Frame.padded(Int(frame.value)) : 0)
            }
        }
        #expect(place == bytes.count)
        let expected: Set<Frame.Kind> = [
            .hello, .message, .create, .content, .send, .wantRoom, .wantMessages, .returnMessages, .close,
        ]
        #expect(kinds.isSuperset(of: expected), "\(expected.subtracting(kinds)) are missing")
    }

    @Test func `nothing that a child sends harms its parent`() throws {
        let bytes = try Self.recorded().toBroker
        var random = SplitMix(seed: 11)
        for _ in 0..<Self.rounds {
            let bench = try Bench()
            bench.broker.connect(bench.memory)
            bench.begin()
            bench.write(Self.damage(bytes, &random), into: bench.memory.toBroker())
            bench.broker.serve()
            bench.end()
            // All of the room is free again.
            let home = bench.homes[0]
            var buffer = ByteBuffer()
            drain: while true {
                switch home.tryReceive(&buffer) {
                case .empty, .closed, .overtaken: break drain
                default: break
                }
            }
            if home.isClosed { continue }
            for i in 0..<8 { #expect(home.send(i, until: .past) == .done) }
            #expect(home.send(8, until: .past) == .timeout)
        }
    }

    @Test func `nothing that a parent sends harms its child`() throws {
        let bytes = try Self.recorded().toChild
        var random = SplitMix(seed: 12)
        for _ in 0..<Self.rounds {
            let bench = try Bench()
            bench.child.connect(bench.memory)
            bench.write(Self.damage(bytes, &random), into: bench.memory.toChild())
            bench.child.serve()
            bench.end()
        }
    }

    @Test func `a session that is cut short anywhere ends well`() throws {
        let bytes = try Self.recorded().toBroker
        for count in stride(from: 0, through: bytes.count, by: 1) where count < 3000 || count % 97 == 0 {
            let bench = try Bench()
            bench.broker.connect(bench.memory)
            bench.begin()
            if count > 0 { bench.write(Array(bytes[..<count]), into: bench.memory.toBroker()) }
            bench.broker.serve()
            bench.end()
            #expect(bench.homes[1].send(1, until: .past) == .timeout)
        }
    }

    @Test func `a lane that is full of lies does no harm`() throws {
        var random = SplitMix(seed: 14)
        for _ in 0..<max(Self.rounds / 10, 50) {
            let bench = try Bench()
            bench.broker.connect(bench.memory)
            bench.child.connect(bench.memory)
            bench.begin()
            bench.exchange()
            let home = bench.homes[0]
            let standIn = try #require(bench.received().first as? Channel)
            var buffer = ByteBuffer()
            // The proxy is the only receiver, has asked for more than it waits for and received all, so it gets a lane.
            for i in 0..<40 where !standIn.canSpinToReceive {
                let waiter = TestWaiter()
                _ = standIn.receive(WaitNode(waiter, waiter.arm()), &buffer)
                bench.exchange()
                for _ in 0..<2 {
                    home.send(i, until: .past)
                    bench.exchange()
                }
                _ = standIn.tryReceive(&buffer)
            }
            #expect(standIn.canSpinToReceive)
            for i in 0..<4 { home.send(i, until: .past) }
            let (memory, signs) = bench.memory.lane(0, 0)
            for _ in 0..<(1 + random.next() % 6) {
                let place = random.next() % 4 == 0 ? 0 : Lane.dataStart + Int(random.next() % 600) & ~7
                memory.storeBytes(of: random.next() >> (random.next() % 64), toByteOffset: place, as: UInt64.self)
            }
            signs.waits.pointee.store(UInt32(truncatingIfNeeded: random.next()), ordering: .relaxed)
            if random.next() % 2 == 0 {
                signs.consumed.pointee.store(random.next() >> (random.next() % 64), ordering: .relaxed)
            }
            for i in 0..<8 {
                home.send(i, until: .past)
                _ = standIn.tryReceive(&buffer)
                _ = home.tryReceive(&buffer)
                bench.exchange()
            }
            bench.end()
            for _ in 0..<20 { _ = home.tryReceive(&buffer) }
        }
    }

    @Test func `counters that lie do no harm`() throws {
        var random = SplitMix(seed: 13)
        for _ in 0..<200 {
            let bench = try Bench()
            bench.broker.connect(bench.memory)
            bench.begin()
            let toBroker = bench.memory.toBroker().control
            toBroker.tail.pointee.store(random.next() >> (random.next() % 64), ordering: .releasing)
            bench.memory.toChild().control.head.pointee.store(
                random.next() >> (random.next() % 64), ordering: .releasing)
            for slot in 0..<4 { bench.memory.counter(slot).pointee.store(random.next(), ordering: .releasing) }
            bench.broker.serve()
            for i in 0..<20 { _ = bench.homes[0].send(i, until: .past) }
            bench.broker.send(1, message(bytes: [UInt8](repeating: 1, count: 100_000)))
            bench.end()
        }
    }
}
