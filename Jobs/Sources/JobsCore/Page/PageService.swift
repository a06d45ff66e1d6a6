import Foundation

/// What a request asks for, without its connection.
struct PageRequest: Sendable {
    var method = "GET"
    /// The path, with a query if there is one; or a whole address.
    var target: String
    var host: String?
    var origin: String?
    /// How the browser says it came to this request.
    var fetchSite: String?
    var cookie = ""
    var ifNoneMatch: String?
    var accept = ""
    /// The peer is on this machine.
    var isLocal = true
    var body = ""
}

struct PageAnswer: Sendable {
    var status = 200
    var type = "text/html; charset=utf-8"
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    init(html: String, status: Int = 200) { (body, self.status) = (Array(html.utf8), status) }

    init(text: String, type: String = "text/plain; charset=utf-8", status: Int = 200) {
        (body, self.type, self.status) = (Array(text.utf8), type, status)
    }

    /// The browser is to ask for another page.
    init(to path: String) { (status, headers) = (303, [("Location", path)]) }
}

/// Answers requests for the page. It does not know where they come from, or how.
struct PageService: Sendable {
    let folder: Folder
    let history: History
    /// Only names of this machine are served: else a page of others, whose name suddenly stands for this machine, could read
    /// what is here.
    let isLocal: Bool
    /// What allows to control the runner; nil: nobody may.
    let secret: String?
    /// The runs of other machines; nil: there are none.
    let others: OtherRuns?
    let control: @Sendable (Wish) async -> Answer
    /// What the forms send along, so that no other page can.
    private let formToken = Secret.text()
    /// What tells the tags of this server's pages from those of the last one's.
    private let start = Secret.text()
    /// The history is read here, since reading may wait.
    private let queue = DispatchQueue(label: "page")

    static let longestTarget = 4096
    /// How much of an output a page shows, and how much of it can be had as text.
    private static let (outputOnPage, outputAsText) = (256 << 10, 64 << 20)

    init(
        _ folder: Folder, _ history: History, isLocal: Bool = true, secret: String? = nil, others: OtherRuns? = nil,
        control: @escaping @Sendable (Wish) async -> Answer
    ) {
        (self.folder, self.history, self.isLocal) = (folder, history, isLocal)
        (self.secret, self.others, self.control) = (secret, others, control)
    }

    func answer(_ request: PageRequest) async -> PageAnswer {
        do {
            return try await routed(request)
        } catch let problem as Refused {
            var answer = PageAnswer(html: page(request).message(problem.title, problem.text), status: problem.status)
            answer.headers = problem.headers
            return answer
        } catch {
            let text = "The history cannot be read: \(error)"
            return PageAnswer(html: page(request).message("The history cannot be read", text), status: 503)
        }
    }

    /// Why a request is refused.
    private struct Refused: Error {
        let status: Int
        let title: String
        let text: String
        var headers: [(name: String, value: String)] = []

        static func notFound(_ text: String) -> Refused {
            Refused(status: 404, title: "There is no such page", text: text)
        }

        static func forbidden(_ text: String) -> Refused { Refused(status: 403, title: "Not allowed", text: text) }
    }

    // MARK: - Ways

    private static let commands = ["start": "job", "pause": "job", "resume": "job", "cancel": "run", "retry": "run"]

    private func routed(_ request: PageRequest) async throws -> PageAnswer {
        var request = request
        guard request.target.utf8.count <= Self.longestTarget else {
            throw Refused(
                status: 414, title: "The address is too long", text: "\(Self.longestTarget) bytes are allowed.")
        }
        // Proxies are sent whole addresses.
        if request.target.hasPrefix("http://") {
            let rest = request.target.dropFirst(7)
            request.host = String(rest.prefix { $0 != "/" && $0 != "?" })
            request.target = String(rest.drop { $0 != "/" })
            if request.target.isEmpty { request.target = "/" }
        }
        guard let host = request.host, request.target.hasPrefix("/") else {
            throw Refused(status: 400, title: "The request is wrong", text: "It needs a path, and a field Host.")
        }
        guard !isLocal || HostName.isLocal(host) else {
            throw Refused(
                status: 421, title: "This is not the server of that name",
                text: "The page is served under names of this machine, such as localhost.")
        }
        let parts = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        let query = parts.count == 2 ? Markup.values(String(parts[1].prefix { $0 != "#" })) : [:]
        if path.count == 1, let argument = Self.commands[path[0]] {
            try allow("POST", request)
            return try await carryOut(path[0], argument, request)
        }
        try allow("GET, HEAD", request)
        return try await shown(path, query, request)
    }

