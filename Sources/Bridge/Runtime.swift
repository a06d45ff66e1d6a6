import Synchronization

/// A main state and all that its scripts start: the public door.
///
/// The thread that makes a runtime is the thread of its main state: every call here is for that thread, but `wake`.
public final class Runtime {
    public struct Configuration: Sendable {
        /// Modules beside the built-in ones.
        public var modules: [Module] = []
        /// Gets each report of an error that nobody waits for, as text; default: standard error.
        public var onError: (@Sendable (String) -> Void)?
        /// What reports begin with.
        public var name = "luaconc"
        /// The process is there for this runtime. SIGINT (Ctrl-C), SIGTERM and SIGHUP end everything in order:
        /// `finish` returns 130, 143 or 129; a second one ends the process at once. SIGQUIT shows on standard error what every task is doing.
        /// When the program is to end and the main state's thread is stuck, the process ends without it. Default:
        /// a runtime takes no signals and ends no process.
        public var ownsProcess = false
        /// `LUA_PATH`, `LUA_CPATH` and their like do not count.
        public var ignoresEnvironment = false
        /// The program that is started for a child process: one that calls `childMain`. Default: this one, if it does.
        public var childExecutable: String?

        public init() {}
    }

    private let worker: Worker
    private let program: Program
    private let interruptible = Interruptible()
    private var interruption: Interruption?
    /// What came of the chunk that ran last: what the main thread's handles say once they are final. Nil while one runs.
    private var mainEnd: (Work.End, Work.Status)? = (.results(nil, count: 0), .done)

    /// Opens the main state.
    public init(_ configuration: Configuration = .init()) throws(ScriptError) {
        var settings = Program.Settings(modules: Module.builtin + configuration.modules, handleTypes: Handles.types)
        let name = configuration.name
        settings.name = name
        settings.childExecutable = Array((configuration.childExecutable ?? Self.ownExecutable ?? "").utf8)
        settings.report = { Console.report($0, prefix: "\(name): ") }
        if let onError = configuration.onError { settings.report = { onError($0.description) } }
        settings.prepare = OSModule.install
        settings.ignoresEnvironment = configuration.ignoresEnvironment
        settings.ownsProcess = configuration.ownsProcess
        program = Program(settings, Processes(settings))
        let thread = Work(.thread, name: "main", isDaemon: false, site: nil, program: program, status: .running)
        worker = Worker(program: program, thread: thread, memory: StateMemory(), isMain: true)
        SignalMask.current.use()
        try worker.open()
        worker.beginWork()
        if settings.ownsProcess { interruption = Interruption(program) }
    }

    // MARK: - Child processes

    /// To be called first in `main`, by a program whose scripts start processes: child processes are this program,
    /// started again, and this is where they do their work. It returns at once, except in a child process, which ends
    /// here. `modules` are those of the configuration.
    public static func childMain(modules: [Module] = []) {
        hasChildMain.store(true, ordering: .relaxed)
        ChildMode.runIfAsked {
            var settings = Program.Settings(modules: Module.builtin + modules, handleTypes: Handles.types)
            settings.prepare = OSModule.install
            settings.childExecutable = Array(executable.utf8)
            return settings
        }
    }

    private static let hasChildMain = Atomic<Bool>(false)
    private static let executable = "/proc/self/exe"
    private static var ownExecutable: String? { hasChildMain.load(ordering: .relaxed) ? executable : nil }

    // MARK: - Running chunks

    /// Runs a file, or standard input for nil, to the end of its chunk; what it started goes on.
    public func run(contentsOf path: String?, arguments: [String] = []) throws(ScriptError) {
        try run(arguments, keepsResults: false) { (L) throws(ScriptError) in try worker.state.load(file: path, on: L) }
    }

    /// Runs a file, or standard input for nil; its name is bytes, as the system has it.
    package func run(contentsOf path: [UInt8]?) throws(ScriptError) {
        try load(path)
        try run(0)
    }

    /// Runs a file as the main script: its arguments are the elements of the global variable `arg`.
    package func runScript(_ path: [UInt8]?) throws(ScriptError) {
        try load(path)
        try run(pushArguments())
    }

    /// Runs Lua source in bytes.
    package func run(source: [UInt8], name: String) throws(ScriptError) {
        try worker.state.load(source, name: name, on: worker.state.L)
        try run(0)
    }

