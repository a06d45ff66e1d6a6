import Foundation
import NIOCore
import Testing

@testable import JobsCore

/// The page through a socket.
@Suite struct PageServerTests {
    struct Response {
        let status: Int
        let fields: [String: String]
        let body: String
    }

    /// Sends bytes as they are, and reads until the other side closes.
    private func exchange(_ port: Int, _ text: String) throws -> String {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
        _ = text.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        var (all, bytes) = ([UInt8](), [UInt8](repeating: 0, count: 65536))
        while true {
            let count = read(connection, &bytes, bytes.count)
            // Not a connection that is open after a minute.
            try #require(count >= 0 || errno == ECONNRESET)
            if count <= 0 { break }
            all += bytes.prefix(count)
        }
        return String(decoding: all, as: UTF8.self)
    }

    func ask(
        _ port: Int, _ line: String, _ fields: [String] = [], body: String = "", host: String = "localhost"
    ) throws -> Response {
        let more =
            body.isEmpty
            ? [] : ["Content-Length: \(body.utf8.count)", "Content-Type: application/x-www-form-urlencoded"]
        let head = ["\(line) HTTP/1.1", "Host: \(host)", "Connection: close"] + fields + more
        let text = try exchange(port, head.joined(separator: "\r\n") + "\r\n\r\n" + body)
        let halves = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let lines = halves[0].components(separatedBy: "\r\n")
        let pairs = lines.dropFirst().compactMap { line -> (String, String)? in
            line.firstIndex(of: ":").map { (line[..<$0].lowercased(), String(line[line.index($0, offsetBy: 2)...])) }
        }
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return Response(
            status: status ?? 0, fields: Dictionary(pairs, uniquingKeysWith: { $1 }),
            body: halves.count == 2 ? halves[1] : "")
    }

    /// A runner whose history has all kinds of runs.
    private func served(_ place: TemporaryFolder) throws -> (runner: Process, port: Int) {
        try place.fillWithAll()
        let runner = try Program.start(place.folder, "--listen", "127.0.0.1:0")
        return (runner, try port(place))
    }

