/// `supervisor`: keeps children running, and stops them in order. Which child is started or stopped when is decided in
/// Lua (`Chunks/supervisor.lua`).
enum SupervisorModule {
    static let module = Module("supervisor", natives)

    private static let natives = ModuleContents(
        functions: [
            function(
                "run", "supervisor.run(opts)",
                "Runs children, and starts them again, until none is left."),
            function("spawn", "supervisor.spawn(opts)", "Starts a supervisor and its children."),
        ])

    private static func function(_ name: String, _ usage: String, _ summary: String) -> HostFunction {
        HostFunction(name, usage, summary) { call throws(Fault) in
            try chunk.push(name, call)
            call.stack.insert(at: 1)
            return .forward(call.count - 1, call)
        }
    }

    private static let chunk = LuaChunk(
        "supervisor", PackageResources.supervisor_lua,
        [
            HostFunction(
                "spawn", "",
                """
                Loop, control, events, boolean, name: a supervisor whose task calls loop(); control(name, ...) carries \
                out the methods of the handle. Daemon or not.
                """, spawn),
            HostFunction(
                "check", "",
                "Kind, options, function or file, arguments: raises an error if they are wrong or cannot be sent.",
                check),
            HostFunction(
                "start", "",
                """
                Supervisor, kind, number, order, restarts, seconds that it may take to stop, options, function or file, \
                arguments: starts a child; returns its handle.
                """, start),
            HostFunction("forget", "", "Supervisor, number: the child cannot be stopped.") { call throws(Fault) in
                try call.object(1, SupervisorHandle.type).forget(call.integer(2))
                return .none
            },
            HostFunction("rest", "", "Supervisor, whether it is idle: whether it is to end.", memory: .givesBack) {
                call throws(Fault) in
                call.push(try call.object(1, SupervisorHandle.type).rest(isIdle: call.boolean(2)))
                return .results(1)
            },
            HostFunction(
                "grace", "",
                """
                Seconds: how long handlers of the running task may go on. What it was before; nil, and nothing changes, \
                for a supervisor's child.
                """, memory: .givesBack, grace),
            HostFunction("failure", "", "Kind, message, traceback of a child: an error object.", failure),
            HostFunction("report", "", "Prints a text.") { call throws(Fault) in
                let text = try call.string(1)
                Console.flush()
                call.worker.program.report(text)
                return .none
            },
            HostFunction("module", "", "The module of that name, whatever the script's globals are.") {
                call throws(Fault) in
                call.stack.pushLoaded(try call.string(1).description)
                return .results(1)
            },
        ])

    private static func spawn(_ call: HostCall) throws(Fault) -> Outcome {
        let worker = call.worker
        let events = try call.object(3, ChannelModule.type)
        let id = Identity.next()
        let name = call.isNone(5) ? "supervisor-\(id)" : try call.string(5)
        let site = call.spawnSite()
        let work = Work(
            .task, name: name, isDaemon: true, site: site, program: worker.program, worker: worker, id: id)
        let isDaemon = call.boolean(4)
        call.stack.resize(to: 2)
        let supervisor = Supervisor(
            work, worker, SupervisorHandle.type, events: events, control: call.state.anchor(call.L), isDaemon: isDaemon)
        let task = worker.start(call.L, arguments: 0, site: site, isDaemon: true, work: work)
        work.task = task
        work.role = "supervisor"
        worker.attend(task)
        // As long as its children need, each of which is bounded.
        work.grace = TimeSpan(seconds: .infinity)
        task.grace = work.grace
        task.parent = supervisor
        worker.program.add(supervisor)
        call.push(supervisor, SupervisorHandle.type)
        return .results(1)
    }

    private static func start(_ call: HostCall) throws(Fault) -> Outcome {
        let supervisor = try call.object(1, SupervisorHandle.type)
        let (number, order, restarts) = (try call.integer(3), try call.integer(4), try call.integer(5))
        let timeToStop = TimeSpan(seconds: try call.seconds(6))
        let child: Work
        do throws(Fault) { child = try startChild(call, try call.string(2).description) } catch {
            if case .argument(_, let message) = error { throw .message(message) }
            throw error
        }
        supervisor.watch(child, number: number, order: order, restarts: restarts, timeToStop: timeToStop)
        Handles.push(child, call)
        return .results(1)
    }

    private static func startChild(_ call: HostCall, _ kind: String) throws(Fault) -> Work {
        let options = try options(call, 7, kind)
        switch kind {
        case "task": return TaskModule.start(call, options)
        case "thread": return try ThreadModule.start(call, options)
        default: return try ProcessModule.start(call, options)
        }
    }

    private static func options(_ call: HostCall, _ index: Int32, _ kind: String) throws(Fault) -> SpawnOptions {
        let known =
            switch kind {
            case "task": SpawnOptions.common
            case "thread": ThreadModule.options
            default: ProcessModule.options
            }
        var options = try SpawnOptions(call, at: index, known: known)
        options.isWatched = true
        return options
    }

    private static func check(_ call: HostCall) throws(Fault) -> Outcome {
        let kind = try call.string(1).description
        do throws(Fault) { _ = try options(call, 2, kind) } catch {
            if case .argument(_, let message) = error { throw .message(message) }
            throw error
        }
        if kind != "task" { _ = try ThreadModule.message(call, 3, leavesProcess: kind == "process") }
        return .none
    }

    private static func failure(_ call: HostCall) throws(Fault) -> Outcome {
        let task = call.worker.current
        var traceback = try call.string(3)
        // A child has often been spawned at the same place, which is told once.
        let site = task?.site?.lines ?? ""
        if traceback.bytes.suffix(site.bytes.count).elementsEqual(site.bytes) {
            traceback = ByteText(traceback.bytes.dropLast(site.bytes.count))
        }
        call.pushError(
            ScriptError(
                .init(name: try call.string(1).description), try call.string(2), traceback: traceback,
                origin: task.map(call.worker.origin) ?? ""))
        return .results(1)
    }

    private static func grace(_ call: HostCall) throws(Fault) -> Outcome {
        guard let task = call.worker.current, !call.worker.program.isSupervised(task.work) else { return .none }
        let former = Double(task.grace.nanoseconds) / 1e9
        call.worker.set(grace: TimeSpan(seconds: try call.seconds(1)), of: task)
        call.push(former)
        return .results(1)
    }
}
