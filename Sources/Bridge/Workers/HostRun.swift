/// One call that the host makes from any thread: a task of the main state, and somebody outside who waits for its end.
/// Shared; guarded by its lock.
final class HostRun: Alarm, TaskParent, @unchecked Sendable {  // sound: what varies is under the lock
    /// Pushes the function and its arguments onto the state's main stack, and returns how many arguments there are.
    typealias Prepare = @Sendable (borrowing LuaStack) throws(ScriptError) -> Int32
    /// Takes the results, the first of which is at that index.
    typealias Receive = @Sendable (borrowing LuaStack, Int32) throws(ScriptError) -> Void

    /// What Swift does in the task, instead of a function of Lua.
    typealias Body = @Sendable (borrowing LuaStack) -> Void

    private enum Phase {
        case queued
        case running(Work)
        case ended
    }

    private struct State {
        var phase = Phase.queued
        /// Why it is to end.
        var stop: ScriptError?
        var hasSucceeded = false
        var completion: (@Sendable (ScriptError?) -> Void)?
    }

    private let state: Guarded<State>
    private let body: Body?
    private let prepare: Prepare
    private let receive: Receive
    private let deadline: Instant
    private let wait: Duration?
    let title: ByteText
    /// Where somebody sits who has asked for it, and gets what it writes; nil: a host has. Such a run is a daemon.
    let terminal: (any AttachedTerminal)?
    /// Set while the task is there. The thread's.
    private var queue: HostQueue?

    init(
        _ title: ByteText, deadline wait: Duration? = nil, terminal: (any AttachedTerminal)? = nil, body: Body? = nil,
        prepare: @escaping Prepare, receive: @escaping Receive,
        completion: @escaping @Sendable (ScriptError?) -> Void
    ) {
        self.title = title
        self.body = body
        self.wait = wait
        self.terminal = terminal
        deadline = Instant(after: wait)
        self.prepare = prepare
        self.receive = receive
        state = Guarded(State(completion: completion))
        super.init()
        if deadline != .forever { HostTimers.shared.add(self, ticket: 0, due: deadline) }
    }

    var name: ByteText? { title }

    /// The function of a run that has a body.
    static let performing = HostFunction("perform", "", "", memory: .givesBack) { (call: HostCall) -> Outcome in
        if let run = call.worker.current?.parent as? HostRun { run.body?(LuaStack(call)) }
        return .none
    }

    // MARK: - Starting

    /// On the worker's thread, outside of all tasks.
    func start(_ worker: Worker, _ queue: HostQueue?) {
        guard !isEnded else { return }
        let stack = worker.hostStack
        let top = stack.top
        do throws(ScriptError) {
            let count = try prepare(stack)
            let work = Work(
                .task, name: title, isDaemon: terminal != nil, site: nil, program: worker.program, status: .running,
                worker: worker)
            let task = worker.start(stack.call.L, arguments: count, site: nil, isDaemon: terminal != nil)
            task.work = work
            task.parent = self
            work.task = task
            let stops = state.withLock { state in
                state.phase = .running(work)
                return state.stop != nil
            }
            self.queue = queue
            queue?.began(self)
            if stops { work.cancel() }
        } catch {
            stack.cut(to: top)
            end(error)
        }
    }

    // MARK: - Stopping

    /// Why it is to end.
    var stopped: ScriptError? { state.withLock { $0.stop } }

    /// Any thread: ends the work with that error; at once if it has not begun.
    func stop(_ error: ScriptError) {
        let work = state.withLock { state -> Work?? in
            guard state.stop == nil else { return .some(nil) }
            state.stop = error
            switch state.phase {
            case .queued: return .none
            case .running(let work): return work
            case .ended: return .some(nil)
            }
        }
        guard let work else { return end(error) }
        guard let work else { return }
        work.cancel()
        HostTimers.shared.add(self, ticket: Self.givingUp, due: Deadline(after: work.grace + Grace.margin).due)
    }

    /// For the alarm after which whoever waits is answered, even if the state is held up by a function in C.
    private static let givingUp: UInt64 = 1

    /// The program has ended.
    func abandon(_ error: ScriptError) { end(error) }

    var hasEnded: Bool { isEnded }
    private var isEnded: Bool {
        state.withLock { if case .ended = $0.phase { true } else { false } }
    }

    private func end(_ error: ScriptError?) {
        let completion = state.withLock { state -> (@Sendable (ScriptError?) -> Void)? in
            state.phase = .ended
            return state.completion.take()
        }
        guard let completion else { return }
        if deadline != .forever { HostTimers.shared.entryGivenUp() }
        completion(error)
    }

    override func isStale(_ ticket: UInt64) -> Bool { isEnded }

    override func ring(_ ticket: UInt64, now: Instant) {
        if ticket == Self.givingUp { return end(state.withLock { $0.stop }) }
        stop(ScriptError(.timeout, "timed out after \(wait.map { "\($0)" } ?? "")"))
    }

    // MARK: - The end of the task

    func succeeded(_ task: ScriptTask, _ count: Int32) -> Bool {
        let stack = LuaStack(HostCall(L: task.coroutine.L, memory: task.worker.memory))
        task.worker.receiving = self
        defer { task.worker.receiving = nil }
        do throws(ScriptError) {
            try receive(stack, stack.top - count + 1)
            state.withLock { $0.hasSucceeded = true }
        } catch {
            end(stopped ?? error)
        }
        task.work?.finish(.results(nil, count: 0), .done)
        return true
    }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        queue?.ended(self)
        let (hasSucceeded, stop) = state.withLock { ($0.hasSucceeded, $0.stop) }
        let work = task?.work
        if let error {
            work?.finish(.failed(error), .failed)
            end(error)
        } else if hasSucceeded {
            end(nil)
        } else {
            let error = stop ?? ScriptError(.cancelled, "cancelled")
            work?.finish(.failed(error), .cancelled)
            end(error)
        }
        return true
    }
}

/// Where somebody sits who runs lines in a program from another process. Shared.
protocol AttachedTerminal: AnyObject, Sendable {
    func say(_ bytes: [UInt8])
    /// Its width; nil: it is none.
    var columns: Int? { get }
}

extension Worker {
    /// That of the running task.
    var terminal: (any AttachedTerminal)? { (current?.madeParent as? HostRun)?.terminal }

    /// See `StateOwner`.
    func take(output: UnsafeRawBufferPointer) -> Bool {
        guard let terminal else { return false }
        if !output.isEmpty { terminal.say(Array(output)) }
        return true
    }
}
