import Bridge
import CNats
import Glibc
import Synchronization

/// A connection to NATS servers, which is made again when it is lost. A thread of its own reads, keeps the deadlines of
/// requests, and writes what the socket does not take at once. Shared; guarded by its mutex.
final class Connection: Sendable {
    struct Settings: Sendable {
        var addresses: [Address] = []
        var user: String?
        var password: String?
        var credentials: String?
        var authority: String?
        var isInsecure = false
    }

    /// A message that has arrived.
    struct Arrival: Sendable {
        let subject: String
        let reply: String?
        let data: [UInt8]
        let status: String?
        let description: String?
        let sequence: Int?
    }

    struct Headers: Sendable {
        var pairs: [String] = []
        static func identity(_ text: String) -> Headers { Headers(pairs: ["Nats-Msg-Id", text]) }
    }

    enum Failure: Error {
        case timeout
        case cancelled
        case closed
        case refused(String)
    }

    typealias Handler = @Sendable (Arrival) -> Void

    /// Why users of a connection are called: time has passed; it was lost and is there again; it has ended.
    enum Occasion { case tick, back, end }

    typealias Answered = @Sendable (Result<Arrival, Failure>) -> Void

    private struct Waiting {
        let answered: Answered
        let due: Moment
        var group = Group.alone
    }

    /// A note that nobody hears does not say what it is about: it is for the whole group.
    private enum Group { case alone, repeating, quick }

    private struct Unsent {
        let subject: String
        let data: [UInt8]
    }

    /// At most so many messages wait for the servers.
    private static let mostUnsent = 10_000

    private struct Link: @unchecked Sendable {  // sound: the library's functions may be called on any thread
        let pointer: OpaquePointer
    }

    private struct State {
        var link: Link?
        var opening: CheckedContinuation<Result<Void, ScriptError>, Never>?
        var waiting: [UInt64: Waiting] = [:]
        /// By subject.
        var handlers: [String: Handler] = [:]
        /// Called each 100 ms or so.
        var ticks: [String: @Sendable (Occasion) -> Void] = [:]
        var isBack = false
        var isLost = false
        /// What was published since it was lost and is no question; those who ask do so again.
        var unsent: [Unsent] = []
        var nextToken: UInt64 = 1
        /// How many publish at this moment.
        var publishers = 0
        var isClosing = false
        var isClosed = false
        /// Those who wait for the end.
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    let settings: Settings
    let identity: UInt64
    /// The subject below which answers arrive, and that for those to the quick questions.
    private let inbox = "_INBOX." + Connection.random()
    private let quickInbox = "_INBOX." + Connection.random()
    private let bell: Int32
    private let state = Guarded(State())
    /// The largest message that the server takes; 0: the connection has ended. The library tells only who holds no lock of it,
    /// which may be for long while it connects.
    private let mostBytes = Atomic<Int>(0)

    private static let identities = Atomic<UInt64>(1)

    /// Not connected yet.
    init(_ settings: Settings) {
        self.settings = settings
        identity = Self.identities.add(1, ordering: .relaxed).oldValue
        bell = nats_bell()
    }

    deinit { Glibc.close(bell) }

