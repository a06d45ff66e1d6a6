/// The handles of supervisors. What waits for the end of one, or cancels it, is that of its task's handle.
enum SupervisorHandle {
    static let type: HostType<Supervisor> = HostType(
        "supervisor",
        methods: [
            HostFunction("detach", "s:detach()", "Makes it and its children daemons.", memory: .givesBack) {
                call throws(Fault) in
                try call.object(1, type).detach()
                return .none
            },
            method("which", "s:which()", "Its children, in the order in which they start."),
            method("add", "s:add(spec)", "Starts one more child; returns its handle."),
            method("stop", "s:stop(name)", "Stops a child for good; whether it was running."),
            method("restart", "s:restart(name)", "Stops a child if it runs, and starts it; returns its handle."),
        ] + Handles.methods.compactMap { ofTask($0) },
        getters: [
            HostFunction("id", "s.id", "An integer, unique in the program.") { call throws(Fault) in
                call.push(try call.object(1, type).work.id)
                return .results(1)
            },
            HostFunction("name", "s.name", "The given name, or one like supervisor-3.") { call throws(Fault) in
                call.push(try call.object(1, type).work.name)
                return .results(1)
            },
            HostFunction("kind", "s.kind", "What it is: supervisor.") { call throws(Fault) in
                call.push(word: "supervisor")
                return .results(1)
            },
        ],
        metamethods: [
            .tostring("s", "Name and status.", type) { "supervisor: \($0.work.name) (\($0.work.status.name))" }
        ] + Handles.metamethods.compactMap { ofTask($0) })

    /// A function of the handle of a task, for that of a supervisor.
    private static func ofTask(_ function: HostFunction) -> HostFunction? {
        guard ["join", "wait", "status", "cancel", "__close"].contains(function.name) else { return nil }
        let waits = function.name != "status" && function.name != "cancel"
        return HostFunction(function.name, function.usage, function.summary, memory: .givesBack) {
            call throws(Fault) in
            let supervisor = try call.object(1, type)
            if waits { supervisor.endWhenIdle() }
            Handles.push(supervisor.work, call)
            call.stack.replace(1)
            return try function.body(call)
        }
    }

    /// The work of a supervisor, for somebody who waits for its end.
    static func awaited(_ call: HostCall, _ index: Int32) -> Work? {
        guard let supervisor = call.objectIfAny(index, type) else { return nil }
        supervisor.endWhenIdle()
        return supervisor.work
    }

    private static func method(_ name: String, _ usage: String, _ summary: String) -> HostFunction {
        HostFunction(name, usage, summary) { call throws(Fault) in
            let supervisor = try call.object(1, type)
            if supervisor.worker !== call.worker { return try ask(call, supervisor, name) }
            call.state.pushAnchored(supervisor.control, on: call.L)
            call.stack.replace(1)
            call.push(word: name)
            call.stack.insert(at: 2)
            return .forward(call.count - 1, call)
        }
    }

    /// Calls the method on the supervisor's own thread, in a task whose end is waited for.
    private static func ask(_ call: HostCall, _ supervisor: Supervisor, _ name: String) throws(Fault) -> Outcome {
        let count = call.count - 1
        let arguments = count == 0 ? nil : try call.state.message(2, call.count, as: .arguments, on: call.L)
        let site = call.spawnSite()
        let work = Work(
            .task, name: ByteText(name), isDaemon: false, site: site, program: call.worker.program,
            worker: supervisor.worker)
        work.goAbroad()
        work.observe()
        let isAsked = supervisor.worker.perform(
            { worker in
                let L = worker.state.L
                let top = Stack(L).top
                Stack(L).reserve(count + 8)
                worker.state.pushAnchored(supervisor.control, on: L)
                worker.state.push(word: name, on: L)
                do throws(ScriptError) {
                    if let arguments { try worker.state.push(arguments, count: Int(count), on: L) }
                    work.task = worker.start(L, arguments: count + 1, site: site, work: work)
                } catch {
                    Stack(L).resize(to: top)
                    work.finish(.failed(error), .failed)
                }
            }, orElse: { work.finish(.failed(gone(supervisor)), .failed) })
        if !isAsked { work.finish(.failed(gone(supervisor)), .failed) }
        return try call.worker.wait(
            call, at: work, for: .answer, { work.wait($0) },
            { call, _ throws(Fault) in
                if case .failed(let error)? = work.outcome, error.kind == .error, error.value == nil {
                    throw .message(error.message)
                }
                return try work.pushOutcome(call)
            })
    }

    private static func gone(_ supervisor: Supervisor) -> ScriptError {
        ScriptError(.closed, "the state of \(supervisor.title) has ended", origin: supervisor.title)
    }
}
