import Bridge
import Glibc
import Synchronization

/// One program that serves the jobs of a queue. Shared; guarded by its mutex.
///
/// A place that is free asks for a job by `next`. Never more jobs are asked for than places are free. While a job is in hand
/// the connection's thread tells the servers so, whatever the script does.
final class Server: LuaObject {
    let connection: Connection
    let stream: JetStream
    let names: Names
    let scripts: ScriptFolder
    let places: Int
    private let kind: String
    private let lease: Double
    private let capacity: Int
    private let replicas: Int
    private let identity = Connection.random()
    private let started = Server.time()

    /// A question for one job: servers answer several in turn, so for more at once one could not tell which is answered.
    private struct Pull {
        let subject: String
        let due: Moment
    }

    private struct State {
        /// Answers to questions for jobs come below it, until no more jobs are wanted.
        var inbox = "_INBOX." + Connection.random()
        /// Places that wait for a job.
        var waiting: [(ticket: UInt64, continuation: CheckedContinuation<Delivery?, Never>)] = []
        var nextTicket: UInt64 = 1
        /// Jobs that came when no place waited any more.
        var spare: [Delivery] = []
        /// Questions for jobs that are not answered, in order.
        var pulls: [Pull] = []
        /// Places that have just ended a job, and are going to wait for the next one.
        var returning = 0
        var nextPull: UInt64 = 1
        var mayPull = Moment.now
        /// All that is in hand, by the number in the stream.
        var held: [Int: Delivery] = [:]
        /// Jobs that are not wanted any more and not here, by their numbers: they may be on their way. Until when that is
        /// remembered.
        var unwanted: [Int: Moment] = [:]
        var nextBeat = Moment.now
        var isStopping = false
        var hasLeft = false
        var (done, failed, nanoseconds) = (0, 0, 0)
        var lastError = ""
    }
    private let state = Guarded(State())

    static func open(_ options: Options) async throws(ScriptError) -> Server {
        let connection = Connection(try options.connection())
        let names = try Names(try options.queue())
        try await connection.open()
        let server = Server(connection, names, options)
        do throws(JetStream.Failure) {
            try await server.stream.make(names, capacity: options.capacity, replicas: options.replicas)
            try await server.makeConsumer()
        } catch {
            connection.close()
            throw error.told("cannot make the queue '\(names.queue)'")
        }
        try server.begin()
        serving.add(1, ordering: .relaxed)
        return server
    }

    private init(_ connection: Connection, _ names: Names, _ options: Options) {
        self.connection = connection
        self.names = names
        stream = JetStream(connection: connection)
        scripts = ScriptFolder(path: options.scripts ?? ".")
        places = options.places
        kind = options.kind
        lease = options.lease
        (capacity, replicas) = (options.capacity, options.replicas)
    }

    deinit { connection.close() }

    private func makeConsumer() async throws(JetStream.Failure) {
        let configuration: JSON = .object([
            "stream_name": .string(names.jobs),
            "config": .object([
                "durable_name": .string(Names.consumer), "ack_policy": .string("explicit"),
                "deliver_policy": .string("all"), "replay_policy": .string("instant"),
                "ack_wait": .integer(Int(lease * Double(JetStream.second))), "max_deliver": .integer(-1),
                "max_ack_pending": .integer(-1), "max_waiting": .integer(100_000),
            ]),
        ])
        _ = try await stream.call("$JS.API.CONSUMER.DURABLE.CREATE.\(names.jobs).\(Names.consumer)", configuration)
    }

    private func begin() throws(ScriptError) {
        try listen(state.withLock { $0.inbox })
        for subject in [names.jobsSubject, names.jobSubject("*")] {
            connection.handle(subject) { [weak self] arrival in self?.arrived(arrival) }
        }
        try connection.subscribe(names.control) { [weak self] arrival in self?.cancel(arrival) }
        for word in ["PING", "INFO", "STATS"] {
            for subject in [
                "$SRV.\(word)", "$SRV.\(word).\(names.service)", "$SRV.\(word).\(names.service).\(identity)",
            ] {
                try connection.subscribe(subject) { [weak self] arrival in self?.answer(word, arrival) }
            }
        }
        connection.onTick(identity) { [weak self] occasion in
            switch occasion {
            case .tick: self?.tick(false)
            case .back: self?.isBack()
            case .end: self?.ended()
            }
        }
    }

    private func listen(_ inbox: String) throws(ScriptError) {
        try connection.subscribe(inbox + ".>") { [weak self] _ in self?.nobodyHears() }
    }

