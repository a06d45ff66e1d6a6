/// A thread runs again some time after its deadline: the processor has to wake up first. This learns how late that is as
/// a rule; the thread asks to be woken so much earlier and spins for the rest, which is short. Owned by its thread.
struct WakeLead {
    private static let most: TimeSpan = .microseconds(150)
    private var lead: TimeSpan = .zero

    /// When the kernel has to wake the thread, so that it runs at `due`.
    func alarm(for due: Instant) -> Instant { max(.past, due - lead) }

    /// The thread was to be woken at `alarm`, and runs now. The lead grows fast and shrinks slowly: to spin for a moment
    /// costs less than to be late. A thread that is very late had to wait for its processor, which tells nothing.
    mutating func woke(_ now: Instant, alarm: Instant) {
        let late = now - alarm
        guard late < Self.most else { return }
        lead = late > lead ? lead + (late - lead) / 4 : lead - (lead - late) / 16
    }
}
