import Testing

@testable import Bridge

@Suite struct CronPatternTests {
    private func mistake(_ text: String) -> String? {
        do throws(CronError) {
            _ = try CronPattern.read(ByteText(text))
            return nil
        } catch {
            return error.message.description
        }
    }

    private func pattern(_ text: String) throws -> CronPattern { try CronPattern.read(ByteText(text)) }

    /// The numbers of the bits.
    private func numbers(_ bits: UInt64) -> [Int] { (0..<64).filter { bits >> $0 & 1 != 0 } }

    @Test(arguments: [
        ("5", [5]), ("05", [5]), ("1,3,2,3", [1, 2, 3]), ("8-11", [8, 9, 10, 11]), ("50-59/4", [50, 54, 58]),
        ("7-7", [7]), ("*/25", [0, 25, 50]), ("5/15", [5, 20, 35, 50]), ("0-10/5,30", [0, 5, 10, 30]), ("*/60", [0]),
        ("1-2,*/30", [0, 1, 2, 30]),
    ])
    func `a field of numbers`(_ field: String, _ expected: [Int]) throws {
        #expect(numbers(try pattern("\(field) * * * *").minutes) == expected)
        #expect(numbers(try pattern("\(field) * * * * *").seconds) == expected)
    }

    @Test(arguments: [
        ("mon", [1]), ("MON-Fri", [1, 2, 3, 4, 5]), ("0", [0]), ("7", [0]), ("sun", [0]), ("fri-sun", [0, 5, 6]),
        ("5-7", [0, 5, 6]), ("0-7", [0, 1, 2, 3, 4, 5, 6]), ("sun-tue", [0, 1, 2]), ("sun-sun", [0]), ("7-7", [0]),
        ("*/2", [0, 2, 4, 6]), ("*/7", [0]), ("1/2", [1, 3, 5]), ("sat,mon-wed/2", [1, 3, 6]),
        ("mon-5", [1, 2, 3, 4, 5]),
        ("fri-sun/2", [0, 5]),
    ])
    func `a field of week days`(_ field: String, _ expected: [Int]) throws {
        #expect(numbers(try pattern("0 0 * * \(field)").weekdays) == expected)
    }

    @Test func `months have names, fields any blanks, and forms stand for patterns`() throws {
        #expect(numbers(try pattern("0 0 1 jan,MAR-may,12 *").months) == [1, 3, 4, 5, 12])
        #expect(numbers(try pattern(" \t1  2\t3 4 5\n").hours) == [2])
        let weekly = try pattern("@Weekly")
        #expect((weekly.minutes, weekly.hours, weekly.weekdays) == (1, 1, 1))
        for form in ["@hourly", "@daily", "@midnight", "@monthly", "@yearly", "@annually"] {
            #expect(mistake(form) == nil)
        }
    }