    /// 22 letters and digits.
    static func random() -> String {
        let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        // 128 bits at once: each look at the system's generator is a system call.
        var generator = SystemRandomNumberGenerator()
        var (high, low) = (generator.next(), generator.next())
        let text = (0..<22).map { place in
            let digit = place < 11 ? high % 62 : low % 62
            if place < 11 { high /= 62 } else { low /= 62 }
            return letters[Int(digit)]
        }
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: - Opening and closing

    func open() async throws(ScriptError) {
        let result = await withCheckedContinuation { continuation in
            state.withLock { $0.opening = continuation }
            if !startThread() { opened(.failure(ScriptError(.error, "cluster: no thread can be started"))) }
        }
        state.meet()
        try result.get()
    }

    private func startThread() -> Bool {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let connection = Unmanaged.passRetained(self)
        let result = pthread_create(&thread, nil, { runConnection($0) }, connection.toOpaque())
        guard result == 0 else {
            connection.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func opened(_ result: Result<Void, ScriptError>) {
        state.withLock { state in state.opening.take() }?.resume(returning: result)
    }

    /// Sends what was published, and closes.
    func close() {
        state.withLock { $0.isClosing = true }
        ring()
    }

    /// The same; returns when it has been done.
    func closed() async {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard state.link != nil, !state.isClosed else { return false }
                state.isClosing = true
                state.closers.append(continuation)
                return true
            }
            if waits { ring() } else { continuation.resume() }
        }
    }

    fileprivate func run() {
        nats_name_thread("cluster")
        if let reason = connect() {
            state.withLock { $0.isClosed = true }
            return opened(.failure(ScriptError(.error, ByteText("cluster: \(reason)"))))
        }
        opened(.success(()))
        var next = Moment.now
        while let link = state.withLock({ $0.isClosing ? nil : $0.link }) {
            nats_link_poll(link.pointer, 100)
            guard Moment.now >= next else { continue }
            tick()
            next = Moment.now + Self.interval
        }
        finish()
    }

    private static let interval: Duration = .milliseconds(100)

    private func ring() {
        var one: UInt64 = 1
        write(bell, &one, 8)
    }

    private func finish() {
        flush()
        let (link, waiting, ticks) = state.withLock { state in
            defer {
                state.link = nil
                state.isClosed = true
                (state.waiting, state.handlers, state.ticks) = ([:], [:], [:])
            }
            return (state.link, state.waiting, state.ticks)
        }
        mostBytes.store(0, ordering: .relaxed)
        Registry.shared.remove(identity)
        while state.withLock({ $0.publishers > 0 }) { usleep(1000) }
        for entry in waiting.values { entry.answered(.failure(.closed)) }
        for tick in ticks.values { tick(.end) }
        if let link { nats_link_close(link.pointer) }
        let closers = state.withLock { state in
            defer { state.closers = [] }
            return state.closers
        }
        for continuation in closers { continuation.resume() }
    }

    /// Waits, for two seconds at most, until the server has all that was published: a message of our own comes back then.
    private func flush() {
        if state.withLock({ $0.isBack }) { tick() }
        let isBack = Guarded(false)
        let subject = listen("flush") { _ in isBack.withLock { $0 = true } }
        publish(subject, [])
        let end = Moment.now + .seconds(2)
        while !isBack.withLock({ $0 }), Moment.now < end, let link = state.withLock({ $0.link }) {
            nats_link_poll(link.pointer, 100)
        }
    }

    // MARK: - Connecting

    /// Nil, or why not. On the connection's own thread.
    private func connect() -> String? {
        if let problem = nats_load() { return String(cString: problem) }
        var isEncrypted = false
        var problems: [String] = []
        var usable: [Address] = []
        for address in settings.addresses {
            do throws(Greeting.Refusal) {
                let greeting = try Greeting(address)
                if let refusal = greeting.refusal(address, settings) { return refusal }
                if greeting.needsAuthentication, !hasCredentials(address) {
                    return "\(address.url) wants to know who connects: give user and password, or creds"
                }
                isEncrypted = isEncrypted || greeting.needsEncryption || address.isSecure
                usable.append(address)
            } catch {
                switch error {
                case .silent(let reason): problems.append("\(address.url): \(reason)")
                }
            }
        }
        guard !usable.isEmpty else { return "cannot connect to \(problems.joined(separator: "; "))" }
        return link(isEncrypted || settings.authority != nil)
    }

    private func hasCredentials(_ address: Address) -> Bool {
        settings.user != nil || settings.credentials != nil || address.user != nil
    }

    private func link(_ isEncrypted: Bool) -> String? {
        Registry.shared.add(self)
        var error = [CChar](repeating: 0, count: 512)
        let first = settings.addresses.first { $0.user != nil }
        let user = settings.user ?? first?.user, password = settings.password ?? first?.password
        let texts = ["luaconc", user, password, settings.credentials, settings.authority]
        let link = withCStrings(texts + settings.addresses.map(\.url)) { texts in
            texts[5...].withUnsafeBufferPointer { servers in
                var wanted = nats_settings()
                (wanted.name, wanted.user, wanted.password) = (texts[0], texts[1], texts[2])
                (wanted.credentials, wanted.authority) = (texts[3], texts[4])
                wanted.servers = servers.baseAddress
                wanted.server_count = Int32(servers.count)
                wanted.secure = isEncrypted
                wanted.bell = bell
                wanted.identity = identity
                wanted.arrived = messageArrived
                wanted.changed = linkChanged
                return nats_link_open(&wanted, &error, error.count)
            }
        }
        guard let link else {
            Registry.shared.remove(identity)
            var text = String(decoding: error.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            // The library begins with the place in its source: `(conn.c:1234): `.
            if text.hasPrefix("("), let (_, rest) = text[...].parted(at: "): ") { text = String(rest) }
            return "cannot connect to \(settings.addresses.map(\.url).joined(separator: ", ")): \(text)"
        }
        for inbox in [inbox, quickInbox] {
            if let problem = nats_link_subscribe(link, inbox + ".>") { return String(cString: problem) }
        }
        state.withLock { [link = Link(pointer: link)] in $0.link = link }
        mostBytes.store(Int(nats_link_room(link)), ordering: .relaxed)
        return nil
    }

    /// The texts as C strings, nil for nil, during the call.
    private func withCStrings<R>(_ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> R) -> R {
        let copies = texts.map { $0.flatMap { strdup($0) } }
        defer { copies.forEach { free($0) } }
        return body(copies.map { UnsafePointer($0) })
    }

    var room: Int { mostBytes.load(ordering: .relaxed) }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    // MARK: - Sending

    /// Sends without asking what becomes of it. Nil, or why it is refused: a message that does not fit will never be sent;
    /// others are lost with the connection. `more`: another message follows, and this one waits for it, a tenth of a second at
    /// most.
    @discardableResult
    func publish(
        _ subject: String, _ data: [UInt8], reply: String? = nil, _ headers: Headers = Headers(), more: Bool = false
    ) -> String? {
        let link = state.withLock { state -> Link? in
            guard let link = state.link else { return nil }
            // The library would hold us up as long as it takes to connect.
            if state.isLost {
                if reply == nil, state.unsent.count < Self.mostUnsent {
                    state.unsent.append(Unsent(subject: subject, data: data))
                }
                return nil
            }
            state.publishers += 1
            return link
        }
        guard let link else { return nil }
        defer { state.withLock { $0.publishers -= 1 } }
        return withCStrings(headers.pairs + [nil]) { headers in
            data.withUnsafeBytes { data in
                nats_link_publish(link.pointer, subject, reply, headers, data.baseAddress, data.count, more)
                    .map { String(cString: $0) }
            }
        }
    }

    /// Sends, and waits for the first answer; that with status 503 says that nobody hears. `repeats`: who asks does so again
    /// then, and may also be told so when it is true of another question. Others have a subscription of their own.
    func ask(
        _ subject: String, _ data: [UInt8], _ headers: Headers = Headers(), within time: Duration = .seconds(5),
        repeats: Bool = false
    ) async throws(Failure) -> Arrival {
        let token = nextToken()
        let reply = inbox + (repeats ? "." : "-") + "\(token)"
        if !repeats {
            let problem = state.withLock { state in
                state.isLost ? nil : state.link.flatMap { nats_link_subscribe($0.pointer, reply) }
            }
            if let problem { throw .refused(String(cString: problem)) }
        }
        defer { if !repeats { unsubscribe(reply) } }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiting = Waiting(
                    answered: { continuation.resume(returning: $0) }, due: .now + time,
                    group: repeats ? .repeating : .alone)
                guard expect(token, waiting) else { return }
                if Task.isCancelled { return settle(token, .failure(.cancelled)) }
                send(token, subject, data, reply, headers)
            }
        } onCancel: {
            settle(token, .failure(.cancelled))
        }
        state.meet()
        return try result.get()
    }