    // MARK: - Getting jobs

    /// A job to do; waits for one. Nil when no more are to be done.
    func next() async throws(ScriptError) -> Delivery? {
        while let delivery = await take() {
            if try await isToBegin(delivery) { return delivery }
        }
        if Task.isCancelled { throw ScriptError(.cancelled, "cancelled") }
        if connection.isClosed, !state.withLock({ $0.isStopping }) {
            throw Connection.Failure.closed.told("cannot take a job")
        }
        return nil
    }

    private func take() async -> Delivery? {
        let ticket = state.withLock { state in
            defer { state.nextTicket += 1 }
            return state.nextTicket
        }
        defer { state.meet() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Delivery?, Never>) in
                let answer = state.withLock { state -> Delivery?? in
                    state.returning = max(state.returning - 1, 0)
                    if state.isStopping || Task.isCancelled || connection.isClosed { return .some(nil) }
                    if let spare = state.spare.popLast() { return .some(spare) }
                    state.waiting.append((ticket, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) } else { pull() }
            }
        } onCancel: {
            giveUp(ticket)
        }
    }

    private func giveUp(_ ticket: UInt64) {
        let continuation = state.withLock { state in
            state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).continuation }
        }
        continuation?.resume(returning: nil)
    }

    /// Asks for as many jobs as places wait for.
    private func pull() { nextPulls().forEach(send) }

    private func nextPulls(returning: Int = 0) -> [Pull] {
        state.withLock { state in
            state.returning += returning
            let count = state.waiting.count + state.returning - state.spare.count - state.pulls.count
            guard count > 0, !state.isStopping, state.mayPull <= .now else { return [] }
            let due = Moment.now + Self.expiry + .seconds(1)
            let pulls = (0..<count).map { number in
                Pull(subject: "\(state.inbox).\(state.nextPull + UInt64(number))", due: due)
            }
            for pull in pulls { connection.handle(pull.subject) { [weak self] arrival in self?.refused(arrival) } }
            state.nextPull += UInt64(count)
            state.pulls += pulls
            return pulls
        }
    }

    private func send(_ pull: Pull) {
        connection.publish(
            "$JS.API.CONSUMER.MSG.NEXT.\(names.jobs).\(Names.consumer)", Self.question, reply: pull.subject)
    }

    private static let expiry: Duration = .seconds(5)
    private static let question = JSON.object([
        "batch": .integer(1), "expires": .integer(Int(expiry.components.seconds) * JetStream.second),
    ]).bytes

    /// The server has no more answers to a question: its time is over, or it could not be taken.
    private func refused(_ arrival: Connection.Arrival) {
        guard let status = arrival.status else { return }
        connection.ignore(arrival.subject)
        state.withLock { state in
            state.pulls.removeAll { $0.subject == arrival.subject }
            if status != "408", status != "404" { state.mayPull = .now + .milliseconds(250) }
        }
        pull()
    }

    /// The servers are choosing who has the queue: what was asked before has to be asked again.
    private func nobodyHears() {
        let pulls = state.withLock { state in
            defer { (state.pulls, state.mayPull) = ([], .now + .milliseconds(250)) }
            return state.pulls
        }
        for pull in pulls { connection.ignore(pull.subject) }
    }

    private func arrived(_ arrival: Connection.Arrival) {
        guard let place = Delivery.Place(arrival.reply) else { return }
        let delivery = Delivery(self, place, arrival.data)
        let (continuation, finished, isRefused, isHeld) = state.withLock { state in
            if state.unwanted.removeValue(forKey: place.sequence) != nil { delivery.cancel() }
            // The servers answer the oldest question first.
            let finished = state.pulls.isEmpty ? nil : state.pulls.removeFirst().subject
            let nobody: CheckedContinuation<Delivery?, Never>? = nil
            // The servers have not heard of this worker for a lease, and now it gets what it has in hand: one run is enough.
            if state.held[place.sequence] != nil { return (nobody, finished, false, true) }
            state.held[place.sequence] = delivery
            if !state.isStopping {
                if !state.waiting.isEmpty { return (state.waiting.removeFirst().continuation, finished, false, false) }
                if state.spare.count < state.returning {
                    state.spare.append(delivery)
                    return (nobody, finished, false, false)
                }
            }
            return (nobody, finished, true, false)
        }
        if let finished { connection.ignore(finished) }
        if isRefused { Task { await self.giveBack(delivery) } }
        if isHeld { pull() }
        continuation?.resume(returning: delivery)
    }

    /// The servers may have lost all that they had stored. What is there stays as it is.
    private func isBack() {
        // What was asked before is known to the servers still, and would be answered, too.
        let fresh = "_INBOX." + Connection.random()
        if (try? listen(fresh)) != nil {
            let old = state.withLock { state in
                defer { state.inbox = fresh }
                return state.inbox
            }
            connection.unsubscribe(old + ".>")
            connection.ignore(old + ".>")
        }
        tick(true)
        Task { [self] in
            try? await stream.make(names, capacity: capacity, replicas: replicas)
            try? await makeConsumer()
        }
    }

    /// Nobody gets a job any more.
    private func ended() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for entry in waiting { entry.continuation.resume(returning: nil) }
    }

    private func tick(_ isBack: Bool) {
        let now = Moment.now
        // Most jobs are done before somebody has to be told that they run.
        for delivery in state.withLock({ Array($0.held.values) }) where delivery.isNews() {
            tell(delivery, Self.record("running", delivery))
        }
        let (beats, stale, isBeat) = state.withLock { state -> ([String], [String], Bool) in
            var stale: [String] = []
            // A connection that was lost has lost the questions, too.
            state.pulls.removeAll { pull in
                guard isBack || pull.due <= now else { return false }
                stale.append(pull.subject)
                return true
            }
            if !state.unwanted.isEmpty { state.unwanted = state.unwanted.filter { $0.value > now } }
            guard state.nextBeat <= now else { return ([], stale, false) }
            state.nextBeat = now + .seconds(lease / 3)
            return (state.held.values.map(\.place.reply), stale, true)
        }
        stale.forEach(connection.ignore)
        for reply in beats { connection.publish(reply, Array("+WPI".utf8)) }
        if isBeat { connection.publish(names.workers, description("STATS").bytes) }
        pull()
    }

    // MARK: - Before a job begins

    /// Whether the job is to be done here and now. Otherwise it is settled.
    private func isToBegin(_ delivery: Delivery) async throws(ScriptError) -> Bool {
        do throws(JetStream.Failure) {
            guard delivery.isReadable else {
                try await bury(delivery, ["message": "the message is no job"])
                return false
            }
            guard !delivery.isCancelled else {
                try await acknowledge(delivery)
                return false
            }
            try await countReturns(delivery)
            if delivery.place.count > 1 || delivery.isNamed, let end = try await lastEnd(delivery) {
                // It was done already, by a worker whose acknowledgement was lost, or under the same name.
                try await acknowledge(delivery)
                tell(delivery, end)
                return false
            }
            if let due = delivery.due, due > Names.now {
                await giveBack(delivery, for: Double(due - Names.now) / 1000)
                return false
            }
            guard delivery.attempt <= delivery.retries + 1 else {
                let word = delivery.retries == 0 ? "its worker" : "the last of its workers"
                try await bury(
                    delivery, ["kind": "exit", "message": .string(ByteText("\(word) has died, or was not heard of"))])
                return false
            }
            return true
        } catch {
            if Task.isCancelled {
                Task { await giveBack(delivery) }
                return false
            }
            // The job comes again when its lease is over.
            drop(delivery)
            if case .connection(let failure) = error, case .closed = failure { throw error.told("cannot take a job") }
            return false
        }
    }

    private func lastEnd(_ delivery: Delivery) async throws(JetStream.Failure) -> Record? {
        guard let end = try await stream.last(names.endSubject(delivery.key), in: names.ends),
            var record = Record(end.data), record.isEnd
        else { return nil }
        record["sequence"] = .integer(end.sequence)
        return record
    }

    private func countReturns(_ delivery: Delivery) async throws(JetStream.Failure) {
        guard delivery.place.count > 1, delivery.returns == 0 else { return }
        guard let found = try await stream.last(names.returnsSubject(delivery.key), in: names.dead) else { return }
        guard let record = Record(found.data), record.integer("sequence") == delivery.place.sequence else { return }
        delivery.returns = record.integer("count") ?? 0
    }

    // MARK: - Cancelling

    private func cancel(_ arrival: Connection.Arrival) {
        guard let sequence = Int(String(decoding: arrival.data.prefix(20), as: UTF8.self)) else { return }
        let found = state.withLock { state in
            let found = state.held[sequence]
            // Messages of different subjects come in no order.
            if found == nil, state.unwanted.count < Self.mostUnwanted {
                state.unwanted[sequence] = .now + .seconds(lease)
            }
            return found
        }
        found?.cancel()
    }

    private static let mostUnwanted = 10_000

    // MARK: - After a job

    private static func record(_ phase: String, _ delivery: Delivery) -> Record {
        var record = Record()
        record["state"] = .string(ByteText(phase))
        record["key"] = .string(ByteText(delivery.key))
        record["machine"] = .string(ByteText(Names.machine))
        record["attempts"] = .integer(delivery.attempt)
        return record
    }

    /// The job has begun as that work. If it has results, they are on their way when it ends: no state has to be woken for
    /// that. Whatever else it comes to is for the place to tell, and so are results while the end of its last job is not kept.
    func began(_ delivery: Delivery, _ work: Work, after last: Delivery?) {
        delivery.began(work)
        work.whenEnded { result in
            guard last?.isEndKept ?? true, case .success(let results) = result else { return }
            let record = Self.doneRecord(delivery, results)
            guard let data = try? record.bytes, delivery.claimEnd() else { return }
            self.done(delivery, record, data)
        }
    }

    /// It has results, as plain data, which are on their way when this returns. `Delivery.kept` waits until they are kept.
    func done(_ delivery: Delivery, _ results: [Value]) {
        let record = Self.doneRecord(delivery, results)
        do throws(ScriptError) { done(delivery, record, try record.bytes) } catch {
            fail(delivery, "error", error.message)
        }
    }

    private static func doneRecord(_ delivery: Delivery, _ results: [Value]) -> Record {
        var record = record("done", delivery)
        record["results"] = .array(results)
        return record
    }

    /// Its results cannot be sent.
    private func fail(_ delivery: Delivery, _ kind: ByteText, _ message: ByteText) {
        var failure = Record()
        failure["kind"] = .string(kind)
        failure["message"] = .string(message)
        failure["origin"] = .string(ByteText("job '\(delivery.title)@\(Names.machine)'"))
        keep(delivery) { [failure] () async throws(ScriptError) in try await self.failed(delivery, failure) }
    }

    private func done(_ delivery: Delivery, _ record: Record, _ data: [UInt8]) {
        let room = connection.room
        guard room == 0 || data.count <= room - 4096 else {
            let text = "the results have \(data.count) bytes, and the server takes \(room)"
            return fail(delivery, "limit", ByteText(text))
        }
        guard !delivery.isNamed, let reply = delivery.reply else {
            tell(delivery, record)
            return store(delivery, record)
        }
        delivery.isTold()
        let pulls = nextPulls(returning: 1)
        connection.ask(reply, data, within: Self.soon, more: !pulls.isEmpty) { result in
            // A status: nobody listens there.
            guard case .success(let answer) = result, answer.status == nil else { return self.store(delivery, record) }
            self.count(delivery, hasFailed: false)
            delivery.isKept(.success(()))
            self.confirm(delivery, record)
        }
        pulls.forEach(send)
    }

    /// The submitter has the end. Should another worker get the job once more, that one finds it.
    private func confirm(_ delivery: Delivery, _ record: Record) {
        connection.ask(delivery.place.reply, Self.acknowledgement, within: Self.soon, more: false) { result in
            if case .success(let answer) = result, answer.status == nil {
                return delivery.returns == 0 ? self.drop(delivery) : self.leave(delivery)
            }
            Task(executorPreference: HomeExecutor.shared) {
                try? await self.stored(delivery, record)
                self.leave(delivery)
            }
        }
    }

    /// How long a submitter has to send the receipt, and the servers to confirm an acknowledgement.
    private static let soon: Duration = .milliseconds(500)
    private static let acknowledgement = Array("+ACK".utf8)

    /// What remains to be done after a job. The place does its next one meanwhile.
    private func keep(_ delivery: Delivery, _ action: @escaping @Sendable () async throws(ScriptError) -> Void) {
        Task(executorPreference: HomeExecutor.shared) {
            do throws(ScriptError) {
                try await action()
                delivery.isKept(.success(()))
            } catch {
                delivery.isKept(.failure(error))
            }
        }
    }

    /// Nobody has said that he has the end, or others may ask for it. Whoever gets the job once more finds it.
    private func store(_ delivery: Delivery, _ record: Record) {
        keep(delivery) { () async throws(ScriptError) in
            do throws(JetStream.Failure) { try await self.stored(delivery, record) } catch {
                self.drop(delivery)
                throw error.told("cannot keep the result of the job '\(delivery.title)'")
            }
            self.count(delivery, hasFailed: false)
            self.leave(delivery)
        }
    }

    /// Acknowledges the job; nobody waits for that.
    private func leave(_ delivery: Delivery) {
        Task(executorPreference: HomeExecutor.shared) {
            try? await self.acknowledge(delivery)
            self.drop(delivery)
        }
    }

    /// It has failed: it is done again later, or never.
    func failed(_ delivery: Delivery, _ failure: Record) async throws(ScriptError) {
        if delivery.isCancelled {
            count(delivery, hasFailed: true)
            return leave(delivery)
        }
        // It travels with each heartbeat.
        state.withLock { $0.lastError = String((failure.text("message") ?? "").prefix(200)) }
        if delivery.attempt <= delivery.retries {
            tell(delivery, Self.record("pending", delivery))
            let pause = min(delivery.backoff * Double(1 << min(delivery.attempt - 1, 20)), 3600)
            count(delivery, hasFailed: true)
            return await refuse(delivery, for: pause)
        }
        do throws(JetStream.Failure) { try await bury(delivery, failure.fields) } catch {
            drop(delivery)
            throw error.told("cannot keep the job '\(delivery.title)' that has failed")
        }
    }

    private func stored(_ delivery: Delivery, _ record: Record) async throws(JetStream.Failure) {
        let end = try await stream.publish(names.endSubject(delivery.key), try record.plainBytes)
        tellStored(delivery, end.sequence)
    }

    /// Puts the job among those that failed for good, tells how it ended, and takes it from the queue.
    private func bury(_ delivery: Delivery, _ failure: [Value: Value]) async throws(JetStream.Failure) {
        var record = Self.record("failed", delivery)
        for (name, value) in failure { record.fields[name] = value }
        record["attempts"] = .integer(min(delivery.attempt, delivery.retries + 1))
        var letter = record
        for (name, value) in delivery.summary { letter[name] = value }
        letter["job"] = .string(ByteText(delivery.data))
        var data = try letter.plainBytes
        if data.count > connection.room - 4096 {  // a long message or traceback; the job itself has to stay
            letter["traceback"] = .nil
            letter["value"] = .nil
            letter["message"] = "the message of the error does not fit in here"
            data = try letter.plainBytes
        }
        _ = try await stream.publish(
            names.deadSubject(delivery.key), data, .identity("dead-\(delivery.key)-\(delivery.place.sequence)"))
        if try record.plainBytes.count > connection.room - 4096 {
            record["traceback"] = .nil
            record["value"] = .nil
            record["message"] = "the message of the error does not fit in here"
        }
        tell(delivery, record)
        try await stored(delivery, record)
        try await acknowledge(delivery)
        count(delivery, hasFailed: true)
        drop(delivery)
    }

    /// The job was not begun, or not because of itself not finished: another may have it at once, and it does not count as
    /// an attempt.
    func giveBack(_ delivery: Delivery, for seconds: Double = 0) async {
        try? await countReturns(delivery)
        var record = Record()
        record["sequence"] = .integer(delivery.place.sequence)
        record["count"] = .integer(delivery.returns + 1)
        // Should this fail, the job has one attempt less.
        if let data = try? record.bytes {
            _ = try? await stream.publish(names.returnsSubject(delivery.key), data)
        }
        tell(delivery, Self.record("pending", delivery))
        await refuse(delivery, for: seconds)
    }

    /// It is not in hand any more when it can come again.
    private func refuse(_ delivery: Delivery, for seconds: Double) async {
        drop(delivery)
        let pause = JSON.object(["delay": .integer(Int(seconds * Double(JetStream.second)))])
        connection.publish(delivery.place.reply, Array("-NAK".utf8) + (seconds > 0 ? [0x20] + pause.bytes : []))
    }

    private func acknowledge(_ delivery: Delivery) async throws(JetStream.Failure) {
        do throws(Connection.Failure) { _ = try await stream.ask(delivery.place.reply, Self.acknowledgement) } catch {
            throw .connection(error)
        }
        try await forgetReturns(delivery)
        drop(delivery)
    }

    private func forgetReturns(_ delivery: Delivery) async throws(JetStream.Failure) {
        guard delivery.returns > 0 else { return }
        guard let found = try await stream.last(names.returnsSubject(delivery.key), in: names.dead) else { return }
        stream.forget(found.sequence, in: names.dead)
    }

    private func drop(_ delivery: Delivery) {
        state.withLock { _ = $0.held.removeValue(forKey: delivery.place.sequence) }
    }

    /// Tells the submitter, who finds out by himself if this is lost.
    private func tell(_ delivery: Delivery, _ record: Record, more: Bool = false) {
        delivery.isTold()
        guard let reply = delivery.reply, let data = try? record.bytes, data.count < connection.room else { return }
        connection.publish(reply, data, more: more)
    }

    /// Tells the submitter which message he may delete when he has got the end.
    private func tellStored(_ delivery: Delivery, _ sequence: Int) {
        guard !delivery.isNamed else { return }
        var record = Record()
        record["key"] = .string(ByteText(delivery.key))
        record["stored"] = .integer(sequence)
        tell(delivery, record, more: true)
    }

    private func count(_ delivery: Delivery, hasFailed: Bool) {
        let time = Moment.now - delivery.arrival
        let (seconds, attoseconds) = time.components
        state.withLock { state in
            state.done += 1
            if hasFailed { state.failed += 1 }
            state.nanoseconds += Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        }
    }

    // MARK: - The end

    /// Takes no more jobs; hands back those that no place has got.
    func stop() {
        let (waiting, spare) = state.withLock { state in
            state.isStopping = true
            defer { (state.waiting, state.spare) = ([], []) }
            return (state.waiting, state.spare)
        }
        // The servers ask somebody else from now on.
        connection.drain(state.withLock { $0.inbox } + ".>")
        for entry in waiting { entry.continuation.resume(returning: nil) }
        for delivery in spare { Task { await self.giveBack(delivery) } }
    }

    /// Those of the whole process that have not left.
    private static let serving = Atomic<Int>(0)

    /// Returns how many still serve in this process.
    func leave() async -> Int {
        await close()
        let isFirst = state.withLock { state in
            defer { state.hasLeft = true }
            return !state.hasLeft
        }
        if isFirst { Self.serving.subtract(1, ordering: .relaxed) }
        return Self.serving.load(ordering: .relaxed)
    }

    private func close() async {
        // What the servers have sent before they knew that no more jobs are wanted arrives before the answer, and is handed back.
        _ = try? await connection.ask("$SRV.PING.\(names.service).\(identity)", [], within: .seconds(2))
        // Acknowledgements that are under way.
        let end = Moment.now + .seconds(5)
        while Moment.now < end, state.withLock({ !$0.held.isEmpty }) { try? await Task.sleep(for: .milliseconds(5)) }
        connection.publish(names.workers, description("STATS", hasEnded: true).bytes)
        await connection.closed()
    }

    // MARK: - The protocol of services, by which tools find workers

    private func answer(_ word: String, _ arrival: Connection.Arrival) {
        guard let reply = arrival.reply else { return }
        connection.publish(reply, description(word).bytes)
    }

    private func description(_ word: String, hasEnded: Bool = false) -> JSON {
        var answer: [String: JSON] = [
            "type": .string("io.nats.micro.v1.\(word.lowercased())_response"), "name": .string(names.service),
            "id": .string(identity), "version": .string("1.0.0"), "metadata": .object([:]),
        ]
        var endpoint: [String: JSON] = [
            "name": .string("jobs"), "subject": .string(names.jobsSubject), "queue_group": .string(Names.consumer),
        ]
        switch word {
        case "INFO":
            answer["description"] = .string("a worker of luaconc")
            answer["endpoints"] = .array([.object(endpoint)])
        case "STATS":
            let (done, failed, nanoseconds, error, running) = state.withLock { state in
                (state.done, state.failed, state.nanoseconds, state.lastError, min(state.held.count, places))
            }
            endpoint["num_requests"] = .integer(done)
            endpoint["num_errors"] = .integer(failed)
            endpoint["last_error"] = .string(error)
            endpoint["processing_time"] = .integer(nanoseconds)
            endpoint["average_processing_time"] = .integer(done == 0 ? 0 : nanoseconds / done)
            endpoint["data"] = .object([
                "machine": .string(Names.machine), "pid": .integer(Int(getpid())), "kind": .string(kind),
                "places": .integer(places), "running": .integer(running), "lease": .integer(Int(lease * 1000)),
                "ended": .bool(hasEnded),
            ])
            answer["started"] = .string(started)
            answer["endpoints"] = .array([.object(endpoint)])
        default: break
        }
        return .object(answer)
    }

    private static func time() -> String {
        var seconds = Glibc.time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
