import Foundation
import Synchronization
import Testing

@testable import JobsCore

/// What requests are answered, without a connection.
@Suite struct PageTests {
    private final class Wishes: Sendable {
        let all = Mutex<[String]>([])
    }

    private static let secret = "0123456789abcdef0123456789abcdef"
    private static let cookie = "luaconc_jobs_01234567=\(secret)"

    private func service(
        _ place: TemporaryFolder, _ wishes: Wishes = Wishes(), secret: String? = secret, isLocal: Bool = true,
        others: OtherRuns? = nil
    ) throws -> PageService {
        let history = try History(place.folder, writes: false)
        return PageService(place.folder, history, isLocal: isLocal, secret: secret, others: others) { wish in
            wishes.all.withLock { $0.append("\(wish.command) \(wish.argument)") }
            if wish.argument == "unknown" { return Answer(refusal: "there is no job 'unknown'") }
            return Answer(run: wish.command == "start" || wish.command == "retry" ? 7 : nil)
        }
    }

    private func get(_ target: String) -> PageRequest { PageRequest(target: target, host: "localhost:8080") }

    private func text(_ answer: PageAnswer) -> String { String(decoding: answer.body, as: UTF8.self) }

    private func filled() throws -> TemporaryFolder {
        let place = try TemporaryFolder()
        try place.fillWithAll()
        return place
    }

    @Test func `The pages are there, and are HTML that needs no script`() async throws {
        let place = try filled()
        let service = try service(place)
        for target in ["/", "/?job=a", "/?failed=1", "/?before=5", "/?n=2", "/run/1", "/run/9", "/?job=unknown"] {
            let answer = await service.answer(get(target))
            #expect(answer.status == 200 && answer.type == "text/html; charset=utf-8", "\(target)")
            #expect(wrongMarkup(text(answer)) == nil, "\(target)")
        }
        #expect(text(await service.answer(get("/?n=2"))).contains("the last 2 runs"))
        #expect(!text(await service.answer(get("/?failed=1"))).contains("/run/1\""))
        let run = text(await service.answer(get("/run/1")))
        #expect(run.contains("<pre class=\"box output\">hello\n</pre>"))
        #expect(run.contains("At the same time") && run.contains("/run/8"))
        #expect(text(await service.answer(get("/run/1/output"))) == "hello\n")
        #expect(await service.answer(get("/run/1/output")).type == "text/plain; charset=utf-8")
        #expect(text(await service.answer(get("/healthz"))) == "ok\n")
        var metrics = get("/metrics")
        #expect(await service.answer(metrics).type == Metrics.contentType)
        metrics.accept = "text/html,application/xhtml+xml,*/*;q=0.8"
        #expect(await service.answer(metrics).type == "text/plain; charset=utf-8")
        let runs = try JSONSerialization.jsonObject(with: Data(await service.answer(get("/runs.json?n=3&job=a")).body))
        #expect((runs as? [[String: Any]])?.map { $0["id"] as? Int } == [7, 6, 5])
        let jobs = try JSONSerialization.jsonObject(with: Data(await service.answer(get("/jobs.json")).body))
        #expect((jobs as? [[String: Any]])?.count == 2)
    }

    @Test func `The output of a run that goes on is that in its file, as text without a terminal's colours`()
        async throws
    {
        let place = try TemporaryFolder()
        try place.fill([.init(job: "a", scheduled: 0, started: 0, output: "\u{1B}[1;31m<b>red\u{1B}[0m\r\n\u{7}")])
        let service = try service(place)
        let page = text(await service.answer(get("/run/1")))
        #expect(page.contains("<pre class=\"box output\">&lt;b&gt;red\n\u{2407}</pre>"))
        // There is no rate yet.
        #expect(text(await service.answer(get("/jobs.json"))).contains("\"succeeded\" : null"))
    }

    @Test func `What is wrong with a request is said`() async throws {
        let place = try filled()
        let service = try service(place)
        let targets = [
            "/nothing": 404, "/run": 404, "/run/x": 404, "/run/0": 404, "/run/99": 404, "/run/1/more": 404,
            "/run/99999999999999999999": 404, "/?n=0": 400, "/runs.json?n=x": 400, "": 400, "*": 400,
            "/" + String(repeating: "a", count: 5000): 414, "//": 404, "/run/1/output/": 404, "/..": 404,
        ]
        for (target, status) in targets {
            let answer = await service.answer(get(target))
            #expect(answer.status == status, "\(target.prefix(40))")
            #expect(wrongMarkup(text(answer)) == nil)
        }
        for (method, target, allowed) in [
            ("POST", "/", "GET, HEAD"), ("DELETE", "/run/1", "GET, HEAD"), ("GET", "/start", "POST"),
            ("HEAD", "/cancel", "POST"), ("get", "/", "GET, HEAD"),
        ] {
            var request = get(target)
            request.method = method
            let answer = await service.answer(request)
            #expect(answer.status == 405 && answer.headers.contains { $0 == ("Allow", allowed) }, "\(method) \(target)")
        }
        var whole = get("http://localhost:8080/run/1?x")
        whole.host = nil
        #expect(await service.answer(whole).status == 200)
        whole.target = "http://elsewhere.example"
        #expect(await service.answer(whole).status == 421)
    }

