import Testing

@testable import Bridge

@Suite struct ZoneFileTests {
    private func word(_ value: Int, _ size: Int = 4) -> [UInt8] {
        (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// A block: its header and data. A type is an offset.
    private func block(
        _ version: Character, _ changes: [(Int, UInt8)], _ types: [Int], timeSize: Int, leapSeconds: Int = 0
    ) -> [UInt8] {
        var bytes =
            Array("TZif".utf8) + [version == "1" ? 0 : version.asciiValue ?? 0] + [UInt8](repeating: 0, count: 15)
        for count in [1, 1, leapSeconds, changes.count, types.count, 4] { bytes += word(count) }
        for (time, _) in changes { bytes += word(time, timeSize) }
        bytes += changes.map(\.1)
        for offset in types { bytes += word(offset) + [0, 0] }
        return bytes + Array("ABC\0".utf8) + [UInt8](repeating: 0, count: leapSeconds * (timeSize + 4) + 2)
    }

    private func offsets(_ bytes: [UInt8], _ times: [UnixTime]) throws -> [Seconds] {
        let zone = try ZoneFile.read(bytes)
        return times.map { zone.period(at: $0).offset }
    }

    @Test func `version 1 has times of four bytes, and no rule`() throws {
        let bytes = block("1", [(-100, 1), (100, 0)], [60, 3600], timeSize: 4)
        #expect(try offsets(bytes, [-101, -100, 99, 100, UnixTime(1 << 40)]) == [60, 3600, 3600, 60, 60])
    }

    @Test(arguments: ["2", "3", "4"] as [Character])
    func `later versions have a second block with times of eight bytes, and a rule`(_ version: Character) throws {
        let first = block(version, [(0, 0)], [7], timeSize: 4)
        let second = block(version, [(-(1 << 40), 1), (1_000_000_000, 0)], [60, 3600], timeSize: 8)
        let bytes = first + second + Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
        #expect(try offsets(bytes, [UnixTime(-1 << 41), UnixTime(-1 << 40), 999_999_999]) == [60, 3600, 3600])
        #expect(try offsets(bytes, [1_790_000_000, 1_800_000_000]) == [7200, 3600])
        #expect(try offsets(first + second + Array("\n\n".utf8), [1_790_000_000]) == [60])
    }

    @Test func `a change that changes nothing ends no hour`() throws {
        let bytes = block("1", [(0, 1), (7200, 1)], [0, 3600], timeSize: 4)
        let zone = try ZoneFile.read(bytes)
        #expect(zone.time(reaching: 10_800) == 7200)
        #expect(zone.latestLocal(until: 7200, in: zone.period(at: 7200)) == 10_800)
    }

    @Test func `what is damaged is refused`() {
        func failure(_ bytes: [UInt8]) -> ZoneFile.Failure? {
            do throws(ZoneFile.Failure) {
                _ = try ZoneFile.read(bytes)
                return nil
            } catch {
                return error
            }
        }
        #expect(failure([]) == .noZoneFile)
        #expect(failure(Array("# tzdb data for Europe".utf8) + [UInt8](repeating: 0, count: 100)) == .noZoneFile)
        #expect(failure(block("1", [(0, 2)], [0, 1], timeSize: 4)) == .damaged)  // there is no such type
        #expect(failure(block("1", [(5, 0), (5, 0)], [0], timeSize: 4)) == .damaged)  // not in order
        #expect(failure(block("1", [], [], timeSize: 4)) == .damaged)
        #expect(failure(block("1", [], [200_000], timeSize: 4)) == .damaged)  // over two days from UTC
        #expect(failure(block("1", [], [0], timeSize: 4, leapSeconds: 2)) == .leapSeconds)
        let second = block("2", [], [0], timeSize: 4) + block("2", [], [0], timeSize: 8)
        for rule in ["", "\n", "\nnonsense\n", "CET-1\n"] { #expect(failure(second + Array(rule.utf8)) == .damaged) }
        let file = block("1", [(-100, 1), (100, 0)], [60, 3600], timeSize: 4)
        for count in 0..<file.count { #expect(failure(Array(file[..<count])) != nil) }
        var huge = file
        for place in 20..<44 { huge[place] = 0x7f }
        #expect(failure(huge) == .damaged)
    }

    /// Whatever is in the file, reading and using it ends, and neither traps.
    @Test func `damaged files of the system do no harm`() {
        var random = SplitMix(seed: 20_261_130)
        let files = SystemZones.all.map(\.bytes).filter { $0.count < 4000 }
        var zones: [Zone] = []
        for _ in 0..<4000 {
            guard var bytes = files.randomElement(using: &random) else { return }
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] =
                    [0, 1, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)
                    ?? 0
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            if let zone = try? ZoneFile.read(bytes) { zones.append(zone) }
        }
        #expect(!zones.isEmpty)
        guard let pattern = try? CronPattern.read("30 2 * * *"), let often = try? CronPattern.read("*/20 * * * *")
        else {
            Issue.record("no pattern")
            return
        }
        for zone in zones {
            for pattern in [pattern, often] {
                for start in [
                    CronSchedule.times.lowerBound, UnixTime(-1 << 33), 0, UnixTime(1 << 31),
                    CronSchedule.times.upperBound - 1,
                ] {
                    var schedule = CronSchedule(pattern, zone)
                    var time = start
                    for _ in 0..<3 {
                        guard let next = schedule.next(after: time) else { break }
                        #expect(next > time)
                        time = next
                    }
                }
            }
        }
    }
}
