/// How a program ends, at one place: everything is cancelled, gets its grace, and what does not end is named.
enum Shutdown {
    static let grace: Nanoseconds = 2_000_000_000

    /// On the main worker's thread, when its loop has ended.
    static func run(_ program: Program, _ main: Worker) {
        program.beginShutdown()
        main.thread.cancel()
        for thread in program.runningThreads { thread.cancel() }
        program.children.end()
        let deadline = Clock.now + grace
        main.run(deadline: deadline)
        program.children.kill()
        let stuck = program.runningThreads
        guard !stuck.isEmpty else { return }
        let names = stuck.map(\.title).sorted().joined(separator: ", ")
        Console.report("still running at the end: \(names)")
    }
}
