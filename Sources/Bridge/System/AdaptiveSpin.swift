/// How long a thread looks for what it waits for before it sleeps in the kernel: longer when looking has paid lately,
/// shorter when it has not, because whoever is waited for may need this very processor. Owned by its thread.
struct AdaptiveSpin {
    private static let most: TimeSpan = .microseconds(60), least: TimeSpan = .nanoseconds(500)
    private var limit = most
    private var isSkipped = false

    /// The next look is none: somebody else needs the processor at once.
    mutating func giveWay() { isSkipped = true }

    /// Looks at `condition` for a while, `longest` at most: whether it came true.
    mutating func look(longest: TimeSpan = most, until condition: () -> Bool) -> Bool {
        if isSkipped {
            isSkipped = false
            return condition()
        }
        let came = Processor.spin(for: min(limit, longest), until: condition)
        limit = came ? min(limit * 2, Self.most) : max(limit / 2, Self.least)
        return came
    }

    /// It has slept; had it come so soon, looking would have been better.
    mutating func slept(_ duration: TimeSpan) {
        if duration < Self.most * 2 { limit = min(limit * 2, Self.most) }
    }
}
