import Glibc
import Testing

@testable import Bridge

private func isAll(_ got: [Int], _ count: Int) -> Bool { got.sorted() == Array(0..<count) }
private func isInOrder(_ got: [Int]) -> Bool { zip(got, got.dropFirst()).allSatisfy(<) }
private func after(nanoseconds: Range<Int64>) -> Instant { Clock.now + .nanoseconds(.random(in: nanoseconds)) }

@Suite(.timeLimit(.minutes(5))) struct ChannelProxyTests {
    // MARK: - Capacity

    @Test(arguments: [1, 2, 4, 5, 100, 1024])
    func `a proxy fills the channel exactly`(_ capacity: Int) throws {
        let sides = try Sides()
        let home = Channel(capacity: capacity)
        let standIn = sides.give(home)
        for i in 0..<capacity { #expect(standIn.send(i, until: .past) == .done) }
        #expect(standIn.send(-1, until: .past) == .timeout)
        #expect(home.send(-1, until: .past) == .timeout)
        #expect(standIn.count == capacity)
        #expect(home.count == capacity)
        #expect(home.next() == 0)
        #expect(standIn.send(capacity, until: .past) == .done)
        #expect(standIn.send(-1, until: .past) == .timeout)
        for i in 1...capacity { #expect(standIn.next() == i) }
        #expect(home.next(until: .past) == nil)
    }

    @Test func `credits that a proxy does not use are there for others`() throws {
        let sides = try Sides()
        let other = try Sides(parent: sides.parent)
        let home = Channel(capacity: 64)
        let (a, b) = (sides.give(home), other.give(home))
        for i in 0..<40 { #expect(a.send(i) == .done) }
        for _ in 0..<40 { #expect(home.next() != nil) }
        // Now a holds credits. Others can still use all of the room.
        for i in 0..<64 { #expect(b.send(i) == .done) }
        #expect(b.send(-1, until: .past) == .timeout)
        #expect(home.send(-1, until: .past) == .timeout)
        #expect(home.count == 64)
    }

    @Test func `messages that are lent count, and come back when somebody else wants them`() throws {
        let sides = try Sides()
        let home = Channel(capacity: 100)
        let standIn = sides.give(home)
        let feeder = try Background { for i in 0..<1000 { home.send(i) } }
        // It receives fast enough that it gets some messages in advance.
        for i in 0..<950 { #expect(standIn.next() == i) }
        feeder.join()
        #expect(home.count == 50)
        for i in 0..<50 { #expect(home.send(1000 + i, until: .past) == .done) }
        #expect(home.send(-1, until: .past) == .timeout)
        #expect(isAll((950..<1050).map { _ in (home.next(until: .past) ?? 0) - 950 }, 100))
        #expect(home.next(until: .past) == nil)
        #expect(standIn.next(until: .past) == nil)
    }

    /// Has the proxy be the only receiver for so long that messages come by a lane.
    private func openLane(_ home: Channel, _ standIn: Channel) throws {
        while !standIn.canSpinToReceive {
            let feeder = try Background { for i in 0..<100 { home.send(i) } }
            for i in 0..<100 { #expect(standIn.next() == i) }
            feeder.join()
        }
    }

    @Test func `messages of all kinds keep their order in a lane`() throws {
        let sides = try Sides()
        let home = Channel(capacity: 100)
        let standIn = sides.give(home)
        try openLane(home, standIn)
        let lengths = [0, 1, 100, Lane.longest, Lane.longest + 1, 20000, 2 << 20]
        let feeder = try Background {
            var random = SplitMix(seed: 3)
            for i in 0..<5000 {
                let length = lengths[Int(random.next() % 8) % 7]
                switch random.next() % 4 {
                case 0: home.send(i)
                case 1: home.sendWaiting(.owned(.encoded, message([Channel()], bytes: [UInt8(i & 255)])))
                default:
                    home.sendWaiting(.owned(.string, message(bytes: [UInt8](repeating: UInt8(i & 255), count: length))))
                }
            }
        }
        for i in 0..<5000 {
            switch standIn.receiveParcel().0 {
            case .scalar(_, let bits)?: #expect(bits == UInt64(i))
            case .owned(.encoded, let message)?:
                #expect(message.storage.shared.first is Channel)
                #expect(message.bytes.elementsEqual([UInt8(i & 255)]))
            case .owned(.string, let message)?:
                #expect(lengths.contains(message.bytes.count))
                #expect(message.bytes.first.map { $0 == UInt8(i & 255) } ?? true)
            default: Issue.record("message \(i) is missing")
            }
        }
        feeder.join()
        #expect(home.count == 0)
    }

    @Test func `a lane holds as much as the channel, and gives it back when the child is gone`() throws {
        let sides = try Sides()
        let home = Channel(capacity: 1000)
        let standIn = sides.give(home)
        try openLane(home, standIn)
        for i in 0..<500 { #expect(home.send(i, until: .past) == .done) }
        for i in 0..<100 { #expect(standIn.next() == i) }
        for i in 500..<1100 {
            #expect(home.sendWaiting(.owned(.string, message(bytes: [1, UInt8(i & 255)])), until: .past) == .done)
        }
        #expect(home.send(-1, until: .past) == .timeout)
        #expect(home.count == 1000)
        #expect(standIn.count == 1000)
        sides.standIn.fail("killed")
        sides.broker.fail("killed")
        _ = sides.brokerOwner.end()
        #expect(home.count == 1000)
        for i in 100..<500 { #expect(home.next() == i) }
        for i in 500..<1100 {
            guard case .owned(_, let message)? = home.receiveParcel().0 else { continue }
            #expect(message.bytes.elementsEqual([1, UInt8(i & 255)]))
        }
        #expect(home.next(until: .past) == nil)
        for i in 0..<1000 { #expect(home.send(i, until: .past) == .done) }
        #expect(home.send(-1, until: .past) == .timeout)
    }

    @Test func `others get what is in a lane, in order`() throws {
        let sides = try Sides()
        let other = try Sides(parent: sides.parent)
        let home = Channel(capacity: 1000)
        let (a, b) = (sides.give(home), other.give(home))
        for round in 0..<20 {
            try openLane(home, a)
            for i in 0..<100 { #expect(home.send(i) == .done) }
            for i in 0..<10 { #expect(a.next() == i) }
            let receiver = round & 1 == 0 ? home : b
            for i in 10..<60 { #expect(receiver.next() == i) }
            for i in 60..<100 { #expect((i & 1 == 0 ? a : receiver).next() == i) }
            #expect(home.count == 0)
        }
        home.close()
        #expect(a.next() == nil)
        #expect(b.next() == nil)
    }

    @Test func `the bound in bytes holds, and a larger message passes when the channel is empty`() throws {
        let sides = try Sides()
        let home = Channel(capacity: 100, bytes: 1 << 20)
        let standIn = sides.give(home)
        func large(_ size: Int) -> Parcel { .owned(.string, message(bytes: [UInt8](repeating: 1, count: size))) }
        #expect(standIn.sendWaiting(large(5 << 20), until: .past) == .done)
        #expect(standIn.send(1, until: .past) == .timeout)
        #expect(home.receiveParcel().0?.weight == (5 << 20) + 16)
        for _ in 0..<4 { #expect(standIn.sendWaiting(large(200 << 10), until: .past) == .done) }
        #expect(standIn.sendWaiting(large(300 << 10), until: .past) == .timeout)
        #expect(standIn.sendWaiting(large(100 << 10), until: .past) == .done)
    }

    @Test func `a string of 64 MiB passes both ways`() throws {
        let sides = try Sides()
        let home = Channel()
        let standIn = sides.give(home)
        let size = 64 << 20
        var buffer = ByteBuffer()
        _ = buffer.reserve(size)
        for i in 0..<size / 4096 {
            buffer.append(UInt64(i))
            buffer.count += 4088
        }
        let sent = Parcel.owned(.string, buffer.takeMessage(shared: []))
        for (from, to) in [(home, standIn), (standIn, home)] {
            #expect(from.sendWaiting(sent) == .done)
            guard case .owned(.string, let got)? = to.receiveParcel().0, case .owned(_, let original) = sent else {
                Issue.record("nothing came")
                return
            }
            #expect(got.bytes.count == size)
            #expect(memcmp(got.storage.start, original.storage.start, size) == 0)
        }
    }

    // MARK: - Waiting

    @Test func `receivers are served in the order in which they came, wherever they wait`() throws {
        let sides = try Sides()
        let home = Channel()
        let standIn = sides.give(home)
        for _ in 0..<50 {
            let first = TestWaiter()
            let second = TestWaiter()
            var buffer = ByteBuffer()
            let (nodeA, nodeB) = (WaitNode(first, first.arm()), WaitNode(second, second.arm()))
            guard case .empty = standIn.receive(nodeA, &buffer) else { return }
            #expect(standIn.count == 0)  // by now the home knows
            guard case .empty = home.receive(nodeB, &buffer) else { return }
            home.send(1)
            home.send(2)
            guard case .parcel(.scalar(_, 1)) = first.wait(nodeA.ticket) else {
                Issue.record("the first did not get the first")
                return
            }
            guard case .parcel(.scalar(_, 2)) = second.wait(nodeB.ticket) else {
                Issue.record("the second did not get the second")
                return
            }
        }
    }

    @Test func `a wait that ends with a timeout leaves the message to others`() throws {
        let sides = try Sides()
        let home = Channel()
        let standIn = sides.give(home)
        let count = 3000
        let impatient = try Background {
            var got: [Int] = []
            while true {
                let (parcel, outcome) = standIn.receiveParcel(until: after(nanoseconds: 0..<30_000))
                if case .scalar(_, let bits)? = parcel { got.append(Int(bits)) }
                if outcome == .closed { return got }
            }
        }
        let patient = try Background {
            var got: [Int] = []
            while let value = home.next() { got.append(value) }
            return got
        }
        for i in 0..<count {
            home.send(i)
            if i % 10 == 0 { for _ in 0..<Int.random(in: 0..<3000) {} }
        }
        home.close()
        let (a, b) = (impatient.join(), patient.join())
        #expect(isAll(a + b, count))
        #expect(isInOrder(a))
        #expect(a.count + b.count == count)
    }

    // MARK: - Many on both sides

    @Test(arguments: [1, 7, 1024])
    func `many senders and receivers on both sides lose nothing and keep order`(_ capacity: Int) throws {
        let sides = try Sides()
        let other = try Sides(parent: sides.parent)
        let home = Channel(capacity: capacity)
        let ends = [home, home, sides.give(home), other.give(home), other.give(home)]
        let each = 2000
        let receivers = try ends.map { end in
            try Background {
                var got: [Int] = []
                while let value = end.next() { got.append(value) }
                return got
            }
        }
        let senders = try ends.enumerated().map { number, end in
            try Background { for i in 0..<each { #expect(end.send(number * each + i) == .done) } }
        }
        for sender in senders { sender.join() }
        home.close()
        var all: [Int] = []
        for receiver in receivers {
            let got = receiver.join()
            for number in ends.indices {
                let one = got.filter { $0 / each == number }
                #expect(isInOrder(one))
            }
            all += got
        }
        #expect(isAll(all, ends.count * each))
    }

    // MARK: - Closing

    @Test func `what was sent before the close is received, whoever closes`() throws {
        for round in 0..<200 {
            let sides = try Sides()
            let home = Channel(capacity: 16)
            let standIn = sides.give(home)
            let sender = try Background {
                var sent = 0
                while standIn.send(sent) == .done { sent += 1 }
                return sent
            }
            let receiver = try Background {
                var got = 0
                while let value = home.next() {
                    #expect(value == got)
                    got += 1
                }
                return got
            }
            for _ in 0..<Int.random(in: 0..<20_000) {}
            if round % 2 == 0 { home.close() } else { standIn.close() }
            #expect(sender.join() == receiver.join())
            #expect(standIn.isClosed || standIn.send(1) == .closed)
            #expect(home.isClosed)
        }
    }

    @Test func `a closed channel is drained by a proxy, too`() throws {
        let sides = try Sides()
        let home = Channel()
        for i in 0..<10 { home.send(i) }
        home.close()
        let standIn = sides.give(home)
        for i in 0..<10 { #expect(standIn.next() == i) }
        #expect(standIn.receiveParcel().1 == .closed)
        #expect(standIn.send(1) == .closed)
        #expect(home.receiveParcel().1 == .closed)
    }

    // MARK: - Rendezvous and channels that drop

    @Test func `at a rendezvous a send is done when the message is received, and else not`() throws {
        let sides = try Sides()
        let other = try Sides(parent: sides.parent)
        let home = Channel(capacity: 0)
        let ends = [home, sides.give(home), other.give(home)]
        let each = 300
        let receivers = try ends.map { end in
            try Background {
                var got: [Int] = []
                while true {
                    let (parcel, outcome) = end.receiveParcel(until: after(nanoseconds: 0..<100_000))
                    if case .scalar(_, let bits)? = parcel { got.append(Int(bits)) }
                    if outcome == .closed { return got }
                }
            }
        }
        let senders = try ends.enumerated().map { number, end in
            try Background {
                (0..<each).map { number * each + $0 }.filter { value in
                    end.send(value, until: after(nanoseconds: 0..<200_000)) == .done
                }
            }
        }
        let sent = senders.flatMap { $0.join() }
        home.close()
        let received = receivers.flatMap { $0.join() }
        #expect(sent.sorted() == received.sorted())
        #expect(!sent.isEmpty)
    }

    @Test func `a channel that drops its oldest keeps the latest`() throws {
        let sides = try Sides()
        let home = Channel(capacity: 3, overflow: .dropOldest)
        let standIn = sides.give(home)
        for i in 0..<1000 { #expect(standIn.send(i) == .done) }
        #expect(standIn.count == 3)
        for i in 997..<1000 { #expect(standIn.next() == i) }
        for i in 0..<10 { home.send(i) }
        for i in 7..<10 { #expect(standIn.next(until: .past) == i) }
        #expect(standIn.next(until: .past) == nil)
    }

    @Test func `a channel that drops its newest keeps the first`() throws {
        let sides = try Sides()
        let home = Channel(capacity: 3, overflow: .dropNewest)
        let standIn = sides.give(home)
        for i in 0..<100 { #expect(standIn.send(i) == .done) }
        #expect(standIn.count == 3)
        for i in 0..<3 { #expect(home.next(until: .past) == i) }
        #expect(home.next(until: .past) == nil)
    }

    // MARK: - Moving

    @Test func `a channel that a child made takes along what it holds and who waits`() throws {
        let sides = try Sides()
        let made = Channel(capacity: 3)
        for i in 0..<3 { made.send(i) }
        let waiting = try Background { made.send(3) }
        while made.send(99, until: .past) != .timeout {}
        let empty = Channel()
        let receiver = try Background { empty.next() }
        let (home, emptyHome) = (sides.take(made), sides.take(empty))
        #expect(home !== made)
        #expect(home.id == made.id)
        for i in 0..<4 { #expect(home.next() == i) }
        #expect(waiting.join() == .done)
        emptyHome.send(42)
        #expect(receiver.join() == 42)
        #expect(sides.take(made) === home)
        #expect(sides.give(home) === made)
    }

    @Test func `channels inside channels move as well, however deep, and even in themselves`() throws {
        let sides = try Sides()
        let outer = Channel()
        outer.sendWaiting(.owned(.encoded, message([outer])))
        var chain = Channel()
        for _ in 0..<3000 {
            let next = Channel()
            next.sendWaiting(.owned(.encoded, message([chain])))
            chain = next
        }
        outer.sendWaiting(.owned(.encoded, message([chain])))
        let home = sides.take(outer)
        #expect(home.receiveParcel().0?.shared[0] === home)
        var next = home.receiveParcel().0?.shared[0] as? Channel
        var depth = 0
        while let channel = next {
            depth += 1
            next = channel.receiveParcel(until: .past).0?.shared[0] as? Channel
        }
        #expect(depth == 3001)
    }

    @Test func `a channel is let go of when its proxy is gone, and comes back when it is sent again`() throws {
        let sides = try Sides()
        weak var weakHome: Channel?
        do {
            let home = Channel()
            weakHome = home
            for round in 0..<100 {
                home.send(round)
                let standIn = sides.give(home)
                #expect(standIn.next() == round)
            }
        }
        // Its export goes when the child's `release` has come. Messages come in order, so one that is sent later tells.
        while weakHome != nil {
            sides.standIn.send(1, message())
            _ = sides.brokerOwner.next()
        }
    }

    // MARK: - The end of a process

    @Test func `when the child is gone its credits and what was lent to it are here again`() throws {
        let sides = try Sides()
        let home = Channel(capacity: 64)
        let standIn = sides.give(home)
        let feeder = try Background { for i in 0..<1000 { home.send(i) } }
        for i in 0..<960 { #expect(standIn.next() == i) }
        feeder.join()
        for i in 0..<10 { #expect(standIn.send(1000 + i) == .done) }
        #expect(standIn.count == 50)
        sides.standIn.fail("killed")
        guard case .closed = sides.brokerOwner.end() else {
            Issue.record("not closed")
            return
        }
        for i in 960..<1010 { #expect(home.next(until: .past) == i) }
        for i in 0..<64 { #expect(home.send(i, until: .past) == .done) }
        #expect(home.send(1, until: .past) == .timeout)
    }

    @Test func `when the parent is gone everything that a child waits for is closed`() throws {
        let sides = try Sides()
        let (full, empty, meeting) = (Channel(capacity: 1), Channel(), Channel(capacity: 0))
        let standIns = [full, empty, meeting].map { sides.give($0) }
        standIns[0].send(1)
        let waiting = [
            try Background { standIns[0].send(2) }, try Background { standIns[1].receiveParcel().1 },
            try Background { standIns[2].send(3) },
        ]
        sides.broker.fail("killed")
        for one in waiting { #expect(one.join() == .closed) }
        #expect(standIns[1].count == 0)
    }

    // MARK: - Several generations

    @Test func `a grandchild's channels reach the grandparent, and the other way`() throws {
        let upper = try Sides()
        let lower = try Sides(parent: upper.child)
        let home = Channel(capacity: 100)
        let middle = upper.give(home)
        let end = lower.give(middle)
        #expect(end !== middle)
        for i in 0..<500 {
            end.send(i)
            #expect(home.next() == i)
            home.send(-i)
            #expect(end.next() == -i)
            middle.send(i)
            #expect(end.next() == i)
        }
        let made = Channel(capacity: 10)
        for i in 0..<5 { made.send(i) }
        let inMiddle = lower.take(made)
        let inRoot = upper.take(inMiddle)
        for i in 0..<3 { #expect(inRoot.next() == i) }
        #expect(inMiddle.next() == 3)
        #expect(made.next() == 4)
        #expect(made.count == 0)
        #expect(inMiddle.count == 0)
        inRoot.close()
        #expect(made.receiveParcel().1 == .closed)
        #expect(inMiddle.receiveParcel().1 == .closed)
    }

    @Test func `a middle's own channel serves parent and child`() throws {
        let upper = try Sides()
        let lower = try Sides(parent: upper.child)
        let made = Channel(capacity: 8)
        made.send(1)
        let below = lower.give(made)
        #expect(below.next() == 1)
        let above = upper.take(made)
        below.send(2)
        #expect(above.next() == 2)
        lower.standIn.fail("killed")
        _ = lower.brokerOwner.end()
        above.send(3)
        #expect(made.next() == 3)
    }
}
