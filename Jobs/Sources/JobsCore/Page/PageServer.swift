import Bridge
import Dispatch
import Glibc
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The page, served by HTTP while the runner runs.
public final class PageServer: Sendable {
    /// Where it is served, and what it allows.
    public struct Settings: Sendable {
        let host: String
        let port: Int
        let allowsControl: Bool
        /// How long a request may take, and how long a connection may be idle.
        var patience = TimeAmount.seconds(30)

        /// `listen`: `HOST:PORT`, `[ADDRESS]:PORT` or `PORT`, where 0 is any that is free.
        public init(listen: String, allowsControl: Bool) throws(Refusal) {
            let colon = listen.lastIndex(of: ":")
            var host = colon.map { String(listen[..<$0]) } ?? "127.0.0.1"
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = String(host.dropFirst().dropLast())
            } else if host.contains(":") {
                host = ""
            }
            let digits = colon.map { listen[listen.index(after: $0)...] } ?? listen[...]
            guard !host.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }), let port = UInt16(digits) else {
                throw Refusal(
                    "--listen: an address such as 127.0.0.1:8080 or [::1]:8080 is expected, not '\(listen)'", status: 2)
            }
            (self.host, self.port, self.allowsControl) = (host, Int(port), allowsControl)
        }
    }

    private let folder: Folder
    private let settings: Settings
    private let log: @Sendable (String) -> Void
    private let history: History
    private let cluster: JobCluster?
    private let secret: String?
    private static let longestBody = 16 << 10
    private static let mostConnections = 64

    /// The history has to be there.
    init(
        _ folder: Folder, _ settings: Settings, cluster: JobCluster? = nil, log: @escaping @Sendable (String) -> Void
    ) throws(Refusal) {
        (self.folder, self.settings, self.cluster, self.log) = (folder, settings, cluster, log)
        history = try History(folder, writes: false)
        secret = settings.allowsControl ? try Secret.kept(folder.pageSecret) : nil
    }

    /// Begins to listen, which this waits for: not to be called in a task. Throws if it cannot.
    func serve(_ runtime: Runtime) throws(Refusal) {
        let outcome = Mutex<Result<Int, Refusal>>(.success(0))
        let begun = DispatchSemaphore(value: 0)
        Task {
            let result: Result<Int, Refusal>
            do throws(Refusal) {
                result = .success(
                    try await serve { [weak runtime] wish in
                        guard let runtime else { return Answer(refusal: "the runner ends") }
                        return await ControlSocket.answer(wish, runtime)
                    })
            } catch {
                result = .failure(error)
            }
            outcome.withLock { $0 = result }
            begun.signal()
        }
        begun.wait()
        let port = try outcome.withLock { $0 }.get()
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        log("the page is at http://\(host):\(port)/")
        if !isLocal { log("whoever reaches \(host) can read there what the jobs write") }
        guard let secret else { return }
        let login = "http://\(isLocal ? host : "localhost"):\(port)/login?token="
        log(
            "its buttons are for whoever opens "
                + (isatty(2) == 1 ? login + secret : "\(login)TOKEN, where TOKEN stands in \(folder.pageSecret)"))
    }

    private var isLocal: Bool {
        HostName.isLocal(settings.host.contains(":") ? "[\(settings.host)]" : settings.host)
    }

    /// Returns the number of the port.
    func serve(_ control: @escaping @Sendable (Wish) async -> Answer) async throws(Refusal) -> Int {
        let logger = Logger(label: "luaconc-jobs", factory: { _ in SwiftLogNoOpLogHandler() })
        let others = cluster.map { cluster in
            OtherRuns { question in
                try? await cluster.runs(
                    of: question.job, failed: question.failed, count: min(question.count, JobCluster.mostRuns),
                    within: .seconds(2), without: History.Run.machine)
            }
        }
        let service = PageService(
            folder, history, isLocal: isLocal, secret: secret, others: others, control: control)
        let answering = Answering(patience: settings.patience, service: service)
        let channel = HTTP1Channel(
            responder: { request, writer, channel in try await answering.respond(request, writer, channel) },
            configuration: .init(
                idleTimeout: settings.patience,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
        let (ports, port) = AsyncThrowingStream.makeStream(of: Int.self)
        let server = Server(
            childChannelSetup: channel,
            configuration: .init(
                address: .hostname(settings.host, port: settings.port),
                availableConnectionsDelegate: .maximum(Self.mostConnections, logger: logger)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1), logger: logger)
        Task {
            do { try await server.run() } catch { port.finish(throwing: error) }
        }
        do {
            for try await port in ports { return port }
            return 0
        } catch {
            throw Refusal("cannot listen at \(settings.host):\(settings.port): \(Self.why(error))", status: 1)
        }
    }

    private static func why(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case is SocketAddressError.UnknownHost: "the name is not known"
        default: "\(error)"
        }
    }

    /// Brings requests to the service, and its answers back.
    private struct Answering: Sendable {
        let patience: TimeAmount
        let service: PageService

        /// The rest of a request is not waited for.
        private struct Closed: Error {}

        func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any NIOCore.Channel)
            async throws
        {
            let deadline = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
            defer { deadline.cancel() }
            var answer: PageAnswer
            var isRead = true
            if let body = try await body(request) {
                answer = await service.answer(Self.question(request, body, channel))
            } else {
                isRead = false
                answer = PageAnswer(text: "The request is too large.\n", status: 413)
            }
            let isLast = !isRead || request.headers[.connection]?.lowercased() == "close"
            if isLast { answer.headers.append(("Connection", "close")) }
            let bytes = ByteBuffer(bytes: answer.body)
            let head = Self.head(answer)
            if request.method == .head || answer.status == 304 {
                try await writer.writeResponse(head)
            } else {
                try await writer.write(response: head, body: ResponseBody(byteBuffer: bytes))
            }
            if !isRead { throw Closed() }
        }

        private func body(_ request: Request) async throws -> String? {
            let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
            guard length <= PageServer.longestBody else { return nil }
            do {
                return String(buffer: try await request.body.collect(upTo: PageServer.longestBody))
            } catch is NIOTooManyBytesError {
                return nil
            }
        }

        private static func question(_ request: Request, _ body: String, _ channel: any NIOCore.Channel) -> PageRequest
        {
            let others = HTTPField.Name("Host").map { request.headers[values: $0] } ?? []
            return PageRequest(
                method: request.method.rawValue, target: request.head.path ?? "",
                // Two of them are none.
                host: others.isEmpty ? request.head.authority : nil, origin: request.headers[.origin],
                fetchSite: HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] },
                cookie: request.headers[values: .cookie].joined(separator: "; "),
                ifNoneMatch: request.headers[.ifNoneMatch], accept: request.headers[.accept] ?? "",
                isLocal: isLocal(channel.remoteAddress), body: body)
        }

        private static func isLocal(_ address: SocketAddress?) -> Bool {
            guard let text = address?.ipAddress else { return false }
            return text == "::1" || text.hasPrefix("127.") || text.hasPrefix("::ffff:127.")
        }

        private static func head(_ answer: PageAnswer) -> HTTPResponse {
            let isHTML = answer.type.hasPrefix("text/html")
            let policy =
                "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
                + (isHTML
                    ? "; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'" : "; sandbox")
            var fields: [(String, String)] = [
                ("Date", date()), ("Content-Type", answer.type), ("Cache-Control", "no-cache, private"),
                ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
                ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
                ("Cross-Origin-Resource-Policy", "same-origin"),
            ]
            if answer.status != 304 { fields.append(("Content-Length", "\(answer.body.count)")) }
            var head = HTTPResponse(status: .init(code: answer.status))
            for (name, value) in fields + answer.headers.map({ ($0.name, $0.value) }) {
                if let name = HTTPField.Name(name) { head.headerFields.append(HTTPField(name: name, value: value)) }
            }
            return head
        }

        /// The form of time of HTTP.
        private static func date() -> String {
            var (time, fields) = (Glibc.time(nil), tm())
            gmtime_r(&time, &fields)
            return String(unsafeUninitializedCapacity: 40) { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    strftime($0.baseAddress, $0.count, "%a, %d %b %Y %H:%M:%S GMT", &fields)
                }
            }
        }
    }
}
