@testable import Bridge
import Foundation
import Testing

/// The options for virtual time, and a host that moves the clock.
@Suite struct SimulateTests {
    @Test(arguments: [
        ("--simulate", "'--simulate' needs argument"),
        ("--simulate -e", "'--simulate' needs argument"),
        ("--simulate 7", "'--simulate' expects a span such as 90s, 15m, 36h or 7d, got '7'"),
        ("--simulate d x.lua", "'--simulate' expects a span such as 90s, 15m, 36h or 7d, got 'd'"),
        ("--simulate 1.5h x.lua", "'--simulate' expects a span such as 90s, 15m, 36h or 7d, got '1.5h'"),
        ("--simulate 7w x.lua", "'--simulate' expects a span such as 90s, 15m, 36h or 7d, got '7w'"),
        ("--simulate 36501d x.lua", "'--simulate' expects at most 36500d, got '36501d'"),
        ("--simulate 99999999999999999999s x.lua", "'--simulate' expects at most 36500d, got '99999999999999999999s'"),
        ("--from 2027-03-28T00:00 x.lua", "'--from' needs '--simulate'"),
        ("--simulate 1d --from", "'--from' needs argument"),
        ("--simulate 1d --from soon", "'--from' expects a local time such as 2027-03-28T00:00, got 'soon'"),
        (
            "--simulate 1d --from 2027-02-29T00:00",
            "'--from' expects a local time such as 2027-03-28T00:00, got '2027-02-29T00:00'"
        ),
        (
            "--simulate 1d --from 2262-01-02T00:00",
            "'--from' expects a local time such as 2027-03-28T00:00, got '2262-01-02T00:00'"
        ),
        ("--simulate 1d --from 1677-12-31", "'--from' expects a local time such as 2027-03-28T00:00, got '1677-12-31'"),
        ("--simulate 1d -i", "'--simulate' needs a script, and there is a prompt"),
        ("--simulated 1d x.lua", "unrecognized option '--simulated'; did you mean '--simulate'?"),
    ])
    func `what is wrong is said, with the usage`(_ words: String, _ complaint: String) async throws {
        var program = Program(Program.luaconc)
        program.words = words.split(separator: " ").map { Array($0.utf8) }
        let result = try await program.run()
        #expect(result.status == 1)
        #expect(result.text == "")
        #expect(result.errorText.hasPrefix("luaconc: \(complaint)\nusage: luaconc "))
    }

    private func run(_ words: String..., zone: String = "UTC") async throws -> String {
        var program = Program(Program.luaconc)
        program.words = words.map { Array($0.utf8) }
        program.environment = ["TZ": zone]
        program.folder = Program.package.path
        let result = try await program.run()
        #expect(result.status == 0)
        #expect(result.errorText == "")
        return result.text
    }

