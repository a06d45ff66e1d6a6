import Foundation
import Glibc
import Synchronization
import Testing

/// A program that others look into, started by the test; it is ended by a line (`os.exit(0)`) at the latest.
private struct Watched: Sendable {
    let folder: URL
    let pid: Int32

    var socketPath: String { folder.appendingPathComponent("luaconc/\(pid)").path }

    struct End: Sendable {
        let status: Int32
        let text: String
        let errors: String
    }

    /// Runs the code in a program with a control socket, and the body meanwhile; then ends it. Returns what came of the
    /// program. It is not among those that `Program` runs: the clients have to find room there.
    static func run(
        _ code: String, ends: Bool = true, _ body: @escaping @Sendable (Watched) async throws -> Void
    ) async throws -> End {
        let folder = TemporaryFolder.make("control")
        let files = ["output", "errors"].map { folder.appendingPathComponent($0) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.luaconc)
        process.arguments = ["--attachable", "-e", code]
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LUA") }
            .merging(["XDG_RUNTIME_DIR": folder.path]) { $1 }
        for file in files { try Data().write(to: file) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try Program.spawning.withLock { _ in try process.run() }
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        let watched = Watched(folder: folder, pid: process.processIdentifier)
        for _ in 0..<6000 where !FileManager.default.fileExists(atPath: watched.socketPath) {
            try await Task.sleep(for: .milliseconds(10))
        }
        try await body(watched)
        if ends { _ = try await watched.attach("os.exit(0)") }
        for _ in 0..<6000 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        guard !process.isRunning else { throw SystemFailure(call: "the end", code: ETIMEDOUT) }
        let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
        return End(status: process.terminationStatus, text: texts[0], errors: texts[1])
    }

    /// Has the lines run.
    func attach(_ lines: String...) async throws -> Program.Result {
        var client = Program(
            Program.luaconc, "--attach", "\(pid)", input: lines.map { $0 + "\n" }.joined())
        client.environment = ["XDG_RUNTIME_DIR": folder.path]
        return try await client.run()
    }

    /// A connection of somebody who speaks no better than the test does.
    func connect() throws -> RawClient { try RawClient(socketPath) }
}

private final class RawClient: Sendable {
    private let socket: Int32
    private let isClosed = Atomic(false)

    init(_ path: String) throws {
        // No program that another test starts meanwhile may keep the connection open.
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { place in
            place.copyBytes(from: Array(path.utf8).prefix(place.count - 1))
        }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try SystemFailure.check("connect", result == 0 ? 0 : errno)
    }

    deinit { close() }

    /// Later calls do nothing: the number may be another file's by then.
    func close() { if !isClosed.exchange(true, ordering: .relaxed) { Glibc.close(socket) } }

    /// Whether all could be written, and the other side did not end the connection.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Writes without waiting; false when there is no room.
    func sendAtOnce(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes {
            Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) == $0.count
        }
    }

    func send(_ kind: Character, _ body: String) { send(Self.frame(kind, Array(body.utf8))) }
    func hello() { send("h", "luaconc 1\nattach\n80\nplain") }

    static func frame(_ kind: Character, _ body: [UInt8], count: Int? = nil) -> [UInt8] {
        let count = count ?? body.count
        return [kind.asciiValue ?? 0] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + body
    }

    /// Reads until the text has come, or the other side has ended the connection.
    func read(until text: String? = nil) -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count <= 0 { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
            if let text, all.firstRange(of: Array(text.utf8)) != nil { return String(decoding: all, as: UTF8.self) }
        }
    }
}

/// Who is connected to a program, and behaves badly.
enum BadClient: String, CaseIterable, Sendable {
    case saysNothing, garbage, halfFrame, halfHello, longLine, neverReads, floods, loops, many, repeats
    case otherVersion
}

@Suite(.serialized) struct AttachTests {
    /// Lua: a program that counts as long as it lives.
    private static let counts = """
        count = 0
        function waits() local before = count repeat sleep(0.001) until count > before return "alive" end
        while true do count = count + 1 sleep(0.001) end
        """

