/// A length of time in whole seconds, as calendars and zones have it.
struct Seconds: Comparable, Sendable, ExpressibleByIntegerLiteral {
    let count: Int

    @inline(__always)
    init(_ count: Int) { self.count = count }
    init(integerLiteral count: Int) { self.count = count }

    static let hour: Seconds = 3600
    static let day: Seconds = 86_400

    @inline(__always)
    static func < (a: Seconds, b: Seconds) -> Bool { a.count < b.count }
    @inline(__always)
    static func + (a: Seconds, b: Seconds) -> Seconds { Seconds(a.count + b.count) }
    @inline(__always)
    static func * (span: Seconds, count: Int) -> Seconds { Seconds(span.count * count) }
    static prefix func - (span: Seconds) -> Seconds { Seconds(-span.count) }
}

/// A point in time in whole seconds since 1970-01-01 00:00 UTC, as `os.time` has it.
struct UnixTime: Comparable, Sendable, ExpressibleByIntegerLiteral {
    let seconds: Int

    @inline(__always)
    init(_ seconds: Int) { self.seconds = seconds }
    init(integerLiteral seconds: Int) { self.seconds = seconds }

    /// The last second that a wall clock has begun.
    init(_ wall: Instant) { seconds = Int(wall.rawValue).dividedDown(by: 1_000_000_000).quotient }

    /// Where a period has no beginning, and no end. Nothing may be added to them.
    static let distantPast = UnixTime(.min)
    static let distantFuture = UnixTime(.max)

    /// The same on a wall clock, as far as that goes.
    var instant: Instant { Instant(rawValue: 0) + .seconds(1) * seconds }

    /// What clocks show then that are so much before UTC.
    @inline(__always)
    func local(_ offset: Seconds) -> LocalTime { LocalTime(seconds + offset.count) }

    @inline(__always)
    static func < (a: UnixTime, b: UnixTime) -> Bool { a.seconds < b.seconds }
    @inline(__always)
    static func + (time: UnixTime, span: Seconds) -> UnixTime { UnixTime(time.seconds + span.count) }
    @inline(__always)
    static func - (time: UnixTime, span: Seconds) -> UnixTime { UnixTime(time.seconds - span.count) }
}

/// What the clocks of a zone show, in whole seconds since 1970-01-01 00:00 on the same clocks.
struct LocalTime: Comparable, Sendable, ExpressibleByIntegerLiteral {
    let seconds: Int

    @inline(__always)
    init(_ seconds: Int) { self.seconds = seconds }
    init(integerLiteral seconds: Int) { self.seconds = seconds }

    /// On the day with that number (see `CivilDate`), so many seconds after its beginning.
    @inline(__always)
    init(day: Int, second: Int = 0) { seconds = day * Seconds.day.count + second }

    /// The day and the second of it.
    @inline(__always)
    var parts: (day: Int, second: Int) {
        let (day, second) = seconds.dividedDown(by: Seconds.day.count)
        return (day, second)
    }

    /// When clocks show this that are so much before UTC.
    @inline(__always)
    func utc(_ offset: Seconds) -> UnixTime { UnixTime(seconds - offset.count) }

    @inline(__always)
    static func < (a: LocalTime, b: LocalTime) -> Bool { a.seconds < b.seconds }
    @inline(__always)
    static func + (time: LocalTime, span: Seconds) -> LocalTime { LocalTime(time.seconds + span.count) }
}