    /// Sends; the first answer is handled on the connection's thread. That nobody hears may also be true of another question
    /// of this kind. `more`: as for `publish`.
    func ask(_ subject: String, _ data: [UInt8], within time: Duration, more: Bool, _ answered: @escaping Answered) {
        let token = nextToken()
        if expect(token, Waiting(answered: answered, due: .now + time, group: .quick)) {
            send(token, subject, data, "\(quickInbox).\(token)", more: more)
        }
    }

    private func nextToken() -> UInt64 {
        state.withLock { state in
            defer { state.nextToken += 1 }
            return state.nextToken
        }
    }

    /// False if the connection is closed: then that is the answer.
    private func expect(_ token: UInt64, _ waiting: Waiting) -> Bool {
        let isOpen = state.withLock { state in
            if !state.isClosed { state.waiting[token] = waiting }
            return !state.isClosed
        }
        if !isOpen { waiting.answered(.failure(.closed)) }
        return isOpen
    }

    private func send(
        _ token: UInt64, _ subject: String, _ data: [UInt8], _ reply: String, _ headers: Headers = Headers(),
        more: Bool = false
    ) {
        if let problem = publish(subject, data, reply: reply, headers, more: more) {
            settle(token, .failure(.refused(problem)))
        }
    }

    private func settle(_ token: UInt64, _ result: Result<Arrival, Failure>) {
        state.withLock { $0.waiting.removeValue(forKey: token) }?.answered(result)
    }

    // MARK: - Receiving

    /// A subject of this connection, whose messages go to the handler, on the connection's thread.
    func listen(_ name: String, _ handler: @escaping Handler) -> String {
        let subject = "\(inbox).\(name)"
        state.withLock { $0.handlers[subject] = handler }
        return subject
    }

    func ignore(_ subject: String) { state.withLock { _ = $0.handlers.removeValue(forKey: subject) } }

    /// `a.b.*` for `a.b.c`.
    private static func parent(of subject: String) -> String {
        (subject.lastIndex(of: ".").map { subject[...$0] } ?? "") + "*"
    }

