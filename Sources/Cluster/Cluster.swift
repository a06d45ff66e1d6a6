import Bridge

/// A queue of jobs as one who submits sees it. Shared; guarded by its mutex.
final class Cluster: LuaObject {
    let connection: Connection
    let stream: JetStream
    let names: Names
    let scripts: ScriptFolder
    let replicas: Int
    /// Those that are open or being opened, so that each is opened once.
    private let channels = Guarded<[String: Opened]>([:])
    private struct Opened {
        weak var channel: ClusterChannel?
        var opening: Task<Result<ClusterChannel, ScriptError>, Never>?
    }
    /// Where workers tell how jobs stand.
    private let inbox: String
    /// The jobs whose ends are awaited, by their keys: two handles may stand for one job.
    private let jobs: Guarded<[String: [Job]]>
    private let looking = Guarded(false)
    let workers: WorkerList

    static func open(_ options: Options) async throws(ScriptError) -> Cluster {
        let connection = Connection(try options.connection())
        let names = try Names(try options.queue())
        try await connection.open()
        let stream = JetStream(connection: connection)
        do throws(JetStream.Failure) {
            try await stream.make(names, capacity: options.capacity, replicas: options.replicas)
        } catch {
            connection.close()
            throw error.told("cannot make the queue '\(names.queue)'")
        }
        return Cluster(connection, stream, names, options)
    }

    private init(_ connection: Connection, _ stream: JetStream, _ names: Names, _ options: Options) {
        (self.connection, self.stream, self.names) = (connection, stream, names)
        scripts = ScriptFolder(path: options.scripts ?? ".")
        replicas = options.replicas
        workers = WorkerList(connection, names)
        jobs = Guarded([:])
        inbox = connection.listen("ends") { _ in }
        _ = connection.listen("ends") { [weak self] arrival in self?.arrived(arrival) }
        connection.onTick(inbox) { [weak self] occasion in
            switch occasion {
            case .tick: self?.tick()
            case .back:
                self?.lookAgain()
                self?.tick()
            case .end: self?.loseAll()
            }
        }
    }

    deinit { connection.close() }

    func close() async { await connection.closed() }

    // MARK: - Submitting

    /// A job that is not submitted yet.
    func job(
        _ options: [String: Value], _ script: String, _ function: String, _ arguments: [Value]
    ) throws(ScriptError) -> Job {
        let given = options["id"]?.text
        guard given != nil || options["id"] == nil else {
            throw ScriptError(.error, "cluster: the 'id' of a job has to be UTF-8")
        }
        let isNamed = given != nil
        let identity = given ?? Connection.random()
        var record = Record()
        record["id"] = .string(ByteText(identity))
        record["named"] = .bool(isNamed)
        record["script"] = .string(ByteText(script))
        record["sum"] = .string(ByteText(try scripts.read(script).sum))
        record["function"] = .string(ByteText(function))
        record["args"] = .array(arguments)
        record["name"] = options["name"] ?? .string(ByteText(function))
        // A failure repeats them, and has to fit into a message, too.
        for name in ["id", "name", "function"] {
            guard case .string(let text) = record[name], text.bytes.count <= Delivery.longestName else {
                let most = Delivery.longestName
                throw ScriptError(.limit, ByteText("cluster: the \(name) of a job has \(most) bytes at most"))
            }
        }
        for name in ["timeout", "retries", "backoff"] { record[name] = options[name] ?? .nil }
        if case .number(let delay)? = options["delay"] { record["due"] = .integer(Names.now + Int(delay * 1000)) }
        let isFollowed = options["detach"] != true
        if isFollowed { record["reply"] = .string(ByteText(inbox)) }
        record["from"] = .string(ByteText(Names.machine))
        let data = try record.bytes
        let room = connection.room
        guard room > 0 else { throw Connection.Failure.closed.told("cannot submit the job '\(function)'") }
        guard data.count <= room - 4096 else {
            throw ScriptError(
                .limit, "cluster: the job has \(data.count) bytes, and the server takes \(room)")
        }
        return Job(
            self, identity: identity, isNamed: isNamed, isFollowed: isFollowed,
            title: record.text("name") ?? function, data: data)
    }

