/// The methods and fields that only handles of processes have.
enum ProcessHandle {
    static let methods: [HostFunction] = [
        HostFunction(
            "exitcode", "p:exitcode()", "How the process ended: its code, or minus the signal; nil while it runs."
        ) {
            call throws(Fault) in
            let work = try Handles.work(call)
            guard let remote = work.elsewhere, !remote.isChild, remote.exitCode == nil else {
                return push(call, work.elsewhere?.exitCode)
            }
            let deadline = work.status.isFinal ? .forever : call.worker.clock.now + Handles.patience
            return try Handles.ask(call, remote, .exitCode, until: deadline) { call, answer throws(Fault) in
                var fields = answer.map(FieldReader.init)
                let code = (try? fields?.optionalNumber()) ?? nil
                if let code { remote.note(exitCode: code) }
                return push(call, code)
            }
        },
        HostFunction(
            "kill", "p:kill([signal])", "Sends a signal to the process and what it has started.", memory: .givesBack
        ) {
            call throws(Fault) in
            let work = try Handles.work(call)
            let signal = try call.signal(2)
            guard let remote = work.elsewhere, !remote.isChild else {
                let isOwn = call.worker.program.ownProcess === work
                call.push(isOwn ? Signals.send(signal) : work.elsewhere?.kill(signal) ?? false)
                return .results(1)
            }
            return try Handles.ask(call, remote, .kill, Int(signal), until: .forever) { call, answer throws(Fault) in
                var fields = answer.map(FieldReader.init)
                call.push((try? fields?.flag()) ?? false)
                return .results(1)
            }
        },
    ]

    static let getters: [HostFunction] = [
        HostFunction("pid", "p.pid", "The number that the system knows the process by.") { call throws(Fault) in
            push(call, try Handles.work(call).pid.map(Int.init))
        },
        HostFunction("stdin", "p.stdin", "The pipe to its standard input, if there is one.") { call throws(Fault) in
            call.result(try pipes(call)?.input, PipeTypes.writer)
        },
        HostFunction("stdout", "p.stdout", "The pipe from its standard output, if there is one.") {
            call throws(Fault) in
            call.result(try pipes(call)?.output, PipeTypes.reader)
        },
        HostFunction("stderr", "p.stderr", "The pipe from its standard error, if there is one.") { call throws(Fault) in
            call.result(try pipes(call)?.errors, PipeTypes.reader)
        },
    ]

    private static func push(_ call: HostCall, _ number: Int?) -> Outcome {
        if let number { call.push(number) } else { call.pushNil() }
        return .results(1)
    }

    /// The pipes to the process of that handle, if it is a child of this one.
    private static func pipes(_ call: HostCall) throws(Fault) -> Pipes? { try Handles.work(call).elsewhere?.pipes }
}
