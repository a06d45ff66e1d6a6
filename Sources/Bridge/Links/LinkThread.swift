/// The threads that read links. When a link is over its thread waits for another one, since starting and ending a
/// thread costs a good part of what a short child costs. Any thread.
enum LinkThread {
    typealias Job = @Sendable () -> Void

    /// A thread without a link. The one who takes it out of the list gives it a job.
    private final class Seat: Sendable {
        let sleeper = Sleeper()
        let job: Guarded<Job?>
        init(_ job: @escaping Job) { self.job = Guarded(job) }
    }

    private static let free = Guarded<[Seat]>([])
    private static let mostFree = 2
    private static let patience: TimeSpan = .seconds(1)

    static func run(_ job: @escaping Job) throws(SystemError) {
        if let seat = free.withLock({ $0.popLast() }) {
            seat.job.withLock { $0 = job }
            seat.sleeper.wake()
            return
        }
        let seat = Seat(job)
        try OSThread {
            OSThread.rename(fixed: "link")
            repeat { runJob(seat) } while waits(seat)
        }.detach()
    }

    private static func runJob(_ seat: Seat) { seat.job.withLock { $0.take() }?() }

    /// Waits for a job. False: there is none for a while.
    private static func waits(_ seat: Seat) -> Bool {
        let isFree = free.withLock { free in
            if free.count < mostFree { free.append(seat) }
            return free.last === seat
        }
        guard isFree else { return false }
        seat.sleeper.sleep(until: Deadline(after: patience).due)
        let isTaken = free.withLock { free in
            guard let place = free.firstIndex(where: { $0 === seat }) else { return true }
            free.remove(at: place)
            return false
        }
        // It may have been taken when the time was over already: then the job comes in a moment.
        while isTaken, seat.job.withLock({ $0 == nil }) { seat.sleeper.sleep(until: .forever) }
        return isTaken
    }
}
