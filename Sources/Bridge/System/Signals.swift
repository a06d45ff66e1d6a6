import CKernel
import Glibc

/// The signals of the system, for those who subscribe to them. A signal without a subscription does what it does in any
/// program. A signal that was ignored when the process was started (`nohup`, shells with work in the background) stays
/// ignored, unless a subscription says otherwise.
///
/// Handlers run on the reactor's thread. The signals themselves come to threads that run scripts: all others block
/// them, so that a script can block a signal and wait for it. Whatever is started here gets an empty mask and the
/// default for every signal that is caught. A child made by a plain fork has to reset them itself. Shared; guarded by
/// its lock.
package final class Signals: Sendable {
    package static let shared = Signals()

    static let interrupt = SIGINT
    static let terminate = SIGTERM
    static let kill = SIGKILL
    /// The limit of processor time, or of the size of a file, is passed.
    static let cpuTime = SIGXCPU, fileSize = SIGXFSZ
    static let quit = SIGQUIT
    /// Asks a program to open its control socket. A real-time signal that nothing else uses: it would end a program that
    /// does not catch it.
    package static let look = system_look_signal()
    static let hangUp = SIGHUP

    package struct Arrival: Sendable {
        package let number: Int32
        /// A key of the terminal sent it (Ctrl-C, Ctrl-\), to all programs of the pipeline.
        package let isTyped: Bool
    }

    /// A subscription to a signal, until `unsubscribe`.
    package final class Subscription: Sendable {
        package let number: Int32
        fileprivate let isFallback: Bool
        fileprivate let handler: @Sendable (Arrival) -> Void

        fileprivate init(_ number: Int32, _ isFallback: Bool, _ handler: @escaping @Sendable (Arrival) -> Void) {
            self.number = number
            self.isFallback = isFallback
            self.handler = handler
        }
    }

    private struct State {
        var subscriptions: [Subscription] = []
        var caught: [Int32] = []  // no set: see `Program.State`
        var bell: Reactor.Watch?
    }
    private let state = Guarded(State())

    /// Calls the handler once for each time that the signal comes. `isFallback`: only while nobody else has subscribed.
    /// `evenIfIgnored`: also when the process was started with the signal ignored. Throws what the system says if the
    /// number is no signal, or cannot be caught.
    package func subscribe(
        _ number: Int32, isFallback: Bool = false, evenIfIgnored: Bool = false,
        _ handler: @escaping @Sendable (Arrival) -> Void
    ) throws(SystemError) -> Subscription {
        let subscription = Subscription(number, isFallback, handler)
        try state.withLock { (state) throws(SystemError) in
            let bell = try bell(&state)
            if !state.caught.contains(number), evenIfIgnored || !system_is_ignored(number) {
                guard system_catch(number, bell) else { throw SystemError(call: "sigaction", code: errno) }
                state.caught.append(number)
            }
            state.subscriptions.append(subscription)
        }
        return subscription
    }

    /// When the last subscription of a signal ends, the signal does again what it did before.
    package func unsubscribe(_ subscription: Subscription) {
        state.withLock { state in
            state.subscriptions.removeAll { $0 === subscription }
            let number = subscription.number
            if state.subscriptions.contains(where: { $0.number == number }) { return }
            guard let place = state.caught.firstIndex(of: number) else { return }
            state.caught.remove(at: place)
            system_release_signal(number)
        }
    }

    /// Sends a signal to this process, and to all of its group if it leads one.
    static func send(_ number: Int32) -> Bool {
        Glibc.kill(getpgrp() == getpid() ? -getpid() : getpid(), number) == 0
    }

    /// Ends the process by the signal, at once.
    package static func die(by number: Int32) -> Never {
        ControlServer.removeAll()
        Trace.finish()
        system_die(number)
    }

    /// Ends the process at once: restores the terminal, but runs no exit handlers and flushes nothing.
    static func exit(_ status: Int32) -> Never {
        ControlServer.removeAll()
        Surroundings.restoreTerminal()
        Trace.finish()
        _exit(status)
    }

    // MARK: - On the reactor's thread

    /// The eventfd to which the handler in C writes, made when it is first needed.
    private func bell(_ state: inout State) throws(SystemError) -> Int32 {
        if let bell = state.bell { return bell.descriptor }
        let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError(call: "eventfd", code: errno) }
        do throws(SystemError) {
            state.bell = try Reactor.shared.watch(descriptor, .read) { [self] _ in deliver(from: descriptor) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private func deliver(from bell: Int32) {
        var rung: UInt64 = 0
        _ = Glibc.read(bell, &rung, 8)
        for number in state.withLock({ $0.caught.sorted() }) {
            var isTyped = false
            for _ in 0..<system_take_caught(number, &isTyped) { deliver(Arrival(number: number, isTyped: isTyped)) }
        }
    }

    private func deliver(_ arrival: Arrival) {
        let all = state.withLock { $0.subscriptions.filter { $0.number == arrival.number } }
        let asked = all.filter { !$0.isFallback }
        for subscription in asked.isEmpty ? all : asked { subscription.handler(arrival) }
    }
}