    /// Returns when the job is stored.
    func submit(_ job: Job) async throws(ScriptError) {
        if job.isFollowed { jobs.withLock { $0[job.key, default: []].append(job) } }
        do throws(JetStream.Failure) {
            if job.isNamed, let end = try await stream.last(names.endSubject(job.key), in: names.ends),
                let record = Record(end.data), record.isEnd
            {
                forget(job)
                return job.finish(Job.End(record: record, sequence: end.sequence))
            }
            job.isInDoubt = !job.isNamed
            let (sequence, isDuplicate) =
                job.isNamed
                ? try await queue(job)
                : try await stream.publish(names.jobsSubject, job.data, .identity(job.key))
            job.sequence = sequence
            job.isStored(isDuplicate, among: jobs.withLock { $0.count })
        } catch {
            forget(job)
            if case .connection(.cancelled) = error {} else { job.isInDoubt = false }
            throw error.told("cannot submit the job '\(job.title)'")
        }
    }

    /// Queues a job whose identity was given, unless it is there: then that is a duplicate, however old.
    private func queue(_ job: Job) async throws(JetStream.Failure) -> (sequence: Int, isDuplicate: Bool) {
        while true {
            if let stored = try await publish(job.key, job.data, job.key) { return stored }
            if let found = try await stream.last(names.jobSubject(job.key), in: names.jobs) {
                return (found.sequence, true)
            }
            // It has just ended, or this server does not know of it yet.
            try await pause()
        }
    }

    /// Nil: a job with that key is there.
    private func publish(
        _ key: String, _ data: [UInt8], _ message: String
    ) async throws(JetStream.Failure) -> (sequence: Int, isDuplicate: Bool)? {
        var headers = Connection.Headers.identity(message)
        headers.pairs += ["Nats-Expected-Last-Subject-Sequence", "0"]
        do throws(JetStream.Failure) { return try await stream.publish(names.jobSubject(key), data, headers) } catch {
            guard case .refused(let refusal) = error, refusal.code == JetStream.Refusal.wrongSequence else {
                throw error
            }
            return nil
        }
    }

    private func pause() async throws(JetStream.Failure) {
        do { try await Task.sleep(for: .milliseconds(10)) } catch { throw .connection(.cancelled) }
    }

    private func forget(_ job: Job) {
        jobs.withLock { jobs in
            jobs[job.key]?.removeAll { $0 === job }
            if jobs[job.key]?.isEmpty ?? false { jobs[job.key] = nil }
        }
    }

    // MARK: - Ends

    private func arrived(_ arrival: Connection.Arrival) {
        guard let record = Record(arrival.data), let key = record.text("key") else { return }
        if let sequence = record.integer("stored") {
            // It was stored though its end is here, since our receipt came too late.
            if jobs.withLock({ $0[key] == nil }) { stream.forget(sequence, in: names.ends) }
            return
        }
        guard let phase = Job.Phase(rawValue: record.text("state") ?? "") else { return }
        let found = jobs.withLock { $0[key] ?? [] }
        guard phase.isFinal else { return found.forEach { $0.note(phase) } }
        finish(key, Job.End(record: record, sequence: record.integer("sequence") ?? 0))
        if let reply = arrival.reply, reply.hasPrefix("_INBOX.") { connection.publish(reply, []) }
    }

    private func finish(_ key: String, _ end: Job.End) {
        for job in jobs.withLock({ $0.removeValue(forKey: key) }) ?? [] { job.finish(end) }
    }

    /// The results were read: nobody else asks for those of a job that has no name.
    func hasRead(_ job: Job, _ end: Job.End) {
        if !job.isNamed, end.sequence > 0 { stream.forget(end.sequence, in: names.ends) }
    }

    // MARK: - Looking for ends that nobody has told

    private func lookAgain() {
        jobs.withLock { $0.values.joined().forEach { $0.lookNow() } }
        workers.ask()
    }