    @Test(arguments: BadClient.allCases)
    func `nobody who is connected can hold up the program`(_ kind: BadClient) async throws {
        let result = try await Watched.run(Self.counts) { watched in
            let clients = try await Program.onQueue { try Self.behave(kind, watched) }
            let answer = try await watched.attach("=waits()", "=6 * 7")
            #expect(answer.text == "\"alive\"\n42\n")
            #expect(answer.errorText == "")
            for client in clients { client.close() }
            let later = try await watched.attach("=waits()")
            #expect(later.text == "\"alive\"\n")
        }
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.text == "")
    }

    private static func behave(_ kind: BadClient, _ watched: Watched) throws -> [RawClient] {
        let client = try watched.connect()
        switch kind {
        case .saysNothing: break
        case .garbage:
            client.send((0..<1 << 20).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) })
            #expect(client.read() == "")
        case .halfFrame:
            client.hello()
            client.send(RawClient.frame("r", Array("prin".utf8), count: 100))
        case .halfHello: client.send([UInt8(ascii: "h"), 20, 0])
        case .longLine:
            client.hello()
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: 100 << 20)
            #expect(!client.send(RawClient.frame("r", line)))
        case .neverReads:
            client.hello()
            client.send("r", "local s = ('x'):rep(60000) while true do print(s) sleep(0) end")
        case .floods:
            client.hello()
            // Far more than fits into the socket: they are taken, and answered, until too many answers are not read.
            let frame = RawClient.frame("r", Array("error(('x'):rep(1000))".utf8))
            for _ in 0..<100_000 where !client.sendAtOnce(frame) { usleep(10) }
        case .loops:
            client.hello()
            client.send("r", "repeat until false")
            usleep(50_000)
            client.close()
        case .many:
            return try [client] + (0..<14).map { _ in try watched.connect() }
        case .repeats:
            for _ in 0..<200 {
                let other = try watched.connect()
                other.hello()
                other.send("r", "sleep(1000)")
                other.close()
            }
        case .otherVersion:
            client.send("h", "luaconc 99\nattach\n80\nplain")
            #expect(client.read().hasSuffix("it is another version"))
        }
        return [client]
    }

    @Test func `what somebody does not read is left out, and that is told`() async throws {
        let result = try await Watched.run(Self.counts) { watched in
            let client = try watched.connect()
            client.hello()
            client.send("r", "local s = ('x'):rep(60000) for _ = 1, 500 do print(s) end left = true")
            let answer = try await watched.attach("repeat sleep(0.001) until left", "=left")
            #expect(answer.text == "true\n")
            #expect(client.read(until: "were left out").contains("bytes were left out"))
        }
        #expect(result.status == 0)
    }

    @Test func `too many at once are told so`() async throws {
        let result = try await Watched.run(Self.counts) { watched in
            var clients: [RawClient] = []
            for _ in 0..<16 {
                let client = try watched.connect()
                client.hello()
                #expect(client.read(until: "H").hasPrefix("H"))
                clients.append(client)
            }
            let refused = try await watched.attach("=1")
            #expect(refused.status == 1)
            #expect(
                refused.errorText
                    == "luaconc: process \(watched.pid) does not answer: too many are connected to this program\n")
            for client in clients { client.close() }
        }
        #expect(result.status == 0)
    }

    @Test func `two at once have their own results, and the same globals`() async throws {
        let result = try await Watched.run(Self.counts) { watched in
            async let one = watched.attach("first = 1", "repeat sleep(0.001) until second", "'one'", "_1", "=second")
            async let two = watched.attach("repeat sleep(0.001) until first", "second = 2", "'two'", "_1", "=first")
            let texts = try await [one.text, two.text]
            #expect(texts == ["\"one\"\n\"one\"\n2\n", "\"two\"\n\"two\"\n1\n"])
        }
        #expect(result.status == 0)
    }

    @Test func `the line of somebody who has gone is cancelled, and keeps nothing alive`() async throws {
        let result = try await Watched.run(Self.counts) { watched in
            let client = try watched.connect()
            client.hello()
            client.send(
                "r",
                """
                local c <close> = setmetatable({}, {__close = function(_, e) closed = tostring(e.kind) end})
                begun = true sleep(1000)
                """)
            _ = try await watched.attach("repeat sleep(0.001) until begun")
            client.close()
            let answer = try await watched.attach("repeat sleep(0.001) until closed", "=closed")
            #expect(answer.text == "\"cancelled\"\n")
        }
        #expect(result.status == 0)
    }

    @Test func `a client that is killed leaves the program as it was`() async throws {
        let result = try await Watched.run(Self.counts) { watched in
            let script = """
                (echo 'begun = true; sleep(1000)'; sleep 100) | "$0" --attach $1 & client=$!
                echo 'repeat sleep(0.001) until begun' | "$0" --attach $1
                kill -9 $client && echo killed
                echo '=waits()' | "$0" --attach $1
                """
            var shell = Program("/bin/sh", "-c", script, Program.luaconc, "\(watched.pid)")
            shell.environment = ["XDG_RUNTIME_DIR": watched.folder.path]
            let text = try await shell.run().text
            #expect(text == "killed\n\"alive\"\n")
        }
        #expect(result.status == 0)
    }

    @Test func `a line does not keep the program from its end`() async throws {
        let result = try await Watched.run("repeat sleep(0.001) until done print('end')", ends: false) { watched in
            let left = try await watched.attach("done = true sleep(1000)")
            #expect(left.status == 1)
        }
        #expect(result.text == "end\n")
        #expect(result.status == 0)
    }

    @Test func `a program in which all wait is stopped even if somebody is attached`() async throws {
        let result = try await Watched.run("repeat sleep(0.001) until done channel.new():recv()", ends: false) {
            watched in
            let client = try watched.connect()
            client.hello()
            client.send("r", "done = true")
            _ = try await Program.onQueue { client.read() }
        }
        #expect(result.status == 1)
        #expect(result.errors.contains("deadlock: nothing can go on any more"))
    }
}

