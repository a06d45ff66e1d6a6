import Foundation
import Testing

@testable import Bridge

@Suite struct ZoneTests {
    /// Finds the changes of all zones with two other readers: Python's, and the C library's.
    private static let otherReaders = """
        import datetime, os, sys, time, zoneinfo
        begin, end = int(sys.argv[1]), int(sys.argv[2])
        def scan(offset):
            step, last, found = 432000, offset(begin), []
            for t in range(begin, end + step, step):
                if offset(t) != last:
                    low, high = t - step, t
                    while high - low > 1:
                        middle = (low + high) // 2
                        if offset(middle) == last: low = middle
                        else: high = middle
                    last = offset(high)
                    if high < end: found.append("%d:%d" % (high, last))
                    if offset(t) != last: sys.exit("two changes within a step")
            return " ".join(found)
        for number, name in enumerate(sys.stdin.read().split()):
            os.environ["TZ"] = name
            time.tzset()
            found = scan(lambda t: time.localtime(t).tm_gmtoff)
            print(found)
            if number % 4 == 0:  # it is slower
                zone = zoneinfo.ZoneInfo(name)
                found = scan(lambda t: int(datetime.datetime.fromtimestamp(t, zone).utcoffset().total_seconds()))
            print(found)
        """

    private static let hasPython = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

    @Test(.enabled(if: hasPython))
    func `every zone of the system changes when two other readers say so`() async throws {
        let zones = SystemZones.all.filter { !["localtime", "posixrules"].contains($0.name) }
        #expect(zones.count > 100)
        var python = Program("/usr/bin/python3")
        let years = SystemZones.years
        python.words = ["-c", Self.otherReaders, "\(years.lowerBound.seconds)", "\(years.upperBound.seconds)"].map {
            Array($0.utf8)
        }
        python.input = Array(zones.map(\.name).joined(separator: "\n").utf8)
        let result = try await python.run()
        #expect(result.errorText == "")
        let lines = result.text.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.count == 2 * zones.count + 1)
        for (index, entry) in zones.enumerated() {
            let ours = SystemZones.changes(of: entry.zone).map { "\($0.at.seconds):\($0.offset.count)" }.joined(
                separator: " ")
            #expect(ours == lines[2 * index], "\(entry.name), C library")
            #expect(ours == lines[2 * index + 1], "\(entry.name), Python")
        }
    }

    // MARK: - Local times

    /// Clocks are set forward from 2:00 to 3:00 at 1000 h, and back from 3:00 to 2:00 at 2000 h.
    private static let zone = Zone(
        first: 0, changes: [(at: 3_600_000, offset: .hour), (at: 7_200_000, offset: 0)], rule: nil)
    private static func time(_ hours: Int, _ seconds: Int = 0) -> UnixTime { UnixTime(hours * 3600 + seconds) }
    private static func local(_ hours: Int, _ seconds: Int = 0) -> LocalTime { LocalTime(hours * 3600 + seconds) }

    @Test func `a local time that is skipped is reached at the change, one that is shown twice the first time`() {
        let (zone, time, local) = (Self.zone, Self.time, Self.local)
        #expect(zone.time(reaching: local(999, 0)) == time(999, 0))
        #expect(zone.time(reaching: local(1000, 0)) == time(1000, 0))
        #expect(zone.time(reaching: local(1000, 1800)) == time(1000, 0))
        #expect(zone.time(reaching: local(1001, 0)) == time(1000, 0))
        #expect(zone.time(reaching: local(1001, 1)) == time(1000, 1))
        #expect(zone.time(reaching: local(2000, 1800)) == time(1999, 1800))
        #expect(zone.time(reaching: local(2001, 0)) == time(2001, 0))
    }

    @Test func `the latest local time stays while the clocks show an hour again`() {
        func latest(_ hours: Int, _ seconds: Int = 0) -> LocalTime {
            let time = Self.time(hours, seconds)
            return Self.zone.latestLocal(until: time, in: Self.zone.period(at: time))
        }
        #expect(latest(1000, -1) == Self.local(1000, -1))
        #expect(latest(1000) == Self.local(1001))
        #expect(latest(2000, -1) == Self.local(2001, -1))
        #expect(latest(2000) == Self.local(2001, -1))
        #expect(latest(2001, -1) == Self.local(2001, -1))
        #expect(latest(2001) == Self.local(2001))
    }

    // MARK: - Rules

    /// The changes that a rule makes in that year, in hours and minutes of UTC: `03-29 01:00 +2`.
    private func changes(_ text: String, _ year: Int) -> [String]? {
        guard let rule = ZoneRule(text.utf8) else { return nil }
        let begin = LocalTime(day: CivilDate(year: year, month: 1, day: 1).number).utc(0)
        var period = rule.period(at: begin)
        var found: [String] = []
        while period.end < begin + Seconds.day * 365 {
            let next = rule.period(at: period.end)
            let (day, second) = period.end.local(0).parts
            let (date, minute) = (CivilDate(number: day), second / 60)
            if next.offset != period.offset {
                found.append("\(date.month)-\(date.day) \(minute / 60):\(minute % 60) \(next.offset.count / 60)")
            }
            period = next
        }
        return found
    }

    @Test func `rules of POSIX say when the clocks change`() {
        #expect(changes("CET-1CEST,M3.5.0,M10.5.0/3", 2026) == ["3-29 1:0 120", "10-25 1:0 60"])
        #expect(changes("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", 2026) == ["3-29 1:0 -120", "10-25 1:0 -180"])
        #expect(changes("IST-1GMT0,M10.5.0,M3.5.0/1", 2026) == ["3-29 1:0 60", "10-25 1:0 0"])
        #expect(changes("LHST-10:30LHDT-11,M10.1.0,M4.1.0", 2026) == ["4-4 15:0 630", "10-3 15:30 660"])
        #expect(changes("IST-2IDT,M3.4.4/26,M10.5.0", 2026) == ["3-27 0:0 180", "10-24 23:0 120"])
        #expect(changes("AAA0BBB,J60/0,J61", 2024) == ["3-1 0:0 60", "3-2 1:0 0"])
        #expect(changes("AAA0BBB,59/0,60", 2024) == ["2-29 0:0 60", "3-1 1:0 0"])
        #expect(changes("XXX3EDT4,0/0,J365/23", 2026) == [])
        #expect(ZoneRule("XXX3EDT4,0/0,J365/23".utf8)?.period(at: 1_790_000_000).offset == -14_400)
        #expect(changes("UTC0", 2026) == [])
        #expect(changes("EST5EDT", 2026) == ["3-8 7:0 -240", "11-1 6:0 -300"])
    }

    @Test func `what is no rule is refused`() {
        let wrong = [
            "", "UT0", "CET", "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-25", "<+03",
            "<+03>",
            "CET-1CEST,M13.1.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,J0,J365", "CET-1CEST,0,366",
            "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1:60", "CET-99999999999999999999", "Europe/Berlin",
        ]
        #expect(wrong.filter { ZoneRule($0.utf8) != nil } == [])
    }
}
