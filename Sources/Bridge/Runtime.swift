import Synchronization

/// A main state and everything that its scripts start. This is the public interface of the library.
///
/// The asynchronous functions are for any thread and any Swift task. The main state has a thread of its own, or, if
/// `Configuration.thread` says so, that of whoever makes the runtime and calls `serve`. Of the other functions, those that
/// run something hold up the calling thread meanwhile. When the last reference to a runtime goes, it is shut down.
public final class Runtime: @unchecked Sendable {  // sound: what is for one thread only says so
    /// The thread of the main state.
    public enum MainThreadChoice: Sendable {
        /// One of its own.
        case own
        /// The one that makes the runtime. It has to call `serve`, `run` or `finish` for anything to happen.
        case calling
    }

    /// How a runtime is made: what its scripts have, what they may use up, and where their output goes.
    public struct Configuration: Sendable {
        /// Modules besides the built-in ones.
        public var modules: [Module] = []
        /// The thread of the main state.
        public var thread = MainThreadChoice.own
        /// What the scripts can reach: `.safe` for scripts that are not trusted.
        public var libraries = Libraries.all
        /// Gets what scripts write to standard output (`print`, `io.write`, `io.stdout:write`), in child processes, too:
        /// on any thread, and what one call writes at a time. What the programs write that scripts start goes to
        /// standard output nevertheless. Default: standard output.
        public var output: (@Sendable ([UInt8]) -> Void)?
        /// The same for standard error: `io.stderr:write`, warnings and, unless there is `onError`, reports of errors.
        public var errorOutput: (@Sendable ([UInt8]) -> Void)?
        /// How many bytes each state may use, in child processes, too; nil: as many as there are. A script gets an error
        /// when there are no more.
        public var memoryLimit: Int?
        /// How long a call of the host (`run`, `evaluate`, `call`, `LuaFunction.call`) may take that has no deadline of
        /// its own; nil: as long as it takes.
        public var timeLimit: Duration?
        /// The elements of the global variable `arg`, from 1 on.
        public var arguments: [String]?
        /// Where `require` looks for modules (`package.path`); nil: where Lua does.
        public var packagePath: String?
        /// The environment variables that scripts see and that their programs and child processes get (`os.execute` and
        /// `io.popen` hand on those of this process). Lua's own, such as `LUA_PATH`, are ignored then. Nil: those of this
        /// process.
        public var environment: [String: String]?
        /// Gets each error that nobody waits for, of tasks, timers, threads and child processes, on any thread. Default:
        /// a report goes to standard error.
        public var onError: (@Sendable (ScriptError) -> Void)?
        /// The word before reports.
        public var name = "luaconc"
        /// The process exists for this runtime. SIGINT (Ctrl-C), SIGTERM and SIGHUP end everything in order: `finish`
        /// returns 130, 143 or 129; a second one ends the process at once. SIGQUIT prints on standard error what every
        /// task is doing. If the main state's thread is stuck when the program has to end, the process is ended
        /// without it. Default: a runtime handles no signals and never ends the process.
        public var ownsProcess = false
        /// How long a task may run without a wait while others of its state are due. Then a report on standard error
        /// names it and its place in the script, once. Nil: as long as it likes; so, too, with a virtual clock.
        public var watchdog: Duration?
        /// Whether people can look into the program, and run lines in it, from outside.
        public var attachability = Attachability.never
        /// Whether states ignore `LUA_PATH`, `LUA_CPATH` and the other environment variables of Lua.
        public var ignoresEnvironment = false
        /// The file that is started for a child process: a program that calls `childMain`. Default: this program, if
        /// it does.
        public var childExecutable: String?
        /// The clock that scripts follow.
        public var clock = Clock.system

        /// All libraries, no limits, and the process's own streams.
        public init() {}
    }

    let worker: Worker
    let program: Program
    let queue = HostQueue()
    let hasOwnThread: Bool
    /// For `.calling`: the end has been carried out.
    private var hasEnded = false
    let interruptible = Interruptible()
    private var interruption: Interruption?
    private var attaching: Attaching?
    /// The anchor of the function that shows results at the prompt, and what it calls; 0 without a prompt.
    var showFunction = 0
    var promptFunctions: [HostFunction] = []
    /// The outcome of the last chunk, for the handle of the main thread. Nil while a chunk runs.
    private var mainEnd: (Work.End, Work.Status)? = (.results(nil, count: 0), .done)

