import Testing

@testable import Bridge

@Suite struct TimeTests {
    @Test func `an instant that is too far away is never, and one before all time is as early as can be`() {
        let now = Instant(rawValue: 1000)
        #expect(now + .nanoseconds(.max) == .forever)
        #expect(Instant.forever + .seconds(1) == .forever)
        #expect(Instant(rawValue: -1000) + .nanoseconds(.min) == Instant(rawValue: .min))
    }

    @Test func `lengths of time do not overflow`() {
        #expect(Instant.forever - Instant(rawValue: -1) == .nanoseconds(.max))
        #expect(Instant(rawValue: .min) - Instant(rawValue: 1) == .nanoseconds(.min))
        #expect(TimeSpan.nanoseconds(.max) + .seconds(1) == .nanoseconds(.max))
        #expect(TimeSpan.seconds(1 << 30) * 1_000_000 == .nanoseconds(.max))
        #expect(TimeSpan.seconds(1 << 30) * -1_000_000 == .nanoseconds(.min))
    }

    @Test func `seconds of scripts are rounded, and as long as can be when they are too many`() {
        #expect(TimeSpan(seconds: 0.25) == .milliseconds(250))
        #expect(TimeSpan(seconds: 1e-9 * 1.4) == .nanoseconds(1))
        #expect(TimeSpan(seconds: .infinity) == .nanoseconds(.max))
        #expect(TimeSpan(seconds: -1e300) == .nanoseconds(-.max))
        #expect(Instant(seconds: 1.5).seconds == 1.5)
    }
}
