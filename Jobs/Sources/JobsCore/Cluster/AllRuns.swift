import Cluster
import Foundation

/// The last runs of several machines.
public struct AllRuns: Sendable {
    /// Newest first.
    var entries: [Overview.Entry] = []
    /// The machines that have not answered, or not in the way that was asked for, and when they were here last.
    public var silent: [(name: String, seen: Double)] = []

    public var runs: [History.Run] { entries.map(History.Run.init) }

    /// Differs when anything does.
    var version: Int {
        var hasher = Hasher()
        for run in entries { hasher.combine([run.machine ?? "", run.state, "\(run.id)"]) }
        for machine in silent { hasher.combine(machine.name) }
        return hasher.finalize()
    }

    /// What belongs together by time: when runs began, or were to begin.
    static func merged(_ entries: [Overview.Entry]) -> [Overview.Entry] {
        entries.sorted { one, other in
            let (a, b) = (one.started ?? one.scheduled, other.started ?? other.scheduled)
            return a != b ? a > b : (one.machine ?? "", one.id) > (other.machine ?? "", other.id)
        }
    }
}

extension JobCluster {
    /// How long a machine that has not been here is remembered, in seconds.
    private static let memory = 30 * 86400.0

    /// Connects without being one of the machines.
    public static func visit(_ settings: SharedSchedule.Settings) async throws -> JobCluster {
        let cluster = JobCluster(settings, history: nil)
        try await cluster.connect()
        return cluster
    }

    /// Asks all machines for their last runs, each for so many. A machine that has not answered in that time is silent.
    public func runs(
        of job: String?, failed: Bool, count: Int, within time: Duration, without own: String? = nil
    ) async throws -> AllRuns {
        let schedule = try schedule()
        let oldest = Moment.now - Self.memory
        let machines = try await schedule.machines().filter { $0.seen > oldest && $0.name != own }
        let end = ContinuousClock.now + time
        return await withTaskGroup { group in
            for machine in machines {
                group.addTask {
                    let question = Question(about: .runs, job: job, failed: failed, count: count)
                    return (machine, await self.runs(of: machine.name, question, until: end, schedule))
                }
            }
            var all = AllRuns()
            for await (machine, runs) in group {
                if let runs { all.entries += runs } else { all.silent.append((Self.plain(machine.name), machine.seen)) }
            }
            all.entries = Array(AllRuns.merged(all.entries).prefix(count))
            all.silent.sort { $0.name < $1.name }
            return all
        }
    }

    /// Nil: it has not answered, or not with what it was asked for.
    private func runs(
        of machine: String, _ question: Question, until end: ContinuousClock.Instant, _ schedule: SharedSchedule
    ) async -> [Overview.Entry]? {
        var (question, runs) = (question, [Overview.Entry]())
        let count = question.count ?? 0
        while true {
            question.count = count - runs.count
            let rest = end - .now
            guard rest > .zero, let reply = try? await ask(schedule, machine, question, within: rest),
                let fresh = Self.checked(reply, machine, question)
            else { return nil }
            runs += fresh
            guard reply.hasMore == true, let last = fresh.last, runs.count < count else { return runs }
            question.before = last.id
        }
    }

    /// The runs of an answer, if they are what was asked for: newest first, not too many, with sensible values.
    static func checked(_ reply: Reply, _ machine: String, _ question: Question) -> [Overview.Entry]? {
        guard let runs = reply.runs, reply.machine == machine, runs.count <= max(question.count ?? 0, 1) else {
            return nil
        }
        var below = question.before ?? Int.max
        var checked: [Overview.Entry] = []
        for run in runs {
            let times = [run.scheduled, run.started, run.ended].compactMap { $0 }
            guard run.id > 0, run.id < below, (1...1_000_000).contains(run.attempt), run.job.utf8.count <= 200,
                Overview.states.contains(run.state), times.allSatisfy((0..<Moment.year10000).contains)
            else { return nil }
            below = run.id
            checked.append(run.bounded(longestText, machine: plain(machine)))
        }
        return checked
    }

    /// Without what could move the cursor of a terminal.
    static func plain(_ text: String, hasLines: Bool = false) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            let isPlain = scalar.properties.generalCategory != .control || hasLines && scalar == "\n"
            return isPlain ? scalar : "\u{FFFD}"
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension Overview.Entry {
    /// With texts of so many bytes at most, and without what could move the cursor of a terminal.
    func bounded(_ longest: Int, machine: String? = nil) -> Overview.Entry {
        func cut(_ text: String) -> String {
            let isShort = text.utf8.count <= longest
            let short = isShort ? text : String(decoding: text.utf8.prefix(longest), as: UTF8.self) + "…"
            return JobCluster.plain(short, hasLines: true)
        }
        return Overview.Entry(
            id: id, job: JobCluster.plain(job), state: state, attempt: attempt, scheduled: scheduled, started: started,
            ended: ended, error: error.map(cut), reason: reason.map(cut), machine: machine)
    }
}
