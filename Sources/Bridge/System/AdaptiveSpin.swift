/// How long a thread looks for what it waits for before it sleeps in the kernel: longer when looking has paid lately,
/// shorter when it has not, because whoever is waited for may need this very processor. Owned by its thread.
struct AdaptiveSpin {
    private static let most: Nanoseconds = 60_000, least: Nanoseconds = 500
    private var limit = most
    private var isSkipped = false

    /// The next look is none: somebody else needs the processor at once.
    mutating func giveWay() { isSkipped = true }

    /// Looks at `condition` for a while, `longest` at most: whether it came true.
    mutating func look(longest: Nanoseconds = most, until condition: () -> Bool) -> Bool {
        if isSkipped {
            isSkipped = false
            return condition()
        }
        let came = Processor.spin(for: min(limit, longest), until: condition)
        limit = came ? min(limit * 2, Self.most) : max(limit / 2, Self.least)
        return came
    }

    /// It has slept; had it come so soon, looking would have been better.
    mutating func slept(_ duration: Nanoseconds) {
        if duration < 2 * Self.most { limit = min(limit * 2, Self.most) }
    }
}
