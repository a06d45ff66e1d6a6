/// How long a thread spins before it sleeps in the kernel: longer if spinning has paid lately, shorter if it has not,
/// because the thread that it waits for may need this very processor. Owned by its thread.
struct AdaptiveSpin {
    private static let most: TimeSpan = .microseconds(60), least: TimeSpan = .nanoseconds(500)
    private static let longestGlance: TimeSpan = .microseconds(20)
    private var limit = most
    private var glanceLimit = longestGlance
    private var isSkipped = false

    /// The next `look` does not spin: somebody else needs the processor at once.
    mutating func giveWay() { isSkipped = true }

    /// Spins until `condition` is true, for `longest` at most. Returns whether it came true.
    mutating func look(longest: TimeSpan = most, until condition: () -> Bool) -> Bool {
        if isSkipped {
            isSkipped = false
            return condition()
        }
        let came = Processor.spin(for: min(limit, longest), until: condition)
        limit = came ? min(limit * 2, Self.most) : max(limit / 2, Self.least)
        return came
    }

    /// A short spin before something that costs more than it. After each one that was in vain the next is shorter.
    mutating func glance(until condition: () -> Bool) -> Bool {
        if isSkipped { return condition() }
        let came = Processor.spin(for: glanceLimit, until: condition)
        glanceLimit = came ? Self.longestGlance : max(glanceLimit / 2, Self.least)
        return came
    }

    /// The thread has slept for `duration`. After a short sleep the next spin is longer: it would have been better.
    mutating func slept(_ duration: TimeSpan) {
        if duration < Self.most * 2 { limit = min(limit * 2, Self.most) }
    }
}
