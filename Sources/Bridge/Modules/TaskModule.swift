import CLua

/// `task`: coroutines that the state's event loop schedules.
enum TaskModule {
    static let module = Module(
        "task",
        [
            HostFunction("spawn", "task.spawn([opts,] fn, ...)", "Starts a function as a task of this state.", spawn),
            HostFunction("sleep", "task.sleep(seconds)", "Suspends the task for a while.", sleep),
            HostFunction("yield", "task.yield()", "Lets the others run.") { call throws(Fault) in
                call.worker.yield(call, results: 0)
            },
            HostFunction(
                "timeout", "task.timeout(seconds, fn, ...)", "Runs a function, but no longer than that.", timeout),
            HostFunction(
                "shield", "task.shield(fn, ...)", "Runs a function that cancellation and deadlines wait for."
            ) {
                call throws(Fault) in
                try call.callable(1)
                return try call.worker.enterScope(call, arguments: call.count - 1, deadline: .forever, shields: true)
            },
            GroupModule.make,
            HostFunction("current", "task.current()", "The task that calls.") { call throws(Fault) in
                guard let task = call.worker.current else {
                    call.pushNil()
                    return .results(1)
                }
                Handles.push(task.handle(), call)
                return .results(1)
            },
            HostFunction("list", "task.list()", "The tasks of this state that have not ended.") { call throws(Fault) in
                let tasks = call.worker.tasks.map { $0.handle() }.sorted { $0.id < $1.id }
                call.pushList(tasks) { Handles.push($0, call) }
                return .results(1)
            },
        ],
        getters: [
            HostFunction("inbox", "task.inbox", "The channel of the task that reads it.") { call throws(Fault) in
                guard let task = call.worker.current else {
                    call.pushNil()
                    return .results(1)
                }
                call.push(task.handle().inbox, ChannelModule.type)
                return .results(1)
            }
        ],
        globals: ["sleep"])

    private static func spawn(_ call: HostCall) throws(Fault) -> Outcome {
        let options = try SpawnOptions(call)
        try call.callable(options.function)
        let work = start(call, options)
        Handles.push(work, call)
        return .results(1)
    }

    /// Starts the function, which has been looked at, with the arguments above it.
    static func start(_ call: HostCall, _ options: SpawnOptions) -> Work {
        let worker = call.worker
        let site = call.spawnSite()
        let work = Work(
            .task, name: options.name, isDaemon: options.isDaemon, site: site, program: worker.program,
            worker: worker)
        let task = worker.start(
            call.L, arguments: call.count - options.function, site: site, isDaemon: options.isDaemon, work: work)
        work.task = task
        work.grace = options.grace
        task.grace = options.grace
        if let onError = options.onError(call) {
            task.parent = TaskErrors(work, onError)
            work.whenDetached(onError.stopHolding)
        }
        return work
    }

    private static func sleep(_ call: HostCall) throws(Fault) -> Outcome {
        let delay = try call.delay(1)
        // Also a sleep of 0 gives the others their turn.
        if delay == .zero { return call.worker.yield(call, results: 0) }
        return try call.worker.wait(
            call, for: .sleep, until: call.worker.clock.now + delay, { _, _ in true }, { _, _ throws(Fault) in .none })
    }
}

extension TaskModule {
    private static func timeout(_ call: HostCall) throws(Fault) -> Outcome {
        let deadline = try call.deadline(1)
        try call.callable(2)
        let seconds = lua_type(call.L, 1) == LUA_TNUMBER ? lua_tonumberx(call.L, 1, nil) : .infinity
        return try call.worker.enterScope(
            call, arguments: call.count - 2, deadline: deadline, message: "timed out after \(shown(seconds)) s")
    }

    /// Without an end such as `.0`.
    private static func shown(_ seconds: Double) -> String {
        Int(exactly: seconds).map { "\($0)" } ?? "\(seconds)"
    }
}

/// A task with `on_error`.
final class TaskErrors: TaskParent {
    private unowned let work: Work
    private let onError: ErrorHandler

