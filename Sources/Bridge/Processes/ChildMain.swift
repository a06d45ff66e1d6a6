/// The main program of a child process: runs one function, in a state like that of a thread. Owned by its main thread.
struct ChildMain {
    /// What exists before the link to the parent.
    struct Start {
        let program: Program
        var memory = StateMemory()
        /// A state that the fork server has opened before the fork; nil if the child was started directly.
        var state: LuaState?
    }

    private let start: Start
    private var program: Program { start.program }
    private let link: ParentLink
    /// How long the child waits, before it exits, until its last frames are sent.
    private let patience: TimeSpan

    private init(_ start: Start, _ link: ParentLink, patience: TimeSpan = .seconds(5)) {
        self.start = start
        self.link = link
        self.patience = patience
        start.program.beginOutside()  // until it runs
        start.program.sayIdle = { [weak link] in link?.sayIdle(if: $0) }
        start.program.setMark = { [weak link] in link?.set(mark: $0) }
    }

    init(_ start: Start) throws(SystemError) {
        self.init(start, ParentLink(start.program))
        ProcessNumbers.inherit()
        Environment.doNotStopForTerminal()
        try link.prepare(ChildMode.socket)
    }

    /// Before `run`: starts the thread of the link. Until then there is one thread, as walls need it.
    func connect() throws(SystemError) { try link.connect(ChildMode.socket, .child) }

    /// In the fork server: does once all that a child does, so that forked children need not do it again: Swift looks
    /// up types at their first use, and the loader symbols. The calling thread plays both sides of the link; it starts
    /// no other thread.
    static func rehearse(_ settings: Program.Settings) throws {
        let program = Program(settings, Processes(settings))
        let worker = Worker(
            program: program, thread: Work(.process, name: nil, isDaemon: false, site: nil, program: program),
            memory: StateMemory())
        try worker.open()
        let L = worker.state.L
        try worker.state.load([], name: "=", on: L)
        let spawn = ProcessSpawn(
            message: try worker.state.message(1, 1, as: .arguments, on: L), count: 1,
            inheritance: try worker.state.inheritance(L), site: nil, launch: Launch([]))
        let message = spawn.beginning(worker.thread, number: 0)
        worker.close()
        let ends = try LinkSocket.pair()
        let parent = RehearsedParent(program)
        parent.work = worker.thread
        let child = ParentLink(Program(settings, Processes(settings)))
        let (broker, link) = (parent.makeLink(ends.0, .broker, in: Node()), child.makeLink(ends.1, .child, in: Node()))
        defer {
            link.finish(.closed)
            broker.finish(.closed)
        }
        let ours = try LinkMemory.make(for: broker.socket)
        guard let theirs = try LinkMemory.receive(from: link.socket) else { return }
        broker.connect(ours)
        link.connect(theirs)
        broker.serve()
        parent.send(.begin, message)
        link.serve()
        _ = ChildMain(.init(program: child.program), child, patience: .zero).run()
        broker.serve()
    }

    /// The parent's side of the link in a rehearsal.
    private final class RehearsedParent: LinkPeer, @unchecked Sendable {  // sound: used by one thread
        var work: Work?
        override var own: Work? { work }
    }

    /// Runs the function and all that it starts. Returns the exit code for the process.
    func run() -> Int32 {
        guard let (settings, function, work) = link.wait() else { return 1 }
        Identity.begin(process: settings.number)
        if let time = settings.virtualTime { link.follow(time, number: settings.number) }
        Trace.join(settings.trace, name: work.title)
        program.ownProcess = work
        program.sayLastWords = { [link, patience] in Self.sayLastWords(link, patience) }
        work.set(inbox: settings.inbox)
        work.grace = settings.grace
        let worker = Worker(program: program, thread: work, memory: start.memory, isMain: true)
        begin(worker, settings, function)
        program.endOutside()
        worker.run()
        if Copy.isThis { worker.endCopy() }
        if program.simulation == nil { program.beginOutside() }
        let exit = program.exitRequest
        let hasFailed = work.status == .failed
        program.shutDown(worker)
        if exit?.closes ?? true { worker.close() }
        program.closed(worker)
        Trace.finish()
        Console.flush()
        Self.sayLastWords(link, patience)
        program.sayLastWords = nil
        return program.finalStatus(hasFailed ? 1 : 0)
    }

    private static func sayLastWords(_ link: ParentLink, _ patience: TimeSpan) {
        link.sendOutcomes()
        link.finish(until: Deadline(after: patience))
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
            guard MemoryBound.limit(memory: settings.memory, seconds: settings.seconds) else {
                throw ScriptError(.error, "the system does not set the limits")
            }
            program.confinement = settings.confinement
            Watchdog.start(program)
            if let state = start.state {
                worker.take(state)
                try program.settings.confine(state, program.confinement)
            } else {
                try worker.open()
            }
            if start.state != nil { worker.state.seedRandom() }
            worker.beginWork()
            try worker.state.inherit(function.inheritance)
            worker.state.memoryLimit = program.confinement.bound(settings.memory)
            try worker.state.push(function.message, count: function.count, on: worker.state.L)
            let task = worker.start(worker.state.L, arguments: Int32(function.count - 1), site: settings.site)
            task.work = work
            task.grace = settings.grace
        } catch {
            var failure = error
            failure.origin = work.title
            failure.traceback = settings.site?.story ?? ""
            work.finish(.failed(failure), .failed)
        }
        link.onCancel { [program] reason in
            work.cancel(reason)
            for thread in program.runningThreads where !program.isSupervised(thread) { thread.cancel(reason) }
        }
    }
}
