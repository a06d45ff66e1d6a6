/// A time zone: how local times and those of UTC belong together. Immutable.
final class Zone: Sendable {
    /// A time within which the distance from UTC stays the same.
    struct Period {
        /// Its first second; `distantPast` where it has no beginning.
        let start: UnixTime
        /// The first second after it; `distantFuture` where it has no end.
        let end: UnixTime
        /// Local time minus UTC.
        let offset: Seconds

        @inline(__always)
        func contains(_ time: UnixTime) -> Bool { start <= time && time < end }
    }

    /// No zone is further away from UTC.
    static let furthest = Seconds.hour * 26
    static let utc = Zone(first: 0, changes: [], rule: nil)

    /// When the offset changes, and what it is from then on.
    typealias Change = (at: UnixTime, offset: Seconds)

    /// The offset before the first change.
    private let first: Seconds
    /// In ascending order.
    private let changes: [Change]
    /// What holds after the last change. Without one the last offset stays.
    private let rule: ZoneRule?

    init(first: Seconds, changes: [Change], rule: ZoneRule?) {
        self.first = first
        self.changes = changes
        self.rule = rule
    }

    func period(at time: UnixTime) -> Period {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= time { low = middle + 1 } else { high = middle }
        }
        let start = low > 0 ? changes[low - 1].at : .distantPast
        if low == changes.count, let rule {
            let period = rule.period(at: time)
            return Period(start: max(start, period.start), end: period.end, offset: period.offset)
        }
        return Period(
            start: start, end: low < changes.count ? changes[low].at : .distantFuture,
            offset: low > 0 ? changes[low - 1].offset : first)
    }

    func offset(at time: UnixTime) -> Seconds { period(at: time).offset }

    /// When the clocks first show that local time. When they are set forward over it, that is when they are set.
    func time(reaching local: LocalTime) -> UnixTime {
        var period = period(at: local.utc(Self.furthest))  // the clocks have not been there before it
        while true {
            let time = max(period.start, local.utc(period.offset))
            if time < period.end { return time }
            period = self.period(at: period.end)
        }
    }

    /// The latest local time that the clocks have shown until then, which is in `period`. It is later than what they
    /// show when they have been set back.
    func latestLocal(until time: UnixTime, in period: Period) -> LocalTime {
        var period = period
        var latest = time.local(period.offset)
        while period.start > time - Self.furthest * 2 {  // what was before that cannot be later
            let last = period.start - 1
            period = self.period(at: last)
            latest = max(latest, last.local(period.offset))
        }
        return latest
    }
}