    @Test(arguments: [
        ("5-1 * * * *", "minute: '5-1' runs backwards: write '5-59,0-1'"),
        ("59-0 * * * *", "minute: '59-0' runs backwards: write '59,0'"),
        ("0 22-6 * * *", "hour: '22-6' runs backwards: write '22-23,0-6'"),
        ("0 22-6/3 * * *", "hour: '22-6/3' runs backwards: write '22,1,4'"),
        ("0 0 28-2 * *", "day of month: '28-2' runs backwards: write '28-31,1-2'"),
        ("0 0 1 nov-feb *", "month: 'nov-feb' runs backwards: write 'nov-dec,jan-feb'"),
        ("0 0 1 nov-feb/2 *", "month: 'nov-feb/2' runs backwards: write 'nov,jan'"),
        ("0 0 * * 5-1", "day of week: '5-1' runs backwards: write '5-7,1'"),
        ("0 0 * * fri-mon", "day of week: 'fri-mon' runs backwards: write 'fri-sun,mon'"),
        ("0 0 * * sat-tue", "day of week: 'sat-tue' runs backwards: write 'sat-sun,mon-tue'"),
        ("0 0 * * fri-mon/2", "day of week: 'fri-mon/2' runs backwards: write 'fri,sun'"),
        ("0 0 * * 5-0", "day of week: '5-0' runs backwards: write '5-7'"),
        ("0 0 * * 7-2", "day of week: '7-2' runs backwards: write '0-2'"),
    ])
    func `a range that runs backwards says how to write what was meant`(_ text: String, _ expected: String) throws {
        let message = try #require(mistake(text))
        #expect(message.hasPrefix(expected + "\n"))
        // What it proposes is a pattern.
        let wrong = try #require(message.firstMatch(of: /'([^']+)' runs backwards: write '([^']+)'/))
        #expect(
            mistake(
                text.split(separator: " ").map { $0 == wrong.1 ? String(wrong.2) : String($0) }.joined(separator: " "))
                == nil)
    }

    @Test(arguments: [
        ("1#2 * * * *", "minute: '#' is not known"), ("0 0 * * 1#2", "day of week: '#' is not known"),
        ("0~5 * * * *", "minute: '~' is not known"), ("0 0 ? * *", "day of month: '?' is not known: write '*'"),
        ("0 0 L * *", "day of month: a number expected, got 'L'"),
        ("0 0 15W * *", "day of month: a number expected, got '15W'"),
        ("H * * * *", "minute: a number expected, got 'H'"), ("60 * * * *", "minute: 60 is not in the range 0-59"),
        ("* 24 * * *", "hour: 24 is not in the range 0-23"), ("* * 0 * *", "day of month: 0 is not in the range 1-31"),
        ("* * * 13 *", "month: 13 is not in the range 1-12"), ("* * * * 8", "day of week: 8 is not in the range 0-7"),
        ("* * * * monday", "day of week: 'mon' expected, got 'monday'"),
        ("* * * foo *", "month: jan feb mar apr may jun jul aug sep oct nov dec expected, got 'foo'"),
        ("mon * * * *", "minute: a number expected, got 'mon'"), ("99999999999999999999 * * * *", "minute: 9"),
        ("*/0 * * * *", "minute: the step is 0"), ("*/x * * * *", "minute: a number expected as the step"),
        ("*/90 * * * *", "minute: a step of 90 is more than the 60 values"), ("*/ * * * *", "minute: '*/' ends"),
        ("1-/2 * * * *", "minute: '/' is unexpected in '1-/2'"),
        ("1-5-7 * * * *", "minute: '-' is unexpected in '1-5-7'"),
        ("*/2/3 * * * *", "minute: '/' is unexpected"), ("*5 * * * *", "minute: '5' is unexpected in '*5'"),
        ("*-5 * * * *", "minute: '-' is unexpected"), ("-5 * * * *", "minute: '-' is unexpected in '-5'"),
        ("1,,2 * * * *", "minute: a comma without"), (",1 * * * *", "minute: a comma without"),
        ("1, * * * *", "minute: a comma without"), ("1.5 * * * *", "minute: '.' is unexpected"),
        ("61 0 0 * * *", "second: 61 is not in the range 0-59"), ("", "5 fields expected"), (" ", "5 fields expected"),
        ("* * * *", "5 fields expected, or 6 with the seconds first, got 4"), ("* * * * * * ls", "5 fields expected"),
        ("@reboot", "'@reboot' is no time"), ("@every 5m", "'@every' is no time: timer.every"),
        ("@", "'@' is not known"),
        ("@dail", "'@dail' is not known (known: @hourly @daily"), ("@daily ls", "'@daily' stands alone"),
        ("0 0 30 2 *", "day of month: no month"), ("0 0 31 feb,apr,jun,sep,nov *", "day of month: no month"),
    ])
    func `what cannot be meant is refused`(_ text: String, _ expected: String) {
        #expect(mistake(text)?.hasPrefix(expected) == true, "\(mistake(text) ?? "accepted")")
    }

    @Test func `a mistake is marked below its place`() {
        #expect(mistake("0 0 * * 1#2")?.hasSuffix("\n  0 0 * * 1#2\n           ^") == true)
        #expect(mistake("0\t0 1-é * *")?.hasSuffix("\n  0 0 1-é * *\n        ^") == true)
        #expect(mistake("* * é60 * *")?.hasSuffix("\n  * * é60 * *\n      ^") == true)
        #expect(mistake("0 0 * fri-mon *")?.hasSuffix("\n  0 0 * fri-mon *\n        ^^^") == true)
    }

    @Test func `no text makes the parser trap`() {
        var random = SplitMix(seed: 1)
        let letters = Array("0123456789*/-,#~?@ \tLWmonfrisunjan\u{0}\u{7f}é".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                letters[Int.random(in: 0..<letters.count, using: &random)]
            }
            _ = mistake(String(decoding: bytes, as: UTF8.self))
            _ = try? CronPattern.read(ByteText(bytes))
        }
    }

    // MARK: - Times

    private func days(_ text: String, _ count: Int) throws -> [String] {
        let pattern = try pattern(text)
        var local = LocalTime(day: CivilDate(year: 2026, month: 1, day: 1).number, second: -1)
        return (0..<count).compactMap { _ in
            guard let next = pattern.first(from: local + 1) else { return nil }
            local = next
            let date = CivilDate(number: next.parts.day)
            return "\(date.year)-\(date.month)-\(date.day)"
        }
    }

    @Test func `either day field is enough when both restrict, and a star restricts nothing`() throws {
        #expect(try days("0 0 13 * fri", 4) == ["2026-1-2", "2026-1-9", "2026-1-13", "2026-1-16"])
        #expect(try days("0 0 13 * *", 3) == ["2026-1-13", "2026-2-13", "2026-3-13"])
        #expect(try days("0 0 * * fri", 3) == ["2026-1-2", "2026-1-9", "2026-1-16"])
        // A step of a star leaves it a star, as in cron: both have to match.
        #expect(try days("0 0 */2 * fri", 3) == ["2026-1-9", "2026-1-23", "2026-2-13"])
        #expect(try days("0 0 13 * */2", 3) == ["2026-1-13", "2026-6-13", "2026-8-13"])
        #expect(try days("0 0 30 2 mon", 2) == ["2026-2-2", "2026-2-9"])
    }

    @Test func `leap days and long months`() throws {
        #expect(try days("0 0 29 2 *", 3) == ["2028-2-29", "2032-2-29", "2036-2-29"])
        #expect(try days("0 0 31 * *", 4) == ["2026-1-31", "2026-3-31", "2026-5-31", "2026-7-31"])
        #expect(try days("0 0 30,31 4,6 *", 3) == ["2026-4-30", "2026-6-30", "2027-4-30"])
        func start(_ year: Int, _ month: Int, _ day: Int) -> LocalTime {
            LocalTime(day: CivilDate(year: year, month: month, day: day).number)
        }
        #expect(try pattern("0 0 29 2 *").first(from: start(2097, 1, 1)) == start(2104, 2, 29))
    }

    /// Every matching second is found, and no other.
    @Test func `the first time from a time is the one that a search second by second finds`() throws {
        var random = SplitMix(seed: 7)
        func field(_ range: ClosedRange<Int>) -> String {
            let a = Int.random(in: range, using: &random), b = Int.random(in: range, using: &random)
            return ["*", "\(a)", "\(a),\(b)", "\(min(a, b))-\(max(a, b))", "*/\(max(1, b / 2))"].randomElement(
                using: &random) ?? "*"
        }
        for _ in 0..<300 {
            let text = [0...59, 0...59, 0...23, 1...28, 1...12, 0...6].map(field).joined(separator: " ")
            let pattern = try pattern(text)
            let start = Int.random(in: 0...4_000_000_000, using: &random)
            let found = try #require(pattern.first(from: LocalTime(start))).seconds
            #expect(found >= start && matches(pattern, found), "\(text) from \(start)")
            for time in start..<min(found, start + 2000) where matches(pattern, time) {
                Issue.record("\(text) from \(start): \(time) comes before \(found)")
            }
        }
    }

    private func matches(_ pattern: CronPattern, _ local: Int) -> Bool {
        let second = local % 86_400
        func has(_ bits: UInt64, _ value: Int) -> Bool { bits >> value & 1 != 0 }
        return has(pattern.seconds, second % 60) && has(pattern.minutes, second / 60 % 60)
            && has(pattern.hours, second / 3600)
            && pattern.first(from: LocalTime(local - second)).map { $0.seconds - local + second < 86_400 } == true
    }
}
