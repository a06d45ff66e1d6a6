import Foundation
import Testing

@testable import JobsCore

@Suite struct DefinitionTests {
    @Test func `Each mistake is said with its file and line, and the nearest word that is known`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "one" {
              cron = "0 3 30 2 *",
              timeut = "20m",
              timeout = "twenty",
              retries = -1,
              overlap = "skp",
              command = {},
            }
            job "two" { cron = "* * * * *", tz = "Nowhere/At/All", run = print }
            job "three" {
              every = "10m",
              after = "four",
              backoff = "5m..10s",
              run = print, command = {"true"},
            }
            """
        ])
        #expect(
            try place.problems() == [
                """
                a.lua:2: job 'one': cron: day of month: no month of the pattern has such a day
                  0 3 30 2 *
                      ^^
                """,
                "a.lua:3: job 'one': unknown key 'timeut' (did you mean 'timeout'?)",
                #"a.lua:4: job 'one': timeout: a time such as "20m" or "1h30m" is expected, not "twenty""#,
                "a.lua:5: job 'one': retries: a whole number from 0 to 1000 is expected, not -1",
                "a.lua:6: job 'one': overlap: one of \"skip\", \"queue\", \"replace\", \"allow\" is expected, "
                    + "not \"skp\" (did you mean \"skip\"?)",
                #"a.lua:7: job 'one': command: a list such as {"tar", "cf", "x.tar"} is expected, not one without words"#,
                "a.lua:9: job 'two': option 'tz': no time zone 'Nowhere/At/All'",
                "a.lua:12: job 'three': it has both 'every' and 'after'",
                "a.lua:13: job 'three': 'backoff' is of use only with 'retries'",
                #"a.lua:13: job 'three': backoff: a time such as "10s", or "10s..5m", is expected, not "5m..10s""#,
                "a.lua:14: job 'three': it has both 'run' and 'command'",
            ])
    }

    @Test func `A file with an error keeps no other file from being read`() throws {
        let place = try TemporaryFolder([
            "a.lua": "job 'good' { command = {'true'} }", "b.lua": "\nx = = 1", "c.lua": "error('no luck')",
            "d.lua": "job 'forgotten'", "e.lua": "job(42)", "f.lua": "job 'good' { run = print }",
            "g.lua": "while true do end", "h.lua": "job 'x' { after = 'god', run = print }",
        ])
        #expect(
            try place.problems() == [
                "b.lua:2: unexpected symbol near '='",
                "c.lua:1: no luck",
                #"d.lua:1: job 'forgotten' has no table: write job "forgotten" { … }"#,
                "e.lua:1: a job's name is a text of 1 to 200 letters, not 42",
                "f.lua:1: job 'good': \(place.folder.path)/a.lua:1 has a job of that name already",
                "g.lua:0: it takes more than 10 s to be read",
                "h.lua:1: job 'x': after: there is no job 'god' (did you mean 'good'?)",
            ])
    }

    @Test func `Jobs that follow each other in a ring are a mistake`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "a" { after = "b", run = print }
            job "b" { after = "a", run = print }
            job "c" { after = "a", run = print }
            """
        ])
        #expect(
            try place.problems() == [
                "a.lua:1: job 'a': after: it would follow itself, by way of 'b'",
                "a.lua:2: job 'b': after: it would follow itself, by way of 'a'",
            ])
    }

    @Test func `Globals of a file are its own, and modules come from the folder lib`() throws {
        let place = try TemporaryFolder([
            "a.lua": "function name() return 'a' end  job(name()) { run = print }",
            "b.lua": "assert(name == nil)  job(require 'names'.b) { run = print }",
            "lib/names.lua": "return {b = 'b'}",
        ])
        #expect(try place.problems() == [])
        #expect(try Commands.check(place.folder).jobs == 2)
    }

    @Test func `check ends with status 3 if something is wrong, as text and as JSON`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { rum = print, command = {'true'} }"])
        let text = try Program.run("check", place.folder.path)
        #expect(text.status == 3)
        #expect(text.output == "\(place.folder.path)/a.lua:1: job 'a': unknown key 'rum' (did you mean 'run'?)\n")
        let json = try Program.run("check", place.folder.path, "--json")
        #expect(json.status == 3)
        let problems = try JSONDecoder().decode([Problem].self, from: Data(json.output.utf8))
        #expect(problems.map(\.line) == [1])
        try place.write("a.lua", "job 'a' { run = print }")
        let good = try Program.run("check", place.folder.path)
        #expect(good.status == 0 && good.output == "1 job in 1 file, and nothing is wrong.\n")
    }

    @Test func `A folder that is not there has status 3, wrong usage status 2`() throws {
        let missing = try Program.run("run", "/no/such/folder")
        #expect(missing.status == 3)
        #expect(missing.errors == "luaconc-jobs: there is no folder '/no/such/folder'\n")
        #expect(try Program.run("rehearse", "/", "soon").status == 2)
        let unknown = try Program.run("histroy")
        #expect(
            unknown.status == 2 && unknown.errors.contains("there is no command 'histroy' (did you mean 'history'?)\n"))
        #expect(try Program.run("nonsense").errors.contains("there is no command 'nonsense'\n"))
    }

    @Test func `What is right is shown although something else is wrong, and the status is 3`() throws {
        let place = try TemporaryFolder([
            "a.lua": "job 'a' { cron = '0 0 * * *', tz = 'UTC', run = print }", "b.lua": "job 'b' {",
            "c.lua": "nonsense()",
        ])
        for words in [["next", place.folder.path, "-n", "1"], ["rehearse", place.folder.path, "1d"]] {
            let ended = try Program.run(words)
            #expect(ended.status == 3, "\(words)")
            #expect(ended.output.split(separator: "\n").count == 1 && ended.output.contains("a"), "\(words)")
            #expect(ended.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("luaconc-jobs: ") }, "\(words)")
            #expect(ended.errors.contains("/b.lua:1: ") && ended.errors.contains("/c.lua:1: "), "\(words)")
        }
    }

    @Test func `The manual page names each command, and no other`() throws {
        let page = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("luaconc-jobs.1"), encoding: .utf8)
        let known = try Program.run("--help").output.matches(of: #/\n  ([a-z]+) +[A-Z]/#).map { String($0.1) }
        let named = page.matches(of: #/\n\.BR ([a-z]+) "/#).map { String($0.1) }
        #expect(known.sorted() == named.sorted())
    }

    @Test func `next shows so many times of each job`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "cron" { cron = "0 3 * * *", tz = "UTC", run = print }
            job "every" { every = "90m", run = print }
            job "after" { after = "every", run = print }
            job "hand" { run = print }
            """
        ])
        let jobs = try Commands.next(place.folder, count: 2, log: { _ in })
        #expect(jobs.map(\.job) == ["cron", "every", "after", "hand"])
        #expect(jobs.map { $0.times.count } == [2, 2, 0, 0])
        #expect(jobs[0].times[0].truncatingRemainder(dividingBy: 86400) == 10800)
        #expect(jobs[0].times[1] - jobs[0].times[0] == 86400)
        #expect(jobs[1].times[1] - jobs[1].times[0] == 5400)
        #expect(jobs[2].when == "after 'every'" && jobs[3].when == "by hand")
    }
}

@Suite struct RehearsalTests {
    private func rehearse(_ text: String, span: Double, from: Double) throws -> [String] {
        let place = try TemporaryFolder(["a.lua": text])
        let seen = Seen()
        try Commands.rehearse(place.folder, span: span, from: .init(secondsSince1970: from), log: { seen.add($0) }) {
            seen.add("\($0) \(Int($1 - from))")
        }
        return seen.all
    }

    @Test func `Jobs come in the order of their times, and those that follow after them`() throws {
        #expect(
            try rehearse(
                """
                job "hourly" { cron = "0 * * * *", tz = "UTC", run = error }
                job "often" { every = "25m", run = error }
                job "last" { after = "hourly", run = error }
                """, span: 3700, from: 1_800_000_000) == [
                    "often 1500", "often 3000", "hourly 3600", "last 3600",
                ])
    }

    @Test func `Both hours of a clock change: a time that is skipped or comes twice is one run`() throws {
        let job = #"job "night" { cron = "30 2 * * *", tz = "Europe/Berlin", run = error }"#
        // 2027-03-27 and 2027-10-30, 00:00 UTC.
        #expect(
            try rehearse(job, span: 3 * 86400, from: 1_806_105_600) == ["night 5400", "night 90000", "night 174600"])
        #expect(
            try rehearse(job, span: 3 * 86400, from: 1_824_854_400) == ["night 1800", "night 88200", "night 178200"])
    }

    @Test func `A year of 200 jobs`() throws {
        let text = "for i = 1, 200 do job('job' .. i) { cron = i % 60 .. ' 4 * * sun', tz = 'UTC', run = error } end"
        #expect(try rehearse(text, span: 365 * 86400, from: TemporaryFolder.year2027).count == 200 * 52)
    }
}

/// Guarded by its lock.
private final class Seen: @unchecked Sendable {  // sound: `list` is under the lock
    private let lock = NSLock()
    private var list: [String] = []
    func add(_ text: String) { lock.withLock { list.append(text) } }
    var all: [String] { lock.withLock { list } }
}