    init(_ work: Work, _ onError: ErrorHandler) {
        self.work = work
        self.onError = onError
    }

    var name: ByteText? { work.name }
    var title: ByteText { work.title }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        defer { onError.letGo() }
        guard let error else { return false }
        work.observe()
        work.finish(.failed(error), .failed)
        onError.call(error)
        return true
    }
}

/// A call of an `on_error`, so that its own failure says whose it is. Immutable.
private final class HandlerRun: TaskParent {
    let title: ByteText
    var name: ByteText? { "on_error" }

    init(_ title: ByteText) { self.title = title }
}

/// A Lua function that gets the errors of work, on the state that gave it. Owned by that state's thread.
final class ErrorHandler: @unchecked Sendable {  // sound: used only through `perform`
    let worker: Worker
    private let anchor: Int
    private let site: SpawnSite?
    private var holds: Bool

    /// Takes the function on top of the stack. If it holds, the state goes on until `letGo`.
    init(_ call: HostCall, holds: Bool = true) {
        self.holds = holds
        worker = call.worker
        site = call.spawnSite()
        anchor = call.state.anchor(call.L)
        if holds { worker.holdOn() }
    }

    func call(_ error: ScriptError, _ more: (OpaquePointer) -> Int32 = { _ in 0 }) {
        let L = worker.state.L
        lua_checkstack(L, 8)
        worker.state.pushAnchored(anchor, on: L)
        worker.state.push(error, on: L)
        let count = more(L)
        worker.start(L, arguments: 1 + count, site: site).parent = HandlerRun("on_error of \(error.origin)")
    }

    /// Any thread: the work has ended, so or well.
    var onEnd: @Sendable (ScriptError?) -> Void {
        { error in
            self.worker.perform { _ in
                if let error { self.call(error) }
                self.letGo()
            }
        }
    }

    /// The work has ended: no error can come any more.
    func letGo() {
        worker.state.release(anchor)
        loosen()
    }

    /// Any thread: the state goes on no longer for the sake of this.
    var stopHolding: @Sendable () -> Void { { self.worker.perform { _ in self.loosen() } } }

    private func loosen() {
        if holds { worker.letGo() }
        holds = false
    }
}

/// The options of the spawning functions: a table before the function.
struct SpawnOptions {
    /// Where the function stands.
    let function: Int32
    private(set) var name: ByteText?
    private(set) var isDaemon = false
    /// How long its handlers may go on after a cancellation.
    private(set) var grace = Grace.usual
    /// Bytes that the state may use; nil: no bound.
    private(set) var memory: Int?
    /// Somebody will ask how the work has ended, from its beginning on.
    var isWatched = false
    let options: HostCall.Options?

    static let common = ["name", "daemon", "on_error", "grace"]

    /// `at`: where the options stand, or the function when there are none.
    init(_ call: HostCall, at first: Int32 = 1, known: [String] = common) throws(Fault) {
        guard call.type(first) == LUA_TTABLE, !call.isCallable(first) else {
            function = first
            options = nil
            return
        }
        function = first + 1
        let options = try call.options(first, known: known)
        self.options = options
        name = try options.string("name")
        isDaemon = try options.boolean("daemon") ?? false
        if let grace = try options.number("grace") {
            guard grace >= 0 else { throw options.wrong("grace", "0 or more seconds expected") }
            self.grace = TimeSpan(seconds: grace)
        }
        if known.contains("memory") { memory = try options.bytes("memory") }
        if try options.function("on_error") { lua_pop_(call.L, 1) }
    }

    /// The handler in option `on_error`.
    func onError(_ call: HostCall) -> ErrorHandler? {
        guard let options, (try? options.function("on_error")) == true else { return nil }
        return ErrorHandler(call)
    }
}

extension HostCall {
    /// [-0, +1, m] A list; `push` leaves each item on the stack.
    func pushList<T>(_ items: [T], _ push: (T) -> Void) {
        lua_createtable(L, Int32(items.count), 0)
        for (index, item) in items.enumerated() {
            push(item)
            lua_rawseti(L, -2, lua_Integer(index + 1))
        }
    }
}
