/// How long a thread spins before it sleeps in the kernel: longer if spinning has paid lately, shorter if it has not,
/// because the thread that it waits for may need this very processor. Owned by its thread.
struct AdaptiveSpin {
    private static let most: TimeSpan = .microseconds(60), least: TimeSpan = .nanoseconds(500)
    private static let longestGlance: TimeSpan = .microseconds(20)
    private var limit = most
    private var glanceLimit = longestGlance
    /// For a `look` after `giveWay`: the other thread needs about so long if it has another processor.
    private static let longestCourtesy: TimeSpan = .microseconds(150)
    private var courtesyLimit = longestCourtesy
    private var givesWay = false

    /// The next `look` is short: somebody else may need this very processor at once.
    mutating func giveWay() { givesWay = true }

    /// Spins until `condition` is true, for `longest` at most. Returns whether it came true.
    mutating func look(longest: TimeSpan = most, until condition: () -> Bool) -> Bool {
        if givesWay {
            givesWay = false
            return Self.look(min(courtesyLimit, longest), &courtesyLimit, Self.longestCourtesy, until: condition)
        }
        return Self.look(min(limit, longest), &limit, Self.most, until: condition)
    }

    private static func look(
        _ duration: TimeSpan, _ limit: inout TimeSpan, _ most: TimeSpan, until condition: () -> Bool
    ) -> Bool {
        let came = Processor.spin(for: duration, until: condition)
        limit = came ? min(limit * 2, most) : max(limit / 2, least)
        return came
    }

    /// A short spin before something that costs more than it. After each one that was in vain the next is shorter.
    mutating func glance(until condition: () -> Bool) -> Bool {
        if givesWay { return condition() }
        let came = Processor.spin(for: glanceLimit, until: condition)
        glanceLimit = came ? Self.longestGlance : max(glanceLimit / 2, Self.least)
        return came
    }

    /// The thread has slept for `duration`. After a short sleep the next spin is longer: it would have been better.
    mutating func slept(_ duration: TimeSpan) {
        guard duration < Self.most * 2 else { return }
        limit = min(limit * 2, Self.most)
        courtesyLimit = min(courtesyLimit * 2, Self.longestCourtesy)
    }
}
