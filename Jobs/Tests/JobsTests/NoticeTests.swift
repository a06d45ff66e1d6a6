import Foundation
import Glibc
import Testing

@testable import JobsCore

/// What systemd is told, and what the journal gets.
@Suite struct NoticeTests {
    /// A socket such as systemd's. Owned by the test.
    private final class Listener {
        private let descriptor: Int32
        let name: String

        /// `path`: a file, or `@` and a name without one.
        init(_ path: String) throws {
            name = path
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            withUnsafeMutableBytes(of: &address.sun_path) { place in
                place.copyBytes(from: bytes)
                if bytes[0] == UInt8(ascii: "@") { place[0] = 0 }
            }
            let length = socklen_t(2 + bytes.count)
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(result == 0)
        }

        deinit { close(descriptor) }

        /// The next notice; what does not come within a minute never comes.
        func next() -> String {
            var waits = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waits, 1, 60_000) == 1 else { return "nothing" }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }

        /// Whether a notice that begins so comes after any others.
        func hears(_ text: String) -> Bool {
            for _ in 0..<1000 {
                let notice = next()
                if notice.hasPrefix(text) { return true }
                if notice == "nothing" { return false }
            }
            return false
        }
    }

    @Test(arguments: [false, true])
    func `systemd hears of the start, of files that are read again, of life and of the end`(isAbstract: Bool) throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "a" { every = "1s", command = {"sh", "-c", "echo ${NOTIFY_SOCKET-none} ${WATCHDOG_USEC-none}"} }
            """
        ])
        let name = isAbstract ? "@luaconc-jobs-\(UUID().uuidString)" : place.folder.path + "/notify"
        let listener = try Listener(name)
        let runner = try Program.start(
            place.folder, environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "300000"])
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(listener.hears("READY=1"))
        #expect(listener.hears("STATUS=1 job, 0 at work"))
        #expect(listener.hears("WATCHDOG=1"))
        try place.write("b.lua", "job 'b' { run = print }")
        #expect(listener.hears("RELOADING=1\nMONOTONIC_USEC="))
        #expect(listener.hears("READY=1"))
        #expect(listener.hears("STATUS=2 jobs, "))
        #expect(
            try eventually {
                let history = try History(place.folder, writes: false)
                let runs = try history.runs(of: "a", failed: false, count: 100).filter { $0.state == "succeeded" }
                return try runs.first.map { try history.output($0.id) } == Array("none none\n".utf8)
            }, "a run has got the socket")
        runner.terminate()
        #expect(listener.hears("STOPPING=1"))
        try #require(eventually { !runner.isRunning })
        #expect(runner.terminationStatus == 0)
    }

    @Test func `A runner does not wait for one that reads none of its notices`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { every = '1s', command = {'true'} }"])
        let listener = try Listener("@luaconc-jobs-\(UUID().uuidString)")
        let runner = try Program.start(
            place.folder, environment: ["NOTIFY_SOCKET": listener.name, "WATCHDOG_USEC": "3000"])
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(eventually { (try? place.runs().count) ?? 0 > 2 })
        runner.terminate()
        try #require(eventually { !runner.isRunning })
        withExtendedLifetime(listener) {}
    }

    @Test func `A watchdog for another process, or without a socket, is none`() {
        let own = "\(getpid())"
        #expect(ServiceNotice(socket: "/run/x", watchdog: "3000000", process: own).watchdog == 3)
        #expect(ServiceNotice(socket: "/run/x", watchdog: "3000000", process: nil).watchdog == 3)
        #expect(ServiceNotice(socket: "/run/x", watchdog: "3000000", process: "1").watchdog == nil)
        #expect(ServiceNotice(socket: nil, watchdog: "3000000", process: own).watchdog == nil)
        #expect(ServiceNotice(socket: "/run/x", watchdog: "soon", process: own).watchdog == nil)
        // Nobody is there, or the name is none: nothing happens.
        ServiceNotice(socket: "/no/such/socket", watchdog: nil, process: nil).send("READY=1")
        ServiceNotice(socket: "vsock:2:1234", watchdog: nil, process: nil).send("READY=1")
        ServiceNotice(socket: "/" + String(repeating: "x", count: 200), watchdog: nil, process: nil).send("READY=1")
    }

    @Test func `A message is a sentence, with a priority in the journal, or an object of JSON`() throws {
        #expect(SentenceLog.text("two\nlines", .error, .terminal) == "luaconc-jobs: two\nlines\n")
        #expect(SentenceLog.text("two\nlines", .error, .journal) == "<3>two\n<3>lines\n")
        #expect(SentenceLog.text("well", .info, .journal) == "<6>well\n")
        let line = SentenceLog.text("say \"a\"\nb", .warning, .json)
        #expect(line.hasSuffix("\n") && line.split(separator: "\n").count == 1)
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        #expect(object?["level"] == "warning" && object?["message"] == "say \"a\"\nb" && object?["time"] != nil)
    }

    @Test func `Only the journal gets priorities: it is told by its device and number`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { every = '1s', command = {'false'} }"])
        // The log of the runner is the file that plays the journal.
        let log = place.folder.path + "/runner.log"
        close(open(log, O_WRONLY | O_CREAT, 0o600))
        var status = stat()
        #expect(stat(log, &status) == 0)
        for (stream, first, second) in [
            ("\(status.st_dev):\(status.st_ino)", "<6>1 job in 1 file", "<3>job 'a': run "),
            ("1:1", "luaconc-jobs: 1 job in 1 file", "luaconc-jobs: job 'a': run "),
        ] {
            #expect(truncate(log, 0) == 0)
            let runner = try Program.start(place.folder, environment: ["JOURNAL_STREAM": stream])
            defer { kill(runner.processIdentifier, SIGKILL) }
            #expect(
                eventually {
                    let lines = place.lines("runner.log")
                    return lines.contains(first)
                        && lines.contains { $0.hasPrefix(second) && $0.hasSuffix(" failed: exit code 1") }
                }, "\(place.lines("runner.log"))")
            runner.terminate()
            try #require(eventually { !runner.isRunning })
        }
    }

    @Test func `run --json writes an object a line`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' { every = '1s', command = {'false'} }", "b.lua": "job 'b"])
        let runner = try Program.start(place.folder, "--json")
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(eventually { place.lines("runner.log").contains { $0.contains("exit code 1") } })
        runner.terminate()
        try #require(eventually { !runner.isRunning })
        let objects = try place.lines("runner.log").map {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String]
        }
        #expect(objects.allSatisfy { $0?.keys.sorted() == ["level", "message", "time"] })
        #expect(objects.first??["level"] == "error")
        #expect(objects.first??["message"]?.hasPrefix("\(place.folder.path)/b.lua:1: ") == true)
    }
}
