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

    @Test func `A runner that starts while a backup locks the history waits for its end`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { every = '1s', command = {'true'} }"])
        try place.simulate(1.5)
        var configuration = Configuration()
        configuration.busyMode = .timeout(60)
        let other = try DatabaseQueue(path: place.folder.history, configuration: configuration)
        try other.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            let runner = try Program.start(place.folder)
            defer { kill(runner.processIdentifier, SIGKILL) }
            let log = { place.lines("runner.log").joined() }
            #expect(eventually { log().contains("which is tried again each second") || !runner.isRunning })
            try db.execute(sql: "COMMIT")
            #expect(try eventually { try place.runs().count > 1 })
            #expect(runner.isRunning && log().contains("the history can be written again"))
        }
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

    @Test func `Ctrl-C lets runs go on within their grace, and a second one ends them`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "long" { every = "1s", grace = "1h", run = function() print("begun") sleep(1000) end }
            job "retry" { every = "1s", retries = 1, backoff = "1h", command = {"false"} }
            """
        ])
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        let log = { place.lines("runner.log").joined(separator: "\n") }
        #expect(eventually { log().contains("run 2 failed") || log().contains("run 1 failed") })
        runner.interrupt()
        #expect(eventually { log().contains("SIGINT: no run begins any more; waiting for 2 to end") })
        let last = try History(place.folder, writes: false).runs(of: nil, failed: false, count: 1)[0].id
        // What waits for its next attempt holds up nobody.
        #expect(eventually { !log().isEmpty && runner.isRunning })
        runner.interrupt()
        try #require(eventually { !runner.isRunning })
        #expect(runner.terminationStatus == 0)
        let runs = try History(place.folder, writes: false).runs(of: nil, failed: false, count: 100)
        #expect(runs[0].id == last)
        #expect(runs.filter { $0.job == "long" && $0.state == "cancelled" }.map(\.reason) == ["the runner was stopped"])
        #expect(runs.filter { $0.job == "retry" }.map(\.state).contains("waiting"))
    }

    @Test(.serialized, arguments: [false, true])
    func `The end of the terminal ends the runner in order, unless that is to be ignored`(isIgnored: Bool) throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { every = '1s', run = function() sleep(0.5) end }"])
        signal(SIGHUP, isIgnored ? SIG_IGN : SIG_DFL)
        defer { signal(SIGHUP, SIG_DFL) }
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        let log = { place.lines("runner.log").joined(separator: "\n") }
        #expect(eventually { log().contains("run 1 succeeded") })
        kill(runner.processIdentifier, SIGHUP)
        #expect(eventually { log().contains(isIgnored ? "run 3 succeeded" : "SIGHUP: no run begins any more") })
        if isIgnored { runner.terminate() }
        try #require(eventually { !runner.isRunning })
        #expect(runner.terminationStatus == 0)
        #expect(try place.runs().allSatisfy { $0 == "a succeeded" })
    }

    @Test func `A signal at any moment of its start ends the runner in order`() throws {
        let place = try TemporaryFolder(["a.lua": "for i = 1, 300 do job('job' .. i) { every = '1s', run = print } end"]
        )
        for step in 0..<12 {
            let runner = try Program.start(place.folder)
            defer { kill(runner.processIdentifier, SIGKILL) }
            usleep(UInt32(step) * 25_000)
            kill(runner.processIdentifier, step % 2 == 0 ? SIGINT : SIGTERM)
            try #require(eventually { !runner.isRunning })
            let status = runner.terminationStatus
            let isOrderly =
                runner.terminationReason == .uncaughtSignal || [0, 128 + SIGINT, 128 + SIGTERM].contains(status)
            #expect(isOrderly, "\(status): \(place.lines("runner.log").suffix(3))")
        }
    }

    @Test func `output --follow shows what a run writes while it writes, and ends with it`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "talks" { run = function()
              print("one")
              while not io.open("$PLACE/go") do sleep(0.01) end
              print("two")
            end }
            """
        ])
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(eventually { FileManager.default.fileExists(atPath: place.folder.control) })
        #expect(eventually { (try? Commands.ask(place.folder, Wish("start", "talks")))?.run == 1 })
        let follower = Process()
        let pipe = Pipe()
        follower.executableURL = URL(fileURLWithPath: Program.path)
        follower.arguments = ["output", "1", "--follow", "--dir", place.folder.path]
        follower.standardOutput = pipe
        try follower.run()
        defer { kill(follower.processIdentifier, SIGKILL) }
        #expect(pipe.fileHandleForReading.availableData == Data("one\n".utf8))
        let so = try Program.run("output", "1", "--json", "--dir", place.folder.path).output
        #expect(so.contains(#""output" : "one\n""#) && so.contains(#""state" : "running""#))
        try place.write("go", "")
        #expect(pipe.fileHandleForReading.readDataToEndOfFile() == Data("two\n".utf8))
        follower.waitUntilExit()
        #expect(follower.terminationStatus == 0)
        #expect(try output(place, 1) == "one\ntwo\n")
        let all = try Program.run("output", "1", "--json", "--dir", place.folder.path).output
        #expect(all.contains(#""output" : "one\ntwo\n""#) && all.contains(#""job" : "talks""#))
        #expect(try Program.run("output", "1", "--json", "--follow", "--dir", place.folder.path).status == 2)
    }

    @Test func `A reader that goes away ends no command with a trap`() throws {
        let place = try TemporaryFolder([
            "a.lua": "for i = 1, 3000 do job('job' .. i) { cron = '* * * * *', run = print } end"
        ])
        for words in ["next DIR", "next DIR --json", "rehearse DIR 10m", "check DIR"] {
            let shell = Process()
            let command = words.replacingOccurrences(of: "DIR", with: place.folder.path)
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            shell.arguments = ["-c", "{ '\(Program.path)' \(command); echo $? >&3; } 3>$0 | head -c 1 >/dev/null"]
            shell.arguments?.append("\(place.folder.path)/status")
            try shell.run()
            shell.waitUntilExit()
            // Either it has written all, or the signal that says so has ended it.
            #expect([["0"], ["141"]].contains(place.lines("status")), "\(words)")
        }
    }

    /// Mounts a small file system in memory.
    private static func mountSmall(_ path: String) -> Bool { mount("tmpfs", path, "tmpfs", 0, "size=2m") == 0 }

    private static func canMount() throws -> Bool {
        let place = try TemporaryFolder()
        return mountSmall(place.folder.path) && umount2(place.folder.path, 0) == 0
    }

    @Test(.enabled("no file system can be mounted here, which takes root", canMount))
    func `While the disk is full no run begins without a row, and afterwards all go on`() throws {
        let (place, notes) = (try TemporaryFolder(), try TemporaryFolder())
        try #require(Self.mountSmall(place.folder.path))
        defer { umount2(place.folder.path, Int32(MNT_DETACH)) }
        try place.write(
            "a.lua",
            "job 'a' { every = '1s', overlap = 'allow', command = {'sh', '-c', "
                + "'echo $LUACONC_RUN >>\(notes.folder.path)/notes'} }")
        let runner = try Program.start(place.folder)
        defer {
            kill(runner.processIdentifier, SIGKILL)
            runner.waitUntilExit()
        }
        #expect(eventually { !notes.lines("notes").isEmpty })
        let filler = place.folder.path + "/filler"
        let file = open(filler, O_WRONLY | O_CREAT, 0o600)
        // The log is on the same disk, so what is there already has to do.
        let zeros = [UInt8](repeating: 0, count: 4096)
        let isFull = { while Glibc.write(file, zeros, zeros.count) > 0 {} }
        // The journal of the database has room of its own until it is used up.
        var quiet = 0
        var last = -1
        #expect(
            eventually {
                isFull()
                usleep(300_000)
                let count = notes.lines("notes").count
                quiet = count == last ? quiet + 1 : 0
                last = count
                return quiet == 8
            }, "runs begin although nothing can be written")
        close(file)
        unlink(filler)
        #expect(eventually { notes.lines("notes").count > last })
        runner.terminate()
        try #require(eventually { !runner.isRunning })
        #expect(runner.terminationStatus == 0)
        let runs = try History(place.folder, writes: true).runs(of: nil, failed: false, count: 1000)
        #expect(Set(notes.lines("notes")).isSubset(of: runs.map { "\($0.id)" }))
        #expect(Set(notes.lines("notes")).count == notes.lines("notes").count)
        #expect(!runs.contains { $0.state == "running" })
    }

    @Test func `The clock is set, forth and back: no time is run twice, and what runs every so often goes on`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "hourly" { cron = "30 * * * *", tz = "UTC", catch_up = "none", command = {"true"} }
            job "often" { every = "1s", command = {"true"} }
            """
        ])
        // An hour's half is far away, so that only the jumps pass one.
        let now = Int(Moment.now)
        let start = (now / 3600 + 1) * 3600 + 600 - now
        let clock = try ClockShift(seconds: start)
        let runner = try Program.start(place.folder, environment: clock.environment)
        defer { kill(runner.processIdentifier, SIGKILL) }
        let ran = { (job: String) in
            try History(place.folder, writes: false).runs(of: job, failed: false, count: 1000).reversed()
        }
        func goOn() throws {
            let count = try ran("often").count
            #expect(try eventually { try ran("often").count > count + 2 })
        }
        #expect(eventually { place.lines("runner.log").count > 1 })
        try goOn()
        try clock.set(start + 2 * 3600)
        // Two times of the hourly job have gone by.
        #expect(try eventually { try ran("hourly").count == 2 })
        try goOn()
        try clock.set(start)
        try goOn()
        runner.terminate()
        try #require(eventually { !runner.isRunning })
        #expect(try ran("hourly").map(\.state) == ["missed", "missed"])
        #expect(Set(try ran("hourly").map(\.scheduled)).count == 2)
        #expect(!(try ran("often")).contains { $0.state == "missed" })
    }

    @Test func `A runner that is held up has a row for each time all the same, and none twice`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { every = '1s', catch_up = 'all', command = {'true'} }"])
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        // In the middle between two times, until long after the next one, or one of those after it.
        for pause: UInt32 in [0, 1400, 1400, 3400, 1400] {
            let count = (try? place.runs().count) ?? 0
            #expect(eventually { (try? place.runs().count) ?? 0 > count })
            guard pause > 0 else { continue }
            usleep(300_000)
            kill(runner.processIdentifier, SIGSTOP)
            usleep(pause * 1000)
            kill(runner.processIdentifier, SIGCONT)
        }
        let count = try place.runs().count
        #expect(try eventually { try place.runs().count > count })
        runner.terminate()
        try #require(eventually { !runner.isRunning })
        try expectNoGaps(place, ["a"])
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
            try #require(runner.isRunning, "the runner has ended by itself: \(place.lines("runner.log").suffix(9))")
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
        for run in runs where ["failed", "missed", "skipped", "waiting"].contains(run.state) {
            #expect(!ended.contains(run.id), "run \(run.id), which is \(run.state), came to its end")
        }
        let started = Set(begun.compactMap { Int($0[1]) })
        for run in runs where ["missed", "skipped", "waiting"].contains(run.state) {
            #expect(!started.contains(run.id), "run \(run.id), which is \(run.state), began")
        }
        try expectNoGaps(place, ["lua1", "lua2", "lua3", "program"])
        try expectFollowers(place)
        let ran = runs.filter { !["missed", "skipped", "waiting"].contains($0.state) && $0.job != "chain" }
        #expect(Set(ran.map { "\($0.job) \($0.scheduled) \($0.attempt)" }).count == ran.count, "a time was run twice")
        // All runs, and what they start, work in the folder. Their numbers may belong to other processes by now.
        var left: [String] = []
        #expect(
            eventually {
                left = Folder.names("/proc").filter {
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/cwd")) == place.folder.path
                }
                return left.isEmpty
            }, "processes \(left) live")
    }

    /// Each second has a row of each job that is due then, and only one.
    private func expectNoGaps(_ place: TemporaryFolder, _ jobs: [String]) throws {
        try DatabaseQueue(path: place.folder.history).read { db in
            for job in jobs {
                let times = try Double.fetchAll(
                    db, sql: "SELECT scheduled FROM run WHERE job = ? AND attempt = 1 ORDER BY scheduled",
                    arguments: [job])
                let gaps = zip(times, times.dropFirst()).filter { abs($1 - $0 - 1) > 0.1 }
                #expect(gaps.isEmpty, "\(job): \(gaps)")
            }
        }
    }

    /// Each success has a row of the job that follows.
    private func expectFollowers(_ place: TemporaryFolder) throws {
        try DatabaseQueue(path: place.folder.history).read { db in
            let succeeded = try Int.fetchAll(
                db, sql: "SELECT id FROM run WHERE job = 'program' AND state = 'succeeded' ORDER BY id")
            let followed = try String.fetchAll(db, sql: "SELECT cause FROM run WHERE job = 'chain' ORDER BY id")
            #expect(followed.sorted() == succeeded.map { "after run \($0)" }.sorted())
        }
    }
}
