/// What a scope and a grace are part of: a task. Owned by its worker's thread.
protocol ScopedTask: AnyObject {
    /// Has it look whether something is to be ended.
    func nudge()
    func add(_ alarm: Alarm, ticket: UInt64, due: Instant)
}

/// A part of a task's run that can be ended by itself (`task.timeout`), or that holds off the end of what is around it
/// (`task.shield`). Scopes nest; the task is the outermost. Owned by its worker's thread.
final class CancelScope: Alarm {
    private unowned(unsafe) let task: any ScopedTask  // sound: a task leaves its scopes before it goes
    let deadline: Instant
    /// What its error says.
    let message: ByteText
    var outer: CancelScope?
    /// What is around it cannot end what is inside: it is a shield, or a handler of work that is being ended opened it.
    let masks: Bool
    /// How far the ending of what is around it had come when it was opened.
    let around: Unwinding?
    /// The coroutine that runs in it, which a script may leave suspended, and where that is kept.
    let L: OpaquePointer
    let anchor: Int
    private(set) var isClosed = false

    init(
        _ task: any ScopedTask, inside outer: CancelScope?, around: Unwinding?, deadline: Instant,
        message: ByteText, shields: Bool, _ L: OpaquePointer, anchor: Int
    ) {
        self.task = task
        self.deadline = deadline
        self.message = message
        self.L = L
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

    /// Whether its time is over, and its coroutine among those that run.
    func isDue(_ now: Instant) -> Bool { deadline <= now && LuaState.isActive(L) }
}

/// The unwinding of a task, or of a scope in it.
struct Unwinding {
    /// The state's count of unwindings when it began.
    let number: UInt32
    /// What is being ended; nil: the whole task.
    let target: CancelScope?
    /// How long its handlers may go on.
    let grace: Grace
}

/// The time that handlers have after work was ended. When it is over they are cut short, again and again, until the
/// work is gone. Owned by its worker's thread.
final class Grace: Alarm {
    /// Where nothing else was asked for.
    static let usual: TimeSpan = .seconds(2)
    /// How long what was cut short may take to end.
    static let margin: TimeSpan = .milliseconds(250)
    static let pause: TimeSpan = .milliseconds(5)
    private unowned(unsafe) let task: any ScopedTask  // sound: stopped before the task goes
    let end: Instant
    /// When running code is cut short next: what is around it gets a moment to close.
    private(set) var nextCut: Instant
    private var isStopped = false

    init(_ task: any ScopedTask, from now: Instant, lasting time: TimeSpan) {
        self.task = task
        end = now + time
        nextCut = end
    }

    func cut(_ now: Instant) { nextCut = now + Self.pause }
    /// What is around it gets no moment.
    func cutAgain(_ now: Instant) { nextCut = now }

    /// Whether it was not stopped before.
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
