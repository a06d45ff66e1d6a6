/// What Swift knows of a supervisor: the task in which it runs, and its children that have not ended. The rest is Lua
/// (`Chunks/supervisor.lua`). Shared; guarded by its lock.
final class Supervisor: HostObject, Supervising, TaskParent, Sendable {
    private struct Child {
        let work: Work
        /// Its place among the children.
        let order: Int
        let restarts: Int
        let timeToStop: TimeSpan
    }

    private struct State {
        /// By the number of the start.
        var children: [Int: Child] = [:]
        var numbers: [ObjectIdentifier: Int] = [:]
        var isDaemon: Bool
        /// It keeps its state alive.
        var holds = false
        var isAwaited = false
        var isPreparing = true
        /// Its task has ended, and what it has left is being stopped.
        var stops = false

        var inOrder: [Child] { children.values.sorted { $0.order < $1.order } }
    }

    let work: Work
    let worker: Worker
    let hostType: AnyHostType
    /// Gets the number of each child that has ended, and 0 when something else has changed.
    private let events: Channel
    /// The anchor of the function that carries out the methods of the handle.
    let control: Int
    private let state: Guarded<State>

    init(_ work: Work, _ worker: Worker, _ type: AnyHostType, events: Channel, control: Int, isDaemon: Bool) {
        self.work = work
        self.worker = worker
        hostType = type
        events.share()  // children on other threads tell it of their ends
        self.events = events
        self.control = control
        state = Guarded(State(isDaemon: isDaemon))
    }

    deinit { worker.releaseLater(control) }

    /// Until its task has come so far that it stops the children in the end.
    var isPreparing: Bool { state.withLock { $0.isPreparing } }

    // MARK: - Children

    /// A child has been started with that number.
    func watch(_ child: Work, number: Int, order: Int, restarts: Int, timeToStop: TimeSpan) {
        let isDaemon = state.withLock { state in
            state.children[number] = Child(
                work: child, order: order, restarts: restarts, timeToStop: timeToStop)
            state.numbers[ObjectIdentifier(child)] = number
            return state.isDaemon
        }
        if isDaemon { child.detach() }
        let waiter = EndWaiter { [self] in
            forget(number)
            tell(number)
        }
        if !child.wait(WaitNode(waiter, waiter.arm())) { waiter.notify() }
    }

    /// The child has ended, or cannot be stopped.
    func forget(_ number: Int) {
        state.withLock { state in
            guard let child = state.children.removeValue(forKey: number) else { return }
            state.numbers[ObjectIdentifier(child.work)] = nil
        }
    }

    private func tell(_ number: Int) { _ = events.trySend(.scalar(.integer, UInt64(number))) }

    func supervises(_ child: Work) -> Bool {
        let isFinal = work.status.isFinal
        return state.withLock { (!isFinal || $0.stops) && $0.numbers[ObjectIdentifier(child)] != nil }
    }

    /// Whether a child is a task, which needs turns of the state.
    var hasTasks: Bool { state.withLock { $0.children.values.contains { $0.work.kind == .task } } }

    var timeToStop: TimeSpan {
        state.withLock { $0.children.values.reduce(.zero) { $0 + $1.timeToStop + Grace.margin } }
    }

    // MARK: - What keeps the state alive

    /// On the state's thread. While it is idle (no child runs or is to be started) it does not keep the state alive.
    /// Returns whether it is to end: it is idle, and somebody waits for its end.
    func rest(isIdle: Bool) -> Bool {
        let isItsTask = worker.current?.parent === self
        let (change, isOver) = state.withLock { state in
            if isItsTask { state.isPreparing = false }
            let holds = !isIdle && !state.isDaemon
            defer { state.holds = holds }
            return (holds == state.holds ? nil : holds, isIdle && state.isAwaited && !work.isCancelRequested)
        }
        switch change {
        case true?: worker.holdOn()
        case false?: worker.letGo()
        case nil: break
        }
        return isOver
    }

    /// Any thread: somebody waits for its end, so it ends when it is idle.
    func endWhenIdle() {
        state.withLock { $0.isAwaited = true }
        tell(0)
    }

    /// Any thread: makes it and its children daemons.
    func detach() {
        let children = state.withLock { state in
            state.isDaemon = true
            return state.children.values.map(\.work)
        }
        for child in children { child.detach() }
        tell(0)
    }

    // MARK: - Its task

    var name: ByteText? { work.name }
    var title: ByteText { "supervisor '\(work.name)'" }
    var raiser: ByteText? { title }

    /// The task has ended. If it could not stop its children, because there was no memory to run it, they are stopped now.
    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        _ = rest(isIdle: true)
        let left = state.withLock { state in
            state.stops = true
            return state.inOrder.map(\.work)
        }
        stop(left)
        return false
    }

    /// Stops the last one, and when that has ended the one before it.
    private func stop(_ children: [Work]) {
        var rest = children
        while let last = rest.popLast() {
            last.cancel("stopped by \(title)")
            let waiter = EndWaiter { [self, rest] in stop(rest) }
            if last.wait(WaitNode(waiter, waiter.arm())) { return }
        }
        work.program.remove(self)
    }

    /// Its children, for people.
    var details: ByteText {
        let children = state.withLock { $0.inOrder }
        var lines: [ByteText] = children.prefix(Self.shown).map { child in
            let restarts = child.restarts == 0 ? "" : ", restarts: \(child.restarts)"
            return "child: \(child.work.title) (\(child.work.status.name)\(restarts))"
        }
        if children.count > Self.shown { lines.append("and \(children.count - Self.shown) more children") }
        return lines.joined(separator: "\n")
    }

    private static let shown = 100
}
