import Foundation
import GRDB
import Testing

@testable import JobsCore

@Suite struct HistoryTests {
    private func refusal(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "none"
        } catch { return "\(error)" }
    }

    private func raw(_ place: TemporaryFolder, _ sql: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        try DatabaseQueue(path: place.folder.history, configuration: configuration).writeWithoutTransaction { db in
            try db.execute(sql: sql)
        }
    }

    private func made() throws -> TemporaryFolder {
        let place = try TemporaryFolder(["a.lua": "job 'a' { every = '1s', run = type }"])
        try place.simulate(3.5)
        return place
    }

    @Test func `A history of a newer version is left as it is`() throws {
        let place = try made()
        try raw(place, "INSERT INTO grdb_migrations VALUES ('99')")
        let path = place.folder.history
        let text = "\(path) was written by a newer version of luaconc-jobs; this one leaves it as it is"
        #expect(refusal { _ = try History(place.folder, writes: true) } == text)
        #expect(refusal { _ = try History(place.folder, writes: false) } == text)
        let ended = try Program.run("run", place.folder.path)
        #expect(ended.status == 3 && ended.errors == "luaconc-jobs: \(text)\n")
    }

    @Test func `A damaged history is left as it is, and its damage is said`() throws {
        let place = try made()
        try raw(place, "PRAGMA wal_checkpoint(TRUNCATE)")
        let url = URL(fileURLWithPath: place.folder.history)
        var bytes = try Data(contentsOf: url)
        let page = 4096
        for number in 1..<bytes.count / page {
            bytes.replaceSubrange(
                number * page + 8..<(number + 1) * page, with: Data(repeating: 0x5A, count: page - 8))
        }
        try bytes.write(to: url)
        let why = refusal { _ = try History(place.folder, writes: true) }
        #expect(why.hasPrefix("\(place.folder.history) is damaged ("))
        #expect(why.hasSuffix("it was left as it is: move it away to begin a new history"))
        try Data("no database at all".utf8).write(to: url)
        #expect(refusal { _ = try History(place.folder, writes: true) }.contains("is damaged"))
        #expect(try Data(contentsOf: url) == Data("no database at all".utf8))
    }

    @Test func `A run whose process had gone before anybody knew when it began is lost, too`() throws {
        let place = try made()
        try raw(place, "UPDATE run SET state = 'running', ended = NULL, pid = 4711, pidStart = NULL WHERE id = 1")
        try place.simulate(0.5, from: 4)
        #expect(try place.runs { $0.reason ?? "" }.first == "a lost the runner ended while it ran")
    }

    @Test func `A folder without a history says so`() throws {
        let place = try TemporaryFolder()
        #expect(
            refusal { _ = try History(place.folder, writes: false) }
                == "there is no history at \(place.folder.history), or it cannot be opened")
    }

    @Test func `The second runner of a folder says who has it`() throws {
        let place = try TemporaryFolder()
        try place.folder.prepare()
        let lock = try FolderLock(place.folder)
        let ended = try Program.run("run", place.folder.path)
        #expect(ended.status == 3)
        let start = "luaconc-jobs: the jobs of \(place.folder.path) are run already: by process \(getpid()), since 2"
        #expect(ended.errors.hasPrefix(start))
        withExtendedLifetime(lock) {}
    }

    @Test func `What the last runner had begun may hold the folder a moment longer than it lived`() throws {
        let place = try TemporaryFolder()
        try place.folder.prepare()
        let gone = Process()
        gone.executableURL = URL(fileURLWithPath: "/bin/true")
        try gone.run()
        gone.waitUntilExit()
        let descriptor = open(place.folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #expect(flock(descriptor, LOCK_EX) == 0)
        write(Array("\(gone.processIdentifier)\n2026-11-30T12:00:00+00:00\n".utf8), descriptor)
        let runner = try Program.start(place.folder)
        defer { kill(runner.processIdentifier, SIGKILL) }
        // It has the file open as soon as it waits for the lock.
        let link = "/proc/\(runner.processIdentifier)/fd"
        #expect(
            eventually {
                Folder.names(link).contains {
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(link)/\($0)")) == place.folder.lock
                }
            })
        close(descriptor)
        #expect(eventually { place.lines("runner.log") == ["luaconc-jobs: 0 jobs in 0 files"] })
    }

    @Test func `history shows the newest runs first, of one job or all, and show and output one run`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "a" { every = "1s", run = function(run) if run.id > 1 then error("no luck", 0) end end }
            job "b" { after = "a", run = type }
            """
        ])
        try place.simulate(2.5)
        let history = try History(place.folder, writes: false)
        #expect(try history.runs(of: nil, failed: false, count: 10).map(\.id) == [3, 2, 1])
        #expect(try history.runs(of: "a", failed: true, count: 10).map(\.id) == [3])
        // The folder of --dir, else that of the environment.
        let usual = ["LUACONC_JOBS_DIR": place.folder.path]
        #expect(try Program.run(["show", "3"], environment: usual).status == 0)
        #expect(try Program.run(["show", "3", "--dir", "/"], environment: usual).status == 3)
        let json = try Program.run("history", "--failed", "--json", "--dir", place.folder.path)
        let runs = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
        #expect(runs?.count == 1)
        #expect(runs?.first?["error"] as? String == "no luck" && runs?.first?["job"] as? String == "a")
        #expect(try Program.run("show", "3", "--dir", place.folder.path).output.contains("error:\tno luck\n"))
        let none = try Program.run("show", "99", "--dir", place.folder.path)
        #expect(none.status == 2 && none.errors == "luaconc-jobs: there is no run 99\n")
    }

    @Test func `Of an output that is too long the middle is cut out`() throws {
        let place = try TemporaryFolder(["x": String(repeating: "a", count: 60) + String(repeating: "z", count: 60)])
        let path = place.folder.path + "/x"
        let text = try String(decoding: #require(RunOutput.bytes(path, limit: 20)), as: UTF8.self)
        #expect(text == "aaaaaaaaaa\n[100 bytes were cut out here]\nzzzzzzzzzz")
        #expect(RunOutput.bytes(path, limit: 120)?.count == 120)
    }

    @Test func `A long output that still grows gives back the disk space of its middle`() throws {
        let place = try TemporaryFolder(["x": "head" + String(repeating: "m", count: 8 << 20) + "tail"])
        let path = place.folder.path + "/x"
        RunOutput.trim(path, limit: 1 << 20)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(Int(status.st_size) == (8 << 20) + 8)
        let bytes = try #require(RunOutput.bytes(path, limit: 1 << 20))
        #expect(bytes.starts(with: Array("headm".utf8)) && bytes.suffix(5) == Array("mtail".utf8))
        #expect(!bytes.contains(0))
    }
}
