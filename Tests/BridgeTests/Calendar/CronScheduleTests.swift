import Testing

@testable import Bridge

@Suite struct CronScheduleTests {
    private static let fixed = [
        "30 2 * * *", "0 0 * * *", "15,45 0-5 * * *", "0 3 31 * *", "1 1-23/2 * * mon", "59 23 * * *",
        "0 0,1,2,3 * * *",
        "0 12 30 12 *", "30 0 1 1 *",
    ]
    private static let wildcards = ["*/15 * * * *", "0 * * * *", "*/20 2 * * *", "30 * * * sun", "7-10 */3 * * *"]

    private static func schedule(_ text: String, _ zone: Zone) throws -> CronSchedule {
        CronSchedule(try CronPattern.read(ByteText(text)), zone)
    }

    /// All times in that range.
    private static func times(_ text: String, _ zone: Zone, _ range: Range<UnixTime>) throws -> [UnixTime] {
        var schedule = try schedule(text, zone)
        var found: [UnixTime] = []
        var last = range.lowerBound - 1
        while let next = schedule.next(after: last), next < range.upperBound {
            guard next > last else {
                Issue.record("\(text): \(next) after \(last)")
                break
            }
            found.append(next)
            last = next
        }
        return found
    }

    /// The same by looking at the clocks minute after minute: a wildcard is due when they show a time that matches, a
    /// fixed time when they show it or more for the first time.
    private static func watched(_ text: String, _ zone: Zone, _ range: Range<UnixTime>) throws -> [UnixTime] {
        let pattern = try CronPattern.read(ByteText(text))
        func matches(_ local: Int) -> Bool { pattern.first(from: LocalTime(local)) == LocalTime(local) }
        func local(_ time: Int) -> Int { UnixTime(time).local(zone.offset(at: UnixTime(time))).seconds }
        var found: [UnixTime] = []
        let (begin, end) = (range.lowerBound.seconds, range.upperBound.seconds)
        // The clocks have shown no later time in the two days before.
        var latest = (begin / 60 - 2880..<begin / 60).map { local($0 * 60) }.max() ?? 0
        for time in stride(from: begin, to: end, by: 60) {
            let local = local(time)
            if pattern.isWildcard {
                if matches(local) { found.append(UnixTime(time)) }
            } else if local > latest {
                let passed = stride(from: latest + 60, through: local, by: 60)
                if passed.contains(where: matches) { found.append(UnixTime(time)) }
                latest = local
            }
        }
        return found
    }

    /// Around clock changes of every zone, both ways must agree. Another pattern for each zone and change.
    @Test func `around clock changes the times are those that somebody sees who watches the clocks`() throws {
        #expect(SystemZones.all.count > 100)
        let patterns = Self.fixed + Self.wildcards
        var number = 0
        for entry in SystemZones.all {
            // The last changes of a zone are all alike.
            for (index, change) in SystemZones.changes(of: entry.zone).enumerated() where index < 6 || index % 9 == 0 {
                number += 1
                guard change.at.seconds % 60 == 0, change.offset.count % 60 == 0, number % 3 == 0 else { continue }
                let text = patterns[number / 3 % patterns.count]
                let range = change.at - Seconds.hour * 4..<change.at + Seconds.hour * 5
                let (ours, theirs) = (
                    try Self.times(text, entry.zone, range), try Self.watched(text, entry.zone, range)
                )
                #expect(ours == theirs, "\(text) in \(entry.name) around \(change.at)")
            }
        }
        #expect(number > 1000)
    }

    @Test func `times never run back, in every zone, from 2000 to 2040`() throws {
        // Few a day: these are 40 years.
        let patterns = [
            "30 2 * * *", "0 0 * * *", "0 3 31 * *", "1 1-23/2 * * mon", "59 23 * * sat,sun", "0 12 30 12 *",
            "30 0 1 1 *", "0 */12 1-7 * *", "30 */6 * * sun", "15 1,2 */2 * *", "30 1 1-7 3,4,9,10,11 sun",
        ]
        for (index, entry) in SystemZones.all.enumerated() {
            let text = patterns[index % patterns.count]
            let found = try Self.times(text, entry.zone, SystemZones.years)
            #expect(found.count > 20, "\(text) in \(entry.name)")
        }
    }

    /// Each pattern in each zone, around one of its changes.
    @Test func `times run forwards for every zone and pattern, also where the clocks change`() throws {
        let patterns =
            Self.fixed + Self.wildcards + [
                "* * * * *", "0 0 29 2 *", "*/7 1-4 * * *", "59 1,2,3 * * *", "0 */2 * * */2", "30 2 28-31 3,10 *",
                "15 3 * 3-11 sun", "20/20 0-3 */2 * mon-fri", "0 2 1-7 * sun",
            ]
        var number = 0
        for entry in SystemZones.all {
            let changes = SystemZones.changes(of: entry.zone)
            for text in patterns where !changes.isEmpty {
                number += 1
                let at = changes[number % changes.count].at
                let found = try Self.times(text, entry.zone, at - .day..<at + .day)
                #expect(zip(found, found.dropFirst()).allSatisfy(<), "\(text) in \(entry.name) around \(at)")
            }
        }
        #expect(number > 1000)
    }

