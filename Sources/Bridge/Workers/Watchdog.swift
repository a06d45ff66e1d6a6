/// Looks every now and then whether a task holds its state while others are due, and names it. Nothing is counted for that
/// where tasks run: a job is left in the mailbox of each state that is awake. The loop takes it out between two tasks. If
/// it stays there for too long, the state is interrupted, and the job finds the task. Shared; immutable.
final class Watchdog: Sendable {
    private weak let program: Program?
    private let limit: TimeSpan
    private let probes = Guarded<[Probe]>([])

    private init(_ program: Program, _ limit: TimeSpan) { (self.program, self.limit) = (program, limit) }

    /// Watches the program to its end, if that is wanted. On virtual time, where a turn takes none, it is not.
    static func start(_ program: Program) {
        guard let limit = program.confinement.watchdog, limit > .zero, program.simulation == nil else { return }
        Watchdog(program, limit).lookLater()
    }

    private func lookLater() {
        Reactor.shared.call(after: max(limit / 4, .milliseconds(10))) { [self] in look() }
    }

    /// On the reactor's thread.
    private func look() {
        guard let program, !program.isEnding else { return }
        let workers = program.liveWorkers
        let all = probes.withLock { probes in
            probes.removeAll { probe in !workers.contains { $0 === probe.worker } }
            for worker in workers where !probes.contains(where: { $0.worker === worker }) {
                probes.append(Probe(worker, limit))
            }
            return probes
        }
        for probe in all { probe.look() }
        lookLater()
    }
}

/// What the watchdog knows of one state. Shared; guarded by its lock, but for what is said to be the thread's.
private final class Probe: @unchecked Sendable {  // sound: see above
    let worker: Worker
    private let limit: TimeSpan

    private struct State {
        /// When the job was left in the mailbox that is still there.
        var posted: Instant?
        /// When the state was interrupted because of it.
        var interrupted: Instant?
        var hasReported = false
    }
    private let state = Guarded(State())
    /// Since when the running task holds the state, at least, and whether it is in a function in C. The thread's.
    private var held: Instant?
    private var isInC = false

    init(_ worker: Worker, _ limit: TimeSpan) { (self.worker, self.limit) = (worker, limit) }

    /// Lua code hears of an interrupt within that time.
    private static let patience: TimeSpan = .milliseconds(200)

    // MARK: - The reactor's thread

    func look() {
        let now = worker.clock.now
        let (leaves, interrupts, isStuck) = state.withLock { state in
            guard let posted = state.posted else { return (!worker.mailbox.sleeper.isAsleep, false, false) }
            guard now - posted >= limit else { return (false, false, false) }
            if let interrupted = state.interrupted {
                return (false, false, !state.hasReported && now - interrupted >= max(limit, Self.patience))
            }
            state.interrupted = now
            return (false, true, false)
        }
        if leaves { leave(now) }
        if interrupts { worker.interrupt() }
        // The function does not return, so whose it is cannot be known. What others have left for the state can.
        if isStuck, worker.mailbox.count > 1 { report(now) }
    }

    private func report(_ now: Instant) {
        let posted = state.withLock { state in
            state.hasReported = true
            return state.posted
        }
        guard let posted else { return }
        let time = TaskReport.shown(now - posted)
        Self.say("\(worker.thread.title) has been in a C function for \(time) s while others are due", worker)
    }

    private static func say(_ text: ByteText, _ worker: Worker) { worker.program.settings.report(text) }

    /// Any thread.
    private func leave(_ now: Instant) {
        state.withLock { ($0.posted, $0.interrupted) = (now, nil) }
        worker.mailbox.post(.job({ [self] in found() }, orElse: nil))
    }

    // MARK: - The state's thread

    /// The job is taken out.
    private func found() {
        let (posted, interrupted) = state.withLock { state in
            defer { (state.posted, state.interrupted) = (nil, nil) }
            return (state.posted, state.interrupted)
        }
        guard let posted, holds else { return }
        let now = worker.clock.now
        held = held ?? posted
        if let interrupted, now - interrupted >= Self.patience { isInC = true }
        // What has come meanwhile is in the mailbox behind this job: another one looks at it, at the next instruction.
        worker.mailbox.post(.job({ [self] in judge() }, orElse: nil))
        worker.memory.interrupt()
    }

    /// Whether a task runs, and does not wait. If not, nothing holds the state any more.
    private var holds: Bool {
        if worker.current != nil, worker.blocking == nil { return true }
        (held, isInC) = (nil, false)
        state.withLock { $0.hasReported = false }
        return false
    }

    private func judge() {
        guard holds, let held, let task = worker.current else { return }
        let now = worker.clock.now
        let due = worker.dueOthers
        if now - held >= limit, due > 0, !state.withLock({ $0.hasReported }) {
            state.withLock { $0.hasReported = true }
            let isMain = task.work === worker.thread
            let who = isMain ? worker.thread.title : "\(worker.thread.title): \(worker.title(of: task))"
            let report = worker.report(task, withTraceback: false)
            // After a function in C it is the instruction that comes next.
            let place = report.place.map { isInC ? " (before \($0))" : " (\($0))" } ?? ""
            let others = due == 1 ? "another is" : "\(due) others are"
            let time = TaskReport.shown(now - held)
            let what = isInC ? "been in a C function for \(time) s" : "run for \(time) s without a wait"
            Self.say("\(who) has \(what) while \(others) due\(place)", worker)
        }
        isInC = false
        leave(now)
    }
}

extension Worker {
    /// How many tasks could run, and timers and events ring, if the running task let them. On its thread.
    fileprivate var dueOthers: Int {
        ready.count + timers.due(clock.now) { $0 is Waiter || $0 is any Announced || $0 is any Announcing }
    }
}
