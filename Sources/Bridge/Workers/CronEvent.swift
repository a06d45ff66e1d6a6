/// A function that a schedule calls (`sched.cron`). Owned by its worker's thread.
final class CronEvent: TaskParent, Announced {
    enum Overlap {
        case skip, queue, parallel
    }

    enum CatchUp {
        case one, all, none
    }

    /// A run that comes so many seconds late has missed its time.
    private static let patience = 60
    private static let lateness: ByteText = "the state was busy, the machine slept, or its clock was set"
    /// So many missed times are looked at one by one; and so many runs may wait for their turn.
    private static let enough = 1000

    let id = Identity.next()
    let worker: Worker
    let pattern: ByteText
    let zoneName: ZoneStore.Name
    private let hostType: AnyHostType
    var givenName: ByteText?
    var isDaemon = false
    var overlap = Overlap.skip
    var catchUp = CatchUp.one
    /// Each run comes up to so many nanoseconds later, by chance.
    var jitter: Int64 = 0
    var stopsOnError = false
    var onError: ErrorHandler?

    private(set) var count = 0
    private(set) var missed = 0
    private(set) var errors = 0
    private(set) var isActive = false
    /// The time of the next run, without jitter; nil: there is none.
    private(set) var next: Int?
    /// The time for which the last run that has begun was planned.
    private(set) var last: Int?

    private var schedule: CronSchedule
    private var anchor = 0
    private var argumentCount: Int32 = 0
    private var site: SpawnSite?
    /// When the wall clock shows this, the next run is due.
    private var dueNext: Instant = .forever
    /// Times whose runs wait for the one before.
    private var waiting: [Int] = []
    /// Times whose runs are ready and have not begun.
    private var starting: [Int] = []
    private var running = 0
    private var hasWarned = false

    init(
        _ worker: Worker, _ pattern: ByteText, _ schedule: CronSchedule, _ zoneName: ZoneStore.Name, _ type: AnyHostType
    ) {
        self.worker = worker
        self.pattern = pattern
        self.schedule = schedule
        self.zoneName = zoneName
        hostType = type
    }

    deinit { if anchor != 0 { worker.releaseLater(anchor) } }

    var label: ByteText { givenName ?? pattern }
    var name: ByteText? { label }
    var title: ByteText { "schedule '\(label)'" }
    var raiser: ByteText? { "run \(count) of \(title)" }

    /// Keeps the function at that index and the arguments above it.
    func keep(_ call: HostCall, function: Int32) {
        site = call.spawnSite()
        argumentCount = call.count - function
        anchor = call.state.anchor(argumentCount + 1, on: call.L)
    }

    /// [-0, +n+1, m] Pushes the function and its n arguments, and returns n.
    func push(on L: OpaquePointer) -> Int32 {
        worker.state.pushAnchored(anchor, count: argumentCount + 1, on: L)
        return argumentCount
    }

    /// False: it is never due.
    func start() -> Bool {
        plan(after: Self.seconds(worker.clock.wall))
        guard next != nil else { return false }
        isActive = true
        if !isDaemon { worker.holdOn() }
        CronQueue.of(worker).add(self)
        return true
    }

    // MARK: - Times

    private static func seconds(_ wall: Instant) -> Int { Int(wall.rawValue).dividedDown(by: 1_000_000_000).quotient }
    private static func wall(_ seconds: Int) -> Instant { .past + .seconds(1) * seconds }

    /// When it has to be looked at again.
    var due: Instant { isFull ? .forever : dueNext }
    private var isFull: Bool { waiting.count + starting.count >= Self.enough }

    private func plan(after time: Int) {
        next = schedule.next(after: time)
        dueNext = next.map(Self.wall) ?? .forever
        if jitter > 0 { dueNext = dueNext + .nanoseconds(.random(in: 0...jitter)) }
    }

    /// The wall clock was wrong, and now shows this.
    func beginAnew(_ wall: Instant) { plan(after: Self.seconds(wall)) }

    /// The next run is due: takes all times that have passed.
    func come(_ wall: Instant) {
        guard isActive, let first = next else { return }
        renewZone()
        let settled = Self.seconds(wall + .nanoseconds(-jitter))
        var times = [first]
        plan(after: first)
        while let time = next, time <= settled, times.count < Self.enough {
            times.append(time)
            plan(after: time)
        }
        if catchUp == .all {
            // Those that were missed run one after the other; the rest comes when some of them have begun.
            for time in times.dropLast() { takeTurn(time) }
        } else {
            if let time = next, time <= settled { skipTo(settled, &times) }
            if times.count > 1 { miss(times.count - 1, Self.lateness) }
        }
        guard let last = times.last else { return }
        let isLate = settled - last > Self.patience
        if isLate, catchUp == .none { return miss(1, Self.lateness) }
        if isLate, catchUp == .all { return takeTurn(last) }
        run(last)
    }

    /// Many times have passed: leaves out those up to the last minute before that time.
    private func skipTo(_ time: Int, _ times: inout [Int]) {
        plan(after: max(times.last ?? time, time - Self.patience))
        while let next, next <= time {
            times.append(next)
            plan(after: next)
        }
    }

    /// The file of the zone may have changed since. If it cannot be read now, the zone stays.
    private func renewZone() {
        guard let zone = try? ZoneStore.zone(zoneName), zone !== schedule.zone else { return }
        schedule = CronSchedule(schedule.pattern, zone)
    }

    private func miss(_ count: Int, _ reason: ByteText) {
        missed += count
        if !hasWarned { Console.report("\(title) missed \(count == 1 ? "a run" : "\(count) runs"): \(reason)") }
        hasWarned = true
    }

    // MARK: - Runs

    private var isBusy: Bool { running + starting.count > 0 }

    private func run(_ time: Int) {
        switch overlap {
        case .parallel: fire(time)
        case .queue: takeTurn(time)
        case .skip: if isBusy { miss(1, "its last run still went on") } else { fire(time) }
        }
    }

    private func takeTurn(_ time: Int) {
        if isBusy, overlap != .parallel { waiting.append(time) } else { fire(time) }
    }

    private func fire(_ time: Int) {
        starting.append(time)
        worker.start(for: self, site: site, isDaemon: isDaemon)
    }

    func mayStart(_ task: ScriptTask) -> Bool {
        last = takeStarting()
        guard isActive else { return false }
        running += 1
        count += 1
        return true
    }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        if task != nil { running -= 1 } else { _ = takeStarting() }  // it was cancelled before it began
        defer { startWaiting() }
        guard let error else { return false }
        errors += 1
        if stopsOnError { _ = cancel() }
        guard let onError else {
            worker.program.reportUnobserved(id, error)
            return true
        }
        onError.call(error) { [self] L in
            worker.state.push(self, hostType, on: L)
            return 1
        }
        return true
    }

    private func startWaiting() {
        guard isActive, !isBusy, !waiting.isEmpty else { return }
        fire(waiting.removeFirst())
    }

    private func takeStarting() -> Int? {
        guard !starting.isEmpty else { return nil }
        let wasFull = isFull
        defer { if wasFull { CronQueue.of(worker).arm() } }
        return starting.removeFirst()
    }

    // MARK: - Ending

    /// Ends the schedule. Returns whether it was active. Runs that have begun go on.
    func cancel() -> Bool {
        guard isActive else { return false }
        isActive = false
        next = nil
        waiting = []
        CronQueue.of(worker).remove(self)
        if !isDaemon { worker.letGo() }
        return true
    }
}