    /// Waits until the runner says where the page is.
    private func port(_ place: TemporaryFolder) throws -> Int {
        var port: Int?
        _ = eventually {
            let log = place.lines("runner.log").joined(separator: "\n")
            port = log.firstMatch(of: /the page is at http:\/\/127\.0\.0\.1:(\d+)\//).flatMap { Int($0.1) }
            return port != nil && log.contains(" files")
        }
        return try #require(port)
    }

    @Test func `Each answer has the fields that keep browsers from mischief, and HEAD has no body`() throws {
        let place = try TemporaryFolder()
        let (runner, port) = try served(place)
        defer { kill(runner.processIdentifier, SIGKILL) }
        let page = try ask(port, "GET /")
        #expect(page.status == 200 && page.body.utf8.count == Int(page.fields["content-length"] ?? ""))
        let policy = try #require(page.fields["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none';") && !policy.contains("unsafe"))
        #expect(page.fields["x-content-type-options"] == "nosniff" && page.fields["referrer-policy"] == "same-origin")
        #expect(
            page.fields["date"]?.wholeMatch(of: /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/) != nil)
        let head = try ask(port, "HEAD /metrics")
        #expect(head.status == 200 && head.body.isEmpty && head.fields["content-type"] == Metrics.contentType)
        let metrics = try ask(port, "GET /metrics")
        #expect(metrics.body.hasSuffix("# EOF\n") && head.fields["content-length"] == metrics.fields["content-length"])
        // Neither script nor style stands in the page, which would not be allowed.
        #expect(
            page.body.matches(of: /<script/).count == 1
                && page.body.contains("<script src=\"/page.js\" defer></script>"))
        #expect(!page.body.contains("<style") && !page.body.contains("style=\""))
        #expect(try ask(port, "GET /page.js").fields["content-type"] == "text/javascript; charset=utf-8")
        #expect(try ask(port, "GET /page.css").fields["content-type"] == "text/css; charset=utf-8")
        #expect(try ask(port, "GET /run/1/output").fields["content-security-policy"]?.hasSuffix("; sandbox") == true)
    }

    @Test func `Requests that are wrong, too large or of another name are refused`() throws {
        let place = try TemporaryFolder()
        let (runner, port) = try served(place)
        defer { kill(runner.processIdentifier, SIGKILL) }
        #expect(try ask(port, "GET /none").status == 404)
        let method = try ask(port, "PATCH /")
        #expect(method.status == 405 && method.fields["allow"] == "GET, HEAD")
        #expect(try ask(port, "GET /", host: "evil.example").status == 421)
        #expect(try ask(port, "GET /", ["Host: localhost"]).status == 400)
        #expect(try ask(port, "POST /start", body: "job=a").status == 403)
        #expect(try ask(port, "POST /start", body: String(repeating: "a", count: 20_000)).status == 413)
        #expect(try ask(port, "POST /start", ["Content-Length: 99999999999"]).status == 413)
        #expect(try ask(port, "GET /", ["X: " + String(repeating: "a", count: 20_000)]).status == 400)
        #expect(try exchange(port, "nonsense\r\n\r\n").hasPrefix("HTTP/1.1 400 "))
        #expect(try exchange(port, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n").hasPrefix("HTTP/1.1 400 "))
        #expect(try exchange(port, "\u{16}\u{3}\u{1}").isEmpty == false)
        #expect(try ask(port, "GET /healthz").body == "ok\n")
    }

    @Test func `Connections that are too slow are closed, and others go on`() async throws {
        let place = try TemporaryFolder()
        try place.fillWithAll()
        var settings = try PageServer.Settings(listen: "127.0.0.1:0", allowsControl: false)
        settings.patience = .milliseconds(300)
        let port = try await PageServer(place.folder, settings, log: { _ in }).serve { _ in Answer(run: 1) }
        for start in ["", "GET / HT", "POST /start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nab"] {
            // It ends without an answer, and before the client's own patience does.
            #expect(try await beside { try exchange(port, start) } == "")
        }
        // A machine that is busy may take longer than the server's patience.
        for _ in 0..<100 where try await beside({ try ask(port, "GET /healthz").body }) == "ok\n" {
            return
        }
        Issue.record("the server no longer answers")
    }

    /// Does something that blocks, while tasks go on.
    private func beside<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
        }
    }

    @Test func `Addresses that are wrong or in use are refused with a reason`() throws {
        let place = try TemporaryFolder(["a.lua": "job 'a' {run = print}"])
        for address in [
            "", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", ":80", "::1:80", "127.0.0.1:-1",
        ] {
            let ended = try Program.run("run", place.folder.path, "--listen", address)
            #expect(ended.status == 2, "\(address)")
            #expect(
                ended.errors == "luaconc-jobs: --listen: an address such as 127.0.0.1:8080 or [::1]:8080 is expected, "
                    + "not '\(address)'\n")
        }
        let other = try TemporaryFolder()
        let (runner, port) = try served(other)
        defer { kill(runner.processIdentifier, SIGKILL) }
        let taken = try Program.run("run", place.folder.path, "--listen", "\(port)")
        #expect(taken.status == 1)
        #expect(taken.errors == "luaconc-jobs: cannot listen at 127.0.0.1:\(port): Address already in use\n")
        #expect(try Program.run("run", place.folder.path, "--allow-control").status == 2)
    }

    @Test func `A runner is watched and controlled on its page, and ends with it`() throws {
        let place = try TemporaryFolder([
            "a.lua": """
            job "hello" { run = function() print("<hi>") end }
            job "long" { run = function() sleep(1000) end }
            """
        ])
        let runner = try Program.start(place.folder, "--listen", "127.0.0.1:0", "--allow-control")
        defer { kill(runner.processIdentifier, SIGKILL) }
        let port = try port(place)
        let log = { place.lines("runner.log").joined(separator: "\n") }
        let secret = try #require(place.lines(".luaconc-jobs/page-secret").first)
        // What goes to a file names no secret.
        #expect(!log().contains(secret) && log().contains("/.luaconc-jobs/page-secret"))

        let login = try ask(port, "GET /login?token=\(secret)")
        let cookie = try #require(login.fields["set-cookie"]?.prefix { $0 != ";" })
        #expect(login.status == 303 && cookie == "luaconc_jobs_\(secret.prefix(8))=\(secret)")
        let own = ["Cookie: \(cookie)", "Origin: http://localhost"]
        let page = try ask(port, "GET /", own)
        let token = try #require(page.body.firstMatch(of: /name="token" value="([0-9a-f]{32})"/)).1
        #expect(page.body.contains("action=\"/start\"") && page.body.contains("value=\"hello\""))

        let started = try ask(port, "POST /start", own, body: "token=\(token)&job=hello")
        #expect(started.status == 303 && started.fields["location"] == "/run/1")
        #expect(try eventually { try ask(port, "GET /run/1").body.contains("&lt;hi&gt;\n</pre>") })
        #expect(
            try eventually {
                try ask(port, "GET /metrics").body.contains("runs_total{name=\"hello\",state=\"succeeded\"} 1\n")
            })
        #expect(try ask(port, "POST /start", own, body: "token=\(token)&job=long").fields["location"] == "/run/2")
        #expect(try ask(port, "POST /cancel", own, body: "token=\(token)&run=2").status == 303)
        #expect(try eventually { try ask(port, "GET /runs.json?job=long").body.contains("\"state\" : \"cancelled\"") })
        #expect(try ask(port, "POST /pause", own, body: "token=\(token)&job=long").status == 303)
        #expect(try ask(port, "GET /", own).body.contains("<em>paused</em>"))
        let refused = try ask(port, "POST /start", own, body: "token=\(token)&job=helo")
        #expect(refused.status == 409 && refused.body.contains("did you mean &#39;hello&#39;?"))

        runner.interrupt()
        try #require(eventually { !runner.isRunning })
        #expect(runner.terminationStatus == 0)
    }
}