    /// Messages with that subject, whose last word may be `*`, that come to the inbox go to the handler.
    func handle(_ subject: String, _ handler: @escaping Handler) { state.withLock { $0.handlers[subject] = handler } }

    /// Subscribes to the subject.
    func subscribe(_ subject: String, _ handler: @escaping Handler) throws(ScriptError) {
        let problem = state.withLock { state -> UnsafePointer<CChar>? in
            state.handlers[subject] = handler
            return state.link.flatMap { nats_link_subscribe($0.pointer, subject) }
        }
        if let problem { throw ScriptError(.error, ByteText("cluster: \(String(cString: problem))")) }
    }

    func unsubscribe(_ subject: String) {
        state.withLock { state in
            if let link = state.link { nats_link_unsubscribe(link.pointer, subject) }
        }
    }

    /// The same, but messages that are on their way still arrive.
    func drain(_ subject: String) {
        state.withLock { state in
            if let link = state.link { nats_link_drain(link.pointer, subject) }
        }
    }

    /// On the connection's thread. If the connection has ended, that is said at once.
    func onTick(_ name: String, _ action: @escaping @Sendable (Occasion) -> Void) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.ticks[name] = action }
            return state.isClosed
        }
        if isClosed { action(.end) }
    }

    func endTick(_ name: String) { state.withLock { _ = $0.ticks.removeValue(forKey: name) } }

    fileprivate func arrived(_ arrival: Arrival) {
        for (inbox, group) in [(inbox, Group.repeating), (quickInbox, .quick)] where arrival.subject.hasPrefix(inbox) {
            let word = arrival.subject.dropFirst(inbox.count + 1)
            if let token = UInt64(word) { return settle(token, .success(arrival)) }
            guard word == ">" else { continue }
            let unheard = state.withLock { $0.waiting.filter { $0.value.group == group }.keys }
            for token in unheard { settle(token, .success(arrival)) }
        }
        let handler = state.withLock { state in
            state.handlers[arrival.subject] ?? state.handlers[Self.parent(of: arrival.subject)]
        }
        handler?(arrival)
    }

    fileprivate func changed(_ event: nats_link_event) {
        if event == NATS_LINK_LOST { state.withLock { ($0.isLost, $0.isBack) = (true, false) } }
        if event == NATS_LINK_BACK { state.withLock { $0.isBack = true } }
        // The servers refuse to let us in, and the library does not try any more.
        if event == NATS_LINK_CLOSED { close() }
    }

    private func tick() {
        let now = Moment.now
        let (late, ticks, backLink, unsent) = state.withLock { state in
            // What was asked before the connection was lost may have been lost with it: it is asked again at once.
            let late = state.waiting.filter { state.isBack || $0.value.due <= now }.map(\.key)
            guard state.isBack else { return (late, state.ticks.values, nil as Link?, [Unsent]()) }
            defer { (state.isBack, state.isLost, state.unsent) = (false, false, []) }
            return (late, state.ticks.values, state.link, state.unsent)
        }
        for message in unsent { publish(message.subject, message.data) }
        if let backLink { mostBytes.store(Int(nats_link_room(backLink.pointer)), ordering: .relaxed) }
        for token in late { settle(token, .failure(.timeout)) }
        for tick in ticks { tick(backLink == nil ? .tick : .back) }
    }
}

/// The connections that messages may come for. The library knows them by number, so that one that has gone gets none.
private final class Registry: Sendable {
    static let shared = Registry()
    private let connections = Guarded<[UInt64: Connection]>([:])

    func add(_ connection: Connection) { connections.withLock { $0[connection.identity] = connection } }
    func remove(_ identity: UInt64) { _ = connections.withLock { $0.removeValue(forKey: identity) } }
    subscript(identity: UInt64) -> Connection? { connections.withLock { $0[identity] } }
}

private nonisolated func runConnection(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let pointer { Unmanaged<Connection>.fromOpaque(pointer).takeRetainedValue().run() }
    return nil
}

private nonisolated func messageArrived(_ identity: UInt64, _ arrival: UnsafePointer<nats_arrival>?) {
    guard let arrival = arrival?.pointee, let subject = arrival.subject, let connection = Registry.shared[identity]
    else {
        return
    }
    func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
    connection.arrived(
        Connection.Arrival(
            subject: String(cString: subject), reply: text(arrival.reply),
            data: Array(UnsafeRawBufferPointer(start: arrival.data, count: arrival.size)), status: text(arrival.status),
            description: text(arrival.description), sequence: text(arrival.sequence).flatMap { Int($0) }))
}

private nonisolated func linkChanged(_ identity: UInt64, _ event: nats_link_event) {
    Registry.shared[identity]?.changed(event)
}
