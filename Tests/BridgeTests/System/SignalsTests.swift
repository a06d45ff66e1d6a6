import Glibc
import Synchronization
import Testing

@testable import Bridge

/// Signals as subscribers get them. One test after the other: what a signal does belongs to the whole process.
@Suite(.serialized) struct SignalsTests {
    /// What has been heard, in order.
    private final class Heard: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }
        func add(_ name: String) { names.withLock { $0.append(name) } }

        /// Waits until so many have been heard.
        func wait(for count: Int) async throws {
            while all.count < count { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    private func handler(of number: Int32) -> UInt {
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
    }

    @Test(.timeLimit(.minutes(1)))
    func `all who have subscribed hear of it, and the last one restores what it did`() async throws {
        let heard = Heard()
        let before = handler(of: SIGUSR1)
        let a = try Signals.shared.subscribe(SIGUSR1) { _ in heard.add("a") }
        let b = try Signals.shared.subscribe(SIGUSR1) { heard.add("b \($0.number == SIGUSR1) \($0.isTyped)") }
        kill(getpid(), SIGUSR1)
        try await heard.wait(for: 2)
        #expect(heard.all == ["a", "b true false"])
        Signals.shared.unsubscribe(a)
        #expect(handler(of: SIGUSR1) != before)
        kill(getpid(), SIGUSR1)
        try await heard.wait(for: 3)
        Signals.shared.unsubscribe(b)
        #expect(handler(of: SIGUSR1) == before)
        #expect(heard.all == ["a", "b true false", "b true false"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `whoever asks takes it from the fallback`() async throws {
        let heard = Heard()
        let fallback = try Signals.shared.subscribe(SIGUSR2, isFallback: true) { _ in heard.add("fallback") }
        defer { Signals.shared.unsubscribe(fallback) }
        let asked = try Signals.shared.subscribe(SIGUSR2) { _ in heard.add("asked") }
        kill(getpid(), SIGUSR2)
        try await heard.wait(for: 1)
        Signals.shared.unsubscribe(asked)
        kill(getpid(), SIGUSR2)
        try await heard.wait(for: 2)
        #expect(heard.all == ["asked", "fallback"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `what was ignored stays ignored, unless somebody insists`() async throws {
        signal(SIGWINCH, SIG_IGN)
        defer { signal(SIGWINCH, SIG_DFL) }
        let heard = Heard()
        let ignored = handler(of: SIGWINCH)
        let modest = try Signals.shared.subscribe(SIGWINCH) { _ in heard.add("modest") }
        #expect(handler(of: SIGWINCH) == ignored)
        let insisting = try Signals.shared.subscribe(SIGWINCH, evenIfIgnored: true) { _ in heard.add("insisting") }
        kill(getpid(), SIGWINCH)
        try await heard.wait(for: 2)
        Signals.shared.unsubscribe(modest)
        Signals.shared.unsubscribe(insisting)
        #expect(handler(of: SIGWINCH) == ignored)
    }

    @Test func `what is no signal, or cannot be caught, is refused`() {
        for number: Int32 in [0, -1, 65, 1000, SIGKILL, SIGSTOP] {
            #expect(throws: SystemError.self) { try Signals.shared.subscribe(number) { _ in } }
        }
    }

    @Test func `a runtime takes no signals unless it owns the process`() throws {
        let before = [SIGINT, SIGTERM, SIGQUIT].map(handler)
        let modest = try Runtime()
        #expect([SIGINT, SIGTERM, SIGQUIT].map(handler) == before)
        #expect(modest.finish() == 0)
        var configuration = Runtime.Configuration()
        configuration.ownsProcess = true
        let owner = try Runtime(configuration)
        #expect([SIGINT, SIGTERM, SIGQUIT].map(handler) != before)
        #expect(owner.finish() == 0)
        #expect([SIGINT, SIGTERM, SIGQUIT].map(handler) == before)
    }
}
