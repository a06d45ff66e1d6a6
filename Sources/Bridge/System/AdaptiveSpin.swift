/// How long a thread spins for one kind of event before it sleeps: longer if that has paid lately, shorter if it has not,
/// because the thread that it waits for may need this very processor. Owned by its thread.
struct AdaptiveSpin {
    private static let least: TimeSpan = .nanoseconds(500)
    /// After so many in vain one is as long as can be: things may have changed.
    private static let trial = 32
    let most: TimeSpan
    private var limit: TimeSpan
    private var vain = 0

    init(most: TimeSpan, beginsWithMost: Bool = true) {
        self.most = most
        limit = beginsWithMost ? most : Self.least
    }

    private var isTrial: Bool { vain >= Self.trial }
    /// How long the next spin is at most.
    var next: TimeSpan { isTrial ? most : limit }

    /// Spins until `condition` is true, for `longest` at most. Returns whether it came true.
    mutating func spin(longest: TimeSpan = .milliseconds(1), until condition: () -> Bool) -> Bool {
        let came = Processor.spin(for: min(next, longest), until: condition)
        limit = came ? min(next * 2, most) : max(limit / 2, Self.least)
        vain = came || isTrial ? 0 : vain + 1
        return came
    }
}

/// The spins of a worker, by what they follow. Owned by its thread.
struct WorkerSpins {
    private var usual = AdaptiveSpin(most: .microseconds(60))
    private var short = AdaptiveSpin(most: .microseconds(20))
    /// After this thread has woken another. Linux queues that one for this very processor if the others of a virtual machine
    /// are halted; then it runs as soon as this thread sleeps.
    private var afterWake = AdaptiveSpin(most: .microseconds(60), beginsWithMost: false)
    /// After something was to be ended that computes: it needs about so long if it has another processor.
    private var afterCancel = AdaptiveSpin(most: .microseconds(150))
    private var hasCancelled = false

    mutating func noteCancel() { hasCancelled = true }

    /// Spins before a sleep until `condition` is true, for `longest` at most. Returns whether it came true.
    mutating func look(longest: TimeSpan = .milliseconds(1), until condition: () -> Bool) -> Bool {
        defer { hasCancelled = false }
        if CurrentThread.takesWake() { return afterWake.spin(longest: longest, until: condition) }
        if hasCancelled { return afterCancel.spin(longest: longest, until: condition) }
        return usual.spin(longest: longest, until: condition)
    }

    /// A short spin before something that costs more than it.
    mutating func glance(until condition: () -> Bool) -> Bool {
        if hasCancelled || CurrentThread.hasWoken { return condition() }
        return short.spin(until: condition)
    }
}
