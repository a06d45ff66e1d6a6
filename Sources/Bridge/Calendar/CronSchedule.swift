/// The times at which a pattern is due in a zone. A value; keeps the period of the zone in which it was used last.
///
/// Fixed times are due when the clocks first reach or pass them: so those that a clock change skips are due together
/// right after it, and those that it repeats are due once. Wildcards are due whenever the clocks show a time that
/// matches.
struct CronSchedule {
    let pattern: CronPattern
    let zone: Zone
    private var period: Zone.Period

    /// The years 1 to 9999, which is as far as it computes.
    static let times: ClosedRange<UnixTime> = -62_135_596_800...253_402_300_799
    /// After so many years the calendar repeats itself.
    private static let cycle = Seconds.day * 366 * 400

    init(_ pattern: CronPattern, _ zone: Zone) {
        self.pattern = pattern
        self.zone = zone
        period = zone.period(at: 0)
    }

    /// The first time after that one; nil if there is none.
    mutating func next(after time: UnixTime) -> UnixTime? {
        guard Self.times.contains(time) else { return nil }
        let next = pattern.isWildcard ? nextShown(after: time) : nextReached(after: time)
        return next.flatMap { Self.times.contains($0) ? $0 : nil }
    }

    private mutating func find(_ time: UnixTime) {
        if !period.contains(time) { period = zone.period(at: time) }
    }

    private mutating func nextShown(after time: UnixTime) -> UnixTime? {
        var time = time + 1
        let enough = time + Self.cycle
        while time < enough {
            find(time)
            guard let local = pattern.first(from: time.local(period.offset)) else { return nil }
            let next = local.utc(period.offset)
            if next < period.end { return next }
            time = period.end
        }
        return nil
    }

    private mutating func nextReached(after time: UnixTime) -> UnixTime? {
        find(time)
        guard let local = pattern.first(from: zone.latestLocal(until: time, in: period) + 1) else { return nil }
        let next = local.utc(period.offset)
        // Far from both ends of the period, no other one has shown that time before.
        if next < period.end, next > period.start + Zone.furthest * 2 { return next }
        return zone.time(reaching: local)
    }
}
