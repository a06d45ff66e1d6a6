import Cluster
import Foundation
import Testing

@testable import JobsCore

/// Several runners that share the times of their jobs, each with a folder of its own, over a server on this machine.
@Suite struct ClusterTests {
    /// A machine of the tests: a folder with the same files, and its runner.
    private final class Machine {
        let name: String
        let place: TemporaryFolder
        private(set) var runner = Process()

        init(_ name: String, _ files: [String: String]) throws {
            (self.name, place) = (name, try TemporaryFolder(files))
        }

        deinit { kill() }

        @discardableResult
        func start(_ url: String, _ options: [String] = [], _ environment: [String: String] = [:]) throws -> Machine {
            runner = try Program.start(
                place.folder, environment: environment.merging(["LUACONC_JOBS_MACHINE": name]) { $1 },
                options + ["--cluster", url])
            return self
        }

        func kill() {
            guard runner.isRunning else { return }
            Foundation.kill(runner.processIdentifier, SIGKILL)
            runner.waitUntilExit()
        }

        func stop() throws {
            runner.terminate()
            try #require(eventually { !runner.isRunning })
            #expect(runner.terminationStatus == 0)
        }

        var log: String { place.lines("runner.log").joined(separator: "\n") }

        func runs(of job: String? = nil) throws -> [History.Run] {
            guard let history = try? History(place.folder, writes: false) else { return [] }
            return try history.runs(of: job, failed: false, count: 10_000).reversed()
        }

        func ran(_ job: String) throws -> Int { try runs(of: job).count { $0.state == "succeeded" } }
    }

    private static let three = ["a", "b", "c"]