    @Test func `Requests of any bytes are answered`() async throws {
        let place = try filled()
        let service = try service(place)
        var generator = SystemRandomNumberGenerator()
        let parts = [
            "/", "run", "1", "?", "job=", "%", "%00", "%ff", "&", "=", "before=", "9223372036854775807", "-", "\u{0}",
            "\"",
            "<", "é", "n=", "start", "output", "..", ";", "#",
        ]
        for _ in 0..<500 {
            let tail = (0..<Int.random(in: 0..<8, using: &generator)).map { _ in
                parts.randomElement(using: &generator) ?? ""
            }
            var request = get("/" + tail.joined())
            request.method = ["GET", "POST"].randomElement(using: &generator) ?? ""
            (request.body, request.cookie) = (tail.joined(), "luaconc_jobs_01234567=" + tail.joined())
            let answer = await service.answer(request)
            #expect([200, 303, 400, 403, 404, 405].contains(answer.status), "\(request.target): \(answer.status)")
        }
    }

    @Test func `Under other names than those of this machine nothing is served`() async throws {
        let place = try filled()
        let service = try service(place)
        for host in ["localhost", "LOCALHOST:1", "localhost.", "127.0.0.1:8080", "127.9.9.9", "[::1]", "[::1]:8080"] {
            #expect(await service.answer(PageRequest(target: "/", host: host)).status == 200, "\(host)")
        }
        let foreign = [
            "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0", "[::2]",
            "[::1].evil.example", "", "127.0.0.1:x", "localhost:8080:8080", "10.0.0.1", "0x7f.0.0.1",
            "127.0.0.1@evil.example",
        ]
        for host in foreign {
            #expect(await service.answer(PageRequest(target: "/", host: host)).status == 421, "\(host)")
        }
        #expect(await service.answer(PageRequest(target: "/", host: nil)).status == 400)
        // Where others are to read, any name will do.
        let open = try self.service(place, isLocal: false)
        #expect(await open.answer(PageRequest(target: "/", host: "jobs.example")).status == 200)
    }

    // MARK: - Control

    /// A request that the page's own form would make.
    private func form(_ service: PageService, _ command: String, _ fields: String) async throws -> PageRequest {
        var page = get("/")
        page.cookie = "other=1; \(Self.cookie)"
        let html = text(await service.answer(page))
        let token = try #require(html.firstMatch(of: /name="token" value="([0-9a-f]{32})"/)).1
        var request = page
        (request.method, request.target, request.body) = ("POST", "/\(command)", "token=\(token)&\(fields)")
        (request.origin, request.fetchSite) = ("http://localhost:8080", "same-origin")
        return request
    }

    @Test func `Whoever has the secret may start, cancel, retry, pause and resume`() async throws {
        let (place, wishes) = (try filled(), Wishes())
        let service = try service(place, wishes)
        for (command, fields, target) in [
            ("start", "job=a", "/run/7"), ("retry", "run=2", "/run/7"), ("cancel", "run=9", "/"),
            ("pause", "job=a+%26b", "/"),
            ("resume", "job=a", "/"),
        ] {
            let answer = await service.answer(try await form(service, command, fields))
            #expect(answer.status == 303 && answer.headers.contains { $0 == ("Location", target) })
        }
        #expect(wishes.all.withLock { $0 } == ["start a", "retry 2", "cancel 9", "pause a &b", "resume a"])
        let refused = await service.answer(try await form(service, "start", "job=unknown"))
        #expect(refused.status == 409 && text(refused).contains("There is no job &#39;unknown&#39;."))
        for fields in ["run=1", "job=", "job=" + String(repeating: "a", count: 201)] {
            #expect(await service.answer(try await form(service, "start", fields)).status == 400, "\(fields)")
        }
    }

