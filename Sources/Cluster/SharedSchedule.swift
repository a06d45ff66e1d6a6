import Bridge

/// What machines with the same schedule agree about: which of its times are taken, and which machines there are. They also
/// ask each other questions. Shared; what changes is in the connection, which guards itself.
///
/// A time is known by its job and the second that was planned, so machines whose clocks differ take it once. Of each job the
/// servers keep one message, its account, which is replaced only by whoever has seen the last one.
public final class SharedSchedule: Sendable {
    /// Where the servers are, who connects, and as what.
    public struct Settings: Sendable {
        private var fields: [String: Value]
        /// Schedules with different names have nothing to do with each other.
        public let name: String
        public let machine: String

        /// The options of `cluster.open`; `name` is like the name of a queue.
        /// - Throws: `ScriptError` that says what is wrong with one of them.
        public init(
            url: String, name: String, machine: String, credentials: String? = nil, authority: String? = nil,
            replicas: Int = 1, isInsecure: Bool = false
        ) throws(ScriptError) {
            (self.name, self.machine) = (name, machine)
            fields = ["url": .string(ByteText(url)), "replicas": .integer(replicas), "insecure": .bool(isInsecure)]
            fields["creds"] = credentials.map { .string(ByteText($0)) }
            fields["ca"] = authority.map { .string(ByteText($0)) }
            _ = try options.connection()
            _ = try Names(name)
            guard Self.isName(machine) else {
                throw ScriptError(.error, "cluster: a machine's name has 1 to 200 bytes, got '\(machine)'")
            }
        }

        var options: Options { Options(fields) }
        static func isName(_ machine: String) -> Bool { (1...200).contains(machine.utf8.count) }
    }

    /// Up to when the times of a job are taken.
    public struct Account: Sendable {
        /// When the job runs, as a text.
        public var times: String
        /// In seconds since 1970; those after `from` were taken at once.
        public var from: Double
        public var upTo: Double
        /// Who has taken them: a machine, and a program on it.
        public var machine: String
        public var session: String
        fileprivate var sequence = 0

        public init(times: String, from: Double, upTo: Double, machine: String, session: String) {
            (self.times, self.from, self.upTo) = (times, from, upTo)
            (self.machine, self.session) = (machine, session)
        }

        fileprivate init?(_ data: [UInt8]) {
            guard let record = Record(data), let times = record.text("times"), let from = record.seconds("from"),
                let upTo = record.seconds("upto"), let machine = record.text("machine"),
                let session = record.text("session")
            else { return nil }
            self.init(times: times, from: from, upTo: upTo, machine: machine, session: session)
        }

        fileprivate var bytes: [UInt8] {
            get throws(JetStream.Failure) {
                var record = Record()
                record["times"] = .string(ByteText(times))
                (record["from"], record["upto"]) = (.number(from), .number(upTo))
                record["machine"] = .string(ByteText(machine))
                record["session"] = .string(ByteText(session))
                return try record.plainBytes
            }
        }
    }

    /// A machine that has been here, and when it said so last, in seconds since 1970.
    public struct Machine: Sendable {
        public let name: String
        public let seen: Double
    }

    /// Answers a question; nil: it is none.
    public typealias Answering = @Sendable (_ question: [UInt8]) async -> [UInt8]?

    public let settings: Settings
    private let connection: Connection
    private let stream: JetStream
    private let names: Names
    /// How many questions are being answered.
    private let answering = Guarded(0)
    private static let mostQuestions = 64
    private static let mostMachines = 1000

    /// Connects, and makes what is missing on the servers.
    public static func open(_ settings: Settings) async throws(ScriptError) -> SharedSchedule {
        let connection = Connection(try settings.options.connection())
        let names = try Names(settings.name)
        try await connection.open()
        let schedule = SharedSchedule(settings, connection, names)
        try await schedule.make()
        return schedule
    }

    private func make() async throws(ScriptError) {
        do throws(JetStream.Failure) {
            try await stream.make(scheduleOf: names, replicas: settings.options.replicas)
        } catch {
            throw error.told("cannot make the schedule '\(names.queue)'")
        }
    }

    private init(_ settings: Settings, _ connection: Connection, _ names: Names) {
        (self.settings, self.connection, self.names) = (settings, connection, names)
        stream = JetStream(connection: connection, patience: .seconds(5))
    }

    deinit { connection.close() }

    /// Sends what is to be sent, and closes.
    public func close() async { await connection.closed() }