    private func allow(_ methods: String, _ request: PageRequest) throws(Refused) {
        guard !methods.split(separator: ", ").contains(Substring(request.method)) else { return }
        throw Refused(
            status: 405, title: "That cannot be done here", text: "This address takes \(methods).",
            headers: [("Allow", methods)])
    }

    private func shown(_ path: [String], _ query: [String: String], _ request: PageRequest) async throws -> PageAnswer {
        switch (path.count, path[0]) {
        case (1, ""): return try await overview(query, request)
        case (1, "page.css"): return PageAnswer(text: Page.css, type: "text/css; charset=utf-8")
        case (1, "page.js"): return PageAnswer(text: Page.script, type: "text/javascript; charset=utf-8")
        case (1, "metrics"):
            // Browsers would not show it, but keep it as a file.
            let type = request.accept.contains("text/html") ? "text/plain; charset=utf-8" : Metrics.contentType
            return PageAnswer(text: try await read { try Metrics.text(history) }, type: type)
        case (1, "healthz"):
            _ = try await read { try history.version() }
            return PageAnswer(text: "ok\n")
        case (1, "runs.json"):
            let (job, failed, count) = (query["job"], query["failed"] == "1", try count(query, 50))
            return try json(try await read { try history.runs(of: job, failed: failed, count: count) })
        case (1, "jobs.json"):
            let question = Overview.Question(job: query["job"], count: 0)
            return try json(try await read { try history.overview(question).jobs.map(Figures.init) })
        case (1, "login"): return try login(query, request)
        case (2, "run"):
            let id = try number(path[1])
            return try await unlessKnown(request) { try run(id, request) }
        case (3, "run") where path[2] == "output":
            let id = try number(path[1])
            return try await read { try output(id) }
        default: throw Refused.notFound("The address is wrong.")
        }
    }

    private func number(_ text: String) throws(Refused) -> Int {
        guard let number = Int(text), number > 0 else { throw Refused.notFound("A run has a number.") }
        return number
    }

    private func count(_ query: [String: String], _ usual: Int) throws(Refused) -> Int {
        guard let text = query["n"] else { return usual }
        guard let count = Int(text), (1...10_000).contains(count) else {
            throw Refused(status: 400, title: "The request is wrong", text: "n: 1 to 10000 is expected.")
        }
        return count
    }

