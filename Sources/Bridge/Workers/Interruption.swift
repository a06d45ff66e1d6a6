/// The signals by which users and the system end a program that owns its process. SIGINT, SIGTERM and SIGHUP end it in
/// order, a second one ends it at once; SIGQUIT prints a task dump. A script that handles one of them itself
/// (`process.on_signal`) gets it instead. Shared; immutable.
final class Interruption: Sendable {
    private let subscriptions: [Signals.Subscription]

    /// A signal that cannot be subscribed to does what it does in any program.
    init(_ program: Program) {
        let handlers: [(Int32, @Sendable (Signals.Arrival) -> Void)] = [
            (Signals.interrupt, { Self.end(program, $0, "interrupted") }),
            (Signals.terminate, { Self.end(program, $0, "terminated") }),
            (Signals.hangUp, { Self.end(program, $0, "hung up") }),
            (Signals.quit, { _ in Self.show(program) }),
        ]
        subscriptions = handlers.compactMap { number, handler in
            try? Signals.shared.subscribe(number, isFallback: true, handler)
        }
    }

    private static func end(_ program: Program, _ arrival: Signals.Arrival, _ word: ByteText) {
        guard program.requestExit(arrival, word) else { program.exitAtOnce() }
    }

    private static func show(_ program: Program) {
        TaskDump.take(of: program, within: TaskDump.patience) { answers in
            Console.report("what every task is doing:\n" + answers.map(\.text).joined(separator: "\n"))
        }
    }

    func stop() { for subscription in subscriptions { Signals.shared.unsubscribe(subscription) } }
}
