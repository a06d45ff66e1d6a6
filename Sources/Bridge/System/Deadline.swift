/// A limit for what the machine itself does (another process, a thread, a system call), by the machine's clock whatever
/// clock the program is given.
struct Deadline {
    let due: Instant

    init(after span: TimeSpan) { due = Clock.now + span }

    var hasPassed: Bool { due <= Clock.now }
}

/// Measures the machine's time between two calls.
struct Stopwatch {
    private var last = Instant.past

    /// The time since the last call; very long at the first one.
    mutating func lap() -> TimeSpan {
        let now = Clock.now
        defer { last = now }
        return now - last
    }
}

extension TimeSpan {
    /// What Swift calls a duration, saturated.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = TimeSpan(seconds: Double(seconds)) + .nanoseconds(attoseconds / 1_000_000_000)
    }
}

extension Instant {
    /// The end of a wait of a host, by the machine's clock; never for nil.
    init(after wait: Duration?) { self = wait.map { Deadline(after: TimeSpan($0)).due } ?? .forever }
}
