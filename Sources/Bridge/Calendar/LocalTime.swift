/// Local times as they are written: `2027-03-28T00:00`.
extension LocalTime {
    /// Nil if the text is no such time. The year has four digits; seconds, or the whole time of day, may be left out; a
    /// blank may stand for the `T`.
    init?(_ text: String) {
        let separators = [UInt8(ascii: "T"), UInt8(ascii: " ")]
        let parts = text.utf8.split(omittingEmptySubsequences: false, whereSeparator: separators.contains)
        guard (1...2).contains(parts.count), let day = Self.day(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.init(day: day)
            return
        }
        guard let time = Self.numbers(parts[1], ":", [2, 2]) ?? Self.numbers(parts[1], ":", [2, 2, 2]), time[0] < 24,
            time[1] < 60
        else { return nil }
        let second = time.count > 2 ? time[2] : 0
        guard second < 60 else { return nil }
        self.init(day: day, second: time[0] * 3600 + time[1] * 60 + second)
    }

    private static func day(_ text: Substring.UTF8View) -> Int? {
        guard let date = numbers(text, "-", [4, 2, 2]), date[0] > 0, (1...12).contains(date[1]),
            (1...CivilDate.length(ofMonth: date[1], date[0])).contains(date[2])
        else { return nil }
        return CivilDate(year: date[0], month: date[1], day: date[2]).number
    }

    /// Numbers of so many digits, and what stands between them.
    private static func numbers(_ text: Substring.UTF8View, _ separator: Unicode.Scalar, _ digits: [Int]) -> [Int]? {
        let parts = text.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
        guard parts.map(\.count) == digits else { return nil }
        let numbers = parts.compactMap { part in
            part.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) ? Int(Substring(part)) : nil
        }
        return numbers.count == digits.count ? numbers : nil
    }
}
