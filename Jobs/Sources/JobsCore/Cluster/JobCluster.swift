import Bridge
import Cluster
import Foundation
import Synchronization

/// This runner among those of other machines, which have the same files and share the times. Shared; guarded by its mutex.
public final class JobCluster: Sendable {
    private struct State {
        var schedule: SharedSchedule?
        weak var runtime: Runtime?
    }

    private let settings: SharedSchedule.Settings
    private let history: History?
    private let state = Mutex(State())
    /// Tells this program from the last one on this machine.
    private let session = Secret.text()

    /// How long another machine has to say whether it has a job at work.
    static let patience = Duration.seconds(5)
    /// An account that reaches further into the future, in seconds, is that of a clock that was wrong.
    private static let farthest = 86400.0

    /// Not connected yet. `history`: what other machines may ask for.
    init(_ settings: SharedSchedule.Settings, history: History?) {
        (self.settings, self.history) = (settings, history)
    }

    /// Questions about what runs go to this runtime.
    func serve(_ runtime: Runtime) { state.withLock { $0.runtime = runtime } }

    func schedule() throws -> SharedSchedule {
        guard let schedule = state.withLock({ $0.schedule }) else { throw Refusal("it is not connected yet") }
        return schedule
    }

    public func close() async { await state.withLock { $0.schedule.take() }?.close() }

    func connect() async throws {
        let schedule = try await SharedSchedule.open(settings)
        state.withLock { $0.schedule = schedule }
    }

    /// Connects, the first time, and says that this machine is here. Not to be called twice at a time.
    func join() async throws {
        if let schedule = state.withLock({ $0.schedule }) { return try await schedule.register() }
        let schedule = try await SharedSchedule.open(settings)
        do {
            // This one does not answer yet, so whoever answers is another one.
            if try await ask(schedule, settings.machine, Question(about: .name)) != nil {
                throw Refusal(
                    "another runner of it is called '\(settings.machine)', too: give each machine a name with "
                        + "LUACONC_JOBS_MACHINE")
            }
            try schedule.answer { [weak self] question in await self?.answer(question) }
            try await schedule.register()
        } catch {
            await schedule.close()
            throw error
        }
        state.withLock { $0.schedule = schedule }
    }

    // MARK: - Times

    /// Jobs as the machines know them together, up to when their times are taken.
    func know(_ jobs: [History.Job]) async throws -> [History.Job] {
        let schedule = try schedule()
        return try await withThrowingTaskGroup { group in
            var (known, rest) = ([History.Job](), jobs[...])
            for job in rest.prefix(32) { group.addTask { try await self.know(job, schedule) } }
            rest = rest.dropFirst(32)
            while let job = try await group.next() {
                known.append(job)
                if let job = rest.popFirst() { group.addTask { try await self.know(job, schedule) } }
            }
            return known
        }
    }

    private func know(_ job: History.Job, _ schedule: SharedSchedule) async throws -> History.Job {
        while true {
            let old = try await schedule.account(of: job.name)
            var new = Self.bounded(old) ?? account(job.spec, from: Moment.now, upTo: Moment.now)
            if new.times != job.spec {
                // Other times: the account begins anew, and no time that was taken comes again.
                let now = max(new.upTo, Moment.now)
                new = account(job.spec, from: now, upTo: now)
            } else if new.machine == settings.machine, new.session != session, job.upto < new.upTo {
                // The last runner on this machine has taken times, and ended before it wrote their rows.
                let upTo = max(job.upto, new.from)
                new = account(job.spec, from: upTo, upTo: upTo)
            }
            var isAgreed = old?.times == new.times && old?.session == new.session && old?.upTo == new.upTo
            if !isAgreed { isAgreed = try await schedule.replace(old, with: new, of: job.name) }
            if isAgreed { return History.Job(name: job.name, spec: job.spec, upto: new.upTo, paused: job.paused) }
        }
    }

    private func account(_ times: String, from: Double, upTo: Double) -> SharedSchedule.Account {
        .init(times: times, from: from, upTo: upTo, machine: settings.machine, session: session)
    }

    private static func bounded(_ account: SharedSchedule.Account?) -> SharedSchedule.Account? {
        guard var account else { return nil }
        let now = Moment.now
        let isSensible = account.from >= 0 && account.from <= account.upTo && account.upTo <= now + farthest
        if !isSensible { (account.from, account.upTo) = (now, now) }
        return account
    }

    /// What a runner wants to have: the times of a job that have come by `time`.
    struct Claim: Codable, LuaConvertible, Sendable {
        var job: String
        var spec: String
        /// The period of a job with `every`.
        var every: Double?
        var time: Double
        /// Up to when the runner knows what has become of the job's times.
        var accounted: Double
        /// They are for the machine on which the job has not ended.
        var exclusive: Bool
    }

