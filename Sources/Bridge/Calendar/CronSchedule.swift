/// The instants at which a pattern is due in a zone, in seconds since 1970-01-01 00:00 UTC. A value; keeps the period of
/// the zone in which it was used last.
///
/// Fixed times are due when the clocks first reach or pass them: so those that a clock change skips are due together
/// right after it, and those that it repeats are due once. Wildcards are due whenever the clocks show a time that
/// matches.
struct CronSchedule {
    let pattern: CronPattern
    let zone: Zone
    private var period: Zone.Period

    /// The years 1 to 9999, which is as far as it computes.
    static let instants = -62_135_596_800...253_402_300_799

    init(_ pattern: CronPattern, _ zone: Zone) {
        self.pattern = pattern
        self.zone = zone
        period = zone.period(at: 0)
    }

    /// The first instant after that one; nil if there is none.
    mutating func next(after instant: Int) -> Int? {
        guard Self.instants.contains(instant) else { return nil }
        let next = pattern.isWildcard ? nextShown(after: instant) : nextReached(after: instant)
        return next.flatMap { Self.instants.contains($0) ? $0 : nil }
    }

    private mutating func find(_ instant: Int) {
        if !period.contains(instant) { period = zone.period(at: instant) }
    }

    private mutating func nextShown(after instant: Int) -> Int? {
        var instant = instant + 1
        let enough = instant + 400 * 366 * 86_400
        while instant < enough {
            find(instant)
            guard let local = pattern.first(from: instant + period.offset) else { return nil }
            let next = local - period.offset
            if next < period.end { return next }
            instant = period.end
        }
        return nil
    }

    private mutating func nextReached(after instant: Int) -> Int? {
        find(instant)
        guard let local = pattern.first(from: zone.latestLocal(until: instant, in: period) + 1) else { return nil }
        let next = local - period.offset
        // Far from both ends of the period, no other one has shown that time before.
        if next < period.end, next > period.start + 2 * Zone.furthest { return next }
        return zone.instant(reaching: local)
    }
}