    /// Runs Lua source. `name` is for messages: `=stdin` stands as it is, `@x.lua` is a file's name.
    public func run(source: String, name: String, arguments: [String] = []) throws(ScriptError) {
        try run(arguments, keepsResults: false) { (L) throws(ScriptError) in try load(source, name, L) }
    }

    /// Compiles Lua source without running it; what is wrong with it is thrown, `incomplete` if more could mend it.
    package func check(source: [UInt8], name: String) throws(ScriptError) {
        try worker.state.load(source, name: name, on: worker.state.L)
        Stack(worker.state.L).pop()
    }

    /// Runs Lua source and prints its results with the script's own `print`. It is a task of its own, which `interrupt`
    /// ends.
    package func runAndPrint(source: [UInt8], name: String) throws(ScriptError) {
        let L = worker.state.L
        try worker.state.load(source, name: name, on: L)
        let work = Work(
            .task, name: "main", isDaemon: false, site: nil, program: program, status: .running, worker: worker)
        interruptible.set(work)
        defer { interruptible.set(nil) }
        guard let (results, count) = try start(0, keepsResults: true, work: work) else { return }
        defer { worker.state.release(results) }
        guard count > 0 else { return }
        Stack(L).pushGlobal("print")
        guard worker.state.pushAnchored(results, count: count, on: L) else {
            Stack(L).pop()
            throw ScriptError(.error, "too many results to print")
        }
        do throws(ScriptError) { _ = try start(count, keepsResults: false, isChunk: false) } catch {
            throw ScriptError(.error, "error calling 'print' (\(error.message))")
        }
    }

    /// Any thread: ends what `runAndPrint` runs at this moment, but nothing that it has started.
    package var interrupt: @Sendable () -> Void { interruptible.cancel }

    /// `require`s a module and sets the global variable of that name, as `-l` does.
    package func require(_ name: [UInt8], as global: [UInt8]) throws(ScriptError) {
        let L = worker.state.L
        let stack = Stack(L)
        stack.pushGlobal("require")
        worker.state.push(name, on: L)
        let top = stack.top - 2
        guard let (results, count) = try start(1, keepsResults: true) else { return }  // it has ended the program
        worker.state.pushAnchored(results, count: count, on: L)
        worker.state.release(results)
        stack.resize(to: top + 1)
        worker.state.setGlobal(global)
    }

    /// Sets `arg`: the script at 0, what stands before it below, its arguments above.
    package func setArguments(_ words: [[UInt8]], script: Int) {
        let L = worker.state.L
        Stack(L).pushTable(items: max(words.count - script - 1, 0), fields: script + 1)
        for (index, word) in words.enumerated() {
            worker.state.push(word, on: L)
            Stack(L).setItem(index - script, of: -2)
        }
        worker.state.setGlobal(Array("arg".utf8))
    }

    /// A global variable as `tostring` shows it; nil for nil.
    package func description(ofGlobal name: String) -> [UInt8]? {
        let L = worker.state.L
        defer { Stack(L).pop() }
        return Stack(L).pushGlobal(name) == .nil ? nil : worker.state.description(-1, on: L).bytes
    }

    /// The words that a word such as `string.fo` could become: global variables, fields and methods, sorted.
    package func completions(of word: [UInt8]) -> [[UInt8]] { worker.state.completions(of: word) }

    /// The version and copyright line of the Lua inside.
    public static let luaVersion = LuaState.copyright

    /// Warnings of scripts go to standard error from now on, as with `warn("@on")`.
    public func enableWarnings() { worker.state.enableWarnings() }

    /// Collects in generations, as the stock command does.
    public func collectInGenerations() { worker.state.collectInGenerations() }

    // MARK: - The loop

    /// Serves tasks, timers and messages until `isEnough` is true, also while there are none, or until the script asks
    /// for the end of the program. `isEnough` is asked again after each `wake`.
    public func serve(until isEnough: () -> Bool) {
        worker.holdOn()
        program.beginOutside()
        worker.run(until: isEnough)
        program.endOutside()
        worker.letGo()
    }

    /// Any thread: `serve` asks again.
    public var wake: @Sendable () -> Void { { [worker] in worker.wake() } }

    /// Serves until nothing is left to wait for, closes the state, and returns the exit status: 0, 1 when an error
    /// was never observed, or what the script asked for.
    public func finish() -> Int32 {
        LongWait.announce(program)
        conclude()
        worker.run()
        return end()
    }

