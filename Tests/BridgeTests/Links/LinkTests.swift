import Glibc
import Testing

@testable import Bridge

@Suite(.timeLimit(.minutes(5))) struct LinkTests {
    @Test func `messages of every size arrive in order on both sides`() throws {
        let sides = try Sides()
        let sizes = [0, 1, 7, 8, 100, 4096, 4097, 16 << 10, (16 << 10) + 1, 64 << 10, 1 << 20, 3, 9 << 20, 5]
        for (index, size) in sizes.enumerated() {
            let bytes = [UInt8](repeating: UInt8(index + 1), count: size)
            sides.broker.send(UInt8(index), message(bytes: bytes))
            sides.standIn.send(UInt8(index), message(bytes: bytes))
        }
        for owner in [sides.childOwner, sides.brokerOwner] {
            for (index, size) in sizes.enumerated() {
                let got = owner.next()
                #expect(got.kind == UInt8(index))
                #expect(got.bytes.count == size)
                #expect(got.bytes.allSatisfy { $0 == UInt8(index + 1) })
            }
        }
    }

    @Test func `what was sent before the close arrives, and both sides hear of the end once`() throws {
        let sides = try Sides()
        for _ in 0..<100 { sides.standIn.send(1, message(bytes: [UInt8](repeating: 7, count: 100_000))) }
        sides.standIn.close()
        guard case .closed = sides.childOwner.end(), case .closed = sides.brokerOwner.end() else {
            Issue.record("broken")
            return
        }
        for _ in 0..<100 { #expect(sides.brokerOwner.next().bytes.count == 100_000) }
        #expect(sides.brokerOwner.countOfEnds == 1)
        #expect(sides.childOwner.countOfEnds == 1)
    }

    @Test func `a child is idle until something is sent to it, or it says something`() throws {
        let sides = try Sides()
        sides.broker.send(1, message())
        _ = sides.childOwner.next()
        sides.standIn.sayIdle { false }
        sides.sayIdle()
        #expect(sides.brokerOwner.idleness(1) == [true])
        sides.standIn.sayIdle { true }  // is known
        sides.broker.send(2, message())
        #expect(sides.brokerOwner.idleness(2) == [true, false])
        _ = sides.childOwner.next()
        // It says that it is idle after what it has read, but another message is on its way.
        sides.sayIdle {
            sides.broker.send(3, message())
            return true
        }
        _ = sides.childOwner.next()
        sides.sayIdle()
        #expect(sides.brokerOwner.idleness(3) == [true, false, true])
        sides.standIn.send(4, message())
        #expect(sides.brokerOwner.idleness(4) == [true, false, true, false])
        sides.sayIdle()
        #expect(sides.brokerOwner.idleness(5).last == true)
        sides.standIn.close()
        _ = sides.brokerOwner.end()
        #expect(sides.brokerOwner.idleness(6).last == false)
    }

    @Test func `an object is the same on its way back, and is let go of when its proxy is gone`() throws {
        let sides = try Sides()
        let thing = Thing("dum")
        do {
            sides.broker.send(1, message([thing, thing]))
            var got = sides.childOwner.next().objects
            let standIn = got[0] as! RemoteThing
            #expect(standIn.text == "thing dum")
            #expect(standIn === got[1])
            sides.standIn.send(1, message([standIn]))
            #expect(sides.brokerOwner.next().objects[0] === thing)
            got = []
        }
        while sides.broker.tables.exported(1) != nil { sched_yield() }
    }

    @Test func `integers pass from parent to child, and back`() throws {
        let sides = try Sides()
        let down = Channel()
        let up = Channel()
        let (childDown, childUp) = (sides.give(down), sides.give(up))
        let child = try Background {
            var count = 0
            while let value = childDown.next() {
                childUp.send(value * 2)
                count += 1
            }
            childUp.close()
            return count
        }
        let parent = try Background {
            for i in 0..<50_000 { down.send(i) }
            down.close()
        }
        for i in 0..<50_000 { #expect(up.next() == i * 2) }
        #expect(up.next() == nil)
        #expect(child.join() == 50_000)
        parent.join()
    }
}