    // MARK: - The rule for clock changes

    private static func zone(_ rule: String) throws -> Zone {
        let read = try #require(ZoneRule(rule.utf8))
        return Zone(first: 0, changes: [], rule: read)
    }

    /// As `12-31 23:59` of UTC.
    private static func show(_ time: UnixTime) -> String {
        let (day, second) = time.local(0).parts
        let date = CivilDate(number: day)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(date.month))-\(two(date.day)) \(two(second / 3600)):\(two(second / 60 % 60))"
    }

    private func next(_ text: String, _ zone: Zone, _ year: Int, _ month: Int, _ day: Int, _ count: Int) throws
        -> [String]
    {
        var schedule = try Self.schedule(text, zone)
        var time = LocalTime(day: CivilDate(year: year, month: month, day: day).number, second: -1).utc(0)
        return (0..<count).compactMap { _ in
            schedule.next(after: time).map {
                time = $0
                return Self.show($0)
            }
        }
    }

    @Test func `fixed times that are skipped run once right after the change, those that are repeated run once`() throws
    {
        let berlin = try Self.zone("CET-1CEST,M3.5.0,M10.5.0/3")
        #expect(try next("30 2 * * *", berlin, 2026, 3, 28, 3) == ["03-28 01:30", "03-29 01:00", "03-30 00:30"])
        #expect(try next("0,30 2,3 29 3 *", berlin, 2026, 3, 29, 2) == ["03-29 01:00", "03-29 01:30"])
        #expect(try next("30 2 * * *", berlin, 2026, 10, 24, 3) == ["10-24 00:30", "10-25 00:30", "10-26 01:30"])
        #expect(try next("0 3 * * *", berlin, 2026, 10, 24, 3) == ["10-24 01:00", "10-25 02:00", "10-26 02:00"])
    }

    @Test func `wildcards follow the time that elapses`() throws {
        let berlin = try Self.zone("CET-1CEST,M3.5.0,M10.5.0/3")
        #expect(try next("30 * 29 3 *", berlin, 2026, 3, 29, 3) == ["03-29 00:30", "03-29 01:30", "03-29 02:30"])
        #expect(try next("30 * 25 10 *", berlin, 2026, 10, 25, 3) == ["10-25 00:30", "10-25 01:30", "10-25 02:30"])
        #expect(
            try next("*/30 2 * * *", berlin, 2026, 10, 25, 4) == [
                "10-25 00:00", "10-25 00:30", "10-25 01:00", "10-25 01:30",
            ])
        #expect(try next("*/30 2 * * *", berlin, 2026, 3, 29, 1) == ["03-30 00:00"])
    }

    @Test func `a day that never was, half an hour, and daylight saving that is negative`() throws {
        let day = LocalTime(day: CivilDate(year: 2011, month: 12, day: 30).number, second: 10 * 3600).utc(0)
        let apia = Zone(first: -36_000, changes: [(at: day, offset: 50_400)], rule: nil)
        #expect(try next("0 12 30 12 *", apia, 2011, 1, 1, 1) == ["12-30 10:00"])
        #expect(try next("0 12 * * *", apia, 2011, 12, 29, 3) == ["12-29 22:00", "12-30 10:00", "12-30 22:00"])
        let howe = try Self.zone("LHST-10:30LHDT-11,M10.1.0,M4.1.0")
        #expect(try next("15 2 * * *", howe, 2026, 10, 3, 2) == ["10-03 15:30", "10-04 15:15"])
        let dublin = try Self.zone("IST-1GMT0,M10.5.0,M3.5.0/1")
        #expect(try next("30 1 * * *", dublin, 2026, 3, 28, 3) == ["03-28 01:30", "03-29 01:00", "03-30 00:30"])
    }

    @Test func `the last years end the search, and what never comes does so too`() throws {
        var schedule = try Self.schedule("0 0 1 1 *", .utc)
        #expect(schedule.next(after: CronSchedule.times.upperBound - 86_400) == nil)
        #expect(schedule.next(after: CronSchedule.times.upperBound + 1) == nil)
        #expect(schedule.next(after: CronSchedule.times.lowerBound - 2) == nil)
        #expect(
            schedule.next(after: CronSchedule.times.lowerBound)
                == LocalTime(day: CivilDate(year: 2, month: 1, day: 1).number).utc(0))
        // The clocks skip that hour each year.
        var never = try Self.schedule("* 2 10 4 *", try Self.zone("AAA0BBB,J100/2,J200/2"))
        #expect(never.next(after: 0) == nil)
    }
}
