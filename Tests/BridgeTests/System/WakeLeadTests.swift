import Testing

@testable import Bridge

@Suite struct WakeLeadTests {
    private let start = Instant(rawValue: 1_000_000_000_000)
    private func later(_ microseconds: Int64) -> Instant { start + .microseconds(microseconds) }

    /// A lead that has seen so many wakes, each that late.
    private func lead(after count: Int, late: TimeSpan) -> WakeLead {
        var lead = WakeLead()
        for _ in 0..<count { lead.woke(start + late, alarm: start) }
        return lead
    }

    private func alarm(_ lead: WakeLead) -> Instant { lead.plan(for: later(5000), start, maySpin: true).alarm }

    @Test func `a thread that has never been late is woken at its deadline`() {
        #expect(alarm(WakeLead()) == later(5000))
    }

    @Test func `the alarm comes earlier by what wakes are late as a rule, and the deadline stays`() {
        let lead = lead(after: 50, late: .microseconds(80))
        #expect(alarm(lead) > later(4919) && alarm(lead) < later(4922))
        #expect(lead.plan(for: later(5000), start, maySpin: true).due == later(5000))
    }

    @Test func `a thread that may not spin is woken at its deadline`() {
        let lead = lead(after: 50, late: .microseconds(80))
        #expect(lead.plan(for: later(5000), start, maySpin: false).alarm == later(5000))
    }

    @Test func `before a short wait the thread does not spin`() {
        let lead = lead(after: 50, late: .microseconds(80))
        #expect(lead.plan(for: later(500), start, maySpin: true).alarm == later(500))
    }

    @Test func `one wake that is very late changes little, many do, up to a bound`() {
        #expect(alarm(lead(after: 1, late: .seconds(1))) == later(4990))
        #expect(alarm(lead(after: 1000, late: .seconds(1))) == later(4850))
    }

    @Test func `punctual wakes make the lead short again`() {
        var lead = lead(after: 50, late: .microseconds(80))
        for _ in 0..<100 { lead.woke(start, alarm: start) }
        #expect(alarm(lead) > later(4999))
    }

    @Test func `deadlines in a crowd are met together, a few are not`() {
        for (count, isCrowd) in [(10, false), (40, true)] {
            var lead = WakeLead()
            lead.add(count, start)
            lead.add(1, later(1000))
            lead.met(later(1000))
            for close in [1001, 1050, 1099] as [Int64] {
                let plan = lead.plan(for: later(close), later(1000), maySpin: true)
                #expect(plan.due == later(isCrowd ? 1100 : close))
                #expect(plan.alarm == plan.due)
            }
            #expect(lead.plan(for: later(1200), later(1000), maySpin: true).due == later(1200))
        }
    }

    @Test func `a crowd is forgotten when deadlines become rare`() {
        var lead = WakeLead()
        for tick in 0..<5 { lead.add(40, later(Int64(tick) * 1000)) }
        lead.add(40, later(10_000))
        lead.met(later(10_000))
        #expect(lead.plan(for: later(10_001), later(10_000), maySpin: true).due == later(10_001))
    }
}
