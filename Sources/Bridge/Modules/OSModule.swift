import Glibc

/// The function of the standard library that concerns the whole program: `os.exit`.
enum OSModule {
    static let exit = HostFunction("os.exit", "os.exit([code[, close]])", "Ends the program.") { call throws(Fault) in
        var status = EXIT_SUCCESS
        if call.kind(1) == .boolean {
            status = call.boolean(1) ? EXIT_SUCCESS : EXIT_FAILURE
        } else if !call.isNone(1) {
            status = Int32(truncatingIfNeeded: try call.integer(1))
        }
        let worker = call.worker
        worker.program.requestExit(.init(status: status, closes: call.boolean(2)))
        guard let task = worker.current else { return .none }
        // A compiled module whose callback this is might catch the error, so the task does not unwind.
        if worker.program.settings.ownsProcess, LuaState.hasForeignFrame(call.L), !call.isInFinalizer {
            worker.leaveProgram()
        }
        throw worker.unwind(task, call, "os.exit") { _ in }
    }

    static func install(_ state: LuaState) { state.replace(exit, "exit", of: "os") }
}