    /// What all machines say of a job together: a row for each time, with none left out and none there twice.
    private func expectEachOnce(_ machines: [Machine], _ job: String, every seconds: Double = 1) throws {
        let times = try machines.flatMap { try $0.runs(of: job) }.filter { $0.attempt == 1 }
            .map { try #require(Self.seconds($0.scheduled)) }.sorted()
        let gaps = zip(times, times.dropFirst()).filter { abs($1 - $0 - seconds) > 0.1 }
        #expect(gaps.isEmpty && times.count > 3, "\(job): \(gaps) of \(times)")
    }

    private static func seconds(_ text: String) -> Double? {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions =
            text.contains(".") ? [.withInternetDateTime, .withFractionalSeconds] : .withInternetDateTime
        return formatter.date(from: text)?.timeIntervalSince1970
    }

    @Test func `Each time is run by one of three machines, also when one is killed, and when clocks differ`() throws {
        let server = try NatsServer()
        let notes = try TemporaryFolder()
        let files = [
            "a.lua": """
            local function note(text)
              local file = assert(io.open("\(notes.folder.path)/notes", "a"))
              file:write(text, "\\n")
              file:close()
            end
            job "free" { every = "1s", overlap = "allow", run = function(run) note("free " .. run.scheduled) end }
            job "one" { cron = "* * * * * *", tz = "UTC", run = function(run) note("one " .. run.scheduled) sleep(0.3) end }
            job "next" { after = "one", run = function(run) note("next " .. run.started) end }
            """
        ]
        let shift = try ClockShift(seconds: 1)
        let machines = try Self.three.map { try Machine($0, files) }
        for machine in machines {
            try machine.start(server.url, [], machine.name == "b" ? shift.environment : [:])
        }
        func goOn(_ count: Int) {
            let before = notes.lines("notes").count { $0.hasPrefix("one") }
            #expect(eventually { notes.lines("notes").count { $0.hasPrefix("one") } >= before + count })
        }
        goOn(3)
        // In the middle of a run, and not while a time is being taken.
        let first = try #require(
            machines.first { try $0.runs(of: "one").contains { $0.state == "running" } } ?? machines.last)
        first.kill()
        goOn(4)
        try first.start(server.url)
        goOn(2)
        for machine in machines { try machine.stop() }
        try expectEachOnce(machines, "free")
        try expectEachOnce(machines, "one")
        let begun = notes.lines("notes").filter { !$0.hasPrefix("next") }
        #expect(Set(begun).count == begun.count, "a time was run twice: \(begun)")
        for machine in machines { #expect(try !machine.runs().contains { $0.state == "running" }) }
        // A job that follows does so on the same machine.
        for machine in machines { #expect(try machine.runs(of: "next").count == machine.ran("one")) }
    }

    @Test func `A job has one run at a time over all machines, and its next times are those of the one that has it`()
        throws
    {
        let server = try NatsServer()
        let notes = try TemporaryFolder()
        let files = [
            "a.lua": """
            local function note(text)
              local file = assert(io.open("\(notes.folder.path)/" .. text, "a"))
              file:write(".")
              file:close()
            end
            job "long" { every = "1s", run = function() note("begun") sleep(2.5) note("ended") end }
            """
        ]
        let machines = try ["a", "b"].map { try Machine($0, files).start(server.url) }
        func count(_ name: String) -> Int { notes.lines(name).first?.utf8.count ?? 0 }
        var most = 0
        #expect(
            eventually {
                most = max(most, count("begun") - count("ended"))
                return count("ended") >= 2
            })
        #expect(most == 1)
        for machine in machines { try machine.stop() }
        try expectEachOnce(machines, "long")
        let skipped = try machines.flatMap { try $0.runs(of: "long") }.filter { $0.state == "skipped" }
        #expect(!skipped.isEmpty && skipped.allSatisfy { $0.reason?.hasSuffix("still runs") == true }, "\(skipped)")
    }

    @Test
    func `A machine that is full, or on which the job is paused, leaves it to another; if all are, one has a row`()
        throws
    {
        let server = try NatsServer()
        let files = [
            "a.lua": """
            job "blocker" { grace = "1s", run = function() sleep(1000) end }
            job "tick" { every = "1s", overlap = "allow", command = {"true"} }
            job "tock" { every = "1s", overlap = "allow", command = {"true"} }
            """
        ]
        let (a, b) = (try Machine("a", files), try Machine("b", files))
        try a.start(server.url, ["--limit", "1"])
        #expect(try eventually { try a.ran("tick") > 0 })
        _ = try Commands.ask(a.place.folder, Wish("start", "blocker"))
        #expect(try eventually { try a.runs(of: "blocker").last?.state == "running" })
        // Nobody else is there: they wait.
        #expect(try eventually { try a.runs(of: "tick").contains { $0.state == "waiting" } })
        try b.start(server.url)
        #expect(eventually { b.log.contains("whose times are shared") })
        #expect(try eventually { try b.ran("tick") > 3 })
        let count = try a.runs(of: "tick").count
        #expect(try eventually { try b.ran("tick") > 6 })
        #expect(try a.runs(of: "tick").count == count)
        _ = try Commands.ask(b.place.folder, Wish("pause", "tock"))
        let last = try #require(try a.runs(of: "blocker").last?.id)
        _ = try Commands.ask(a.place.folder, Wish("cancel", "\(last)"))
        let before = try a.ran("tock")
        #expect(try eventually { try a.ran("tock") > before + 2 })
        _ = try Commands.ask(a.place.folder, Wish("pause", "tock"))
        #expect(try eventually { try (a.runs(of: "tock") + b.runs(of: "tock")).contains { $0.state == "skipped" } })
        try a.stop()
        try b.stop()
        for job in ["tick", "tock"] { try expectEachOnce([a, b], job) }
    }

    @Test func `Without the server no time is run, which is said; when it is back, they are caught up once`() throws {
        let server = try NatsServer()
        server.kill()
        let files = [
            "a.lua": """
            job "all" { every = "1s", catch_up = "all", command = {"true"} }
            job "hand" { command = {"true"} }
            """
        ]
        let machines = try ["a", "b"].map { try Machine($0, files).start(server.url) }
        let says = "no time is run, since the cluster cannot be used, which is tried again each second: cluster: "
        #expect(eventually { machines.allSatisfy { $0.log.contains(says + "cannot connect to \(server.url): ") } })
        #expect(try machines.allSatisfy { try $0.runs().isEmpty })
        #expect(try Commands.ask(machines[0].place.folder, Wish("start", "hand", waits: true)).state == "succeeded")
        try server.run()
        func all() throws -> Int { try machines.reduce(0) { try $0 + $1.ran("all") } }
        #expect(try eventually { try all() > 2 })
        #expect(machines.allSatisfy { $0.log.contains("the cluster can be used") })
        server.kill()
        #expect(eventually { machines.contains { $0.log.components(separatedBy: says).count > 2 } })
        let count = try all()
        try server.run()
        #expect(try eventually { try all() > count + 5 })
        for machine in machines { try machine.stop() }
        try expectEachOnce(machines, "all")
        #expect(try !machines.flatMap { try $0.runs() }.contains { $0.state == "missed" })
    }

    @Test func `history --all asks all machines, names them, and says which do not answer`() throws {
        let server = try NatsServer()
        let files = [
            "a.lua":
                "job 'tick' { every = '1s', overlap = 'allow', command = {'true'} } job 'own' { command = {'false'} }"
        ]
        let machines = try Self.three.map { try Machine($0, files).start(server.url) }
        for machine in machines {
            #expect(eventually { (try? Commands.ask(machine.place.folder, Wish("start", "own", waits: true))) != nil })
        }
        func history(_ words: String...) throws -> Program.Ended {
            try Program.run(["history", "--all"] + words, environment: ["LUACONC_JOBS_CLUSTER": server.url])
        }
        #expect(try eventually { try history("own").output.split(separator: "\n").count == 3 })
        let rows = try history("own", "--failed").output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(rows.map { $0[0] }.sorted() == ["a", "b", "c"])
        #expect(rows.map { $0[2] } == rows.map { $0[2] }.sorted(by: >))
        #expect(rows.allSatisfy { $0[3] == "own" && $0[4] == "failed" && $0.last == "exit code 1" })
        #expect(try history("-n", "1").output.split(separator: "\n").count == 1)
        // One that is there, but does not answer.
        kill(machines[2].runner.processIdentifier, SIGSTOP)
        let so = try history("own", "--json")
        #expect(so.status == 1 && so.errors.contains("'c' does not answer; it was there last at 2"))
        let json = try JSONSerialization.jsonObject(with: Data(so.output.utf8)) as? [[String: Any]]
        #expect(json?.compactMap { $0["machine"] as? String }.sorted() == ["a", "b"])
        machines[2].kill()
        #expect(try history().errors.contains("'c' does not answer"))
        let none = try Program.run(["history", "--all"], environment: ["LUACONC_JOBS_CLUSTER": ""])
        #expect(none.status == 2 && none.errors.contains("--cluster or LUACONC_JOBS_CLUSTER has to say"))
        server.kill()
        let away = try history()
        #expect(away.status == 1 && away.errors.contains("cannot connect to \(server.url)"))
    }

    @Test func `A second runner of the same name takes no time, and says why`() throws {
        let server = try NatsServer()
        let files = ["a.lua": "job 'tick' { every = '1s', command = {'true'} }"]
        let (a, other) = (try Machine("a", files), try Machine("a", files))
        try a.start(server.url)
        #expect(try eventually { try a.ran("tick") > 0 })
        try other.start(server.url)
        #expect(eventually { other.log.contains("is called 'a', too: give each machine a name") })
        #expect(try other.runs().isEmpty)
        a.kill()
        #expect(try eventually { try other.ran("tick") > 0 })
    }

    @Test func `The page has the runs of all machines, and says which do not answer`() throws {
        let server = try NatsServer()
        let files = [
            "a.lua":
                "job 'tick' { every = '1s', overlap = 'allow', command = {'true'} } job 'own' { command = {'true'} }"
        ]
        let (a, b) = (try Machine("a", files), try Machine("b", files))
        try a.start(server.url, ["--listen", "0"])
        try b.start(server.url)
        for machine in [a, b] {
            #expect(eventually { (try? Commands.ask(machine.place.folder, Wish("start", "own", waits: true))) != nil })
        }
        let port = try #require(a.log.firstMatch(of: #/http://127.0.0.1:(\d+)/#).flatMap { Int($0.1) })
        func page() throws -> String { try PageServerTests().ask(port, "GET /?job=own").body }
        var text = ""
        #expect(
            try eventually {
                text = try page()
                return text.contains("<td class=\"text\">b</td>")
            })
        #expect(text.contains("<td class=\"text\">a</td>") && text.contains("with those of the other machines"))
        #expect(text.contains("own: run 1 on b succeeded") || text.contains("own: run 2 on b succeeded"))
        #expect(wrongMarkup(text) == nil)
        b.kill()
        #expect(
            try eventually { try page().contains("The runs of other machines are missing, which do not answer: b.") })
    }

    private static func settings(_ server: NatsServer, _ machine: String) throws -> SharedSchedule.Settings {
        try SharedSchedule.Settings(url: server.url, name: "jobs", machine: machine)
    }

    @Test func `What a runner has taken and not written down comes again on its next start, unless another went on`()
        async throws
    {
        let server = try NatsServer()
        let (a, b) = (
            JobCluster(try Self.settings(server, "a"), history: nil),
            JobCluster(try Self.settings(server, "b"), history: nil)
        )
        try await a.join()
        try await b.join()
        let now = Moment.now.rounded(.down)
        func job(_ upto: Double) -> History.Job { .init(name: "j", spec: "s", upto: upto, paused: false) }
        func claim(_ cluster: JobCluster, _ time: Double, from: Double, every: Double? = nil, spec: String = "s")
            async throws
            -> JobCluster.Claimed
        {
            try await cluster.claim(
                .init(job: "j", spec: spec, every: every, time: time, accounted: from, exclusive: false))
        }
        // A job that nobody knows begins now, whatever this machine has missed.
        let begun = try #require(try await a.know([job(now - 1000)]).first?.upto)
        #expect(begun >= now)
        #expect(try await b.know([job(now - 5)]).first?.upto == begun)
        let taken = try await claim(a, begun + 10, from: begun)
        #expect(taken.from == begun && taken.upto == begun + 10)
        #expect(try await claim(b, begun + 10, from: begun).from == nil)
        // Asked once more, since the answer was lost: it is still its own; and not when it has accounted for it.
        #expect(try await claim(a, begun + 10, from: begun).from == begun)
        #expect(try await claim(a, begun + 10, from: begun + 10).from == nil)
        await a.close()
        let again = JobCluster(try Self.settings(server, "a"), history: nil)
        try await again.join()
        #expect(try await again.know([job(begun)]).first?.upto == begun)
        #expect(try await claim(b, begun + 11, from: begun).from == begun)
        await again.close()
        let third = JobCluster(try Self.settings(server, "a"), history: nil)
        try await third.join()
        #expect(try await third.know([job(begun)]).first?.upto == begun + 11)
        // The times of an interval are counted from the account, whatever the clock of a machine says.
        let part = try await claim(b, begun + 14.9, from: begun + 11, every: 2)
        #expect(part.from == begun + 11 && part.upto == begun + 13)
        #expect(try await claim(third, begun + 14.9, from: begun, every: 2).from == nil)
        // Other files have other times: those that were read last are run.
        var other = job(begun)
        other.spec = "t"
        let upto = try #require(try await third.know([other]).first?.upto)
        #expect(upto >= begun + 13)
        #expect(try await claim(b, upto + 5, from: begun).differs == true)
        #expect(try await claim(third, upto + 5, from: upto, spec: "t").from == upto)
        // The server has lost all: what the machines remember is not taken again.
        server.kill()
        try server.forget()
        try server.run()
        while (try? await b.join()) == nil {}
        let lost = try await claim(b, upto + 7, from: upto + 5)
        #expect(lost.from == upto + 5 && lost.upto == upto + 7)
        await third.close()
        await b.close()
    }

    @Test func `Accounts, questions and answers that are none are refused, and harm nobody`() async throws {
        let server = try NatsServer()
        let place = try TemporaryFolder()
        try place.fillWithAll()
        let cluster = JobCluster(try Self.settings(server, "a"), history: try History(place.folder, writes: false))
        try await cluster.join()
        let evil = try await SharedSchedule.open(try Self.settings(server, "evil"))
        try await evil.register()
        func found() async throws -> AllRuns {
            try await cluster.runs(of: nil, failed: false, count: 5, within: .seconds(300))
        }
        #expect(try await found().entries.count == 5)
        let run = #""job": "j", "state": "failed", "attempt": 1, "scheduled": 1"#
        func entry(_ id: Int, _ text: String = "") -> String { "{\"id\": \(id), \(run)\(text)}" }
        let answers = [
            "", "null", "{}", "[[[[", String(repeating: "[", count: 100_000), #"{"machine": "evil"}"#,
            #"{"machine": "b", "runs": []}"#, #"{"machine": "evil", "runs": [{}]}"#,
            "{\"machine\": \"evil\", \"runs\": [\(entry(0))]}",
            "{\"machine\": \"evil\", \"runs\": [\(entry(1)), \(entry(2))]}",
            "{\"machine\": \"evil\", \"runs\": [\(entry(1, ", \"started\": 1e300"))]}",
            "{\"machine\": \"evil\", \"runs\": [\(entry(1, ", \"ended\": -1"))]}",
            "{\"machine\": \"evil\", \"runs\": [\((1...9).reversed().map { entry($0) }.joined(separator: ","))]}",
            "{\"machine\": \"evil\", \"runs\": [\(entry(1).replacing("failed", with: "wild"))]}",
        ]
        let answer = Texts()
        try evil.answer { _ in await answer.text }
        for text in answers {
            await answer.set(Array(text.utf8))
            let so = try await found()
            #expect(so.silent.map(\.name) == ["evil"] && so.entries.count == 5, "\(text.prefix(100))")
        }
        // More and more of the same is not read for ever, and no text moves the cursor.
        await answer.set(
            Array(
                "{\"machine\": \"evil\", \"hasMore\": true, \"runs\": [\(entry(3, #", "error": "\u001b[2J\u0007x""#))]}"
                    .utf8))
        #expect(try await found().silent.map(\.name) == ["evil"])
        await answer.set(
            Array("{\"machine\": \"evil\", \"runs\": [\(entry(3, #", "error": "\u001b[2J\u0007x""#))]}".utf8))
        #expect(try await found().silent.isEmpty)
        let all = try await cluster.runs(of: nil, failed: false, count: 100, within: .seconds(300))
        #expect(all.entries.first { $0.machine == "evil" }?.error == "\u{FFFD}[2J\u{FFFD}x")
        // Questions.
        for text in answers + [#"{"about": "all"}"#, #"{"about": "job"}"#, #"{"about": "runs", "count": "x"}"#] {
            #expect(try await evil.ask("a", Array(text.utf8), within: .milliseconds(50)) == nil, "\(text.prefix(100))")
        }
        let many = #"{"about": "runs", "count": 9223372036854775807, "before": -9223372036854775808}"#
        #expect(try await evil.ask("a", Array(many.utf8), within: .seconds(300)) != nil)
        // An account in the far future, and one of a clock that was wrong.
        let job = History.Job(name: "j", spec: "s", upto: 0, paused: false)
        for time in [1e300, -1e300, Moment.now + 1e8] {
            let old = try await evil.account(of: "j")
            let new = SharedSchedule.Account(times: "s", from: time, upTo: time, machine: "evil", session: "x")
            #expect(try await evil.replace(old, with: new, of: "j"))
            #expect(try await !evil.replace(old, with: new, of: "j"))
            let known = try #require(try await cluster.know([job]).first?.upto)
            #expect(abs(known - Moment.now) < 60)
        }
        await evil.close()
        await cluster.close()
    }

    /// What is answered next.
    private actor Texts {
        var text: [UInt8] = []
        func set(_ text: [UInt8]) { self.text = text }
    }

    /// An address of this machine that others can reach.
    private static let outside = Host.current().addresses.first { $0.contains(".") && !$0.hasPrefix("127.") }

    @Test(.enabled(if: outside != nil, "this machine has no address that others could reach"))
    func `A server beyond this machine is refused without authentication, unless told`() throws {
        let server = try NatsServer(address: #require(Self.outside))
        let files = ["a.lua": "job 'tick' { every = '1s', command = {'true'} }"]
        let (a, b) = (try Machine("a", files), try Machine("b", files))
        try a.start(server.url)
        #expect(eventually { a.log.contains("lets everybody in without authentication") })
        try b.start(server.url, ["--cluster-insecure"])
        #expect(try eventually { try b.ran("tick") > 0 })
        #expect(try a.runs().isEmpty)
        let bad = try Program.run("run", a.place.folder.path, "--cluster", "http://x")
        #expect(bad.status == 2 && bad.errors.contains("bad url 'http://x': nats:// or tls:// expected"))
        let name = try Program.run("run", a.place.folder.path, "--cluster", server.url, "--cluster-name", "a b")
        #expect(name.status == 2 && name.errors.contains("got 'a b'"))
        #expect(try Program.run("history", "--cluster", server.url).status == 2)
    }
}
