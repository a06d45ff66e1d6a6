/// The task to which a scope or a grace belongs. Owned by its worker's thread.
protocol ScopedTask: AnyObject {
    /// Makes it look whether something is to be ended.
    func nudge()
    func add(_ alarm: Alarm, ticket: UInt64, due: Instant)
}

/// A part of a task's run that can be ended by itself (`task.timeout`), or that is not ended together with what is
/// around it (`task.shield`). Scopes nest; the task is the outermost. Owned by its worker's thread.
final class CancelScope: Alarm {
    private unowned(unsafe) let task: any ScopedTask  // sound: a task leaves its scopes before it goes
    let deadline: Instant
    /// The message of its timeout error.
    let message: ByteText
    var outer: CancelScope?
    /// The end of what is around it does not end what is inside: it is a shield, or was opened by a handler during an
    /// unwinding.
    let masks: Bool
    /// The unwinding during which it was opened, if there was one.
    let around: Unwinding?
    /// The coroutine that runs in it, which a script may leave suspended, and its anchor (0: it is the task's own).
    let L: OpaquePointer
    let anchor: Int
    /// The call in that coroutine in which it was opened.
    let frame: UnsafeRawPointer?
    /// Called once, when the function that ran in it has ended, with the number of its results on top, or nil if it
    /// failed; without a call if it never ended. Returns the number of results that the scope gives.
    typealias Finish = (HostCall?, _ results: Int32?) throws(Fault) -> Int32
    var finish: Finish?
    private(set) var isClosed = false

    init(
        _ task: any ScopedTask, inside outer: CancelScope?, around: Unwinding?, deadline: Instant,
        message: ByteText, shields: Bool, _ call: HostCall, anchor: Int
    ) {
        self.task = task
        self.deadline = deadline
        self.message = message
        L = call.L
        frame = call.frame
        self.anchor = anchor
        self.outer = outer
        self.around = around
        masks = shields || around != nil
    }

    func close() { isClosed = true }
    override func isStale(_ ticket: UInt64) -> Bool { isClosed }

    override func ring(_ ticket: UInt64, now: Instant) {
        guard !isClosed else { return }
        if LuaState.isActive(L) { task.nudge() } else { StateMemory.interrupt(L) }
    }

    /// Whether its deadline has passed while its coroutine is active.
    func isDue(_ now: Instant) -> Bool { deadline <= now && LuaState.isActive(L) }
}

/// The unwinding of a task, or of a scope in it.
struct Unwinding {
    /// The state's count of unwindings when it began.
    let number: UInt32
    /// The scope that is being ended; nil: the whole task.
    let target: CancelScope?
    /// The time that handlers have.
    let grace: Grace
}

/// The time that handlers (`<close>`, `pcall`) have after work was ended. When it is over they are cut short, again and
/// again, until the work has ended. Owned by its worker's thread.
final class Grace: Alarm {
    /// The default.
    static let usual: TimeSpan = .seconds(2)
    /// How long work may take to end after it was cut short.
    static let margin: TimeSpan = .milliseconds(250)
    /// The time from one cut to the next.
    static let pause: TimeSpan = .milliseconds(5)
    /// The longest such time, for a thread that has been waiting for a processor meanwhile.
    private static let longestPause: TimeSpan = .milliseconds(100)
    private unowned(unsafe) let task: any ScopedTask  // sound: stopped before the task goes
    let end: Instant
    /// When running code is cut short next. Between two cuts the code around it has a moment to close.
    private(set) var nextCut: Instant
    /// The last cut, by the clock, and by the processor time of the thread.
    private var lastCut: (at: Instant, spent: Instant) = (.past, .past)
    private var isStopped = false

    init(_ task: any ScopedTask, from now: Instant, lasting time: TimeSpan) {
        self.task = task
        end = now + time
        nextCut = end
    }

    func cut(_ now: Instant) {
        nextCut = now + Self.pause
        lastCut = (now, Processor.spent)
    }

    /// The next cut comes at once.
    func cutAgain(_ now: Instant) {
        nextCut = now
        lastCut.at = .past
    }

    /// Whether running code is to be cut short now. Where the machine is busy it may hardly have run since the last cut;
    /// then the cut is put off.
    func cutsRunning(_ now: Instant) -> Bool {
        guard nextCut <= now else { return false }
        let hasRun = Processor.spent - lastCut.spent >= Self.pause / 2
        if hasRun || now - lastCut.at >= Self.longestPause { return true }
        nextCut = now + Self.pause
        return false
    }

    /// Stops it. False: it was stopped before.
    func stop() -> Bool {
        defer { isStopped = true }
        return !isStopped
    }
    override func isStale(_ ticket: UInt64) -> Bool { isStopped }

    override func ring(_ ticket: UInt64, now: Instant) {
        guard !isStopped else { return }
        task.add(self, ticket: ticket, due: now + Self.pause)
        task.nudge()
    }
}
