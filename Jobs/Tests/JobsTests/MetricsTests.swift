import Foundation
import GRDB
import Testing

@testable import JobsCore

@Suite struct MetricsTests {
    /// Reads OpenMetrics text as strictly as the specification is, as far as counters, gauges and summaries go. Returns the
    /// samples, or throws what is wrong.
    private func read(_ text: String) throws -> [String: Double] {
        struct Wrong: Error { let line: String }
        guard text.hasSuffix("\n# EOF\n") || text == "# EOF\n", !text.contains("\r") else { throw Wrong(line: "end") }
        var (samples, families) = ([String: Double](), Set<String>())
        var (family, type, seen) = ("", "", Set<String>())
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(2).map(String.init) {
            if let match = line.wholeMatch(of: /# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)/) {
                let (word, name, value) = (String(match.1), String(match.2), String(match.3))
                if name != family {
                    guard families.insert(name).inserted else { throw Wrong(line: line) }
                    (family, type, seen) = (name, "unknown", [])
                }
                guard seen.insert(word).inserted, !seen.contains("sample") else { throw Wrong(line: line) }
                switch word {
                case "TYPE":
                    guard ["counter", "gauge", "summary"].contains(value) else { throw Wrong(line: line) }
                    type = value
                case "UNIT": guard name.hasSuffix("_" + value) else { throw Wrong(line: line) }
                default: guard !value.contains("\"") else { throw Wrong(line: line) }
                }
                continue
            }
            let label = #/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["n\\])*"/#
            guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (-?[0-9.e+-]+)/),
                let value = Double(match.3)
            else { throw Wrong(line: line) }
            let suffixes = ["counter": ["_total"], "gauge": [""], "summary": ["_count", "_sum"]][type] ?? []
            guard suffixes.contains(where: { family + $0 == String(match.1) }) else { throw Wrong(line: line) }
            guard type == "gauge" || value >= 0 else { throw Wrong(line: line) }
            var labels = match.2
            while let one = labels.prefixMatch(of: label) {
                labels = labels[one.range.upperBound...]
                if !labels.isEmpty { guard labels.popFirst() == ",", !labels.isEmpty else { throw Wrong(line: line) } }
            }
            guard labels.isEmpty else { throw Wrong(line: line) }
            seen.insert("sample")
            guard samples.updateValue(value, forKey: String(line.prefix(line.count - match.3.count - 1))) == nil else {
                throw Wrong(line: line)
            }
        }
        return samples
    }

    @Test func `The metrics are OpenMetrics text, with what the history says`() throws {
        let place = try TemporaryFolder()
        try place.fillWithAll()
        let samples = try read(Metrics.text(History(place.folder, writes: false)))
        for state in ["succeeded", "failed", "timed out", "lost", "cancelled", "missed", "skipped"] {
            #expect(samples["luaconc_jobs_runs_total{name=\"a\",state=\"\(state)\"}"] == 1)
        }
        #expect(samples["luaconc_jobs_run_duration_seconds_count{name=\"a\"}"] == 5)
        #expect(samples["luaconc_jobs_run_duration_seconds_sum{name=\"a\"}"] == 39.5)
        #expect(samples["luaconc_jobs_run_lateness_seconds_count{name=\"a\"}"] == 4)
        #expect(samples["luaconc_jobs_run_lateness_seconds_sum{name=\"a\"}"] == 1.5)
        let last = "luaconc_jobs_last_end_timestamp_seconds{name=\"b\",state=\"succeeded\"}"
        #expect(samples[last] == TemporaryFolder.year2027 + 3)
        #expect(samples["luaconc_jobs_unfinished{name=\"b\",state=\"running\"}"] == 1)
        #expect(samples["luaconc_jobs_unfinished{name=\"a\",state=\"running\"}"] == 0)
        #expect(samples["luaconc_jobs_paused{name=\"a\"}"] == 0)
    }

    @Test func `An empty history has metrics, too`() throws {
        let place = try TemporaryFolder()
        try place.fill([])
        #expect(try read(Metrics.text(History(place.folder, writes: false))).isEmpty)
    }

    @Test func `Names are escaped in labels`() throws {
        let place = try TemporaryFolder()
        try place.fill([.init(job: "a\\b\"c\nd{e}, ığ", scheduled: 0, started: 0, ended: 1)])
        let samples = try read(Metrics.text(History(place.folder, writes: false)))
        #expect(samples[#"luaconc_jobs_runs_total{name="a\\b\"c\nd{e}, ığ",state="succeeded"}"#] == 1)
    }

    @Test func `The sums that are kept are those of the rows, also of a history from before there were any`() throws {
        let place = try TemporaryFolder()
        try place.fillWithAll()
        let kept = try Metrics.text(History(place.folder, writes: false))
        try DatabaseQueue(path: place.folder.history).write { db in
            try db.execute(
                sql: """
                    DROP TRIGGER runEnded; DROP TRIGGER runNeverBegan; DROP TABLE tally; DROP INDEX runFailedOfJob;
                    DELETE FROM grdb_migrations WHERE identifier = 'tally';
                    """)
        }
        #expect(try Metrics.text(History(place.folder, writes: false)) == kept)
        _ = try History(place.folder, writes: true)
        #expect(try Metrics.text(History(place.folder, writes: false)) == kept)
        let history = try History(place.folder, writes: false)
        #expect(try history.database.read { try $0.tableExists("tally") })
    }

    @Test func `What is asked of a long history is found by indexes`() throws {
        let place = try TemporaryFolder()
        try place.fillWithAll()
        let database = try History(place.folder, writes: false).database
        for filter in [
            "", "WHERE job = 'a'", "WHERE \(History.failed)", "WHERE job = 'a' AND \(History.failed)",
            "WHERE job = 'a' AND \(History.failed) AND id < 7", "WHERE id BETWEEN 1 AND 9 AND started < 5",
        ] {
            let plan = try database.read { db in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN SELECT * FROM run \(filter) ORDER BY id DESC LIMIT 50")
                    .map { $0["detail"] as String }
            }
            #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(filter): \(plan)")
            #expect(
                filter.isEmpty || plan.allSatisfy { $0.contains("SEARCH") || $0.contains("INDEX") },
                "\(filter): \(plan)")
        }
    }
}
