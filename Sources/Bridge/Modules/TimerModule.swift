import CLua

/// `timer`: functions that run once after a delay, or again and again on a grid that does not drift.
enum TimerModule {
    static let module = Module(
        "timer",
        [
            HostFunction("after", "timer.after([opts,] delay, fn, ...)", "Calls a function once.") {
                call throws(Fault) in try make(call, repeats: false)
            },
            HostFunction("every", "timer.every([opts,] interval, fn, ...)", "Calls a function again and again.") {
                call throws(Fault) in try make(call, repeats: true)
            },
            HostFunction("now", "timer.now()", "Monotonic seconds; the same in all threads.") { call throws(Fault) in
                call.push(call.worker.clock.now.seconds)
                return .results(1)
            },
        ])

    static let type: HostType<ScriptTimer> = HostType(
        "timer",
        methods: [
            HostFunction("cancel", "t:cancel()", "Ends it; whether it was still pending.") { call throws(Fault) in
                let timer = try call.object(1, type)
                return try call.ask(timer.worker) { _ in timer.cancel() }
            },
            HostFunction("active", "t:active()", "Whether it will fire again.") { call throws(Fault) in
                let timer = try call.object(1, type)
                return try call.ask(timer.worker) { _ in timer.isActive }
            },
            HostFunction("restart", "t:restart([delay])", "Starts it anew, as if it were made now.", restart),
            HostFunction("join", "t:join([timeout])", "Waits for the end of its last callback.", join),
        ],
        getters: [
            counter("id", "t.id", "An integer, unique in the program.") { $0.id },
            counter("count", "t.count", "Callbacks started.") { $0.count },
            counter("missed", "t.missed", "Ticks that were missed.") { $0.missed },
            counter("errors", "t.errors", "Callbacks that failed.") { $0.errors },
            HostFunction("name", "t.name", "The given name, or one like timer-5.") { call throws(Fault) in
                call.push(try call.object(1, type).label)
                return .results(1)
            },
        ],
        metamethods: [
            HostFunction("__tostring", "tostring(t)", "Name and state.") { call throws(Fault) in
                let timer = try call.object(1, type)
                call.push("timer: \(timer.label) (\(timer.isActive ? "active" : "ended"))")
                return .results(1)
            },
            HostFunction("__close", "local t <close>", "Cancels it.") { call throws(Fault) in
                let timer = try call.object(1, type)
                lua_settop(call.L, 1)
                return try call.ask(timer.worker) { _ in timer.cancel() }
            },
        ])

    private static func counter(
        _ name: String, _ usage: String, _ summary: String, _ value: @escaping @Sendable (ScriptTimer) -> Int
    ) -> HostFunction {
        HostFunction(name, usage, summary) { call throws(Fault) in
            call.push(value(try call.object(1, type)))
            return .results(1)
        }
    }

    private static let common = ["name", "daemon", "on_error", "jitter"]
    private static let repeating = ["missed", "overlap", "times", "immediate"]

    private static func make(_ call: HostCall, repeats: Bool) throws(Fault) -> Outcome {
        let hasOptions = call.type(1) == LUA_TTABLE
        let first: Int32 = hasOptions ? 2 : 1
        let delay = try call.delay(first)
        if repeats, try call.number(first) <= 0 { throw .argument(first, "interval must be more than 0") }
        try call.callable(first + 1)
        let timer = ScriptTimer(call.worker, delay: max(delay, repeats ? .nanoseconds(1) : .zero), repeats: repeats)
        if hasOptions { try read(call, timer, repeats) }
        timer.keep(call, function: first + 1)
        timer.start()
        call.state.push(new: timer, type, on: call.L)
        if timer.onError != nil { call.state.remember(timer, at: -1, on: call.L) }
        return .results(1)
    }

    private static func read(_ call: HostCall, _ timer: ScriptTimer, _ repeats: Bool) throws(Fault) {
        let options = try call.options(1, known: repeats ? common + repeating : common)
        timer.givenName = try options.string("name")
        timer.isDaemon = try options.boolean("daemon") ?? false
        if let jitter = try options.number("jitter") {
            guard jitter >= 0, jitter < .infinity else { throw options.wrong("jitter", "0 or more seconds expected") }
            timer.jitter = TimeSpan(seconds: jitter)
        }
        if repeats {
            switch try options.word("missed", ["skip", "burst", "delay"]) {
            case "burst": timer.catchUp = .burst
            case "delay": timer.catchUp = .delay
            default: timer.catchUp = .skip
            }
            timer.overlaps = try options.boolean("overlap") ?? false
            timer.isImmediate = try options.boolean("immediate") ?? false
            if let times = try options.integer("times") {
                guard times >= 1 else { throw options.wrong("times", "1 or more expected, got \(times)") }
                timer.times = times
            }
        }
        if let action = try? options.string("on_error") {
            guard action == "stop" else { throw options.wrong("on_error", "function or \"stop\" expected") }
            timer.stopsOnError = true
        } else if try options.function("on_error") {
            timer.onError = ErrorHandler(call, holds: false)
        }
    }

