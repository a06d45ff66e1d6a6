import Glibc

/// What a program does when its process gets a signal that users and system send: SIGINT and SIGTERM end it in order,
/// a second one ends it at once; SIGQUIT shows what it is doing. A script that asks for one of them itself
/// (`process.on_signal`) gets it instead. Shared; immutable.
final class Interruption: Sendable {
    private let subscriptions: [Signals.Subscription]

    /// Signals that cannot be heard of do what they do in any program.
    init(_ program: Program) {
        let handlers: [(Int32, @Sendable (Signals.Arrival) -> Void)] = [
            (SIGINT, { Self.end(program, $0, "interrupted") }),
            (SIGTERM, { Self.end(program, $0, "terminated") }),
        ]
        subscriptions = handlers.compactMap { number, handler in
            try? Signals.shared.subscribe(number, isFallback: true, handler)
        }
    }

    private static func end(_ program: Program, _ arrival: Signals.Arrival, _ word: String) {
        guard program.requestExit(arrival, word) else { Shutdown.leave(program) }
    }

    func stop() { for subscription in subscriptions { Signals.shared.unsubscribe(subscription) } }
}
