import Testing

@testable import Bridge

@Suite struct WaiterTests {
    @Test func `a round is claimed once, by whichever way`() {
        let waiter = Waiter()
        let first = waiter.arm()
        #expect(waiter.claimAlone(first))
        #expect(!waiter.claimAlone(first))
        #expect(!waiter.claim(first))
        #expect(!waiter.isArmed(first))
        let second = waiter.arm()
        #expect(waiter.claim(second))
        #expect(!waiter.claimAlone(second))
    }

    @Test func `a ticket of an earlier round claims nothing`() {
        let waiter = Waiter()
        let first = waiter.arm()
        let second = waiter.arm()
        #expect(!waiter.claimAlone(first))
        #expect(!waiter.claim(first))
        #expect(waiter.claimAlone(second))
    }
}
