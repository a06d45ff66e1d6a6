/// A time zone: how local time and instants belong together. Both are seconds: an instant counts them since
/// 1970-01-01 00:00 UTC, a local time since 1970-01-01 00:00 on the zone's own clocks. Immutable.
final class Zone: Sendable {
    /// A time within which the distance from UTC stays the same.
    struct Period {
        /// The first instant of it; `Int.min` where it has no beginning.
        let start: Int
        /// The first instant after it; `Int.max` where it has no end.
        let end: Int
        /// Local time minus UTC, in seconds.
        let offset: Int

        @inline(__always)
        func contains(_ instant: Int) -> Bool { start <= instant && instant < end }
    }

    /// No zone is further away from UTC.
    static let furthest = 26 * 3600
    static let utc = Zone(first: 0, changes: [], rule: nil)

    /// The offset before the first change.
    private let first: Int
    /// When the offset changes, in ascending order, and what it is from then on.
    private let changes: [(at: Int, offset: Int)]
    /// What holds after the last change. Without one the last offset stays.
    private let rule: ZoneRule?

    init(first: Int, changes: [(at: Int, offset: Int)], rule: ZoneRule?) {
        self.first = first
        self.changes = changes
        self.rule = rule
    }

    func period(at instant: Int) -> Period {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        let start = low > 0 ? changes[low - 1].at : .min
        if low == changes.count, let rule {
            let period = rule.period(at: instant)
            return Period(start: max(start, period.start), end: period.end, offset: period.offset)
        }
        return Period(
            start: start, end: low < changes.count ? changes[low].at : .max,
            offset: low > 0 ? changes[low - 1].offset : first)
    }

    func offset(at instant: Int) -> Int { period(at: instant).offset }

    /// The instant at which the clocks first show that local time. When they are set forward over it, that is the
    /// instant of the change.
    func instant(reaching local: Int) -> Int {
        var period = period(at: local - Self.furthest)  // the clocks have not been there before it
        while true {
            let instant = max(period.start, local - period.offset)
            if instant < period.end { return instant }
            period = self.period(at: period.end)
        }
    }

    /// The latest local time that the clocks have shown until that instant, which is in `period`. It is later than what
    /// they show when they have been set back.
    func latestLocal(until instant: Int, in period: Period) -> Int {
        var period = period
        var latest = instant + period.offset
        while period.start > instant - 2 * Self.furthest {  // what was before that cannot be later
            let last = period.start - 1
            period = self.period(at: last)
            latest = max(latest, last + period.offset)
        }
        return latest
    }
}