    @Test func `the beginning is local time, and a time that clocks skip is the one after the gap`() async throws {
        let script = "print(os.time()) sleep(3600) print(os.date())"
        let zone = "CET-1CEST,M3.5.0,M10.5.0/3"
        #expect(
            try await run("--simulate", "1d", "--from", "2027-03-28T02:30", "-e", script, zone: zone)
                == "1806195600\nSun Mar 28 04:00:00 2027\n")
        #expect(
            try await run("--from", "2027-03-28", "--simulate", "90m", "-e", script)
                == "1806192000\nSun Mar 28 01:00:00 2027\n")
    }

    @Test func `eight threads, three processes: the same output each time`() async throws {
        let script = "Tests/BridgeTests/Stress/simulated.lua"
        let first = try await run("--simulate", "30d", "--from", "2027-03-01T00:00", script)
        #expect(first.split(separator: "\n").count > 300)
        for _ in 1..<100 {
            let next = try await run("--simulate", "30d", "--from", "2027-03-01T00:00", script)
            guard next == first else {
                Issue.record("another output: \(next.prefix(2000))")
                return
            }
        }
    }

    @Test func `a rehearsal of a crontab says what would run`() async throws {
        let file = TemporaryFolder.make("rehearsal").appendingPathComponent("jobs.cron")
        let jobs = "@reboot touch /nowhere\n30 2 * * *  backup\nCRON_TZ=Asia/Tokyo\n0 9 * * mon  report\n"
        try Data(jobs.utf8).write(to: file)
        let text = try await run(
            "--simulate", "3d", "--from", "2027-03-27T00:00", "scripts/crontab.lua", file.path, zone: "UTC")
        #expect(
            text == """
                2027-03-27 00:00:00  [touch /nowhere] would run
                2027-03-27 02:30:00  [backup] would run
                2027-03-28 02:30:00  [backup] would run
                2027-03-29 00:00:00  [report] would run
                2027-03-29 02:30:00  [backup] would run

                """)
    }

    // MARK: - Hosts

    private func value(_ runtime: Runtime, _ name: String) -> String? {
        runtime.description(ofGlobal: name).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [true, false])
    func `a host moves the clock`(_ isOwn: Bool) async throws {
        var configuration = Runtime.Configuration()
        configuration.clock = .virtual(from: .init(secondsSince1970: 1_800_000_000))
        configuration.thread = isOwn ? .own : .calling
        try isOwn ? await Self.moveOwn(Runtime(configuration)) : move(Runtime(configuration))
    }

    private static let work = """
        count, last, from = 0, 0, os.time()
        local done = channel.new()
        timer.every(60, function() count, last = count + 1, timer.now() end)
        thread.spawn(function() sleep(150) done:send(timer.now()) end)
        task.spawn(function() told = done:recv() end)
        """

    private func move(_ runtime: Runtime) throws {
        try runtime.run(source: Self.work, name: "=test")
        #expect(value(runtime, "from") == "1800000000")
        #expect(value(runtime, "count") == "0")
        runtime.advance(by: .seconds(59))
        #expect(value(runtime, "count") == "0")
        runtime.advance(by: .seconds(1))
        #expect(value(runtime, "count") == "1")
        #expect(value(runtime, "last") == "60.0")
        runtime.advance(by: .seconds(90))
        #expect(value(runtime, "told") == "150.0")
        runtime.advance(by: .seconds(3600 - 150))
        #expect(value(runtime, "count") == "60")
        runtime.advance(by: .zero)
        runtime.advance(by: .seconds(-5))
        #expect(value(runtime, "count") == "60")
        #expect(runtime.end() == 0)
    }

    /// With a thread of its own: calls that wait for scripts move the clock, too.
    @concurrent private static func moveOwn(_ runtime: Runtime) async throws {
        let (): () = try await runtime.evaluate(work)
        #expect(try await runtime.global("count") == 0)
        runtime.advance(by: .seconds(60))
        #expect(try await runtime.global("count") == 1)
        #expect(try await runtime.global("last") == 60.0)
        let slept: Double = try await runtime.evaluate("sleep(100) return timer.now()")
        #expect(slept == 160)
        #expect(try await runtime.global("told") == 150.0)
        runtime.advance(by: .seconds(3600 - 160))
        #expect(try await runtime.global("count") == 60)
        #expect(await runtime.shutdown() == 0)
    }

    @Test func `in serve the clock stands, and the machine's clock is not moved`() throws {
        var configuration = Runtime.Configuration()
        configuration.clock = .virtual(from: .now)
        configuration.thread = .calling
        let runtime = try Runtime(configuration)
        try runtime.run(source: "timer.after(1, function() rung = true end)", name: "=test")
        var rounds = 0
        runtime.serve {
            rounds += 1
            if rounds < 3 { runtime.wake() }
            return rounds == 3
        }
        #expect(value(runtime, "rung") == nil)
        #expect(runtime.finish() == 0)
        let other = try Runtime()
        other.advance(by: .seconds(1_000_000))
        #expect(other.finish() == 0)
    }

    @Test func `local times are read, and days that do not exist are not`() {
        #expect(LocalTime("1970-01-02") == 86_400)
        #expect(LocalTime("1970-01-01T01:02") == 3720)
        #expect(LocalTime("1970-01-01 01:02:03") == 3723)
        #expect(LocalTime("2000-02-29T00:00") != nil)
        for text in [
            "", "T", "1970", "1970-1-1", "1900-02-29", "0000-01-01", "1970-13-01", "1970-01-01T", "1970-01-01T24:00",
            "1970-01-01T00:60", "1970-01-01T00:00:60", "1970-01-01T00", "1970-01-01T00:00Z", "1970-01-01T00:00T",
            "+970-01-01", "1970-01-01T00:00+01:00",
        ] {
            #expect(LocalTime(text) == nil, "\(text)")
        }
    }
}
