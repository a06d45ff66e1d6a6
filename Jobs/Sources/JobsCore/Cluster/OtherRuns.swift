import Synchronization

/// The last runs of the other machines, which are asked for while somebody looks at the page. A page waits for them for a
/// moment only, and else shows what is known. Shared; guarded by its mutex.
final class OtherRuns: Sendable {
    typealias Asking = @Sendable (Overview.Question) async -> AllRuns?

    private struct State {
        /// By what was asked for.
        var known: [String: (runs: AllRuns, time: ContinuousClock.Instant)] = [:]
        var asked: Set<String> = []
    }

    private let asking: Asking
    private let state = Mutex(State())

    private static let (moment, age) = (Duration.milliseconds(300), Duration.seconds(1))
    private static let mostKnown = 20

    init(_ asking: @escaping Asking) { self.asking = asking }

    /// Nil: nothing is known yet.
    func runs(_ question: Overview.Question) async -> AllRuns? {
        let key = "\(question.failed) \(question.count) \(question.job ?? "")"
        let end = ContinuousClock.now + Self.moment
        begin(question, key)
        while ContinuousClock.now < end, state.withLock({ $0.asked.contains(key) }) {
            do { try await Task.sleep(for: .milliseconds(5)) } catch { break }
        }
        return state.withLock { $0.known[key]?.runs }
    }

    /// Asks, unless that is being done or was done just now.
    private func begin(_ question: Overview.Question, _ key: String) {
        let asks = state.withLock { state in
            if let known = state.known[key], ContinuousClock.now - known.time < Self.age { return false }
            guard state.asked.count < Self.mostKnown else { return false }
            return state.asked.insert(key).inserted
        }
        guard asks else { return }
        Task {
            let runs = await asking(question)
            state.withLock { state in
                state.asked.remove(key)
                if state.known.count >= Self.mostKnown { state.known = [:] }
                if let runs { state.known[key] = (runs, .now) }
            }
        }
    }
}
