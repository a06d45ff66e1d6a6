/// A function that a schedule calls (`sched.cron`). Owned by its worker's thread.
final class CronEvent: TaskParent, Announced {
    enum Overlap {
        case skip, queue, parallel
    }

    let id = Identity.next()
    let worker: Worker
    let pattern: ByteText
    let zoneName: ZoneStore.Name
    var plan: CronPlan
    private let hostType: AnyHostType
    var givenName: ByteText?
    var isDaemon = false
    var overlap = Overlap.skip
    var stopsOnError = false
    var onError: ErrorHandler?

    /// Its place in the queue.
    var place = 0
    private(set) var count = 0
    private(set) var missed = 0
    private(set) var errors = 0
    private(set) var isActive = false
    /// The time for which the last run that has begun was planned.
    private(set) var last: UnixTime?

    private var anchor = 0
    private var argumentCount: Int32 = 0
    private var site: SpawnSite?
    /// Times whose runs wait for the one before.
    private var waiting: [UnixTime] = []
    /// Times whose runs are ready and have not begun.
    private var starting: [UnixTime] = []
    private var running = 0
    private var hasWarned = false

    init(_ worker: Worker, _ pattern: ByteText, _ zone: ZoneStore.Name, _ plan: CronPlan, _ type: AnyHostType) {
        self.worker = worker
        self.pattern = pattern
        zoneName = zone
        self.plan = plan
        hostType = type
    }

    deinit { if anchor != 0 { worker.releaseLater(anchor) } }

    var label: ByteText { givenName ?? pattern }
    var name: ByteText? { label }
    var title: ByteText { "schedule '\(label)'" }
    var standing: ByteText { "\(pattern), \(count) so far" }
    var raiser: ByteText? { "run \(count) of \(title)" }

    /// Keeps the function at that index and the arguments above it.
    func keep(_ call: HostCall, function: Int32) {
        site = call.spawnSite()
        argumentCount = call.count - function
        anchor = call.state.anchor(argumentCount + 1, on: call.L)
    }

    func push(on L: OpaquePointer) -> Int32 {
        worker.state.pushAnchored(anchor, count: argumentCount + 1, on: L)
        return argumentCount
    }

    func start() {
        isActive = true
        if !isDaemon { worker.holdOn() }
        CronQueue.of(worker).add(self)
    }

    /// The time of the next run.
    var next: UnixTime? { isActive ? plan.next : nil }

    // MARK: - Times that come

    /// When the wall clock shows this, it has to be looked at.
    var due: Instant { isFull ? .forever : plan.due }

    /// Many runs wait for their turn; further ones are added when some of these have begun.
    private var isFull: Bool { waiting.count + starting.count >= CronPlan.enough }

    /// `renews`: the zone's file may have changed since the last time.
    func come(_ wall: Instant, renews: Bool) {
        if renews { renewZone() }
        let runs = plan.take(at: wall)
        if runs.missed > 0 { miss(runs.missed, "the state was busy, the machine slept, or its clock was set") }
        for time in runs.late { takeTurn(time) }
        guard let time = runs.current else { return }
        // What is made up for holds up nothing: others then wait behind it.
        if overlap == .skip, isBusy, waiting.isEmpty, runs.late.isEmpty { return miss(1, "its last run still went on") }
        takeTurn(time)
    }

    /// Reads the file of the zone if it has changed. If it cannot be read now, the zone stays.
    private func renewZone() {
        guard let zone = try? ZoneStore.zone(zoneName), zone !== plan.zone else { return }
        plan.zone = zone
    }

    /// Reports the first miss, and counts all.
    private func miss(_ count: Int, _ reason: ByteText) {
        missed += count
        if !hasWarned { Console.report("\(title) missed \(count == 1 ? "a run" : "\(count) runs"): \(reason)") }
        hasWarned = true
    }

    // MARK: - Runs

    private var isBusy: Bool { running + starting.count > 0 }

    private func takeTurn(_ time: UnixTime) {
        if isBusy, overlap != .parallel { waiting.append(time) } else { fire(time) }
    }

    private func fire(_ time: UnixTime) {
        starting.append(time)
        worker.start(for: self, site: site, isDaemon: isDaemon)
    }

    private func takeStarting() -> UnixTime? {
        guard !starting.isEmpty else { return nil }
        let wasFull = isFull
        defer { if wasFull { CronQueue.of(worker).arm(for: due) } }
        return starting.removeFirst()
    }

    func mayStart(_ task: ScriptTask) -> Bool {
        let time = takeStarting()
        guard isActive else { return false }
        last = time
        running += 1
        count += 1
        return true
    }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        if task != nil { running -= 1 } else { _ = takeStarting() }  // it was cancelled before it began
        if let error { fail(error) }
        if isActive, !isBusy, !waiting.isEmpty { fire(waiting.removeFirst()) }
        return error != nil
    }

    private func fail(_ error: ScriptError) {
        errors += 1
        if stopsOnError { _ = cancel() }
        guard let onError else { return worker.program.reportUnobserved(id, error) }
        onError.call(error) { L in
            worker.state.push(self, hostType, on: L)
            return 1
        }
    }

    // MARK: - Ending

    /// Ends the schedule. Returns whether it was active. Runs that have begun go on.
    func cancel() -> Bool {
        guard isActive else { return false }
        isActive = false
        waiting = []
        CronQueue.of(worker).remove(self)
        if !isDaemon { worker.letGo() }
        return true
    }
}
