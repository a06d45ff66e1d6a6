import CFence
import CLua
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
        lua_pop_(worker.state.L, 1)
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
        let results = try start(0, keepsResults: true, work: work)
        guard results != 0 else { return }
        worker.state.pushAnchored(results, on: L)
        worker.state.release(results)
        let table = lua_gettop(L)
        defer { lua_settop(L, table - 1) }
        lua_getfield_raw(L, table, "n")
        let count = Int32(lua_tointegerx(L, -1, nil))
        guard count > 0 else { return }
        guard lua_checkstack(L, count + 8) != 0 else { throw ScriptError(.error, "too many results to print") }
        lua_getglobal_raw(L, "print")
        for i in 1...count { lua_rawgeti(L, table, lua_Integer(i)) }
        do throws(ScriptError) { _ = try start(count, keepsResults: false, isChunk: false) } catch {
            throw ScriptError(.error, "error calling 'print' (\(error.message))")
        }
    }

    /// Any thread: ends what `runAndPrint` runs at this moment, but nothing that it has started.
    package var interrupt: @Sendable () -> Void { interruptible.cancel }

    /// `require`s a module and sets the global variable of that name, as `-l` does.
    package func require(_ name: [UInt8], as global: [UInt8]) throws(ScriptError) {
        let L = worker.state.L
        lua_getglobal_raw(L, "require")
        push(name)
        let results = try start(1, keepsResults: true)
        guard results != 0 else { return }  // the module has ended the program
        worker.state.pushAnchored(results, on: L)
        worker.state.release(results)
        lua_rawgeti(L, -1, 1)
        lua_remove_(L, -2)
        set(global: global)
    }

    /// Sets `arg`: the script at 0, what stands before it below, its arguments above.
    package func setArguments(_ words: [[UInt8]], script: Int) {
        let L = worker.state.L
        lua_createtable(L, Int32(max(words.count - script - 1, 0)), Int32(script + 1))
        for (index, word) in words.enumerated() {
            push(word)
            lua_rawseti(L, -2, lua_Integer(index - script))
        }
        set(global: Array("arg".utf8))
    }

    /// A global variable as `tostring` shows it; nil for nil.
    package func description(ofGlobal name: String) -> [UInt8]? {
        let L = worker.state.L
        lua_getglobal_raw(L, name)
        defer { lua_pop_(L, 1) }
        return lua_type(L, -1) == LUA_TNIL ? nil : worker.state.description(-1, on: L).bytes
    }

    /// The words that a word such as `string.fo` could become: global variables, fields and methods, sorted.
    package func completions(of word: [UInt8]) -> [[UInt8]] { worker.state.completions(of: word) }

    /// The version and copyright line of the Lua inside.
    public static let luaVersion = String(cString: lua_copyright_())

    /// Warnings of scripts go to standard error from now on, as with `warn("@on")`.
    public func enableWarnings() { lua_warning(worker.state.L, "@on", 0) }

    /// Collects in generations, as the stock command does.
    public func collectInGenerations() { fence_generational(worker.state.L) }

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

    @discardableResult
    private func run(
        _ arguments: [String], keepsResults: Bool, _ load: (OpaquePointer) throws(ScriptError) -> Void
    ) throws(ScriptError) -> Int {
        let L = worker.state.L
        try load(L)
        guard arguments.count < Int32.max - 8, lua_checkstack(L, Int32(arguments.count) + 8) != 0 else {
            lua_pop_(L, 1)
            throw ScriptError(.error, "too many arguments to script")
        }
        for argument in arguments { worker.state.push(word: argument, on: L) }
        return try start(Int32(arguments.count), keepsResults: keepsResults)
    }

    /// [-0, +1, m]
    private func load(_ path: [UInt8]?) throws(ScriptError) {
        guard let path else { return try worker.state.load(file: nil, on: worker.state.L) }
        try worker.state.load(file: path.map(CChar.init(bitPattern:)) + [0], on: worker.state.L)
    }

    /// [-0, +n, -] The elements of `arg`, and how many.
    private func pushArguments() throws(ScriptError) -> Int32 {
        let L = worker.state.L
        lua_getglobal_raw(L, "arg")
        let table = lua_gettop(L)
        let count = Int(lua_rawlen(L, table))
        guard lua_type(L, table) == LUA_TTABLE, count < Int32.max, lua_checkstack(L, Int32(count) + 8) != 0 else {
            let isTable = lua_type(L, table) == LUA_TTABLE
            lua_settop(L, table - 2)
            throw ScriptError(.error, isTable ? "too many arguments to script" : "'arg' is not a table")
        }
        for index in 0..<count { lua_rawgeti(L, table, lua_Integer(index + 1)) }
        lua_remove_(L, table)
        return Int32(count)
    }

    /// [-0, +1, m]
    private func push(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            _ = worker.state.push(
                bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, on: worker.state.L)
        }
    }

    private func run(_ arguments: Int32) throws(ScriptError) { _ = try start(arguments, keepsResults: false) }

    /// Runs the function and its arguments on top of the stack as the main task. `isChunk`: its errors become what
    /// stock Lua's command prints. `work`: what it is to scripts; the main thread when there is none.
    private func start(
        _ arguments: Int32, keepsResults: Bool, isChunk: Bool = true, work: Work? = nil
    ) throws(ScriptError) -> Int {
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

    private func lua_getglobal_raw(_ L: OpaquePointer, _ name: String) {
        lua_rawgeti(L, LuaState.registry, lua_Integer(LUA_RIDX_GLOBALS))
        lua_getfield_raw(L, -1, name)
        lua_remove_(L, -2)
    }

    /// [-1, +0, m]
    private func set(global: [UInt8]) {
        let L = worker.state.L
        lua_rawgeti(L, LuaState.registry, lua_Integer(LUA_RIDX_GLOBALS))
        push(global)
        lua_rotate(L, -3, -1)
        lua_rawset(L, -3)
        lua_pop_(L, 1)
    }
}

/// The work that an interrupt ends, if any. Shared; guarded by its lock.
private final class Interruptible: Sendable {
    private let work = Guarded<Work?>(nil)
    func set(_ work: Work?) { self.work.withLock { $0 = work } }
    func cancel() { work.withLock { $0 }?.cancel() }
}
