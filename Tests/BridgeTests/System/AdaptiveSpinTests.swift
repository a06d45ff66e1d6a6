import Testing

@testable import Bridge

@Suite struct AdaptiveSpinTests {
    private var spin = AdaptiveSpin(most: .microseconds(8))

    private mutating func inVain(_ count: Int) {
        for _ in 0..<count { _ = spin.spin { false } }
    }

    @Test mutating func `spins are shorter each time that they were in vain`() {
        #expect(spin.next == .microseconds(8))
        inVain(1)
        #expect(spin.next == .microseconds(4))
        inVain(10)
        #expect(spin.next == .nanoseconds(500))
    }

    @Test mutating func `they are longer again once one has paid`() {
        inVain(3)
        #expect(spin.spin { true })
        #expect(spin.next == .microseconds(2))
        for _ in 0..<3 { _ = spin.spin { true } }
        #expect(spin.next == .microseconds(8))
    }

    @Test mutating func `after many in vain one is as long as can be, and if that one pays so are the next`() {
        inVain(32)
        #expect(spin.next == .microseconds(8))
        inVain(1)
        #expect(spin.next == .nanoseconds(500))
        inVain(32)
        #expect(spin.spin { true })
        #expect(spin.next == .microseconds(8))
    }

    @Test func `one that begins short tries for longer after a while`() {
        var spin = AdaptiveSpin(most: .microseconds(8), beginsWithMost: false)
        #expect(spin.next == .nanoseconds(500))
        for _ in 0..<32 { _ = spin.spin { false } }
        #expect(spin.next == .microseconds(8))
    }
}
