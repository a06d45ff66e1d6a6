import Testing

@testable import Bridge

@Suite struct DueQueueTests {
    private struct Entry: Orderly, Equatable {
        let due: Int
        let order: Int
        var rank: Double { due == .min ? -.infinity : Double(due) }
        static func precedes(_ a: Entry, _ b: Entry) -> Bool { (a.due, a.order) < (b.due, b.order) }
    }

    /// Goes on beside a plain list with what comes by ones, by hundreds and by thousands.
    @Test func `elements come out in order, however many came since the last look`() {
        var queue = DueQueue<Entry>()
        var list: [Entry] = []
        var random = SplitMix(seed: 11)
        var order = 0
        for round in 0..<60 {
            for _ in 0..<[1, 3, 100, 2000][Int(random.next() % 4)] {
                order += 1
                let entry = Entry(due: round * 10 + Int(random.next() % 1000), order: order)
                queue.insert(entry)
                list.append(entry)
            }
            if round % 10 == 9 {
                let dropped = queue.filter { $0.order % 3 != 0 }
                #expect(Set(dropped.map(\.order)) == Set(list.map(\.order).filter { $0 % 3 == 0 }))
                list.removeAll { $0.order % 3 == 0 }
            }
            list.sort(by: Entry.precedes)
            #expect(queue.count == list.count)
            #expect(queue.count { $0.due < round * 10 + 400 } == list.count { $0.due < round * 10 + 400 })
            for expected in list.prefix([1, 50, 1500][Int(random.next() % 3)]) {
                #expect(queue.first == expected)
                queue.removeFirst()
                list.removeFirst()
            }
        }
        #expect(Set(queue.elements.map(\.order)) == Set(list.map(\.order)))
        while let first = queue.first {
            #expect(first == list.removeFirst())
            queue.removeFirst()
        }
        #expect(list.isEmpty && queue.count == 0)
    }

    @Test(arguments: [[5], [1, 2], [0, 1_000_000], [.min, 3], [-7, 0, 7, .max]])
    func `many elements come out in order, however unevenly they are spread`(dues: [Int]) {
        var queue = DueQueue<Entry>()
        var random = SplitMix(seed: 3)
        // Most are close to the first, few at the others.
        for order in 0..<3000 {
            let isFew = random.next() % 100 == 0
            let due = isFew ? dues[Int(random.next() % UInt64(dues.count))] : dues[0]
            queue.insert(Entry(due: due == .min ? due : due / 2 + Int(random.next() % 3), order: order))
        }
        let expected = queue.elements.sorted(by: Entry.precedes)
        var found: [Entry] = []
        while let first = queue.first {
            found.append(first)
            queue.removeFirst()
        }
        #expect(found == expected)
    }
}