    @Test func `Whatever is missing of what allows control, nothing is done`() async throws {
        let (place, wishes) = (try filled(), Wishes())
        let service = try service(place, wishes)
        let good = try await form(service, "start", "job=a")
        let changes: [(String, (inout PageRequest) -> Void)] = [
            ("GET", { $0.method = "GET" }), ("HEAD", { $0.method = "HEAD" }), ("PUT", { $0.method = "PUT" }),
            ("no cookie", { $0.cookie = "" }),
            ("another cookie", { $0.cookie = "luaconc_jobs_01234567=" + Secret.text() }),
            ("no token", { $0.body = "job=a" }), ("another token", { $0.body = "token=\(Secret.text())&job=a" }),
            ("the secret as token", { $0.body = "token=\(Self.secret)&job=a" }),
            ("another origin", { $0.origin = "http://evil.example" }), ("no origin known", { $0.origin = "null" }),
            ("another port", { $0.origin = "http://localhost:9090" }),
            ("another site", { $0.fetchSite = "cross-site" }),
            ("another machine", { $0.isLocal = false }), ("another name", { $0.host = "evil.example" }),
        ]
        for (what, change) in changes {
            var request = good
            change(&request)
            #expect([403, 405, 421].contains(await service.answer(request).status), "\(what)")
        }
        // Served to others, too: they may read.
        let open = try self.service(place, wishes, isLocal: false)
        var request = try await form(open, "start", "job=a")
        (request.host, request.origin) = ("jobs.example", "http://jobs.example")
        #expect(await open.answer(request).status == 403)
        #expect(wishes.all.withLock { $0 }.isEmpty)
    }

    @Test func `Buttons are for those who have given the secret`() async throws {
        let place = try filled()
        let service = try service(place)
        #expect(!text(await service.answer(get("/"))).contains("<form"))
        #expect(await service.answer(get("/login?token=wrong")).status == 403)
        let login = await service.answer(get("/login?token=\(Self.secret)"))
        #expect(login.status == 303 && login.headers.contains { $0 == ("Location", "/") })
        let cookie = try #require(login.headers.first { $0.name == "Set-Cookie" }).value
        #expect(cookie.hasPrefix("\(Self.cookie); HttpOnly; SameSite=Strict; Path=/;"))
        var remote = get("/login?token=\(Self.secret)")
        remote.isLocal = false
        #expect(await service.answer(remote).status == 403)
        let plain = try self.service(place, secret: nil)
        #expect(await plain.answer(get("/login?token=\(Self.secret)")).status == 403)
        var request = get("/start")
        (request.method, request.body) = ("POST", "job=a")
        let answer = await plain.answer(request)
        #expect(answer.status == 403 && text(answer).contains("without --allow-control"))
    }

    @Test func `A page does not wait for machines that do not answer, and has their runs when they have`() async throws
    {
        let place = try TemporaryFolder()
        try place.fill([.init(job: "a", scheduled: 0, started: 0, ended: 1)])
        let (answers, give) = AsyncStream.makeStream(of: AllRuns.self)
        let asked = Mutex(0)
        let others = OtherRuns { _ in
            asked.withLock { $0 += 1 }
            for await runs in answers { return runs }
            return nil
        }
        let service = try service(place, others: others)
        let first = await service.answer(get("/"))
        #expect(!text(first).contains("other machines"))
        _ = await service.answer(get("/"))
        #expect(asked.withLock { $0 } == 1)
        let start = TemporaryFolder.year2027
        let entry = Overview.Entry(
            id: 77, job: "far", state: "failed", attempt: 1, scheduled: start, started: start, ended: start + 5,
            error: hostile, reason: nil, machine: hostile)
        give.yield(AllRuns(entries: [entry], silent: [(hostile, 0)]))
        var again = get("/")
        again.ifNoneMatch = try #require(first.headers.first { $0.name == "ETag" }).value
        var page = await service.answer(again)
        for _ in 0..<1000 where page.status == 304 { page = await service.answer(again) }
        #expect(text(page).contains("run 77 on") && text(page).contains("Jobs on ") && wrongMarkup(text(page)) == nil)
        #expect(text(page).contains("which do not answer") && !text(page).contains("/run/77"))
        #expect(!text(await service.answer(get("/?before=9"))).contains("run 77"))
    }

    @Test func `A page that has not changed is not sent again, and one of runs that go on is`() async throws {
        let place = try TemporaryFolder()
        try place.fill([.init(job: "a", scheduled: 0, started: 0, ended: 1)])
        let service = try service(place)
        let first = await service.answer(get("/"))
        var again = get("/")
        again.ifNoneMatch = try #require(first.headers.first { $0.name == "ETag" }).value
        let known = await service.answer(again)
        #expect(known.status == 304 && known.body.isEmpty)
        var other = again
        other.cookie = Self.cookie
        #expect(await service.answer(other).status == 200)
        try place.fill([.init(job: "a", scheduled: 2, started: 2)])
        let changed = await service.answer(again)
        #expect(changed.status == 200 && !changed.headers.contains { $0.name == "ETag" })
    }

    @Test func `The secret is kept in a file for its user alone, and a damaged one is replaced`() throws {
        let place = try TemporaryFolder()
        let path = place.folder.path + "/secret"
        let first = try Secret.kept(path)
        #expect(first.utf8.count == 32)
        #expect(try Secret.kept(path) == first)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        try Data("short".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try Secret.kept(path).utf8.count == 32)
    }

    @Test func `A secret is equal to itself and to nothing else`() {
        let words = (0..<256).map { String($0, radix: 16) } + [""]
        for word in words {
            #expect(words.filter { Secret.areEqual($0, word) } == [word])
        }
    }
}