    /// Opens the main state.
    public init(_ configuration: Configuration = .init()) throws(ScriptError) {
        let libraries = configuration.libraries
        var settings = Program.Settings(
            modules: libraries.modules + configuration.modules, handleTypes: Handles.types)
        let name = configuration.name
        settings.name = name
        settings.childExecutable = Array((configuration.childExecutable ?? Self.ownExecutable ?? "").utf8)
        settings.report = { Console.report($0, prefix: "\(name): ") }
        settings.confinement = configuration.confinement
        settings.confine = Libraries.confine(keeping: configuration.modules)
        settings.timeLimit = configuration.timeLimit
        settings.environment = configuration.environment?.map { Array("\($0.key)=\($0.value)".utf8) }
        let getenv = configuration.environment.map(OSModule.getenv)
        settings.prepare = { state throws(ScriptError) in
            OSModule.install(state)
            if let getenv { state.replace(getenv, "getenv", of: "os") }
        }
        settings.ignoresEnvironment = configuration.ignoresEnvironment || configuration.environment != nil
        settings.ownsProcess = configuration.ownsProcess
        configuration.clock.set(&settings)
        settings.imageKey = configuration.imageKey(settings.modules)
        program = Program(settings, Processes(settings))
        hasOwnThread = configuration.thread == .own
        let prepare = { @Sendable (worker: Worker) throws(ScriptError) in
            try worker.state.prepare(arguments: configuration.arguments, packagePath: configuration.packagePath)
        }
        if hasOwnThread {
            worker = try MainThread.start(program, queue, prepare)
        } else {
            SignalMask.current.use()
            worker = try MainThread.open(program, prepare)
        }
        if settings.ownsProcess { interruption = Interruption(program) }
        Watchdog.start(program)
        attaching = Attaching(configuration.attachability, program, worker, queue)
    }

    deinit {
        if hasOwnThread {
            queue.end(worker)
            forgetSignals()
        } else if !hasEnded, worker.identity == .current {
            _ = end()
        }
    }

    // MARK: - Child processes

    /// To be called first in `main`, by a program whose scripts start processes. A child process is this program,
    /// started again: in it this call does the work, and does not return. Otherwise it returns at once. `modules` must
    /// be those of the configuration.
    public static func childMain(modules: [Module] = []) {
        hasChildMain.store(true, ordering: .relaxed)
        ChildMode.runIfAsked {
            var settings = Program.Settings(modules: Module.builtin + modules, handleTypes: Handles.types)
            settings.prepare = OSModule.install
            settings.confine = Libraries.confine(keeping: modules)
            settings.childExecutable = Array(executable.utf8)
            settings.followSimulation = OSModule.followSimulation
            return settings
        }
    }

    private static let hasChildMain = Atomic<Bool>(false)
    private static let executable = "/proc/self/exe"
    private static var ownExecutable: String? { hasChildMain.load(ordering: .relaxed) ? executable : nil }

    // MARK: - Running chunks

    /// Runs a file, or standard input for nil, to the end of its chunk. What the chunk has started goes on.
    public func run(contentsOf path: String?, arguments: [String] = []) throws(ScriptError) {
        if hasOwnThread { return try runAndWait(.file(path), arguments) }
        try run(arguments, keepsResults: false) { (L) throws(ScriptError) in try worker.state.load(file: path, on: L) }
    }

    /// Runs a file, or standard input for nil. The name is bytes, as in the system.
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

    /// Runs Lua source. `name` is for messages: `=stdin` is shown as `stdin`, `@x.lua` as a file.
    public func run(source: String, name: String, arguments: [String] = []) throws(ScriptError) {
        if hasOwnThread { return try runAndWait(.source(source, name: name), arguments) }
        try run(arguments, keepsResults: false) { (L) throws(ScriptError) in try load(source, name, L) }
    }

    /// Any thread: ends the task of `runAndPrint`, but nothing that it has started.
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

    /// Sets `arg`: the script at 0, the words before it at negative indices, its arguments from 1 on.
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

    /// The version and copyright line of the Lua inside.
    public static let luaVersion = LuaState.copyright

    /// From now on warnings of scripts go to standard error, as with `warn("@on")`.
    public func enableWarnings() { worker.state.enableWarnings() }

    /// Turns on the generational collector, as stock Lua's command does.
    public func collectInGenerations() { worker.state.collectInGenerations() }

    // MARK: - The loop

    /// Runs the event loop (tasks, timers, messages) until `isEnough` is true, even while there is nothing to do, or
    /// until the script asks for the end of the program. `isEnough` is asked again after each `wake`.
    ///
    /// Only for `Configuration.thread = .calling`, on that thread. It serves the asynchronous functions, too, and returns
    /// when `shutdown` is called.
    public func serve(until isEnough: () -> Bool = { false }) {
        precondition(!hasOwnThread, "Runtime.serve is for Configuration.thread = .calling")
        worker.holdOn()
        queue.holds += 1
        program.beginOutside()
        worker.run(until: { queue.look(worker) || isEnough() })
        program.endOutside()
        queue.holds -= 1
        worker.letGo()
    }

    /// Any thread: makes `serve` ask `isEnough` again.
    public var wake: @Sendable () -> Void { { [worker] in worker.wake() } }

