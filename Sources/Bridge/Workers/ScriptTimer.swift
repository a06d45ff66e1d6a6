import Synchronization

/// A timer of a script. Owned by its worker's thread; the counts may be read by others.
final class ScriptTimer: Alarm, TaskParent, Awaited, Announced, Waitable, @unchecked Sendable {  // sound: see below
    // Unchecked is sound: others only go through `ask`.
    enum CatchUp {
        case skip, burst, delay
    }

    let id: Int
    let worker: Worker?
    private let clock: LoopClock
    private let interval: TimeSpan
    private let repeats: Bool
    var givenName: ByteText?
    var isDaemon = false
    var catchUp = CatchUp.skip
    var overlaps = false
    var isImmediate = false
    var stopsOnError = false
    var times = Int.max
    var jitter: TimeSpan = .zero
    var onError: ErrorHandler?

    /// Nil when the state had ended before the object was made.
    private let callback: TimerCallback?
    private let started = Tally(), skipped = Tally(), failed = Tally()
    var count: Int { started.value }
    var missed: Int { skipped.value }
    var errors: Int { failed.value }
    private let active = Atomic<Bool>(false)
    private(set) var isActive: Bool {
        get { active.load(ordering: .relaxed) }
        set { active.store(newValue, ordering: .relaxed) }
    }
    /// The next tick is due at `origin + tick * interval`.
    private var origin: Instant = .past
    private var tick = 0
    private var delay: TimeSpan = .zero
    /// How many ticks have to be made up for ("burst") when the last callback has ended.
    private var owed = 0
    private var remaining = 0
    private var ticket: UInt64 = 0
    private var isArmed = false
    private var starting = 0  // callbacks that are ready but have not begun
    private var running = 0
    /// When the last callback that was made ready was due.
    private(set) var fired: Instant = .past
    /// A tick that could not run in time, and why. Reported when it is known how late it was.
    private var overdue: Overdue?
    private final class Overdue {  // an object of its own, since few timers have one
        let due: Instant
        let reason: ByteText

        init(_ due: Instant, _ reason: ByteText) {
            self.due = due
            self.reason = reason
        }
    }
    private var hasWarned = false
    private var waiters = WaitList()

    init(_ worker: Worker, _ callback: TimerCallback?, delay: TimeSpan, repeats: Bool, id: Int = Identity.next()) {
        self.worker = worker
        self.callback = callback
        self.id = id
        clock = worker.clock
        interval = delay
        self.repeats = repeats
    }

    deinit { waiters.removeAll() }

    var label: ByteText { givenName ?? "timer-\(id)" }
    var name: ByteText? { label }
    var title: ByteText { "timer '\(label)'" }
    var standing: ByteText {
        let next = isArmed ? ", due in \(TaskReport.shown(due - clock.now)) s" : ""
        return repeats ? "every \(Double(interval.nanoseconds) / 1e9) s, \(count) so far\(next)" : "once\(next)"
    }
    var raiser: ByteText? { "tick \(count) of \(title)" }
    var waitText: ByteText { "join of \(title)" }

    /// It has been waiting since it was made, in place of which it comes (`WaitingTimers`), and is due at `origin`.
    func takeOver(_ origin: Instant) -> UInt64 {
        isActive = true
        remaining = 1
        self.origin = origin
        ticket = 1
        isArmed = true
        return ticket
    }

    /// It has rung for the only time, and a task for its callback was made. It comes in place of what was known of it.
    func takeOver(hasBegun: Bool) {
        if hasBegun {
            started.add(1)
            running = 1
        } else {
            isActive = true
            starting = 1
        }
    }

    /// Its time counts from that instant.
    func start(_ called: Instant) {
        isActive = true
        remaining = repeats ? times : 1
        if !isDaemon { worker?.holdOn() }
        begin(called, after: isImmediate ? .zero : interval)
    }

    /// With a delay of 0 the callback runs at the next switch, without going through the queue of timers.
    private var isDueAtOnce: Bool { delay == .zero && tick == 0 && jitter == .zero }

    private func begin(_ from: Instant, after delay: TimeSpan) {
        origin = from + delay
        self.delay = delay
        overdue = nil
        tick = 0
        arm()
    }

    /// When the next tick is due, without jitter.
    private var due: Instant {
        repeats && tick > 0 ? origin + interval * tick : origin
    }

    private func arm() {
        ticket &+= 1
        if isDueAtOnce { return ring(ticket, now: origin) }
        var due = due
        if jitter > .zero { due = due + clock.random(upTo: jitter) }
        isArmed = true
        worker?.add(self, ticket: ticket, due: due)
    }

    override func isStale(_ ticket: UInt64) -> Bool { ticket != self.ticket }

    // MARK: - Firing

    override func ring(_ ticket: UInt64, now: Instant) {
        guard isActive, ticket == self.ticket, let worker, !worker.isCancelled else { return }
        isArmed = false
        let isBusy = !overlaps && running + starting > 0
        let due = due
        if repeats, starting + running > 0 || now - due >= interval { notice(due, now, worker, isBusy) }
        if isBusy, catchUp == .burst { owed += 1 } else if isBusy { skipped.add(1) }
        if !isBusy {
            remaining -= 1
            fired = due
        }
        if remaining - owed > 0 { armNext(now) }
        guard !isBusy else { return }
        starting += 1
        fire(worker)
    }

