/// Tells a user at a terminal why the program does not end: some time after the main chunk has ended it names what the
/// program still waits for.
enum LongWait {
    private static let patience: TimeSpan = .seconds(10)

    /// On the main thread, when the main chunk has ended.
    static func announce(_ program: Program) {
        guard program.settings.ownsProcess, Console.isTerminal, program.simulation == nil else { return }
        Reactor.shared.call(after: patience) {
            program.main?.perform { main in
                if program.exitRequest == nil, let text = text(main) { Console.report(text) }
            }
        }
    }

    /// Nil if it waits for nothing any more, or is ending.
    private static func text(_ main: Worker) -> ByteText? {
        guard !main.program.isEnding else { return nil }
        let all = RunningWork.summary(RunningWork.all(main).filter { !$0.isDaemon })
        return all.map { "waiting for \($0) - Ctrl-C to stop" }
    }
}