/// `--attach` and `--top` at a terminal.
@Suite(.enabled(if: ReplTests.hasEditor, "libedit2 is not installed"))
struct AttachedTerminalTests {
    /// Runs a program in the background, and one that looks into it at a terminal.
    private static func run(
        _ option: String, _ code: String, environment: [String: String] = [:], columns: Int = 80,
        _ session: @escaping @Sendable (Terminal) throws -> Void
    ) async throws {
        let folder = TemporaryFolder.make("control")
        let script = """
            trap : INT QUIT
            "$0" -e "$1" </dev/null >/dev/null 2>&1 &
            echo "$!" > "$XDG_RUNTIME_DIR/pid"
            "$0" \(option) $!; echo "left $?"; kill -0 $! && echo "it goes on"; kill -9 $!
            """
        try await Terminal.run(
            program: "/bin/sh", ["-c", script, Program.luaconc, code],
            environment: environment.merging(["XDG_RUNTIME_DIR": folder.path]) { a, _ in a }, columns: columns, session)
    }

    private static let counts = "zikkurat = {height = 3} count = 0 while true do count = count + 1 sleep(0.001) end"

    @Test(arguments: [80, 40])
    func `a prompt inside another program`(_ columns: Int) async throws {
        try await Self.run("--attach", Self.counts, columns: columns) { terminal in
            try terminal.expect("attached to process ")
            try terminal.expect("> ")
            terminal.type("=zikkurat\n")
            try terminal.expect("{height = 3}")
            terminal.type("zikk\t.he\t\n")
            try terminal.expectRows("> zikkurat.height", "3", ">")
            terminal.type("for i = 1, 2 do\n")
            try terminal.expect(">> ")
            terminal.type("print('tablet ' .. i) end\n")
            try terminal.expectRows("tablet 1", "tablet 2", ">")
            terminal.type("error('boom')\n")
            try terminal.expect("attached:1: boom")
            try terminal.expect("in main chunk")
            try terminal.expect("> ")
            terminal.type("'日本'\n")
            try terminal.expectRows("\"日本\"", ">")
            terminal.type("\u{4}")
            try terminal.expect("left 0")
            try terminal.expect("it goes on")
        }
    }

    @Test func `Ctrl-C cancels what the line runs, and nothing else`() async throws {
        try await Self.run("--attach", Self.counts) { terminal in
            try terminal.expect("> ")
            for line in ["print('begins') sleep(1000)", "print('begins') while true do end"] {
                terminal.type(line + "\n")
                try terminal.expect("begins\r\n")
                terminal.type("\u{3}")
                try terminal.expect("interrupted!")
                try terminal.expect("> ")
            }
            terminal.type("local c = count repeat sleep(0.001) until count > c return 'alive'\n")
            try terminal.expect("\"alive\"")
            try terminal.expect("> ")
            terminal.type("\u{3}")
            try terminal.expectRows("(Ctrl-C again, or Ctrl-D, leaves)", ">")
            terminal.type("\u{3}")
            try terminal.expect("left 0")
            try terminal.expect("it goes on")
        }
    }

    @Test func `a main state that is busy is told, and the line can be given up`() async throws {
        try await Self.run("--attach", "while true do end") { terminal in
            try terminal.expect("> ")
            terminal.type("=1\n")
            try terminal.expect("the main state is busy")
            terminal.type("\u{3}")
            try terminal.expect("interrupted!")
            try terminal.expect("> ")
            terminal.type("\u{4}")
            try terminal.expect("it goes on")
        }
    }

