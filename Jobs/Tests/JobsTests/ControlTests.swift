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
        _ = try Commands.ask(folder, Wish("cancel", "5"))
        #expect(try eventually { try state(place, 5) == "cancelled" })

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