    private func armNext(_ now: Instant) {
        tick += 1
        switch catchUp {
        case .skip:
            skipPast(now)
        case .delay:
            origin = now + interval
            delay = interval
            tick = 0
        case .burst:
            break
        }
        arm()
    }

    /// Skips the ticks that have passed. The times of later ones stay the same.
    private func skipPast(_ now: Instant) {
        guard now > origin else { return }
        let passed = (now - origin) / interval
        guard passed >= tick else { return }
        skipped.add(passed - tick + 1)
        tick = passed + 1
    }

    // MARK: - Ticks that come late

    /// A tick is due: notes whether something has kept it, or the one before, from running in time.
    private func notice(_ due: Instant, _ now: Instant, _ worker: Worker, _ isBusy: Bool) {
        guard !hasWarned else { return }
        if starting > 0 {  // the last callback has not had a chance to begin
            if overdue == nil, now - fired >= interval { overdue = Overdue(fired, holder(worker)) }
        } else if now - due >= interval {
            guard remaining > 1 else { return }  // the last one is late, but it holds up no other
            overdue = Overdue(due, holder(worker))
            warn(now)
        } else if isBusy {
            // The second tick in a row reports it, since that callback may never end.
            let isSecond = overdue != nil || owed > 0
            if overdue == nil { overdue = Overdue(due + interval * -owed, "its last callback still ran") }
            if isSecond { warn(now) }
        }
    }

    private func holder(_ worker: Worker) -> ByteText {
        guard let task = worker.current ?? worker.lastTask else { return "the system was busy" }
        return "\(worker.title(of: task)) held the state"
    }

    /// The delay of a tick is over: reports it. With "burst" a tick that runs within an interval was not missed.
    private func endDelay() {
        guard let overdue else { return }
        let now = clock.now
        if catchUp != .burst || now - overdue.due >= interval { warn(now) }
        self.overdue = nil
    }

    /// Reports the missed tick. Each timer reports only one.
    private func warn(_ now: Instant) {
        guard let overdue else { return }
        hasWarned = true
        self.overdue = nil
        Console.report("\(title) missed a tick, \(Self.format(now - overdue.due)) s late: \(overdue.reason)")
    }

    private static func format(_ time: TimeSpan) -> String {
        let milliseconds = (time + .microseconds(500)) / .milliseconds(1)
        let fraction = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    private func fire(_ worker: Worker) {
        worker.start(for: self, site: callback?.site, isDaemon: isDaemon)
    }

    func push(on L: OpaquePointer) -> Int32 {
        if let callback { return callback.push(on: L) }
        Stack(L).pushNil()
        return 0
    }

    func mayStart(_ task: ScriptTask) -> Bool {
        starting -= 1
        if overdue != nil { endDelay() }
        guard isActive else {
            wakeJoiners()
            return false
        }
        running += 1
        started.add(1)
        if remaining == 0 { deactivate() }
        return true
    }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        if task != nil {
            running -= 1
        } else {  // it was cancelled before it began
            starting -= 1
            if remaining == 0 { _ = cancel() }
        }
        if overdue != nil { endDelay() }
        defer {
            makeUp()
            wakeJoiners()
        }
        guard let error else { return false }
        failed.add(1)
        if stopsOnError { _ = cancel() }
        if let onError {
            onError.call(error) { [self] L in
                worker?.state.push(self, hostType, on: L)
                return 1
            }
        } else {
            worker?.program.reportUnobserved(id, error)
        }
        return true
    }

    /// Runs one of the ticks that came while the last callback ran.
    private func makeUp() {
        guard owed > 0, isActive, running + starting == 0, let worker else { return }
        owed -= 1
        remaining -= 1
        starting += 1
        fired = clock.now
        fire(worker)
    }

    // MARK: - Ending

    /// Ends the timer. Returns whether it was active.
    func cancel() -> Bool {
        guard isActive else { return false }
        endDelay()
        deactivate()
        wakeJoiners()
        return true
    }

    /// Makes its entry in the queue of timers stale, if there is one.
    private func disarm() {
        ticket &+= 1
        if isArmed { worker?.alarmGivenUp() }
        isArmed = false
    }

    private func deactivate() {
        isActive = false
        owed = 0
        disarm()
        if !isDaemon { worker?.letGo() }
    }

    func restart(_ delay: TimeSpan?) {
        if isActive {
            disarm()
        } else {
            isActive = true
            if !isDaemon { worker?.holdOn() }
        }
        remaining = repeats ? times : 1
        begin(clock.now, after: delay ?? (isImmediate ? .zero : interval))
    }

    /// Wakes those who join it, if nothing of it runs or will run.
    private func wakeJoiners() {
        guard isOver else { return }
        var effects = Effects()
        effects.deliver(.ended, to: &waiters)
        effects.carryOut()
    }

    func wait(_ node: WaitNode) {
        waiters.append(node)
        wakeJoiners()
    }

    /// Ends the wait of one that joins it: the state of the timer has ended.
    func refuse(_ node: WaitNode) {
        guard node.claim() else { return }
        node.deliver(.ended)
        node.waiter.notify()
    }

    var isOver: Bool { !isActive && running == 0 }

    func forget(_ node: WaitNode) { worker?.perform { _ in self.waiters.remove(node) } }
}