    /// Runs the event loop until nothing is left to wait for, closes the state, and returns the exit status: 0, 1 if an
    /// error was never observed, or the one that the script asked for.
    public func finish() -> Int32 {
        if hasOwnThread { return finishAndWait() }
        LongWait.announce(program)
        conclude()
        worker.run { queue.look(worker) }
        return end()
    }

    /// Ends everything that still runs, after its grace. Returns the exit status as `finish` does; `status` takes the
    /// place of 0.
    public func end(_ status: Int32 = 0) -> Int32 {
        if hasOwnThread { return endAndWait(status) }
        hasEnded = true
        let exit = program.exitRequest
        conclude()
        program.shutDown(worker)
        worker.thread.finish(.results(nil, count: 0), .done)
        if exit?.closes ?? true { worker.close() }
        program.closed(worker)
        if !program.settings.ownsProcess { program.pool.close() }  // otherwise the process ends anyway
        Console.flush()
        forgetSignals()
        let final = program.finalStatus(status)
        queue.close(final)
        return final
    }

    /// All has ended: the process's signals are its own again.
    func forgetSignals() {
        interruption?.stop()
        attaching?.stop()
        program.forgetLastMoment()
    }

    /// Makes the handles of the main thread and of its task final.
    private func conclude() {
        if let mainEnd { worker.thread.finish(mainEnd.0, mainEnd.1) }
    }

    /// After the end of the program: if a key such as Ctrl-C caused it, ends the process by that signal, so that a
    /// shell script stops, too. Otherwise does nothing.
    package func endAsInterrupted() {
        if let signal = program.signal, signal.isTyped { Signals.die(by: signal.number) }
    }

    /// Whether the script has asked to end the program, or the main thread.
    public var isExiting: Bool { program.exitRequest != nil || worker.thread.outcome != nil }

    // MARK: - Implementation

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
    func load(_ path: [UInt8]?) throws(ScriptError) {
        guard let path else { return try worker.state.load(file: nil, on: worker.state.L) }
        try worker.state.load(file: path.map(CChar.init(bitPattern:)) + [0], on: worker.state.L)
    }

    /// [-0, +n, -] Pushes the elements of `arg`, and returns how many there are.
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

    /// Runs the function and its arguments on top of the stack as the main task. `isChunk`: errors get the form in
    /// which stock Lua's command prints them. `work`: the task's handle; that of the main thread if there is none.
    /// Returns the anchored results if they are kept; nil also if the program ends before the chunk does.
    func start(
        _ arguments: Int32, keepsResults: Bool, isChunk: Bool = true, work: Work? = nil
    ) throws(ScriptError) -> (anchor: Int, count: Int32)? {
        let run = ChunkRun(worker, keepsResults: keepsResults)
        mainEnd = nil
        defer { if run.isDone { mainEnd = run.end } }
        let task = worker.start(worker.state.L, arguments: arguments, site: nil, isMain: isChunk)
        task.work = work ?? worker.thread
        work?.task = task
        task.parent = run
        worker.run {
            _ = queue.look(worker)
            return run.isDone
        }
        run.isAbandoned = !run.isDone
        if work?.status == .cancelled { throw ScriptError(.cancelled, "interrupted!") }
        work?.finish(.results(nil, count: 0), run.error == nil ? .done : .failed)
        if let error = run.error { throw error }
        return run.results
    }
}

extension Runtime.Configuration {
    /// What a main state on a thread of its own depends on. Nil: nothing else begins like it.
    fileprivate func imageKey(_ modules: [Module]) -> MainImages.Signature? {
        guard thread == .own, environment == nil, !clock.isVirtual else { return nil }
        let variables = ["LUA_PATH_5_4", "LUA_PATH", "LUA_CPATH_5_4", "LUA_CPATH"]
        return MainImages.Signature(
            modules: modules.map { ObjectIdentifier($0.late) }, libraries: libraries.rawValue,
            redirects: [output != nil, errorOutput != nil],
            environment: ignoresEnvironment ? [] : variables.map(Environment.value),
            hasHostModules: !self.modules.isEmpty)
    }

    fileprivate var confinement: Confinement {
        var confinement = Confinement(
            libraries: libraries == .all ? nil : libraries.rawValue, memoryLimit: max(memoryLimit ?? 0, 0),
            output: output, errorOutput: errorOutput, onError: onError)
        confinement.watchdog = watchdog.map(TimeSpan.init)
        if onError == nil, let errorOutput {
            confinement.onError = { [name] in errorOutput(Array("\(name): \($0.story)\n".utf8)) }
        }
        return confinement
    }
}

/// The work that `interrupt` ends, if there is any. Shared; guarded by its lock.
final class Interruptible: Sendable {
    private let work = Guarded<Work?>(nil)
    func set(_ work: Work?) { self.work.withLock { $0 = work } }
    func cancel() { work.withLock { $0 }?.cancel() }
}
