import CLua

/// What the handle of a process has beyond those of tasks and threads.
enum ProcessHandle {
    static let methods: [HostFunction] = [
        HostFunction(
            "exitcode", "p:exitcode()", "How the process ended: its code, or minus the signal; nil while it runs."
        ) {
            call throws(Fault) in
            switch try child(call)?.exit {
            case .code(let code)?: call.push(Int(code))
            case .signal(let signal)?: call.push(-Int(signal))
            case nil: call.pushNil()
            }
            return .results(1)
        },
        HostFunction("kill", "p:kill([signal])", "Sends a signal to the process and what it has started.") {
            call throws(Fault) in
            let child = try child(call)
            call.push(child?.kill(try ProgramTypes.signal(call, 2)) ?? false)
            return .results(1)
        },
    ]

    static let getters: [HostFunction] = [
        HostFunction("pid", "p.pid", "The number that the system knows the process by.") { call throws(Fault) in
            let work = try Handles.work(call)
            if let child = work.elsewhere as? ChildLink {
                call.push(Int(child.pid))
            } else if work === work.program.ownProcess {
                call.push(Int(Processor.processID))
            } else {
                call.pushNil()
            }
            return .results(1)
        },
        HostFunction("stdin", "p.stdin", "The pipe to its standard input, if there is one.") { call throws(Fault) in
            ProgramTypes.pushIfAny(call, try child(call)?.input, ProgramTypes.writer)
        },
        HostFunction("stdout", "p.stdout", "The pipe from its standard output, if there is one.") {
            call throws(Fault) in
            ProgramTypes.pushIfAny(call, try child(call)?.output, ProgramTypes.reader)
        },
        HostFunction("stderr", "p.stderr", "The pipe from its standard error, if there is one.") { call throws(Fault) in
            ProgramTypes.pushIfAny(call, try child(call)?.errors, ProgramTypes.reader)
        },
    ]

    /// The process of that handle, if it is a child of this one.
    private static func child(_ call: HostCall) throws(Fault) -> ChildLink? {
        try Handles.work(call).elsewhere as? ChildLink
    }
}
