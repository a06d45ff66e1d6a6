/// Threads for jobs of one kind. One that has done its job waits a moment for the next, since starting and ending a thread
/// costs a good part of what a short job costs. Shared; guarded by its lock.
final class SpareThreads: Sendable {
    typealias Job = @Sendable () -> Void

    /// A thread, and the job that it has or waits for. The one who takes it out of the list gives it a job.
    private final class Seat: Sendable {
        let sleeper = Sleeper()
        let job: Guarded<Job?>
        init(_ job: @escaping Job) { self.job = Guarded(job) }
    }

    private static let mostFree = 2
    private static let patience: TimeSpan = .seconds(1), glance: TimeSpan = .microseconds(60)
    private let free = Guarded<[Seat]>([])
    private let name: StaticString?
    private let runsScripts: Bool

    /// `name`: that of the threads, which otherwise get one from their jobs. `runsScripts`: see `OSThread`.
    init(name: StaticString? = nil, runsScripts: Bool = false) {
        self.name = name
        self.runsScripts = runsScripts
    }

    /// Runs the job on a thread that waits, or on a new one.
    func run(_ job: @escaping Job) throws(SystemError) {
        if !Copy.isThis, let seat = free.withLock({ $0.popLast() }) {
            seat.job.withLock { $0 = job }
            seat.sleeper.wake()
            return
        }
        let seat = Seat(job)
        try OSThread(runsScripts: runsScripts) { [self] in
            if let name { OSThread.rename(fixed: name) }
            repeat { runJob(seat) } while waits(seat)
            if runsScripts { SpareMemory.rest() }
        }.detach()
    }

    private func runJob(_ seat: Seat) { seat.job.withLock { $0.take() }?() }

    /// Waits for a job. False: there is none for a while.
    private func waits(_ seat: Seat) -> Bool {
        if runsScripts { SignalMask.all.use() }
        let isFree = free.withLock { free in
            if free.count < Self.mostFree { free.append(seat) }
            return free.last === seat
        }
        guard isFree else { return false }
        if runsScripts, !Processor.spin(for: Self.glance, until: { seat.sleeper.isNotified }) {
            OSThread.rename(fixed: "spare")
        }
        seat.sleeper.sleep(until: Deadline(after: Self.patience).due)
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