    /// What it gets.
    struct Claimed: Codable, LuaConvertible, Sendable {
        /// The times after it, up to `upto`, are for this machine; nil: none is.
        var from: Double?
        /// Up to when the times are taken.
        var upto: Double
        /// The files of another machine, which were read later, have other times for this job.
        var differs: Bool?
    }

    func claim(_ claim: Claim) async throws -> Claimed {
        let schedule = try schedule()
        while true {
            let old = try await schedule.account(of: claim.job)
            let account = Self.bounded(old) ?? account(claim.spec, from: claim.accounted, upTo: claim.accounted)
            guard account.times == claim.spec else { return Claimed(upto: account.upTo, differs: true) }
            // What this runner has taken without learning of it, because the connection was lost, is its own.
            let isOwn = account.session == session && claim.accounted < account.upTo
            let from = isOwn ? max(account.from, claim.accounted) : account.upTo
            // Clocks are compared with times that were computed, so a microsecond is nothing.
            let time = claim.every.map { from + ((claim.time - from) / $0 + 1e-6).rounded(.down) * $0 } ?? claim.time
            if account.upTo >= time { return Claimed(from: isOwn ? from : nil, upto: account.upTo) }
            if claim.exclusive, try await isHeld(account, claim.job, schedule) { return Claimed(upto: account.upTo) }
            let new = self.account(claim.spec, from: from, upTo: time)
            if try await schedule.replace(old, with: new, of: claim.job) { return Claimed(from: from, upto: time) }
        }
    }

    /// Whether another machine, which has taken times of the job, has not done with it.
    func isHeld(_ job: String) async throws -> Bool {
        let schedule = try schedule()
        guard let account = try await schedule.account(of: job) else { return false }
        return try await isHeld(account, job, schedule)
    }

    /// One that does not answer in all that time counts as dead; it may just connect again.
    private func isHeld(
        _ account: SharedSchedule.Account, _ job: String, _ schedule: SharedSchedule
    ) async throws -> Bool {
        guard account.machine != settings.machine else { return false }
        let end = ContinuousClock.now + Self.patience
        while true {
            let rest = end - .now
            guard rest > .zero else { return false }
            let reply = try await ask(schedule, account.machine, Question(about: .job, job: job), within: rest)
            if let reply { return reply.holds ?? false }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func ask(
        _ schedule: SharedSchedule, _ machine: String, _ question: Question, within time: Duration = patience
    ) async throws -> Reply? {
        let data = try await schedule.ask(machine, Array(JSONEncoder().encode(question)), within: time)
        return data.flatMap { try? JSONDecoder().decode(Reply.self, from: Data($0)) }
    }

    // MARK: - Answers

    /// What a machine asks another one.
    struct Question: Codable, Sendable {
        enum Subject: String, Codable {
            /// Who has this name.
            case name
            /// Whether a run of this job has not ended there.
            case job
            /// The last runs there.
            case runs
        }
        var about: Subject
        var job: String?
        var failed: Bool?
        /// Only runs with a lower number.
        var before: Int?
        var count: Int?
    }

    struct Reply: Codable, Sendable {
        var machine: String
        var holds: Bool?
        var runs: [Overview.Entry]?
        /// There are runs before these.
        var hasMore: Bool?
    }

    /// How many runs are in one answer, and how many bytes of a text.
    static let (mostRuns, longestText) = (200, 2000)

    private func answer(_ data: [UInt8]) async -> [UInt8]? {
        guard data.count < 4096, let question = try? JSONDecoder().decode(Question.self, from: Data(data)) else {
            return nil
        }
        var reply = Reply(machine: settings.machine)
        switch question.about {
        case .name: break
        case .job:
            guard let job = question.job, let runtime = state.withLock({ $0.runtime }) else { return nil }
            do { reply.holds = try await runtime.call("jobs_holds", job) } catch { return nil }
        case .runs:
            let count = min(max(question.count ?? 0, 1), Self.mostRuns)
            let asked = Overview.Question(
                job: question.job, failed: question.failed ?? false, before: question.before, count: count)
            guard let history, let runs = try? history.entries(asked) else { return nil }
            reply.hasMore = runs.count > count
            reply.runs = runs.prefix(count).map { $0.bounded(Self.longestText) }
        }
        return encoded(reply)
    }

    /// With as many runs as fit into a message.
    private func encoded(_ reply: Reply) -> [UInt8]? {
        var reply = reply
        let room = (try? schedule().room) ?? 0
        while let data = try? JSONEncoder().encode(reply) {
            guard data.count > room - 4096, let runs = reply.runs, runs.count > 1 else { return Array(data) }
            reply.runs = Array(runs.prefix(runs.count / 2))
            reply.hasMore = true
        }
        return nil
    }
}
