/// What the command's prompt does with the main state. On its thread, while it runs nothing.
extension Runtime {
    /// Sets the globals `help` and `jobs`, unless the script has such ones. From now on results are shown readably.
    package func openPrompt(hasColours: Bool) throws(ScriptError) {
        let natives = PromptModule.natives()
        promptFunctions = natives
        let anchors = try PromptModule.open(worker, natives, hasColours: hasColours, isAttached: false)
        showFunction = anchors.show
    }

    /// The completions of a word such as `string.fo`: global variables, fields and methods, sorted.
    package func completions(of word: [UInt8]) -> [Candidate] { worker.state.completions(of: word) }

    /// What goes on now and would be ended with the program, in words; nil if there is nothing.
    package var runningWork: [UInt8]? { RunningWork.summary(RunningWork.all(worker))?.bytes }

    /// Compiles Lua source without running it. Throws if it does not compile; `incomplete` if more text could complete
    /// it.
    package func check(source: [UInt8], name: String) throws(ScriptError) {
        try worker.state.load(source, name: name, on: worker.state.L)
        Stack(worker.state.L).pop()
    }

    /// The same for a file; nil: standard input.
    package func check(contentsOf path: [UInt8]?) throws(ScriptError) {
        try load(path)
        Stack(worker.state.L).pop()
    }

    /// Runs Lua source and prints its results: readably, or with the script's `print` if no prompt was opened. It runs as
    /// a task that `interrupt` ends.
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
        if showFunction != 0 { worker.state.pushAnchored(showFunction, on: L) } else { Stack(L).pushGlobal("print") }
        guard worker.state.pushAnchored(results, count: count, on: L) else {
            Stack(L).pop()
            throw ScriptError(.error, "too many results to print")
        }
        do throws(ScriptError) { _ = try start(count, keepsResults: false, isChunk: false) } catch {
            throw showFunction != 0 ? error : ScriptError(.error, "error calling 'print' (\(error.message))")
        }
    }
}
