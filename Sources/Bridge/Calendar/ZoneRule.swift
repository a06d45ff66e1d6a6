/// The rule of a zone for all years, as POSIX has it in the variable `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`. It stands at the
/// end of zone files as well, where hours from -167 to 167 are allowed. Immutable.
struct ZoneRule {
    private let standard: Seconds
    private let daylight: Daylight?

    private struct Daylight {
        let offset: Seconds
        let begin: Change, end: Change
    }

    /// When the clocks change each year: the day, and the time from its beginning.
    private struct Change {
        let day: Day
        let time: Seconds

        enum Day {
            /// From 1 to 365; February 29 is never counted.
            case withoutLeapDay(Int)
            /// From 0 to 365.
            case ofYear(Int)
            /// The week day (0 is Sunday) in that week of the month; week 5 is the last one.
            case ofWeek(month: Int, week: Int, weekday: Int)
        }

        /// The local time of the change in that year.
        func local(_ year: Int) -> LocalTime {
            let day: Int
            switch self.day {
            case .withoutLeapDay(let number):
                let isAfter = CivilDate.isLeap(year) && number >= 60
                day = CivilDate(year: year, month: 1, day: 1).number + number - (isAfter ? 0 : 1)
            case .ofYear(let number):
                day = CivilDate(year: year, month: 1, day: 1).number + number
            case .ofWeek(let month, let week, let weekday):
                let first = CivilDate(year: year, month: month, day: 1).number
                var ofMonth = (weekday - CivilDate.weekday(ofDay: first)).dividedDown(by: 7).remainder + (week - 1) * 7
                if ofMonth >= CivilDate.length(ofMonth: month, year) { ofMonth -= 7 }
                day = first + ofMonth
            }
            return LocalTime(day: day) + time
        }
    }

    func period(at time: UnixTime) -> Zone.Period {
        guard let daylight else { return Zone.Period(start: .distantPast, end: .distantFuture, offset: standard) }
        let year = CivilDate(number: time.local(0).parts.day).year
        var changes: [Zone.Change] = []
        changes.reserveCapacity(10)
        for year in year - 2...year + 2 {  // a change may be a week before or after its year
            changes.append((daylight.end.local(year).utc(daylight.offset), standard))
            changes.append((daylight.begin.local(year).utc(standard), daylight.offset))
        }
        // Stable: where daylight time ends and begins again at the same instant, it goes on.
        changes.sort { $0.at < $1.at }
        let next = changes.firstIndex { $0.at > time } ?? changes.endIndex
        return Zone.Period(
            start: next > 0 ? changes[next - 1].at : .distantPast,
            end: next < changes.count ? changes[next].at : .distantFuture,
            offset: next > 0 ? changes[next - 1].offset : standard)
    }
}

extension ZoneRule {
    /// Nil if that is no such rule.
    init?(_ text: some Collection<UInt8>) {
        var reader = RuleReader(rest: Array(text)[...])
        guard reader.skipName(), let west = reader.time(hours: 24) else { return nil }
        standard = -west
        guard !reader.rest.isEmpty else {
            daylight = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = standard + Seconds.hour
        if let next = reader.rest.first, next != UInt8(ascii: ",") {
            guard let west = reader.time(hours: 24) else { return nil }
            offset = -west
        }
        // Without dates POSIX leaves them open. The C library takes those of the United States.
        if reader.rest.isEmpty { reader.rest = Array(",M3.2.0,M11.1.0".utf8)[...] }
        guard let begin = reader.change(), let end = reader.change(), reader.rest.isEmpty else { return nil }
        daylight = Daylight(offset: offset, begin: begin, end: end)
    }

    private struct RuleReader {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        /// Skips the name of a time: three letters or more, or anything in angle brackets.
        mutating func skipName() -> Bool {
            if skip("<") {
                rest = rest.drop { $0 != UInt8(ascii: ">") }
                return skip(">")
            }
            let letters = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
            rest = rest.dropFirst(letters.count)
            return letters.count >= 3
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard (1...3).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            return range.contains(number) ? number : nil
        }

        /// `[+-]hh[:mm[:ss]]`.
        mutating func time(hours: Int) -> Seconds? {
            let isNegative = skip("-")
            if !isNegative { _ = skip("+") }
            guard var time = number(0...hours).map({ Seconds.hour * $0 }) else { return nil }
            for unit in [60, 1] where skip(":") {
                guard let count = number(0...59) else { return nil }
                time = time + Seconds(count * unit)
            }
            return isNegative ? -time : time
        }

        /// `,date[/time]`.
        mutating func change() -> Change? {
            guard skip(","), let day = day() else { return nil }
            guard skip("/") else { return Change(day: day, time: 7200) }
            return time(hours: 167).map { Change(day: day, time: $0) }
        }

        private mutating func day() -> Change.Day? {
            if skip("J") { return number(1...365).map { .withoutLeapDay($0) } }
            guard skip("M") else { return number(0...365).map { .ofYear($0) } }
            guard let month = number(1...12), skip("."), let week = number(1...5), skip("."),
                let weekday = number(0...6)
            else { return nil }
            return .ofWeek(month: month, week: week, weekday: weekday)
        }
    }
}
