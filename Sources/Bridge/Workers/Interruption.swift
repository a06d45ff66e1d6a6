/// The signals by which users and the system end a program that owns its process. SIGINT, SIGTERM and SIGHUP end it in
/// order, a second one ends it at once; SIGQUIT prints a task dump. A script that handles one of them itself
/// (`process.on_signal`) gets it instead. Shared; immutable.
final class Interruption: Sendable {
    private let subscriptions: [Signals.Subscription]

    /// A signal that cannot be subscribed to does what it does in any program.
    init(_ program: Program) {
        var made: [Signals.Subscription] = []
        made.reserveCapacity(4)
        func subscribe(_ number: Int32, _ handler: @escaping @Sendable (Signals.Arrival) -> Void) {
            let subscription = try? Signals.shared.subscribe(number, isFallback: true, handler)
            if let subscription { made.append(subscription) }
        }
        subscribe(Signals.interrupt) { Self.end(program, $0, "interrupted") }
        subscribe(Signals.terminate) { Self.end(program, $0, "terminated") }
        subscribe(Signals.hangUp) { Self.end(program, $0, "hung up") }
        subscribe(Signals.quit) { _ in Self.show(program) }
        subscriptions = made
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
