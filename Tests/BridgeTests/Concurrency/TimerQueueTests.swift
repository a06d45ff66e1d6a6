import Testing

@testable import Bridge

@Suite struct TimerQueueTests {
    final class Bell: Alarm {
        var current: UInt64 = 0
        override func isStale(_ ticket: UInt64) -> Bool { ticket != current }
    }

    @Test func `entries come out in order of time, then of scheduling`() {
        var queue = TimerQueue()
        let bell = Bell()
        for (ticket, due) in [(1, 30), (2, 10), (3, 20), (4, 10), (5, 0)] {
            queue.add(bell, ticket: UInt64(ticket), due: Instant(rawValue: Int64(due)))
        }
        var order: [UInt64] = []
        while let (_, ticket) = queue.popDue(Instant(rawValue: 25)) { order.append(ticket) }
        #expect(order == [5, 2, 4, 3])
        #expect(queue.nextDue == Instant(rawValue: 30))
        #expect(queue.popDue(Instant(rawValue: 29)) == nil)
    }

    @Test func `entries that were given up do not stay in memory`() {
        var queue = TimerQueue()
        let bell = Bell()
        for ticket in 1...1000 {
            queue.add(bell, ticket: UInt64(ticket), due: Instant(rawValue: .max - 1))
            bell.current = UInt64(ticket)
            queue.entryGivenUp()
        }
        #expect(queue.count < 200)
        #expect(queue.popDue(.past) == nil)
    }

    @Test func `a hundred thousand random entries come out sorted`() {
        var queue = TimerQueue()
        let bell = Bell()
        var random = SplitMix(seed: 3)
        for ticket in 0..<100_000 {
            queue.add(bell, ticket: UInt64(ticket), due: Instant(rawValue: Int64(random.next() % 5000)))
        }
        var last: (due: Instant, ticket: UInt64) = (Instant(rawValue: -1), 0)
        var count = 0
        while true {
            let due = queue.nextDue
            guard let (_, ticket) = queue.popDue(Instant(rawValue: .max - 1)) else { break }
            #expect(due > last.due || (due == last.due && ticket > last.ticket))
            last = (due, ticket)
            count += 1
        }
        #expect(count == 100_000)
    }
}

extension Optional where Wrapped == (alarm: Alarm, ticket: UInt64) {
    static func == (a: Self, b: _OptionalNilComparisonType) -> Bool { if case .none = a { true } else { false } }
}
