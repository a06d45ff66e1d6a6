import Foundation
import Testing

@testable import JobsCore

/// What the runner decides, on virtual time, with functions that run in tasks.
@Suite struct EngineTests {
    private func seconds(_ run: History.Run) -> String { run.seconds.map { "\($0)" } ?? "-" }

    @Test func `A run that finds the last one running is left out, and has a row that says so`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { every = '10s', run = function() sleep(15) end }"])
        try place.simulate(36)
        #expect(
            try place.runs { $0.reason ?? seconds($0) } == [
                "a succeeded 15.0", "a skipped run 1 still runs", "a succeeded 15.0",
            ])
    }

    @Test func `overlap queue: one run waits for the end of the last one`() throws {
        let place = try TemporaryFolder([
            "a.lua": "job 'a' { every = '10s', overlap = 'queue', grace = '1h', run = function() sleep(25) end }"
        ])
        try place.simulate(39)
        #expect(
            try place.runs { $0.reason ?? $0.started.map { String($0.dropFirst(17).prefix(2)) } ?? "" } == [
                "a succeeded 10", "a succeeded 35", "a skipped run 2 waits already",
            ])
    }

    @Test func `overlap replace: a new run ends the last one`() throws {
        let place = try TemporaryFolder([
            "a.lua": "job 'a' { every = '10s', overlap = 'replace', grace = '1s', run = function() sleep(15) end }"
        ])
        try place.simulate(36)
        #expect(
            try place.runs { $0.reason ?? "" } == [
                "a cancelled run 2 takes its place", "a cancelled run 3 takes its place",
                "a cancelled the runner was stopped",
            ])
    }

    @Test func `overlap allow: runs go on side by side`() throws {
        let place = try TemporaryFolder([
            "a.lua": "job 'a' { every = '10s', overlap = 'allow', run = function() sleep(25) end, grace = '1h' }"
        ])
        try place.simulate(36)
        #expect(try place.runs(seconds) == ["a succeeded 25.0", "a succeeded 25.0", "a succeeded 25.0"])
    }

    @Test func `With a limit the runs that are too many wait, have rows, and begin in order`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            for index, name in ipairs{"a", "b", "c"} do
              job(name) { cron = "0 0 * * *", tz = "UTC", grace = "1h", run = function(run)
                sleep(10)
                if name == "a" and run.attempt == 1 then error("once", 0) end
              end, retries = name == "a" and 1 or nil, backoff = name == "a" and "1s" or nil }
            end
            job "next" { after = "b", run = function() sleep(5) end }
            """
        ])
        try place.simulate(3600, from: 86300, limit: 2)
        let runs = try place.runs {
            "\($0.started?.dropFirst(17).prefix(2) ?? "")-\($0.ended?.dropFirst(17).prefix(2) ?? "")"
        }
        #expect(
            runs == [
                "a failed 00-10", "b succeeded 00-10", "c succeeded 10-20", "a succeeded 15-25", "next succeeded 10-15",
            ])
        // Those that have no place when the runner ends are left to the next one.
        try place.simulate(5, from: 2 * 86400 - 1, limit: 1)
        #expect(try place.runs { _ in "" }.suffix(4) == ["a failed", "b waiting", "c waiting", "a waiting"])
        try place.simulate(60, from: 2 * 86400 + 100, limit: 1)
        #expect(
            try place.runs { _ in "" }.suffix(4) == ["b succeeded", "c succeeded", "a succeeded", "next succeeded"])
    }

    @Test func `A failure is tried again, later each time, until no retry is left`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "a" {
              cron = "0 0 * * *", tz = "UTC", retries = 3, backoff = "10s..25s",
              run = function(run) error("try " .. run.attempt, 0) end,
              on_failure = function(run) note(run.attempt, run.error) end,
            }
            function note(...) local f = io.open("$PLACE/notes", "a") f:write(table.concat({...}, " "), "\\n") f:close() end
            """
        ])
        try place.simulate(3600, from: 86300)
        #expect(try place.runs { "\($0.attempt) \($0.error ?? "")" } == (1...4).map { "a failed \($0) try \($0)" })
        #expect(place.lines("notes") == ["4 try 4"])
        let starts = try History(place.folder, writes: false).runs(of: nil, failed: true, count: 9).reversed().map(
            \.started)
        let times = starts.compactMap { $0 }.compactMap { Self.date($0) }
        let waits = zip(times.dropFirst(), times).map { $0.timeIntervalSince($1) }
        #expect(waits.count == 3)
        #expect((10...15).contains(waits[0]) && (20...25).contains(waits[1]) && (24.9...25).contains(waits[2]))
        let scheduled = try Set(
            History(place.folder, writes: false).runs(of: nil, failed: true, count: 9).map(\.scheduled))
        #expect(scheduled.count == 1)
    }

    private static func date(_ text: String) -> Date? {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions =
            text.contains(".") ? [.withInternetDateTime, .withFractionalSeconds] : .withInternetDateTime
        return formatter.date(from: text)
    }

    @Test func `A run that outlasts its timeout is ended, which counts as a failure`() throws {
        let place = try TemporaryFolder([
            "a.lua":
                "job 'a' { every = '1m', timeout = '20s', retries = 1, run = function(r) sleep(30 // r.attempt) end }"
        ])
        try place.simulate(115)
        #expect(
            try place.runs { $0.error ?? seconds($0) } == ["a timed out it took longer than 20 s", "a succeeded 15.0"])
    }

    @Test func `A job follows one that has succeeded, and not one that has failed`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "a" { every = "10s", run = function(run) if run.id == 1 then error("first", 0) end end }
            job "b" { after = "a", run = function() return nil, "no data" end }
            job "c" { after = "b", run = type }
            """
        ])
        try place.simulate(25)
        #expect(try place.runs { $0.error ?? "" } == ["a failed first", "a succeeded", "b failed no data"])
    }

    @Test func `What was missed while no runner ran: the last run is made up for, the others have rows`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "one" { cron = "0 * * * *", tz = "UTC", run = type }
            job "none" { cron = "0 * * * *", tz = "UTC", catch_up = "none", run = type }
            job "old" { cron = "0 * * * *", tz = "UTC", within = "10m", run = type }
            """
        ])
        try place.simulate(10)
        try place.simulate(10, from: 3 * 3600 + 1800)
        let missed = "missed the runner did not run"
        #expect(try place.runs(of: "one") { $0.reason ?? "" } == ["one \(missed)", "one \(missed)", "one succeeded"])
        #expect(try place.runs(of: "none") { $0.reason ?? "" } == Array(repeating: "none \(missed)", count: 3))
        #expect(try place.runs(of: "old") { $0.reason ?? "" } == Array(repeating: "old \(missed)", count: 3))
    }

    @Test func `catch_up all: each missed run is made up for, one after the other, unless it is too old`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "a" {
              every = "1h", catch_up = "all", within = "3h", grace = "1h", run = function() sleep(5) end,
              on_missed = function(run) local f = io.open("$PLACE/notes", "a") f:write(run.count, "\\n") f:close() end,
            }
            """
        ])
        try place.simulate(10)
        try place.simulate(60, from: 5 * 3600 + 1800)
        #expect(try place.runs() == ["a missed", "a missed", "a succeeded", "a succeeded", "a succeeded"])
        #expect(place.lines("notes") == ["2"])
        // Accounted for: a third runner has nothing to make up for.
        try place.simulate(60, from: 5 * 3600 + 1900)
        #expect(try place.runs().count == 5)
    }

    @Test func `Of very many missed runs the last thousand have rows of their own`() throws {
        let place = try TemporaryFolder([
            "a.lua": "job 'a' { cron = '* * * * *', tz = 'UTC', catch_up = 'none', run = type }"
        ])
        try place.simulate(10)
        try place.simulate(10, from: 2 * 86400 + 30)
        let rows = try place.runs { $0.reason ?? "" }
        #expect(rows.count == 1000)
        #expect(rows[0] == "a missed the runner did not run, and so were 1880 runs before this one")
        #expect(rows[999] == "a succeeded" || rows[999] == "a missed the runner did not run")
    }

    @Test func `A job with other times begins anew, and one that was never seen has missed nothing`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { cron = '0 * * * *', tz = 'UTC', run = type }"])
        try place.simulate(10)
        try place.write("a.lua", "job 'a' { cron = '30 * * * *', tz = 'UTC', run = type }")
        try place.simulate(10, from: 86400 + 60)
        #expect(try place.runs() == [])
    }

    @Test func `What ran while the clock was a day ahead holds up nothing when it is right again`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "every" { every = "10s", run = type }
            job "cron" { cron = "* * * * *", tz = "UTC", run = type }
            """
        ])
        try place.simulate(65, from: 86400)
        #expect(try place.runs(of: "every").count == 6 && place.runs(of: "cron").count == 1)
        try place.simulate(65)
        #expect(try place.runs(of: "every").count == 12 && place.runs(of: "cron").count == 2)
        #expect(try place.runs().allSatisfy { $0.hasSuffix("succeeded") })
    }

    @Test func `A retry that waits when the runner stops is made by the next one`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "a" { cron = "0 0 * * *", tz = "UTC", retries = 1, backoff = "1h",
              run = function(run) if run.attempt == 1 then error("no", 0) end end }
            """
        ])
        try place.simulate(100, from: 86390)
        #expect(try place.runs { "\($0.attempt)" } == ["a failed 1", "a waiting 2"])
        // One that is stopped before it does anything leaves it to the next one, too.
        try place.simulate(0, from: 86495)
        #expect(try place.runs { "\($0.attempt)" } == ["a failed 1", "a waiting 2"])
        try place.simulate(7200, from: 86500)
        #expect(try place.runs { "\($0.attempt)" } == ["a failed 1", "a succeeded 2"])
    }

    @Test func `What waits of a job that is no longer there is cancelled`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "a" { cron = "0 0 * * *", tz = "UTC", retries = 1, backoff = "1h", run = function() error("no", 0) end }
            """
        ])
        try place.simulate(100, from: 86390)
        try place.write("a.lua", "")
        try place.simulate(10, from: 86500)
        #expect(try place.runs { $0.reason ?? "" } == ["a failed", "a cancelled the job is no longer there"])
    }

    @Test func `on_success and on_failure get the run once, when no attempt is left`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            local function note(...)
              local file <close> = io.open("$PLACE/notes", "a")
              file:write(table.concat({...}, " "), "\\n")
            end
            job "a" {
              every = "1m", retries = 1, backoff = "1s",
              run = function(run) if run.attempt == 1 then error("no", 0) end sleep(2) end,
              on_success = function(run)
                note("good", run.name, run.id, run.attempt, run.state, run.ended - run.started)
              end,
              on_failure = function(run) note("bad", run.id) end,
            }
            """
        ])
        try place.simulate(100)
        #expect(try place.runs() == ["a failed", "a succeeded"])
        #expect(place.lines("notes") == ["good a 2 2 succeeded 2.0"])
    }
}
