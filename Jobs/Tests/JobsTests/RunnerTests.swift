import Foundation
import GRDB
import Testing

@testable import JobsCore

/// The program itself, with child processes.
@Suite struct RunnerTests {
    /// The first run of each job that has ended.
    private func firsts(_ place: TemporaryFolder) throws -> [String: History.Run] {
        guard let history = try? History(place.folder, writes: false) else { return [:] }
        let runs = try history.runs(of: nil, failed: false, count: 1000).filter {
            $0.ended != nil && $0.state != "skipped"
        }
        return Dictionary(runs.map { ($0.job, $0) }, uniquingKeysWith: { min($0, $1) { $0.id < $1.id } })
    }

    private func min<T>(_ a: T, _ b: T, by less: (T, T) -> Bool) -> T { less(b, a) ? b : a }

    private func output(_ place: TemporaryFolder, _ id: Int?) throws -> String {
        try String(decoding: History(place.folder, writes: false).output(#require(id)), as: UTF8.self)
    }

    @Test func `Each kind of run has its state, its error and its output`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            local greeting = "hello"
            function text(run) return greeting .. " " .. run.name end
            job "function" { every = "1s", run = function(run) print(text(run)) io.stderr:write("errors\\n") end }
            job "command" { after = "function", command = {"sh", "-c", "pwd; echo $LUACONC_JOB >&2"} }
            job "raises" { after = "function", run = function() error("boom", 0) end }
            job "code" { after = "function", run = function() return process.run("sh", "-c", "echo out; exit 3") end }
            job "missing" { after = "function", command = {"no-such-program"} }
            job "dies" { after = "function", run = function() process.run("kill", "-9", tostring(process.pid())) end }
            job "slow" { after = "function", timeout = "1s", run = function() print("begun") sleep(100) end }
            job "program" { after = "function", timeout = "1s", command = {"sh", "-c", "echo begun; exec sleep 100"} }
            job "greedy" { after = "function", memory = "50M", run = function() return #("x"):rep(1e9) end }
            job "walled" {
              after = "function", sandbox = true, run = function() assert(io.open("/root/.profile")) end,
            }
            job "long" { after = "function", output = "1K", run = function() print(("x"):rep(1e5)) end }
            """
        ])
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(try eventually { try firsts(place).count == 11 })
        runner.interrupt()
        try #require(eventually { !runner.isRunning })
        #expect(runner.terminationStatus == 0)
        let runs = try firsts(place)
        let ends: [String: String] = runs.mapValues { $0.error ?? "" }
        #expect(runs["function"]?.state == "succeeded" && runs["command"]?.state == "succeeded")
        #expect(
            try output(place, runs["function"]?.id).split(separator: "\n").sorted() == ["errors", "hello function"])
        #expect(try output(place, runs["command"]?.id) == "\(place.folder.path)\ncommand\n")
        #expect(ends["raises"] == "boom" && ends["code"] == "exit code 3")
        #expect(try output(place, runs["code"]?.id).hasPrefix("out\n"))
        #expect(ends["missing"] == "no-such-program: No such file or directory")
        #expect(ends["dies"] == "killed by signal 9 (KILL)")
        #expect(runs["slow"]?.state == "timed out" && runs["program"]?.state == "timed out")
        #expect(ends["slow"] == "it took longer than 1 s")
        #expect(try output(place, runs["slow"]?.id).hasPrefix("begun\n"))
        #expect(try output(place, runs["program"]?.id) == "begun\n")
        #expect(ends["greedy"]?.contains("not enough memory") == true)
        #expect(ends["walled"]?.contains("Permission denied") == true)
        #expect(try output(place, runs["long"]?.id).contains("\n[98977 bytes were cut out here]\n"))
        #expect(FileManager.default.subpaths(atPath: place.folder.outputs) == [])
    }

    @Test func `Files that change are read again, and a file with an error keeps its old jobs`() throws {
        let place = try TemporaryFolder([
            "a.lua": "job 'a' { every = '1s', run = function() print(require('words').a) end }",
            "b.lua": "job 'b' { every = '1s', run = print }", "lib/words.lua": "return {a = 'old'}",
        ])
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(try eventually { try firsts(place).count == 2 })
        try place.write("c.lua", "job 'c' { every = '1s', run = print }")
        try place.write("b.lua", "job 'b' { evry = '1s', run = print }")
        try place.write("lib/words.lua", "return {a = 'new'}")
        #expect(try eventually { try firsts(place)["c"] != nil })
        let log = place.folder.path + "/runner.log"
        #expect(
            try eventually {
                try String(contentsOfFile: log, encoding: .utf8).contains(
                    "luaconc-jobs: \(place.folder.path)/b.lua:1: job 'b': unknown key 'evry' (did you mean 'every'?)\n")
            })
        let last = try History(place.folder, writes: false).runs(of: "b", failed: false, count: 1)[0].id
        #expect(
            try eventually {
                try History(place.folder, writes: false).runs(of: "b", failed: false, count: 1)[0].id > last
            })
        #expect(
            try eventually {
                let history = try History(place.folder, writes: false)
                let run = try history.runs(of: "a", failed: false, count: 1)[0]
                return try history.output(run.id) == Array("new\n".utf8)
            })
    }

    @Test func `While another program locks the history no run begins, and afterwards all go on`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "a" { every = "1s", overlap = "allow", command = {"sh", "-c", "echo $LUACONC_RUN >>$PLACE/notes"} }
            """
        ])
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(eventually { !place.lines("notes").isEmpty })
        let log = { try String(contentsOfFile: place.folder.path + "/runner.log", encoding: .utf8) }
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let other = try DatabaseQueue(path: place.folder.history, configuration: configuration)
        try other.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            let begun = place.lines("notes").count
            #expect(
                try eventually { try log().contains("the history cannot be written, which is tried again each second") }
            )
            // One may have had its row already.
            #expect(place.lines("notes").count <= begun + 1)
            try db.execute(sql: "COMMIT")
        }
        #expect(try eventually { try log().contains("the history can be written again") })
        let before = place.lines("notes").count
        #expect(eventually { place.lines("notes").count > before })
        runner.terminate()
        try #require(eventually { !runner.isRunning })
        let runs = try History(place.folder, writes: false).runs(of: nil, failed: false, count: 1000)
        #expect(Set(place.lines("notes")).isSubset(of: runs.map { "\($0.id)" }))
        #expect(Set(place.lines("notes")).count == place.lines("notes").count)
        #expect(!runs.contains { $0.state == "running" })
    }

    @Test func `The examples have nothing wrong, and each of their jobs runs`() throws {
        let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Examples").path
        let place = try TemporaryFolder()
        for name in try #require(FileManager.default.subpaths(atPath: examples)) where name.hasSuffix(".lua") {
            let text = try String(contentsOfFile: "\(examples)/\(name)", encoding: .utf8)
            // Not every few seconds, but at once.
            try place.write(name, text.replacing(#/every = "\d+s"/#, with: "every = \"1s\""))
        }
        #expect(try place.problems() == [])
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        let jobs = ["backup", "convert", "fetch", "flaky", "publish", "report", "sandboxed"]
        #expect(try eventually { try firsts(place).keys.sorted() == jobs })
        for job in jobs where job != "flaky" {
            #expect(
                try eventually {
                    try History(place.folder, writes: false).runs(of: job, failed: false, count: 100)
                        .contains { $0.state == "succeeded" }
                }, "\(job) has not succeeded")
        }
    }

    /// How often the runner is killed: LUACONC_JOBS_KILLS, or this.
    private static let kills = ProcessInfo.processInfo.environment["LUACONC_JOBS_KILLS"].flatMap { Int($0) } ?? 6

    @Test func `A runner that is killed at any moment loses no run, runs none twice, and leaves no process`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            local function note(...)
              local file = assert(io.open("$PLACE/notes", "a"))
              file:write(table.concat({...}, " ") .. "\\n")
              file:close()
            end
            for i = 1, 3 do
              job("lua" .. i) { every = "1s", retries = 1, backoff = "1s", run = function(run)
                note("begin", run.id, process.pid())
                sleep(math.random())
                if math.random(4) == 1 then process.run("kill", "-9", tostring(process.pid())) end
                note("end", run.id)
              end }
            end
            job "program" { every = "1s", overlap = "allow", command = {"sh", "-c",
              "echo begin $LUACONC_RUN $$ >>$PLACE/notes; sleep 0.$$; echo end $LUACONC_RUN >>$PLACE/notes"} }
            job "chain" { after = "program", catch_up = "all", run = function(run)
              note("begin", run.id, process.pid())
              note("end", run.id)
            end }
            """
        ])
        for _ in 0..<Self.kills {
            let before = place.lines("notes").count
            let runner = try Program.start(place.folder)
            _ = eventually { place.lines("notes").count > before || !runner.isRunning }
            usleep(UInt32.random(in: 0..<1_500_000))
            #expect(runner.isRunning)
            kill(runner.processIdentifier, SIGKILL)
            runner.waitUntilExit()
        }
        let runner = try Program.start(place.folder)
        let notes = place.lines("notes").count
        #expect(eventually { place.lines("notes").count > notes })
        runner.terminate()
        try #require(eventually { !runner.isRunning })
        #expect(runner.terminationStatus == 0)

        let runs = try History(place.folder, writes: false).runs(of: nil, failed: false, count: 1_000_000)
        let states = Dictionary(runs.map { ($0.id, $0.state) }, uniquingKeysWith: { $1 })
        let begun = place.lines("notes").filter { $0.hasPrefix("begin") }.map { $0.split(separator: " ") }
        let ended = Set(place.lines("notes").filter { $0.hasPrefix("end") }.compactMap { Int($0.dropFirst(4)) })
        #expect(Set(begun.map { $0[1] }).count == begun.count, "a run began twice")
        for note in begun { #expect(states[Int(note[1]) ?? 0] != nil, "run \(note[1]) has no row") }
        #expect(!states.values.contains("running"))
        for (id, state) in states where state == "succeeded" { #expect(ended.contains(id), "run \(id) did not end") }
        #expect(states.values.contains("lost"))
        let ran = runs.filter { !["missed", "skipped", "waiting"].contains($0.state) && $0.job != "chain" }
        #expect(Set(ran.map { "\($0.job) \($0.scheduled) \($0.attempt)" }).count == ran.count, "a time was run twice")
        for note in begun {
            let pid = try #require(pid_t(note[2]))
            #expect(eventually { kill(pid, 0) != 0 }, "process \(pid) lives")
        }
    }
}