    @Test func `the end of the program is told`() async throws {
        for end in ["os.exit(0)", "os.execute('kill -9 ' .. process.pid())"] {
            try await Self.run("--attach", Self.counts) { terminal in
                try terminal.expect("> ")
                terminal.type(end + "\n")
                try terminal.expect(" has ended")
                try terminal.expect("left 1")
                terminal.waitUntilUsual()
                #expect(terminal.isAsUsual)
            }
        }
    }

    private static let states = """
        thread.spawn({name = "dicle"}, sleep, 1000)
        task.spawn({name = "日本語の仕事"}, sleep, 1000)
        sleep(1000)
        """

    @Test(arguments: [80, 40, 20])
    func `the table fits into the terminal, and is renewed`(_ columns: Int) async throws {
        try await Self.run("--top", Self.states, columns: columns) { terminal in
            try terminal.expect("\u{1b}[?1049h")
            for _ in 0..<2 {
                try terminal.expect("\u{1b}[H")
                try terminal.expect("thread 'dicle")
                try terminal.expect("\u{1b}[J")
            }
            let frames = String(decoding: terminal.screen, as: UTF8.self).components(separatedBy: "\u{1b}[H")
            let rows = frames[1].components(separatedBy: "\r\n").map {
                $0.replacing(/\u{1b}\[[0-9;]*[A-Za-z]/, with: "")
            }
            let widths = rows.map {
                $0.unicodeScalars.reduce(0) { $0 + ((0x2e80..<0xffff).contains($1.value) ? 2 : 1) }
            }
            #expect(widths.max() ?? 0 < columns)
            #expect(rows.contains { $0.hasPrefix("  task '日本") })
            #expect(!terminal.isAsUsual)
            terminal.type("q")
            try terminal.expect("\u{1b}[?1049l")
            try terminal.expect("left 0")
            try terminal.expect("it goes on")
            #expect(terminal.isAsUsual)
        }
    }

    @Test func `the table follows the size of the terminal`() async throws {
        try await Self.run("--top", Self.states) { terminal in
            try terminal.expect("MSG/S")
            terminal.resize(columns: 40)
            try terminal.expect("STATE                CPU  MEMORY  MSG/S\u{1b}[K")
            terminal.type("\u{3}")  // Ctrl-C
            try terminal.expect("it goes on")
            #expect(terminal.isAsUsual)
        }
    }

    @Test func `colours are for those who want them`() async throws {
        try await Self.run("--top", Self.states, environment: ["NO_COLOR": ""]) { terminal in
            try terminal.expect("\u{1b}[7mSTATE")
            terminal.type("q")
            try terminal.expect("it goes on")
        }
        try await Self.run("--top", Self.states) { terminal in
            try terminal.expect("\u{1b}[K\r\nSTATE")
            terminal.type("q")
            try terminal.expect("it goes on")
        }
    }

    @Test func `a dumb terminal gets one table after the other`() async throws {
        try await Self.run("--top", Self.states, environment: ["TERM": "dumb"]) { terminal in
            try terminal.expect("thread 'dicle'")
            try terminal.expect("\r\n\r\nluaconc ")
            try terminal.expect("thread 'dicle'")
            terminal.type("q")
            try terminal.expect("it goes on")
            #expect(!terminal.screen.contains(0x1b))
            #expect(terminal.isAsUsual)
        }
    }

    @Test func `the watchdog is on at a terminal, unless it is turned off`() async throws {
        let code = """
            task.spawn(print)
            local t = timer.now()
            -- Hardly ever in `now`, of which the watchdog would say so.
            while timer.now() - t < 2 do for _ = 1, 100000 do end end
            """
        try await Terminal.run(["-e", code]) { terminal in
            try terminal.expect("luaconc: thread 'main' has run for ")
            try terminal.expect(" s without a wait while another is due ((command line):4)")
            #expect(try terminal.end() == 0)
        }
        try await Terminal.run(["--watchdog", "0", "-e", code]) { terminal in
            let status = try terminal.end()
            #expect(status == 0)
            #expect(!String(decoding: terminal.screen, as: UTF8.self).contains("without a wait"))
        }
    }

    @Test func `the end of the program ends the table`() async throws {
        try await Self.run("--top", "sleep(1.5)") { terminal in
            try terminal.expect("thread 'main'")
            try terminal.expect(" has ended")
            try terminal.expect("left 1")
            #expect(terminal.isAsUsual)
        }
    }
}