    private static func restart(_ call: HostCall) throws(Fault) -> Outcome {
        let timer = try call.object(1, type)
        let delay = call.isNone(2) ? nil : try call.delay(2)
        return try call.ask(timer.worker) { _ in
            timer.restart(delay)
            return true
        }
    }

    private static func join(_ call: HostCall) throws(Fault) -> Outcome {
        let timer = try call.object(1, type)
        let deadline = try call.deadline(2)
        guard let owner = timer.worker, owner !== call.worker || !timer.isSettled else { return .none }
        var node: WaitNode?
        return try call.worker.wait(
            call, for: .other(timer), until: deadline,
            { waiter, ticket in
                let made = WaitNode(waiter, ticket)
                node = made
                return owner.perform({ _ in timer.wait(made) }, orElse: { timer.refuse(made) }) || !made.claim()
            },
            { call, delivery throws(Fault) in
                if case .timeout = delivery {
                    if let node { timer.worker?.perform { _ in timer.forget(node) } }
                    throw call.fail(.timeout, "timeout waiting for \(timer.title)")
                }
                return .none
            })
    }
}

/// A timer of a script. Owned by its worker's thread; the counts may be read by others.
final class ScriptTimer: Alarm, HostObject, TaskParent, Awaited, Announced,
    @unchecked Sendable
{  // sound: others only go through `ask`
    enum CatchUp {
        case skip, burst, delay
    }

    let id = Identity.next()
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

    private var anchor = 0
    private var argumentCount: Int32 = 0
    private var site: SpawnSite?
    private(set) var count = 0
    private(set) var missed = 0
    private(set) var errors = 0
    private(set) var isActive = false
    /// The tick that comes next is due at `origin + tick * interval`.
    private var origin: Instant = .past
    private var tick = 0
    private var delay: TimeSpan = .zero
    /// Ticks to be made up for as soon as the last callback has ended.
    private var owed = 0
    private var remaining = 0
    private var ticket: UInt64 = 0
    private var isArmed = false
    private var starting = 0  // callbacks that are ready but have not run
    private var running = 0
    /// When the callback was due that was made ready last.
    private var fired: Instant = .past
    /// A tick that could not run at its time, and why: said when it is known how late it was.
    private var overdue: Overdue?
    private final class Overdue {  // apart, since few timers have one
        let due: Instant
        let reason: ByteText

        init(_ due: Instant, _ reason: ByteText) {
            self.due = due
            self.reason = reason
        }
    }
    private var hasWarned = false
    private var waiters = WaitList()

    init(_ worker: Worker, delay: TimeSpan, repeats: Bool) {
        self.worker = worker
        clock = worker.clock
        interval = delay
        self.repeats = repeats
    }

    deinit {
        while waiters.popFirst() != nil {}
        if anchor != 0 { worker?.releaseLater(anchor) }
    }

    var hostType: AnyHostType { TimerModule.type }
    var label: ByteText { givenName ?? "timer-\(id)" }
    var name: ByteText? { label }
    var title: ByteText { "timer '\(label)'" }
    var raiser: ByteText? { "tick \(count) of \(title)" }
    var waitText: ByteText { "join of \(title)" }

    /// Keeps the function at that index, and the arguments above it.
    func keep(_ call: HostCall, function: Int32) {
        let L = call.L
        site = call.spawnSite()
        argumentCount = call.count - function
        if argumentCount > 0 {
            lua_createtable(L, argumentCount + 1, 0)
            lua_insert_(L, function)
            for i in stride(from: argumentCount + 1, through: 1, by: -1) { lua_rawseti(L, function, lua_Integer(i)) }
        }
        anchor = call.state.anchor(L)
    }

    func start() {
        isActive = true
        remaining = repeats ? times : 1
        if !isDaemon { worker?.holdOn() }
        begin(after: isImmediate ? .zero : interval)
    }

    /// A delay of 0 runs at the next switch; it need not go through the queue of timers.
    private var isDueAtOnce: Bool { delay == .zero && tick == 0 && jitter == .zero }

    private func begin(after delay: TimeSpan) {
        origin = clock.now + delay
        self.delay = delay
        overdue = nil
        tick = 0
        arm()
    }

    /// When the tick that comes next is due, but for its jitter.
    private var due: Instant {
        repeats && tick > 0 ? origin + interval * tick : origin
    }

    private func arm() {
        ticket &+= 1
        if isDueAtOnce { return ring(ticket, now: origin) }
        var due = due
        if jitter > .zero { due = due + .nanoseconds(.random(in: 0...jitter.nanoseconds)) }
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
        if isBusy, catchUp == .burst { owed += 1 } else if isBusy { missed += 1 }
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

    /// Drops the ticks that have gone by; the grid stays.
    private func skipPast(_ now: Instant) {
        guard now > origin else { return }
        let passed = (now - origin) / interval
        guard passed >= tick else { return }
        missed += passed - tick + 1
        tick = passed + 1
    }

    // MARK: - Ticks that come late

    /// A tick is due: whether something kept it, or the one before, from running at its time.
    private func notice(_ due: Instant, _ now: Instant, _ worker: Worker, _ isBusy: Bool) {
        guard !hasWarned else { return }
        if starting > 0 {  // that callback has had no chance to begin
            if overdue == nil, now - fired >= interval { overdue = Overdue(fired, holder(worker)) }
        } else if now - due >= interval {
            guard remaining > 1 else { return }  // the last one is late, but it holds up no other
            overdue = Overdue(due, holder(worker))
            warn(now)
        } else if isBusy {
            // The second tick in a row says it, too: that callback may never end.
            let isSecond = overdue != nil || owed > 0
            if overdue == nil { overdue = Overdue(due + interval * -owed, "its last callback still ran") }
            if isSecond { warn(now) }
        }
    }

    private func holder(_ worker: Worker) -> ByteText {
        guard let task = worker.current ?? worker.lastTask else { return "the system was busy" }
        return "\(worker.title(of: task)) held the state"
    }

    /// What kept a tick from running is over. One that "burst" makes up for within an interval was not missed.
    private func endDelay() {
        guard let overdue else { return }
        let now = clock.now
        if catchUp != .burst || now - overdue.due >= interval { warn(now) }
        self.overdue = nil
    }

    /// Says it, once.
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
        worker.start(for: self, site: site, isDaemon: isDaemon)
    }

    func push(on L: OpaquePointer) -> Int32 {
        lua_checkstack(L, argumentCount + 8)
        worker?.state.pushAnchored(anchor, on: L)
        if argumentCount > 0 {
            let table = lua_gettop(L)
            for i in 1...argumentCount + 1 { lua_rawgeti(L, table, lua_Integer(i)) }
            lua_remove_(L, table)
        }
        return argumentCount
    }

    func mayStart(_ task: ScriptTask) -> Bool {
        starting -= 1
        if overdue != nil { endDelay() }
        guard isActive else {
            settle()
            return false
        }
        running += 1
        count += 1
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
            settle()
        }
        guard let error else { return false }
        errors += 1
        if stopsOnError { _ = cancel() }
        if let onError {
            onError.call(error) { [self] L in
                worker?.state.push(self, TimerModule.type, on: L)
                return 1
            }
        } else {
            worker?.program.reportUnobserved(id, error)
        }
        return true
    }

    /// One of the ticks that came while the last callback ran.
    private func makeUp() {
        guard owed > 0, isActive, running + starting == 0, let worker else { return }
        owed -= 1
        remaining -= 1
        starting += 1
        fired = clock.now
        fire(worker)
    }

    // MARK: - Ending

    /// Whether it was still pending.
    func cancel() -> Bool {
        guard isActive else { return false }
        endDelay()
        deactivate()
        settle()
        return true
    }

    /// Its entry in the queue of timers, if there is one, is stale from now on.
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
        begin(after: delay ?? (isImmediate ? .zero : interval))
    }

    /// Nothing of it runs or will run: those who joined it go on.
    private func settle() {
        guard isSettled else { return }
        while let node = waiters.popFirst() { refuse(node) }
    }

    func wait(_ node: WaitNode) {
        waiters.append(node)
        settle()
    }

    /// The state of the timer has ended.
    func refuse(_ node: WaitNode) {
        guard node.claim() else { return }
        node.deliver(.ended)
        node.waiter.notify()
    }

    var isSettled: Bool { !isActive && running == 0 }

    func forget(_ node: WaitNode) { waiters.remove(node) }
}