    /// The largest message that the servers take.
    public var room: Int { connection.room }

    // MARK: - Times

    /// The account of a job; nil: there is none.
    public func account(of job: String) async throws(ScriptError) -> Account? {
        do throws(JetStream.Failure) {
            guard let found = try await stream.last(names.timesSubject(Names.key(job)), in: names.schedule) else {
                return nil
            }
            // What is no account is that of a job with other times.
            var account = Account(found.data) ?? Account(times: "", from: 0, upTo: 0, machine: "", session: "")
            account.sequence = found.sequence
            return account
        } catch {
            throw error.told("cannot read which times of the job '\(job)' are taken")
        }
    }

    /// Writes the account of a job unless somebody else has done so since `old` was read: then the result is false.
    public func replace(_ old: Account?, with new: Account, of job: String) async throws(ScriptError) -> Bool {
        var headers = Connection.Headers.identity(Connection.random())
        headers.pairs += ["Nats-Expected-Last-Subject-Sequence", "\(old?.sequence ?? 0)"]
        do throws(JetStream.Failure) {
            _ = try await stream.publish(names.timesSubject(Names.key(job)), try new.bytes, headers)
            return true
        } catch {
            if case .refused(let refusal) = error, refusal.code == JetStream.Refusal.wrongSequence { return false }
            throw error.told("cannot take times of the job '\(job)'")
        }
    }

    // MARK: - Machines

    /// Says that this machine is here. Makes anew what the servers have lost.
    public func register() async throws(ScriptError) {
        try await make()
        var record = Record()
        record["name"] = .string(ByteText(settings.machine))
        record["seen"] = .integer(Names.now)
        do throws(JetStream.Failure) {
            _ = try await stream.publish(names.machineSubject(Names.key(settings.machine)), try record.plainBytes)
        } catch {
            throw error.told("cannot say that the machine '\(settings.machine)' is here")
        }
    }

    /// The machines that have been here, by name.
    public func machines() async throws(ScriptError) -> [Machine] {
        var found: [Machine] = []
        var sequence = 1
        do throws(JetStream.Failure) {
            while found.count < Self.mostMachines,
                let next = try await stream.next(names.machineSubject("*"), from: sequence, in: names.schedule)
            {
                sequence = next.sequence + 1
                guard let record = Record(next.data), let name = record.text("name"), Settings.isName(name),
                    let seen = record.seconds("seen")
                else { continue }
                found.append(Machine(name: name, seen: seen / 1000))
            }
        } catch {
            throw error.told("cannot find out which machines there are")
        }
        return found.sorted { $0.name < $1.name }
    }

    /// Asks a machine. Nil: it has not answered in that time, or is not connected, which is known at once.
    public func ask(
        _ machine: String, _ question: [UInt8], within time: Duration
    ) async throws(ScriptError) -> [UInt8]? {
        do throws(Connection.Failure) {
            let answer = try await connection.ask(names.askSubject(Names.key(machine)), question, within: time)
            return answer.status == nil ? answer.data : nil
        } catch {
            if case .timeout = error { return nil }
            throw error.told("cannot ask the machine '\(machine)'")
        }
    }

    /// Answers what others ask this machine, from now on. To be called once.
    public func answer(_ answering: @escaping Answering) throws(ScriptError) {
        try connection.subscribe(names.askSubject(Names.key(settings.machine))) { [weak self] arrival in
            guard let self, let reply = arrival.reply, begin() else { return }
            Task {
                if let data = await answering(arrival.data) { self.connection.publish(reply, data) }
                self.answering.withLock { $0 -= 1 }
            }
        }
    }

    /// Whether one more question may be answered; who asks too much gets no answer.
    private func begin() -> Bool {
        answering.withLock { count in
            guard count < Self.mostQuestions else { return false }
            count += 1
            return true
        }
    }
}

extension JetStream {
    /// What it keeps stays until it is replaced: a job may run once a year.
    fileprivate func make(scheduleOf names: Names, replicas: Int) async throws(Failure) {
        try await makeStream(
            names.schedule,
            [
                "subjects": .array([.string(names.timesSubject("*")), .string(names.machineSubject("*"))]),
                "storage": .string("file"), "num_replicas": .integer(replicas), "allow_direct": .bool(true),
                "duplicate_window": .integer(120 * Self.second), "retention": .string("limits"),
                "discard": .string("old"), "max_msgs_per_subject": .integer(1),
            ])
    }
}
