import Synchronization
import Testing

@testable import Bridge

@Suite struct LaneTests {
    /// Both ends of a lane.
    private final class Ends {
        private let memory = UnsafeMutableRawPointer.allocate(byteCount: Lane.memory, alignment: 4096)
        private let flag = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: 1)
        let counter = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: 1)
        var writer: Lane.Writer
        var reader: Lane.Reader
        /// All bytes that the writer's side owns.
        var bytes: UnsafeMutableRawBufferPointer { .init(start: memory, count: Lane.memory) }

        init() {
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: Lane.memory)
            flag.initialize(to: Atomic(0))
            counter.initialize(to: Atomic(0))
            let signs = Lane.Signs(waits: flag, consumed: counter)
            writer = Lane.Writer(memory, signs, lent: 0)
            reader = Lane.Reader(memory, signs)
        }

        deinit {
            memory.deallocate()
            flag.deallocate()
            counter.deallocate()
        }

        func push(_ number: Int, _ count: Int) {
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: count)
            bytes.withUnsafeBytes { writer.push(.borrowed(.string, $0), place: UInt64(number)) }
        }

        /// What the reader takes out: a number for each message, its bytes checked.
        func take() -> Int? {
            guard let next = reader.peek() else { return nil }
            defer {
                reader.remove(next.size)
                counter.pointee.add(1, ordering: .releasing)
            }
            switch next.record {
            case .parcel(.scalar(_, let bits)): return Int(bits)
            case .parcel(.borrowed(_, let bytes)):
                #expect(bytes.allSatisfy { $0 == bytes.first })
                return bytes.count
            default: return -1
            }
        }
    }

    @Test func `messages of all lengths come in order, however often the ring is filled`() {
        let ends = Ends()
        var random = SplitMix(seed: 5)
        var expected: [Int] = []
        var weights: [Int?] = []
        for i in 0..<20000 {
            while !ends.writer.hasRoom || random.next() % 3 == 0 {
                guard !expected.isEmpty else { break }
                #expect(ends.take() == expected.removeFirst())
                for _ in 0..<ends.writer.received() { #expect(ends.writer.drop() == weights.removeFirst()) }
            }
            switch random.next() % 4 {
            case 0:
                ends.writer.push(.scalar(.integer, UInt64(i)), place: 0)
                expected.append(i)
                weights.append(16)
            case 1:
                ends.writer.pushElsewhere(place: 0)
                expected.append(-1)
                weights.append(nil)
            default:
                let count = Int(random.next() % UInt64(random.next() % 2 == 0 ? 40 : Lane.longest + 1))
                ends.push(i, count)
                expected.append(count)
                weights.append(count + 16)
            }
        }
        while !expected.isEmpty { #expect(ends.take() == expected.removeFirst()) }
        #expect(ends.take() == nil)
        #expect(!ends.reader.isBroken)
    }

    @Test func `what was not received is taken back in order, with its place`() {
        let ends = Ends()
        for i in 0..<100 { ends.writer.push(.scalar(.integer, UInt64(i)), place: UInt64(1000 + i)) }
        for i in 0..<40 { #expect(ends.take() == i) }
        for _ in 0..<ends.writer.received() { _ = ends.writer.drop() }
        ends.reader.skipAll()
        for i in 40..<100 {
            guard let (place, record) = ends.writer.takeBack(), case .parcel(.scalar(_, let bits)) = record else {
                Issue.record("\(i) is missing")
                return
            }
            #expect(bits == UInt64(i))
            #expect(place == UInt64(1000 + i))
        }
        #expect(ends.writer.takeBack() == nil)
        ends.writer.push(.scalar(.integer, 7), place: 1)
        #expect(ends.take() == 7)
    }

    @Test func `who waits is rung once`() {
        let ends = Ends()
        #expect(!ends.writer.mustRing())
        ends.reader.startWaiting()
        ends.writer.push(.scalar(.true, 0), place: 1)
        #expect(ends.writer.mustRing())
        #expect(!ends.writer.mustRing())
    }

    @Test func `a count that lies is ignored`() {
        let ends = Ends()
        for i in 0..<10 { ends.writer.push(.scalar(.integer, UInt64(i)), place: 0) }
        for lie in [11, UInt64.max, 1 << 63, 1 << 32] {
            ends.counter.pointee.store(lie, ordering: .relaxed)
            #expect(ends.writer.received() == 0)
        }
    }

    @Test func `nothing that stands in the ring harms its reader, or its writer`() {
        var random = SplitMix(seed: 21)
        for _ in 0..<2000 {
            let ends = Ends()
            for i in 0..<50 { ends.push(i, Int(random.next() % 100)) }
            for _ in 0..<(1 + random.next() % 8) {
                let place = random.next() % 3 == 0 ? 0 : Lane.dataStart + Int(random.next() % 4000) & ~7
                let word = random.next() >> (random.next() % 64)
                ends.bytes.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
            }
            var count = 0
            while let next = ends.reader.peek() {
                if case .parcel(.borrowed(_, let bytes)) = next.record {
                    #expect(bytes.count <= Lane.longest)
                    #expect(bytes.reduce(0) { $0 &+ Int($1) } >= 0)
                }
                ends.reader.remove(next.size)
                count += 1
                #expect(count <= Lane.size / 16)
            }
            #expect(ends.reader.popShort(ends.bytes.baseAddress.unsafelyUnwrapped, 0).isNothing)
            ends.counter.pointee.store(20, ordering: .relaxed)
            for _ in 0..<ends.writer.received() { #expect((ends.writer.drop() ?? 0) <= Lane.longest + 16) }
            while ends.writer.takeBack() != nil { count += 1 }
            #expect(count <= 2 * Lane.size / 16)
        }
    }
}

extension RecordQueue.Short {
    fileprivate var isNothing: Bool { if case .nothing = self { true } else { false } }
}
