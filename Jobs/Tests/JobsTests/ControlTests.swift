import Foundation
import Testing

@testable import JobsCore

/// What is asked of a runner by hand, with the program itself.
@Suite struct ControlTests {
    private func listens(_ place: TemporaryFolder) -> Bool {
        FileManager.default.fileExists(atPath: place.folder.control) && place.lines("runner.log").count > 0
    }

    private func state(_ place: TemporaryFolder, _ id: Int) throws -> String? {
        try History(place.folder, writes: false).run(id)?.state
    }

    @Test func `start, retry, cancel, pause and resume`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "good" { run = function(run) assert(run.attempt == 2, "not yet") end, retries = 1, backoff = "1s" }
            job "bad" { command = {"false"} }
            job "long" { run = function() sleep(1000) end }
            """
        ])
        let folder = place.folder
        let runner = try Program.start(folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(eventually { listens(place) })
        var status = stat()
        #expect(stat(folder.control, &status) == 0 && status.st_mode & 0o777 == 0o600)

        let good = try Program.run("start", "good", "--wait", "--dir", folder.path)
        #expect(good.status == 0 && good.output == "run 2: succeeded\n")
        let bad = try Program.run("start", "bad", "--wait", "--dir", folder.path)
        #expect(bad.status == 1 && bad.output == "run 3: failed: exit code 1\n")
        #expect(try Program.run("retry", "3", "--wait", "--dir", folder.path).output == "run 4: failed: exit code 1\n")

        #expect(try Commands.ask(folder, Wish("start", "long")).state == "running")
        let other = try Commands.ask(folder, Wish("start", "long"))
        #expect(other.state == "skipped" && other.reason == "run 5 still runs")
        #expect(try Program.run("cancel", "5", "--dir", folder.path).output == "run 5: cancelled\n")
        #expect(try state(place, 5) == "cancelled")

        _ = try Commands.ask(folder, Wish("pause", "bad"))
        #expect(try History(folder, writes: false).known().filter(\.paused).map(\.name) == ["bad"])
        #expect(try Program.run("next", folder.path).output.contains("bad (paused)\tby hand\n"))
        // Paused jobs can be started by hand.
        #expect(try Commands.ask(folder, Wish("start", "bad", waits: true)).state == "failed")
        _ = try Commands.ask(folder, Wish("resume", "bad"))
        #expect(try History(folder, writes: false).known().filter(\.paused).isEmpty)

        let unknown = try Program.run("start", "god", "--dir", folder.path)
        #expect(unknown.status == 2)
        #expect(unknown.errors == "luaconc-jobs: there is no job 'god' (did you mean 'good'?)\n")
        let gone = try Program.run("cancel", "5", "--dir", folder.path)
        #expect(gone.status == 2 && gone.errors == "luaconc-jobs: run 5 is not running, and does not wait\n")

        runner.terminate()
        try #require(eventually { !runner.isRunning })
        let nobody = try Program.run("start", "good", "--dir", folder.path)
        #expect(nobody.status == 1 && nobody.errors == "luaconc-jobs: nobody runs the jobs of \(folder.path)\n")
    }

    /// The objects that a command prints with --json.
    private func objects(_ text: String) throws -> [[String: Any]] {
        try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    @Test func `With --json each command prints one array, of runs with all their fields`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "bad" { run = function() error("no luck", 0) end }
            job "long" { run = function() sleep(1000) end }
            job "late" { cron = "0 0 1 1 *", tz = "UTC", run = print }
            """
        ])
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(eventually { listens(place) })
        let dir = place.folder.path
        let fields = [
            "attempt", "ended", "error", "id", "job", "machine", "reason", "scheduled", "seconds", "started", "state",
        ]
        let bad = try Program.run("start", "bad", "--wait", "--json", "--dir", dir)
        let run = try objects(bad.output)[0]
        #expect(bad.status == 1 && run.keys.sorted() == fields)
        #expect(run["id"] as? Int == 1 && run["job"] as? String == "bad" && run["state"] as? String == "failed")
        #expect(run["attempt"] as? Int == 1 && run["error"] as? String == "no luck" && run["reason"] is NSNull)
        #expect(run["seconds"] is Double && (run["machine"] as? String)?.isEmpty == false)
        for name in ["scheduled", "started", "ended"] {
            let time = try #require(run[name] as? String)
            let form = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?[+-]\d\d:\d\d/#
            #expect(time.wholeMatch(of: form) != nil, "\(time)")
        }
        _ = try Program.run("start", "long", "--dir", dir)
        let going = try objects(Program.run("show", "2", "--json", "--dir", dir).output)[0]
        #expect(going.keys.sorted() == fields && going["ended"] is NSNull && going["seconds"] is NSNull)
        let skipped = try objects(Program.run("start", "long", "--json", "--dir", dir).output)[0]
        #expect(skipped["state"] as? String == "skipped" && skipped["reason"] as? String == "run 2 still runs")
        // The answer comes when the run has ended.
        let cancelled = try objects(Program.run("cancel", "2", "--json", "--dir", dir).output)[0]
        #expect(cancelled["state"] as? String == "cancelled" && cancelled["ended"] is String)
        let again = try objects(Program.run("retry", "1", "--wait", "--json", "--dir", dir).output)[0]
        #expect(again["id"] as? Int == 4 && again["state"] as? String == "failed")
        let history = try objects(Program.run("history", "--json", "--dir", dir).output)
        #expect(history.map { $0["id"] as? Int } == [4, 3, 2, 1])
        #expect(try objects(Program.run("history", "late", "--json", "--dir", dir).output).isEmpty)
        let unknown = try Program.run("history", "lang", "--json", "--dir", dir)
        #expect(unknown.status == 2)
        #expect(unknown.errors == "luaconc-jobs: the history knows no job 'lang' (did you mean 'long'?)\n")
        #expect(try objects(Program.run("top", "--json", "--dir", dir).output).isEmpty)
        for command in ["pause", "resume"] {
            let state = try objects(Program.run(command, "bad", "--json", "--dir", dir).output)[0]
            #expect(state["job"] as? String == "bad" && state["paused"] as? Bool == (command == "pause"))
        }
        #expect(try objects(Program.run("check", dir, "--json").output).isEmpty)
        for words in [["next", dir, "-n", "1"], ["rehearse", dir, "366d"]] {
            let times = try objects(Program.run(words + ["--json"]).output)
            #expect(
                times.allSatisfy { $0.keys.sorted() == ["at", "job"] && $0["job"] as? String == "late" }, "\(words)")
            #expect(try #require(times[0]["at"] as? String).contains("T"), "\(words)")
        }
    }

    @Test func `A job that is paused leaves out its runs, with rows that say so`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { every = '10s', run = function() end }"])
        try place.simulate(5)
        try History(place.folder, writes: true).pause("a", true)
        try place.simulate(16, from: 5)
        #expect(try place.runs { $0.reason ?? "" } == ["a skipped the job is paused", "a skipped the job is paused"])
        try History(place.folder, writes: true).pause("a", false)
        try place.simulate(11, from: 21)
        #expect(try place.runs(of: "a").last == "a succeeded")
    }
}