    /// Ends everything that still runs, with its grace; the status as in `finish`, or `status` where the script asked
    /// for none.
    public func end(_ status: Int32 = 0) -> Int32 {
        let exit = program.exitRequest
        conclude()
        program.shutDown(worker)
        worker.thread.finish(.results(nil, count: 0), .done)
        if exit?.closes ?? true { worker.close() }
        program.closed(worker)
        Console.flush()
        interruption?.stop()
        program.forgetLastMoment()
        return program.finalStatus(status)
    }

    /// The main chunk has returned, so the handles of the main thread and of its task are final.
    private func conclude() {
        if let mainEnd { worker.thread.finish(mainEnd.0, mainEnd.1) }
    }

    /// After the end of the program: if Ctrl-C at a terminal caused it, ends the process by that signal, so that the shell
    /// stops what it was doing, too. Otherwise does nothing; the status says which signal it was.
    package func endAsInterrupted() {
        if let signal = program.signal, signal.isTyped { Signals.die(by: signal.number) }
    }

    /// Whether the script has asked to end the program, or the main thread.
    public var isExiting: Bool { program.exitRequest != nil || worker.thread.outcome != nil }

    // MARK: - Inside

    private func load(_ source: String, _ name: String, _ L: OpaquePointer) throws(ScriptError) {
        try worker.state.load(Array(source.utf8), name: name, on: L)
    }

    private func run(
        _ arguments: [String], keepsResults: Bool, _ load: (OpaquePointer) throws(ScriptError) -> Void
    ) throws(ScriptError) {
        let L = worker.state.L
        try load(L)
        guard arguments.count < Int32.max - 8, Stack(L).reserve(Int32(arguments.count) + 8) else {
            Stack(L).pop()
            throw ScriptError(.error, "too many arguments to script")
        }
        for argument in arguments { worker.state.push(word: argument, on: L) }
        _ = try start(Int32(arguments.count), keepsResults: keepsResults)
    }

    /// [-0, +1, m]
    private func load(_ path: [UInt8]?) throws(ScriptError) {
        guard let path else { return try worker.state.load(file: nil, on: worker.state.L) }
        try worker.state.load(file: path.map(CChar.init(bitPattern:)) + [0], on: worker.state.L)
    }

    /// [-0, +n, -] The elements of `arg`, and how many.
    private func pushArguments() throws(ScriptError) -> Int32 {
        let stack = Stack(worker.state.L)
        stack.pushGlobal("arg")
        let table = stack.top
        let isTable = stack.kind(table) == .table
        let count = stack.itemCount(of: table)
        guard isTable, count < Int32.max, stack.reserve(Int32(count) + 8) else {
            stack.resize(to: table - 2)
            throw ScriptError(.error, isTable ? "too many arguments to script" : "'arg' is not a table")
        }
        stack.pushItems(count, of: table)
        stack.remove(table)
        return Int32(count)
    }

    private func run(_ arguments: Int32) throws(ScriptError) { _ = try start(arguments, keepsResults: false) }

    /// Runs the function and its arguments on top of the stack as the main task. `isChunk`: its errors become what
    /// stock Lua's command prints. `work`: what it is to scripts; the main thread when there is none.
    private func start(
        _ arguments: Int32, keepsResults: Bool, isChunk: Bool = true, work: Work? = nil
    ) throws(ScriptError) -> (anchor: Int, count: Int32)? {
        let run = ChunkRun(worker, keepsResults: keepsResults)
        mainEnd = nil
        defer { if run.isDone { mainEnd = run.end } }
        let task = worker.start(worker.state.L, arguments: arguments, site: nil, isMain: isChunk)
        task.work = work ?? worker.thread
        work?.task = task
        task.parent = run
        worker.run { run.isDone }
        run.isAbandoned = !run.isDone
        if work?.status == .cancelled { throw ScriptError(.cancelled, "interrupted!") }
        work?.finish(.results(nil, count: 0), run.error == nil ? .done : .failed)
        if let error = run.error { throw error }
        return run.results
    }
}

/// The work that an interrupt ends, if any. Shared; guarded by its lock.
private final class Interruptible: Sendable {
    private let work = Guarded<Work?>(nil)
    func set(_ work: Work?) { self.work.withLock { $0 = work } }
    func cancel() { work.withLock { $0 }?.cancel() }
}
