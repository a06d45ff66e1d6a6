import GRDB

/// The history in numbers, as OpenMetrics text. It keeps to what is also Prometheus' older text format, which node_exporter
/// reads from files.
public enum Metrics {
    static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    /// The numbers of one job and one state.
    struct Sums {
        let job: String
        let state: String
        let count: Int
        let began: Int
        let seconds: Double
        let first: Int
        let late: Double
        let last: Double
    }

    /// A job as the history knows it.
    struct Known {
        let name: String
        let isPaused: Bool
        let running: Int
        let waiting: Int
    }

    public static func text(_ history: History) throws -> String {
        let (sums, known) = try history.numbers()
        return text(sums, known)
    }

    private static let prefix = "luaconc_jobs_"
    // The label of a job is `name`: Prometheus writes the name of its own target into `job`.

    /// A family of metrics: its lines stand together.
    private struct Family {
        let name: String
        var text: String

        init(_ name: String, _ type: String, unit: String? = nil, _ help: String) {
            self.name = prefix + name
            text = "# TYPE \(self.name) \(type)\n"
            if let unit { text += "# UNIT \(self.name) \(unit)\n" }
            text += "# HELP \(self.name) \(help)\n"
        }

        mutating func add(
            _ suffix: String, _ labels: KeyValuePairs<String, String>, _ value: some LosslessStringConvertible
        ) {
            let pairs = labels.map { "\($0.key)=\"\(escaped($0.value))\"" }
            text += "\(name)\(suffix){\(pairs.joined(separator: ","))} \(value)\n"
        }
    }

    static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    static func text(_ sums: [Sums], _ known: [Known]) -> String {
        var runs = Family("runs", "counter", "Attempts of jobs that have ended, were missed or were left out.")
        for sum in sums { runs.add("_total", ["name": sum.job, "state": sum.state], sum.count) }
        var durations = Family("run_duration_seconds", "summary", unit: "seconds", "How long attempts ran.")
        var lateness = Family(
            "run_lateness_seconds", "summary", unit: "seconds", "How long after their times first attempts began.")
        var last = Family(
            "last_end_timestamp_seconds", "gauge", unit: "seconds", "When an attempt last ended in that state.")
        for sum in sums { last.add("", ["name": sum.job, "state": sum.state], sum.last) }
        var rest = sums[...]
        while let job = rest.first?.job {
            let own = rest.prefix { $0.job == job }
            rest = rest.dropFirst(own.count)
            durations.add("_count", ["name": job], own.reduce(0) { $0 + $1.began })
            durations.add("_sum", ["name": job], own.reduce(0) { $0 + $1.seconds })
            lateness.add("_count", ["name": job], own.reduce(0) { $0 + $1.first })
            lateness.add("_sum", ["name": job], own.reduce(0) { $0 + $1.late })
        }
        var unfinished = Family("unfinished", "gauge", "Attempts that run, or wait.")
        var paused = Family("paused", "gauge", "1 while a job is paused.")
        for job in known {
            unfinished.add("", ["name": job.name, "state": "running"], job.running)
            unfinished.add("", ["name": job.name, "state": "waiting"], job.waiting)
            paused.add("", ["name": job.name], job.isPaused ? 1 : 0)
        }
        return [runs, durations, lateness, last, unfinished, paused].map(\.text).joined() + "# EOF\n"
    }
}

extension History {
    /// SQLite itself would rather go through all runs in the order of the jobs.
    static let unfinishedOfJobs = """
        SELECT job, state, count(*) FROM run INDEXED BY runUnfinished WHERE state IN ('waiting', 'running')
        GROUP BY job, state
        """

    func numbers() throws -> (sums: [Metrics.Sums], known: [Metrics.Known]) {
        try database.read { db in
            let columns = "job, state, count, began, seconds, first, late, last"
            let sums = try Row.fetchAll(db, sql: "SELECT \(columns) FROM \(Self.tally(db)) ORDER BY job, state").map {
                Metrics.Sums(
                    job: $0[0], state: $0[1], count: $0[2], began: $0[3], seconds: $0[4], first: $0[5], late: $0[6],
                    last: $0[7])
            }
            var unfinished: [String: [String: Int]] = [:]
            for row in try Row.fetchAll(db, sql: Self.unfinishedOfJobs) {
                unfinished[row[0], default: [:]][row[1]] = row[2]
            }
            let known = try Row.fetchAll(db, sql: "SELECT name, paused FROM job ORDER BY name").map { row in
                let counts = unfinished[row[0]] ?? [:]
                return Metrics.Known(
                    name: row[0], isPaused: row[1], running: counts["running"] ?? 0, waiting: counts["waiting"] ?? 0)
            }
            return (sums, known)
        }
    }
}
