import Testing

@testable import Bridge

/// Machines that sleep, and clocks that are set.
@Suite struct CronPlanTests {
    private static let hour = 3600, day = 86_400

    private func wall(_ seconds: Double) -> Instant { Instant(seconds: seconds) }
    private func wall(_ seconds: Int) -> Instant { Instant(seconds: Double(seconds)) }

    private func plan(
        _ text: String, _ catchUp: CronPlan.CatchUp = .one, jitter: TimeSpan = .zero, at seconds: Int = 0
    ) throws -> CronPlan {
        let schedule = CronSchedule(try CronPattern.read(ByteText(text)), .utc)
        return CronPlan(schedule, catchUp: catchUp, jitter: jitter, at: wall(seconds))
    }

    @Test func `a time is taken once, when the clock shows it`() throws {
        var plan = try plan("0 * * * *")
        #expect(plan.due == wall(3600))
        #expect(plan.take(at: wall(3599.999)) == .init())
        #expect(plan.take(at: wall(3600)) == .init(current: 3600))
        #expect(plan.take(at: wall(3600)) == .init())
        #expect(plan.next == 7200)
    }

    @Test func `the time in which a plan is made does not count`() throws {
        #expect(try plan("0 * * * *", at: 3600).next == 7200)
        #expect(try plan("0 * * * *", at: 3599).next == 3600)
        let between = CronPlan(CronSchedule(try CronPattern.read("* * * * * *"), .utc), at: wall(10.9))
        #expect(between.next == 11)
    }

    @Test func `what a machine slept through is run once, in full, or not at all`() throws {
        let morning = 5 * Self.hour + 600
        var one = try plan("0 * * * *", .one)
        #expect(one.take(at: wall(morning)) == .init(current: 18_000, missed: 4))
        var all = try plan("0 * * * *", .all)
        #expect(all.take(at: wall(morning)) == .init(late: [3600, 7200, 10_800, 14_400, 18_000]))
        var none = try plan("0 * * * *", .none)
        #expect(none.take(at: wall(morning)) == .init(missed: 5))
        for plan in [one, all, none] { #expect(plan.next == UnixTime(6 * Self.hour)) }
    }

    @Test func `a run that is less than a minute late is in time`() throws {
        var none = try plan("0 * * * *", .none)
        #expect(none.take(at: wall(2 * Self.hour + 60)) == .init(current: 7200, missed: 1))
        #expect(none.take(at: wall(3 * Self.hour + 61)) == .init(missed: 1))
        var all = try plan("0 * * * *", .all)
        #expect(all.take(at: wall(2 * Self.hour + 60)) == .init(late: [3600], current: 7200))
    }

    @Test func `a clock that is set back brings no time twice`() throws {
        var plan = try plan("*/10 * * * *")
        #expect(plan.take(at: wall(600)) == .init(current: 600))
        plan.look(at: wall(600))
        for seconds in stride(from: 0, to: 1200, by: 60) {
            plan.look(at: wall(seconds))
            #expect(plan.take(at: wall(seconds)) == .init())
        }
        #expect(plan.take(at: wall(1200)) == .init(current: 1200))
    }

    @Test func `a clock that was more than a day ahead was wrong`() throws {
        let start = 100 * Self.day
        var plan = try plan("0 * * * *", at: start)
        plan.look(at: wall(start))
        plan.look(at: wall(start - Self.day))
        #expect(plan.next == UnixTime(start + 3600))
        plan.look(at: wall(start - Self.day - 1))
        #expect(plan.next == UnixTime(start - Self.day))
        plan.look(at: wall(start - 2 * Self.day))  // less than a day more
        #expect(plan.next == UnixTime(start - Self.day))
    }

    @Test func `a clock that was set forward by decades is looked at in a moment`() throws {
        let years = 56 * 365 * Self.day + 30
        var one = try plan("* * * * * *", .one)
        let runs = one.take(at: wall(years))
        #expect(runs.current == UnixTime(years) && runs.missed >= CronPlan.enough)
        #expect(one.next == UnixTime(years + 1))
        var none = try plan("* * * * *", .none)
        #expect(none.take(at: wall(years)).current == UnixTime(years - 30))
        var rare = try plan("0 0 1 * *", .none)
        #expect(rare.take(at: wall(years)) == .init(missed: 56 * 12 - 1))
        // All of them, some at a time, in order.
        var all = try plan("* * * * * *", .all)
        var last: UnixTime = 0
        for _ in 0..<3 {
            for time in all.take(at: wall(years)).late {
                #expect(time == last + 1)
                last = time
            }
        }
        #expect(last == UnixTime(3 * CronPlan.enough))
        #expect(all.due <= wall(years))
    }

    @Test func `jitter delays each run, by no more than it says, and none is missed for it`() throws {
        var plan = try plan("0 * * * *", .none, jitter: .seconds(600))
        var delays: Set<Int64> = []
        for hour in 1...200 {
            let time = wall(hour * Self.hour)
            #expect(plan.due >= time && plan.due <= time + .seconds(600))
            delays.insert((plan.due - time).nanoseconds)
            #expect(plan.take(at: plan.due) == .init(current: UnixTime(hour * Self.hour)))
        }
        #expect(delays.count > 100)
    }

    @Test func `a plan whose zone changes goes on with the next time there`() throws {
        var plan = try plan("0 0 * * *")
        plan.zone = Zone(first: 3600, changes: [], rule: nil)
        #expect(plan.take(at: wall(Self.day)) == .init(current: UnixTime(Self.day), missed: 0))
        #expect(plan.next == UnixTime(2 * Self.day - 3600))
    }
}