    /// The connection has ended. Whoever has detached a handle does not wait.
    private func loseAll() {
        let lost = jobs.withLock { jobs in
            defer { jobs = [:] }
            return jobs
        }
        for job in lost.values.joined() where !job.isDetached {
            job.lose(Connection.Failure.closed.told("cannot learn how the job '\(job.title)' ends"))
        }
    }

    private func tick() {
        let now = Moment.now
        guard !looking.withLock({ $0 }) else { return }
        let due = jobs.withLock { jobs in
            let least = Job.pause(among: jobs.count)
            return jobs.values.joined().filter { $0.isDue(now, least) }
        }
        guard !due.isEmpty else { return }
        looking.withLock { $0 = true }
        Task { [weak self] in
            for job in due { await self?.look(job) }
            self?.looking.withLock { $0 = false }
        }
    }

    private func look(_ job: Job) async {
        guard job.end == nil else { return }
        do throws(JetStream.Failure) {
            if try await lookForEnd(job) { return }
            // The end is stored before the job goes, so whoever finds neither looks once more.
            guard job.sequence > 0, try await !stream.has(job.sequence, in: names.jobs) else { return }
            guard try await !lookForEnd(job) else { return }
            // It may have been submitted again under the same name, from the dead letters.
            guard !job.isNamed else { return }
            forget(job)
            job.lose(ScriptError(.exit, ByteText("the servers have lost the job '\(job.title)'")))
        } catch {}  // the servers are away: it is looked for again
    }

    private func lookForEnd(_ job: Job) async throws(JetStream.Failure) -> Bool {
        guard let end = try await stream.last(names.endSubject(job.key), in: names.ends),
            let record = Record(end.data), record.isEnd
        else { return false }
        finish(job.key, Job.End(record: record, sequence: end.sequence))
        return true
    }

    // MARK: - Cancelling

    /// Takes the job from the queue, and has the worker end it that runs it. That goes on until the servers have heard it,
    /// however long whoever wants it waits.
    func cancel(_ job: Job) async throws(ScriptError) {
        forget(job)
        guard job.sequence > 0 || job.isInDoubt, job.end == nil else { return }
        try await Task { () async -> Result<Void, ScriptError> in
            while true {
                do throws(ScriptError) {
                    try await self.takeBack(job)
                    return .success(())
                } catch {
                    if error.kind != .timeout { return .failure(error) }
                }
            }
        }.value.get()
    }

    private func takeBack(_ job: Job) async throws(ScriptError) {
        var end = Record()
        end["state"] = .string("cancelled")
        end["key"] = .string(ByteText(job.key))
        do throws(JetStream.Failure) {
            // Asked again, the server says where it has stored the job.
            if job.isInDoubt {
                job.sequence = try await stream.publish(names.jobsSubject, job.data, .identity(job.key)).sequence
            }
            _ = try await stream.publish(names.endSubject(job.key), try end.plainBytes)
            try await stream.delete(job.sequence, in: names.jobs)
        } catch {
            if case .connection(let failure) = error, case .closed = failure { return }  // nobody is asked any more
            throw error.told("cannot cancel the job '\(job.title)'")
        }
        connection.publish(names.control, Array("\(job.sequence)".utf8))
    }

    // MARK: - Channels and ticks

    func channel(_ name: String, capacity: Int?) async throws(ScriptError) -> ClusterChannel {
        let opening = channels.withLock { channels in
            if let open = channels[name]?.channel { return Task { Result<_, ScriptError>.success(open) } }
            let opening = channels[name]?.opening ?? Task { await self.open(name, capacity) }
            channels[name] = Opened(opening: opening)
            return opening
        }
        return try await opening.value.get()
    }

    private func open(_ name: String, _ capacity: Int?) async -> Result<ClusterChannel, ScriptError> {
        do throws(ScriptError) {
            let channel = try await ClusterChannel.open(self, name, capacity: capacity)
            channels.withLock { $0[name] = Opened(channel: channel) }
            return .success(channel)
        } catch {
            channels.withLock { $0[name] = nil }
            return .failure(error)
        }
    }

