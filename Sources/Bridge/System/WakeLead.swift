/// A thread runs again some time after its deadline: the processor has to wake up first. This learns how late that is as
/// a rule; the thread asks to be woken so much earlier and spins for the rest, which is short beside the wait. Where
/// deadlines come thick and fast they are met together, since to wake costs a thread more than a timer does. Owned by its
/// thread.
struct WakeLead {
    private static let most: TimeSpan = .microseconds(150), step: TimeSpan = .microseconds(40)
    private var lead: TimeSpan = .zero
    /// To spin before shorter waits would take too much of the processor.
    private static let long: TimeSpan = .milliseconds(2)

    /// So many deadlines in a millisecond are a crowd. Then the thread wakes no sooner than `gap` after its last wake.
    private static let crowd = 12
    private static let gap: TimeSpan = .microseconds(100)
    private static let window: TimeSpan = .milliseconds(1)
    private var windowStart: Instant = .past
    private var count = 0
    private var isCrowded = false
    private var last: Instant = .past

    /// When the kernel has to wake the thread for a deadline that is still to come, and when the thread goes on.
    /// `maySpin`: there is a processor for that.
    func plan(for due: Instant, _ now: Instant, maySpin: Bool) -> (alarm: Instant, due: Instant) {
        let earliest = last + Self.gap
        if isCrowded, due < earliest { return (earliest, earliest) }
        return (maySpin && due - now >= Self.long ? due - lead : due, due)
    }

    /// The thread was to be woken at `alarm`, and runs now. The lead grows fast and shrinks slowly: to spin for a moment
    /// costs less than to be late. A thread that is very late had to wait for its processor, which tells little.
    mutating func woke(_ now: Instant, alarm: Instant) {
        let late = min(now - alarm, lead + Self.step)
        lead = late > lead ? min(lead + (late - lead) / 4, Self.most) : lead - (lead - late) / 16
    }

    /// The thread goes on, since a deadline has come.
    mutating func met(_ now: Instant) { last = now }

    /// So many deadlines were met at that instant.
    mutating func add(_ deadlines: Int, _ now: Instant) {
        let span = now - windowStart
        if span >= Self.window {
            isCrowded = count >= Self.crowd && span < Self.window * 2
            (windowStart, count) = (now, 0)
        }
        count += deadlines
    }
}
