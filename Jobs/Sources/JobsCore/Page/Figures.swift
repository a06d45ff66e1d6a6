import Foundation

/// The figures of a job, for machines.
struct Figures: Encodable {
    let job: String
    let paused: Bool
    /// How many runs ended in which state.
    let runs: [String: Int]
    /// The share of those that succeeded or failed.
    let succeeded: Double?
    let last: History.Run?
    /// Of the last runs: seconds.
    let took, late: Spread?

    struct Spread: Encodable {
        let half: Double
        let most: Double

        init?(_ values: [Double]) {
            let sorted = values.sorted()
            guard let last = sorted.last else { return nil }
            (half, most) = (sorted[sorted.count / 2], last)
        }
    }

    init(_ job: Overview.Job) {
        (self.job, paused, runs, succeeded) = (job.name, job.isPaused, job.counts, job.rate)
        last = job.last.first.map(History.Run.init)
        (took, late) = (Spread(job.last.compactMap(\.seconds)), Spread(job.last.compactMap(\.late)))
    }
}

extension Figures {
    enum CodingKeys: CodingKey { case job, paused, runs, succeeded, last, took, late }

    /// Every field is there, null if it has no value.
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(job, forKey: .job)
        try fields.encode(paused, forKey: .paused)
        try fields.encode(runs, forKey: .runs)
        try fields.encode(succeeded, forKey: .succeeded)
        try fields.encode(last, forKey: .last)
        try fields.encode(took, forKey: .took)
        try fields.encode(late, forKey: .late)
    }
}

enum JSONText {
    static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
