/// The schedules of one state (`sched.cron`). They are due at times of the wall clock, which may be set, and which goes
/// on while the machine sleeps. The loop sleeps by another clock, so the wall clock is looked at now and then. Owned by
/// its worker's thread.
final class CronQueue: Alarm, Announcing {
    private static let interval: TimeSpan = .seconds(10)

    private unowned let worker: Worker
    private var events: [CronEvent] = []
    private var ticket: UInt64 = 0
    /// When the alarm rings, if there is one.
    private var armed: Instant?

    static func of(_ worker: Worker) -> CronQueue {
        if let queue = worker.calendar as? CronQueue { return queue }
        let queue = CronQueue(worker)
        worker.calendar = queue
        return queue
    }

    private init(_ worker: Worker) { self.worker = worker }

    var announced: [any Announced] { events }

    func add(_ event: CronEvent) {
        event.place = events.count
        events.append(event)
        arm(for: event.due)
    }

    func remove(_ event: CronEvent) {
        events[event.place] = events[events.count - 1]
        events[event.place].place = event.place
        events.removeLast()
        if events.isEmpty { disarm() }
    }

    override func isStale(_ ticket: UInt64) -> Bool { ticket != self.ticket }

    override func ring(_ ticket: UInt64, now: Instant) {
        guard ticket == self.ticket else { return }
        armed = nil
        guard !worker.isCancelled else { return }
        let wall = worker.clock.wall
        for event in events { event.plan.look(at: wall) }
        // The files of zones change while the machine's clock goes on.
        let renews = !worker.clock.isSimulated
        for event in events.filter({ $0.due <= wall }).sorted(by: { ($0.due, $0.id) < ($1.due, $1.id) }) {
            event.come(wall, renews: renews)
        }
        if let due = events.lazy.map({ $0.due }).min() { arm(for: due) }
    }

    /// Sees to it that the alarm rings at that time of the wall clock, and before it to look at the clock.
    func arm(for due: Instant) {
        let delay = due - worker.clock.wall
        let instant = worker.clock.now + (worker.clock.isSimulated ? delay : min(delay, Self.interval))
        if let armed, armed <= instant { return }
        disarm()
        armed = instant
        worker.add(self, ticket: ticket, due: instant)
    }

    private func disarm() {
        ticket &+= 1
        if armed != nil { worker.alarmGivenUp() }
        armed = nil
    }
}
