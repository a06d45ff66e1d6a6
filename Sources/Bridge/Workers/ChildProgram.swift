import CFence

/// What a child process runs instead of a program of its own: one function, in a state like that of a thread. Owned by
/// its main thread.
struct ChildProgram {
    /// What it begins with.
    struct Start {
        let program: Program
        var memory = StateMemory()
        /// Opened in the nursery.
        var state: LuaState?
    }

    private let start: Start
    private var program: Program { start.program }
    private let link: ParentLink
    /// How long the last words of a child may take to get out.
    private static let patience: Nanoseconds = 5_000_000_000
    /// Where a child finds its link.
    static let socket: Int32 = 3

    private init(_ start: Start, _ link: ParentLink) {
        self.start = start
        self.link = link
        start.program.beginOutside()  // until it runs
        start.program.sayIdle = { [weak link] in link?.sayIdle(if: $0) }
    }

    init(_ start: Start) throws(SystemError) {
        self.init(start, ParentLink(start.program))
        ProcessNumbers.inherit()
        Environment.doNotStopForTerminal()
        try link.connect(Self.socket, .child)
    }

    /// Does once all that a child does but for its link, so that children find it done: what Swift finds out about types
    /// when they are first used, the symbols that the loader looks for.
    static func rehearse(_ settings: Program.Settings) throws {
        let program = Program(settings)
        let worker = Worker(
            program: program, thread: Work(.process, name: nil, isDaemon: false, site: nil, program: program),
            memory: StateMemory())
        try worker.open()
        let L = worker.state.L
        try worker.state.load([], name: "=", on: L)
        let spawn = ProcessSpawn(
            message: try worker.state.message(1, 1, as: .arguments, on: L), count: 1,
            inheritance: worker.state.inheritance(L), site: nil, launch: Launch([]))
        let message = spawn.beginning(worker.thread, number: 0)
        worker.close()
        let link = ParentLink(Program(settings))
        _ = link.makeOwn("", 0)
        link.received(PeerFrame.begin.rawValue, message)
        _ = ChildProgram(.init(program: link.program), link).run()
    }

    /// The exit code of the process.
    func run() -> Int32 {
        guard let (settings, function, work) = link.wait() else { return 1 }
        Identity.begin(process: settings.number)
        program.ownProcess = work
        work.set(inbox: settings.inbox)
        work.grace = settings.grace
        let worker = Worker(program: program, thread: work, memory: start.memory, isMain: true)
        begin(worker, settings, function)
        program.endOutside()
        worker.run()
        program.beginOutside()
        let exit = program.exitRequest
        let hasFailed = work.status == .failed
        Shutdown.run(program, worker)
        if exit?.closes ?? true { worker.close() }
        program.closed(worker)
        Console.flush()
        link.sendOutcomes()
        link.finish(until: Clock.now + Self.patience)
        return program.exitStatus ?? (hasFailed || program.hasUnobservedFailures ? 1 : 0)
    }

    private func begin(_ worker: Worker, _ settings: ParentLink.Settings, _ function: ParentLink.Function) {
        let work = worker.thread
        let waiter = EndWaiter { [program, link, unowned worker] in
            guard program.exitStatus == nil else { return }
            link.sendEnd(
                of: work, isLeaving: worker.foreground == 0 && worker.mailbox.isEmpty && program.isAboutToBeQuiet)
        }
        _ = work.wait(WaitNode(waiter, waiter.arm()))
        do throws(ScriptError) {
            guard fence_limit(UInt64(max(settings.memory, 0)), UInt64(max(settings.seconds, 0))) else {
                throw ScriptError(.error, "the system does not set the limits")
            }
            try worker.open(start.state)
            if start.state != nil { worker.state.seedRandom() }
            worker.beginWork()
            try worker.state.inherit(function.inheritance)
            worker.state.vm.pointee.limit = settings.memory
            try worker.state.push(function.message, count: function.count, on: worker.state.L)
            let task = worker.start(worker.state.L, arguments: Int32(function.count - 1), site: settings.site)
            task.work = work
            task.grace = settings.grace
        } catch {
            var failure = error
            failure.origin = work.title
            failure.traceback = String((settings.site?.lines ?? "").drop { $0 == "\n" })
            work.finish(.failed(failure), .failed)
        }
        link.onCancel { [program] reason in
            work.cancel(reason)
            for thread in program.runningThreads { thread.cancel(reason) }
        }
    }
}