    private func read<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }

    private func json(_ value: some Encodable) throws -> PageAnswer {
        PageAnswer(text: try JSONText.of(value), type: "application/json")
    }

    /// A page that does not change while nothing is written and nothing runs. Whoever has it is told so.
    private func unlessKnown(
        _ request: PageRequest, with other: AllRuns? = nil, _ body: @escaping @Sendable () throws -> PageAnswer
    ) async throws -> PageAnswer {
        try await read {
            let isAtRest = try history.isAtRest() && other?.entries.contains(where: \.isUnfinished) != true
            let versions = "\(try history.version())-\(other?.version ?? 0)"
            let tag = isAtRest ? "\"\(start.prefix(8))-\(versions)-\(mayControl(request))\"" : nil
            if let tag, let known = request.ifNoneMatch, known == tag {
                var answer = PageAnswer(text: "", status: 304)
                answer.headers = [("ETag", tag)]
                return answer
            }
            var answer = try body()
            if let tag { answer.headers.append(("ETag", tag)) }
            return answer
        }
    }

    // MARK: - Pages

    private func page(_ request: PageRequest) -> Page {
        let hint =
            secret != nil && !mayControl(request)
            ? "There are buttons for whoever opens the address that the runner has said when it began." : nil
        return Page(folder: folder.path, live: .init(token: mayControl(request) ? formToken : nil, hint: hint))
    }

    private func overview(_ query: [String: String], _ request: PageRequest) async throws -> PageAnswer {
        let question = Overview.Question(
            job: query["job"], failed: query["failed"] == "1", before: query["before"].flatMap { Int($0) },
            count: try count(query, Overview.Question().count))
        // Numbers of runs are those of this machine.
        let other = question.before == nil ? await others?.runs(question) : nil
        return try await unlessKnown(request, with: other) {
            var view = try history.overview(question)
            if let other { view.add(other) }
            return PageAnswer(html: page(request).overview(view))
        }
    }

    private func run(_ id: Int, _ request: PageRequest) throws -> PageAnswer {
        guard let (run, beside) = try history.entry(id) else { throw Refused.notFound("There is no run \(id).") }
        let (bytes, size) = try written(run, limit: Self.outputOnPage)
        let text = Page.Written(text: Markup.plain(bytes), left: size - bytes.count)
        return PageAnswer(html: page(request).run(run, beside: beside, text))
    }

    private func output(_ id: Int) throws -> PageAnswer {
        guard let run = try history.entry(id)?.run else { throw Refused.notFound("There is no run \(id).") }
        let (bytes, size) = try written(run, limit: Self.outputAsText)
        var answer = PageAnswer(
            text: size > bytes.count ? "[\(size - bytes.count) bytes before this are left out]\n" : "")
        answer.body += bytes
        return answer
    }

    private func written(_ run: Overview.Entry, limit: Int) throws -> (bytes: [UInt8], size: Int) {
        // When it ends meanwhile, the file goes and the history has it.
        if run.isUnfinished, let end = RunOutput.end("\(folder.outputs)/\(run.id)", limit: limit) { return end }
        return try history.outputEnd(run.id, limit: limit)
    }

    // MARK: - Control

    /// Cookies of all ports of a machine are together: each folder has a name of its own.
    static func cookieName(_ secret: String) -> String { "luaconc_jobs_\(secret.prefix(8))" }

    private func mayControl(_ request: PageRequest) -> Bool {
        guard let secret, request.isLocal, let host = request.host, HostName.isLocal(host) else { return false }
        return request.cookie.split(separator: ";").contains { cookie in
            let pair = cookie.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix { $0 == " " } }
            return pair.count == 2 && pair[0] == Self.cookieName(secret) && Secret.areEqual(String(pair[1]), secret)
        }
    }

    private func login(_ query: [String: String], _ request: PageRequest) throws(Refused) -> PageAnswer {
        guard let secret else { throw Refused.forbidden("The runner was started without --allow-control.") }
        guard request.isLocal, request.host.map(HostName.isLocal) == true else {
            throw Refused.forbidden("The runner is controlled from its own machine only.")
        }
        guard let token = query["token"], Secret.areEqual(token, secret) else {
            throw Refused.forbidden("The token is not that of \(folder.pageSecret).")
        }
        var answer = PageAnswer(to: "/")
        answer.headers.append(
            ("Set-Cookie", "\(Self.cookieName(secret))=\(secret); HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000"))
        return answer
    }

    private func carryOut(_ command: String, _ argument: String, _ request: PageRequest) async throws -> PageAnswer {
        guard secret != nil else { throw Refused.forbidden("The runner was started without --allow-control.") }
        guard request.isLocal, let host = request.host, HostName.isLocal(host) else {
            throw Refused.forbidden("The runner is controlled from its own machine only.")
        }
        let isOwn = request.origin.map { $0 == "http://\(host)" } ?? true
        guard isOwn, request.fetchSite.map({ $0 == "same-origin" }) ?? true else {
            throw Refused.forbidden("The request comes from another page.")
        }
        let form = Markup.values(request.body)
        guard mayControl(request), Secret.areEqual(form["token"] ?? "", formToken) else {
            throw Refused.forbidden("The token is missing or old: load the page again.")
        }
        guard let value = form[argument], (1...200).contains(value.utf8.count) else {
            throw Refused(
                status: 400, title: "The request is wrong", text: "It names no \(argument), or one that cannot be.")
        }
        let answer = await control(Wish(command, value))
        if let refusal = answer.refusal {
            throw Refused(
                status: 409, title: "Nothing was done", text: refusal.prefix(1).uppercased() + refusal.dropFirst() + "."
            )
        }
        return PageAnswer(to: answer.run.map { "/run/\($0)" } ?? "/")
    }
}