    /// Whether this is the first to ask for that tick of a schedule: then it is for the caller to do.
    func claim(_ schedule: String, _ time: Int) async throws(ScriptError) -> Bool {
        let subject = names.endSubject("tick-\(Names.key(schedule))-\(time)")
        var headers = Connection.Headers.identity(Connection.random())
        headers.pairs += ["Nats-Expected-Last-Subject-Sequence", "0"]
        do throws(JetStream.Failure) {
            _ = try await stream.publish(subject, Array(Names.machine.utf8), headers)
            return true
        } catch {
            if case .refused(let refusal) = error, refusal.code == JetStream.Refusal.wrongSequence { return false }
            throw error.told("cannot ask who runs the schedule '\(schedule)'")
        }
    }

    // MARK: - Looking around

    /// How many jobs wait, and how many workers have in hand or wait for another attempt. By the consumer: a server that was
    /// killed may keep messages in the stream that it knows to be done.
    func queued() async throws(ScriptError) -> (Int, Int) {
        do throws(JetStream.Failure) {
            do throws(JetStream.Failure) {
                let info = try await stream.call("$JS.API.CONSUMER.INFO.\(names.jobs).\(Names.consumer)", .object([:]))
                return (info["num_pending"]?.integer ?? 0, info["num_ack_pending"]?.integer ?? 0)
            } catch {
                // No worker has been there yet.
                guard case .refused(let refusal) = error, refusal.code == 10014 else { throw error }
                let info = try await stream.call("$JS.API.STREAM.INFO.\(names.jobs)", .object([:]))
                return (info["state"]?["messages"]?.integer ?? 0, 0)
            }
        } catch {
            throw error.told("cannot look at the queue '\(names.queue)'")
        }
    }

    /// The jobs that failed for good, the oldest first, at most so many.
    func dead(limit: Int) async throws(ScriptError) -> [Value] {
        var found: [Value] = []
        var sequence = 1
        do throws(JetStream.Failure) {
            while found.count < limit,
                let letter = try await stream.next(names.deadSubject("*"), from: sequence, in: names.dead)
            {
                sequence = letter.sequence + 1
                guard let record = Record(letter.data) else { continue }
                var fields: [Value: Value] = [:]
                for name in ["id", "name", "script", "function", "kind", "message", "traceback", "machine", "attempts"]
                where record[name] != .nil {
                    fields[.string(ByteText(name))] = record[name]
                }
                found.append(.dictionary(fields))
            }
        } catch {
            throw error.told("cannot read the dead letters of '\(names.queue)'")
        }
        return found
    }

    /// Queues a job that failed for good again. False: there is no such job.
    func retry(_ identity: String) async throws(ScriptError) -> Bool {
        let key = Names.key(identity)
        do throws(JetStream.Failure) {
            guard let letter = try await stream.last(names.deadSubject(key), in: names.dead),
                let record = Record(letter.data), let data = record.bytes("job")
            else { return false }
            // 1. The old end goes, or a worker would take the job for done. 2. The job is queued; should this end before 3., the
            // identity of the message keeps the next `retry` from queueing it twice. 3. The letter goes.
            if let end = try await stream.last(names.endSubject(key), in: names.ends) {
                try await stream.delete(end.sequence, in: names.ends)
            }
            if let returns = try await stream.last(names.returnsSubject(key), in: names.dead) {
                try await stream.delete(returns.sequence, in: names.dead)
            }
            // Its worker may be about to take the old message from the queue. One that stays is somebody else's.
            let last = Moment.now + .seconds(5)
            while try await publish(key, data.bytes, "\(key)-\(letter.sequence)") == nil, Moment.now < last {
                try await pause()
            }
            try await stream.delete(letter.sequence, in: names.dead)
            return true
        } catch {
            throw error.told("cannot retry the job '\(identity)'")
        }
    }
}

extension Record {
    /// It tells how a job ended.
    var isEnd: Bool { Job.Phase(rawValue: text("state") ?? "")?.isFinal ?? false }

    /// The bytes of a record that has plain data only.
    var plainBytes: [UInt8] {
        get throws(JetStream.Failure) {
            do throws(ScriptError) { return try bytes } catch {
                throw .refused(JetStream.Refusal(code: 0, text: "\(error.message)"))
            }
        }
    }
}
