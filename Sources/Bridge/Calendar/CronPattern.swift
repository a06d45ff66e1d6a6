/// A pattern as cron has it: the local times at which something is to run. Immutable.
struct CronPattern: Sendable {
    // A bit for each number that the field allows.
    private(set) var seconds: UInt64 = 1
    private(set) var minutes: UInt64 = 0
    private(set) var hours: UInt64 = 0
    private(set) var days: UInt64 = 0
    private(set) var months: UInt64 = 0
    /// Bit 0 is Sunday.
    private(set) var weekdays: UInt64 = 0
    /// Both fields for days restrict them. Then a day has to match only one of the two.
    private var takesEitherDay = false
    /// The hours or the minutes begin with `*`: it runs whenever the clocks show a time that matches. Other patterns
    /// are for fixed times, which run once each whatever is done to the clocks.
    private(set) var isWildcard = false

    static func read(_ text: ByteText) throws(CronError) -> CronPattern {
        do throws(CronParser.Mistake) {
            return try CronPattern(CronParser(text))
        } catch {
            throw CronError(text, error)
        }
    }

    private init(_ parser: CronParser) throws(CronParser.Mistake) {
        var fields = try parser.fields()
        if fields.count == 6 { seconds = try parser.set(of: fields.removeFirst(), .second).bits }
        let minute = try parser.set(of: fields[0], .minute)
        let hour = try parser.set(of: fields[1], .hour)
        let day = try parser.set(of: fields[2], .day)
        let month = try parser.set(of: fields[3], .month)
        let weekday = try parser.set(of: fields[4], .weekday)
        (minutes, hours, days, months) = (minute.bits, hour.bits, day.bits, month.bits)
        weekdays = (weekday.bits | weekday.bits >> 7) & 0x7f
        isWildcard = minute.hasStar || hour.hasStar
        takesEitherDay = !day.hasStar && !weekday.hasStar
        if !takesEitherDay, !hasDay {
            throw CronParser.Mistake("day of month: no month of the pattern has such a day", fields[2])
        }
    }

    /// Whether a month has one of the days.
    private var hasDay: Bool {
        (1...12).contains { month in
            months >> month & 1 != 0 && days & Self.bits(through: CivilDate.length(ofMonth: month, 2000)) != 0
        }
    }

    private static func bits(through day: Int) -> UInt64 { (2 << day) - 2 }

    // MARK: - Times

    /// The first local time that matches, from `local` on. Nil: none does in 400 years, after which the calendar
    /// repeats itself.
    func first(from local: LocalTime) -> LocalTime? {
        let (day, second) = local.parts
        let date = CivilDate(number: day)
        if matches(date), let time = time(from: second) { return LocalTime(day: day, second: time) }
        guard let next = self.day(after: date), let time = time(from: 0) else { return nil }
        return LocalTime(day: next, second: time)
    }

    /// The first time of a day, in seconds from its beginning.
    @inline(__always)
    private func time(from second: Int) -> Int? {
        let (hour, minute) = (second / 3600, second / 60 % 60)
        if hours >> hour & 1 != 0 {
            let base = hour * 3600
            if minutes >> minute & 1 != 0, let second = seconds.first(from: second % 60) {
                return base + minute * 60 + second
            }
            if let minute = minutes.first(from: minute + 1) {
                return base + minute * 60 + seconds.trailingZeroBitCount
            }
        }
        guard let next = hours.first(from: hour + 1) else { return nil }
        return next * 3600 + minutes.trailingZeroBitCount * 60 + seconds.trailingZeroBitCount
    }

    private func matches(_ date: CivilDate) -> Bool {
        months >> date.month & 1 != 0 && daysMatching(date.year, date.month) >> date.day & 1 != 0
    }

    /// The number of the first day that matches, of those after `date`.
    private func day(after date: CivilDate) -> Int? {
        var (year, month, first) = (date.year, date.month, date.day + 1)
        while year <= date.year + 400 {
            if months >> month & 1 != 0, let day = daysMatching(year, month).first(from: first) {
                return CivilDate(year: year, month: month, day: day).number
            }
            month += 1
            first = 1
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        return nil
    }

    /// A bit for each day of that month that matches.
    private func daysMatching(_ year: Int, _ month: Int) -> UInt64 {
        let all = Self.bits(through: CivilDate.length(ofMonth: month, year))
        if weekdays == 0x7f, !takesEitherDay { return days & all }
        let first = CivilDate.weekday(ofDay: CivilDate(year: year, month: month, day: 1).number)
        // The week days from that of the 1st on, week after week.
        let week = (weekdays >> first | weekdays << (7 - first)) & 0x7f
        let byWeekday = (week | week << 7 | week << 14 | week << 21 | week << 28) << 1
        return (takesEitherDay ? days | byWeekday : days & byWeekday) & all
    }
}

extension UInt64 {
    /// The lowest bit that is set, from that place on.
    @inline(__always)
    fileprivate func first(from place: Int) -> Int? {
        let rest = (self >> UInt64(place)) << UInt64(place)
        return rest != 0 ? rest.trailingZeroBitCount : nil
    }
}

/// What is wrong with a pattern, in several lines: the field and the reason, the pattern, and a mark below the place.
struct CronError: Error {
    let message: ByteText

    init(_ text: ByteText, _ mistake: CronParser.Mistake) {
        guard let place = mistake.place else {
            message = mistake.message
            return
        }
        // Characters that would move the mark are shown as one place each.
        let shown = text.bytes.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: " ") : $0 }
        func width(_ bytes: some Collection<UInt8>) -> Int { bytes.count { $0 & 0xc0 != 0x80 } }
        let mark =
            String(repeating: " ", count: width(shown[..<place.lowerBound]))
            + String(repeating: "^", count: max(1, width(shown[place])))
        message = "\(mistake.message)\n  \(ByteText(shown))\n  \(mark)"
    }
}
