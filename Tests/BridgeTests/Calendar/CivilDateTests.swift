import Testing

@testable import Bridge

@Suite struct CivilDateTests {
    @Test func `days have one number each, in order, through four centuries`() {
        var number = CivilDate(year: 1800, month: 1, day: 1).number
        for year in 1800..<2200 {
            for month in 1...12 {
                for day in 1...CivilDate.length(ofMonth: month, year) {
                    let date = CivilDate(year: year, month: month, day: day)
                    guard date.number == number, CivilDate(number: number) == date else {
                        Issue.record("\(date) is \(date.number), expected \(number)")
                        return
                    }
                    number += 1
                }
            }
        }
        #expect(CivilDate(year: 1970, month: 1, day: 1).number == 0)
        #expect(CivilDate(year: 1, month: 1, day: 1).number * 86_400 == CronSchedule.times.lowerBound.seconds)
        #expect(CivilDate(year: 10_000, month: 1, day: 1).number * 86_400 - 1 == CronSchedule.times.upperBound.seconds)
    }

    @Test func `week days go on through leap days and below zero`() {
        #expect(CivilDate.weekday(ofDay: 0) == 4)
        #expect(CivilDate.weekday(ofDay: CivilDate(year: 2024, month: 2, day: 29).number) == 4)
        #expect(CivilDate.weekday(ofDay: CivilDate(year: 1969, month: 12, day: 28).number) == 0)
        #expect((-20...20).allSatisfy { (CivilDate.weekday(ofDay: $0) + 1) % 7 == CivilDate.weekday(ofDay: $0 + 1) })
    }
}
