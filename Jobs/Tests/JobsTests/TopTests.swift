import Foundation
import Glibc
import Testing

@testable import JobsCore
@testable import luaconc_jobs

/// `luaconc-jobs top`
@Suite struct TopTests {
    private static let jobs = """
        job "long" { run = function() print("begun") sleep(1000) end, overlap = "queue" }
        job "retry" { retries = 1, backoff = "1h", command = {"false"} }
        """

    private func made() throws -> (TemporaryFolder, Process) {
        let place = try TemporaryFolder(["a.lua": Self.jobs])
        let runner = try Program.start(place.folder)
        #expect(eventually { (try? Commands.ask(place.folder, Wish("start", "long"))) != nil })
        _ = try Commands.ask(place.folder, Wish("start", "long"))
        _ = try Commands.ask(place.folder, Wish("start", "retry"))
        #expect(try eventually { try place.runs(of: "retry") == ["retry failed", "retry waiting"] })
        return (place, runner)
    }

    @Test func `Where the output is no terminal it is shown once: what runs, and what waits`() throws {
        let (place, runner) = try made()
        defer { kill(runner.processIdentifier, SIGKILL) }
        let text = try Program.run("top", "--dir", place.folder.path)
        #expect(text.status == 0 && text.errors == "")
        let rows = text.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(text.output.hasPrefix("\(place.folder.path): 1 running, 2 waiting\n"))
        #expect(rows[1] == ["RUN", "JOB", "TRY", "STATE", "TIME", "CPU", "MEMORY"])
        #expect(Array(rows[2].prefix(4)) == ["1", "long", "1", "running"])
        #expect(rows[2].last?.hasSuffix("M") == true)
        #expect(rows[3] == ["2", "long", "1", "waiting", "-", "-", "-"])
        #expect(Array(rows[4].prefix(5)) == ["4", "retry", "2", "waiting", "in"])
        #expect(!text.output.contains("\u{1b}"))

        let json = try Program.run("top", "--json", "--dir", place.folder.path)
        let runs = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
        #expect(runs?.map { $0["id"] as? Int } == [1, 2, 4])
        #expect(runs?.map { $0["state"] as? String } == ["running", "waiting", "waiting"])

        kill(runner.processIdentifier, SIGKILL)
        runner.waitUntilExit()
        let left = try Program.run("top", "--dir", place.folder.path).output
        #expect(left.hasPrefix("\(place.folder.path): 1 running, 2 waiting, and nobody runs the jobs\n"))
        #expect(left.contains("left behind"))
    }

    @Test func `At a terminal it goes on until a key or a signal, and leaves the terminal as it was`() throws {
        let (place, runner) = try made()
        defer { kill(runner.processIdentifier, SIGKILL) }
        for end in [nil, SIGINT, SIGTERM] {
            var (primary, secondary): (Int32, Int32) = (-1, -1)
            var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
            try #require(openpty(&primary, &secondary, nil, nil, &size) == 0)
            defer {
                close(primary)
                close(secondary)
            }
            var before = termios()
            tcgetattr(secondary, &before)
            let terminal = FileHandle(fileDescriptor: secondary, closeOnDealloc: false)
            let top = Process()
            top.executableURL = URL(fileURLWithPath: Program.path)
            top.arguments = ["top", "--dir", place.folder.path]
            top.environment = ["TERM": "xterm"]
            (top.standardInput, top.standardOutput) = (terminal, terminal)
            try top.run()
            defer { kill(top.processIdentifier, SIGKILL) }
            _ = fcntl(primary, F_SETFL, O_NONBLOCK)
            var screen: [UInt8] = []
            func appears(_ text: String, after start: Int = 0) -> Bool {
                eventually {
                    var bytes = [UInt8](repeating: 0, count: 4096)
                    while case let count = read(primary, &bytes, bytes.count), count > 0 {
                        screen += bytes.prefix(count)
                    }
                    return String(decoding: screen.dropFirst(start), as: UTF8.self).contains(text)
                }
            }
            #expect(appears("\u{1b}[?1049h"))
            #expect(appears("1 running, 2 waiting"))
            #expect(appears("\u{1b}[7mRUN"))
            // A narrower terminal gets narrower rows at once.
            let start = screen.count
            size.ws_col = 20
            _ = ioctl(primary, UInt(TIOCSWINSZ), &size)
            kill(top.processIdentifier, SIGWINCH)
            #expect(appears("…", after: start))
            if let end { kill(top.processIdentifier, end) } else { write(Array("q".utf8), primary) }
            #expect(appears("\u{1b}[?25h\u{1b}[?1049l"))
            try #require(eventually { !top.isRunning })
            #expect(top.terminationStatus == 0)
            var after = termios()
            tcgetattr(secondary, &after)
            #expect(after.c_lflag == before.c_lflag)
        }
    }

    @Test func `Figures are short, and rows are cut at the width of the terminal`() {
        #expect([0, 59.9, 60, 3725, -1].map(ActivityTable.span) == ["0 s", "59 s", "1:00", "1:02:05", "0 s"])
        #expect([0, 1, 1 << 20, 3 << 29].map(ActivityTable.size) == ["0K", "1K", "1.0M", "1.5G"])
        setlocale(LC_CTYPE, "C.UTF-8")
        #expect(ActivityTable.width("日本 ü") == 6)
        #expect(ActivityTable.cut("日本語", 5) == "日本…" && ActivityTable.cut("abc", 3) == "abc")
    }
}
