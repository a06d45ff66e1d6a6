import Bridge

/// An instant of the machine's own clock, which the network goes by even when scripts follow another.
typealias Moment = ContinuousClock.Instant

/// JetStream, asked by its messages in JSON.
struct JetStream: Sendable {
    let connection: Connection
    /// How long an operation is tried while servers are away or choose a leader.
    var patience: Duration = .seconds(30)

    /// What a server refuses.
    struct Refusal: Error {
        let code: Int
        let text: String
        static let notFound = 404
        static let full = 10077
        static let fullOfBytes = 10122
        static let noPeers = 10005
        static let wrongSequence = 10071
    }

    enum Failure: Error {
        case refused(Refusal)
        case connection(Connection.Failure)
    }

    /// Asks until there is an answer: what is asked must do no harm twice.
    func ask(
        _ subject: String, _ data: [UInt8], _ headers: Connection.Headers = .init()
    ) async throws(Connection.Failure) -> Connection.Arrival {
        let end = Moment.now + patience
        var isShared = true
        while true {
            do throws(Connection.Failure) {
                let answer = try await connection.ask(
                    subject, data, headers, within: .seconds(5), repeats: isShared)
                guard answer.status == "503" else { return answer }
                guard Moment.now < end else { throw .timeout }
                // Nobody listens there: the servers are just choosing a leader, or have just started. Or that was true of another
                // question, so this one is asked by itself.
                if !isShared { do { try await Task.sleep(for: .milliseconds(100)) } catch { throw .cancelled } }
                isShared = false
            } catch {
                switch error {
                case .timeout where Moment.now < end: continue
                // The servers are away, and there is much that waits for them already.
                case .refused("Insufficient Buffer") where Moment.now < end:
                    do { try await Task.sleep(for: .milliseconds(100)) } catch { throw .cancelled }
                default: throw error
                }
            }
        }
    }

    /// Asks, and returns the answer as JSON.
    func call(
        _ subject: String, _ question: JSON, _ headers: Connection.Headers = .init()
    ) async throws(Failure) -> JSON {
        try await answer(subject, question.bytes, headers)
    }

    private func answer(
        _ subject: String, _ data: [UInt8], _ headers: Connection.Headers
    ) async throws(Failure) -> JSON {
        let end = Moment.now + patience
        while true {
            let arrival: Connection.Arrival
            do throws(Connection.Failure) { arrival = try await ask(subject, data, headers) } catch {
                throw .connection(error)
            }
            guard let answer = JSON(arrival.data) else {
                throw .refused(Refusal(code: 0, text: "the server's answer is no JSON"))
            }
            guard let error = answer["error"] else { return answer }
            let refusal = Refusal(
                code: error["err_code"]?.integer ?? error["code"]?.integer ?? 0,
                text: error["description"]?.text ?? "no reason given")
            // JetStream is not ready: there is no leader at the moment, or the servers do not know each other yet.
            let isPassing = error["code"]?.integer == 503 && refusal.code != Refusal.full
            guard isPassing || refusal.code == Refusal.noPeers, Moment.now < end else { throw .refused(refusal) }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { throw .connection(.cancelled) }
        }
    }

    // MARK: - Streams

    /// A stream that is there stays as it is, also if it has been made by another at this moment. Only subjects that it does not
    /// have are added: an older build had fewer.
    func makeStream(_ name: String, _ configuration: [String: JSON]) async throws(Failure) {
        var configuration = configuration
        configuration["name"] = .string(name)
        do throws(Failure) {
            _ = try await call("$JS.API.STREAM.CREATE.\(name)", .object(configuration))
        } catch {
            guard case .refused = error, let info = try? await call("$JS.API.STREAM.INFO.\(name)", .object([:])) else {
                throw error
            }
            guard case .object(var found)? = info["config"], let wanted = configuration["subjects"],
                found["subjects"]?.items.count ?? 0 < wanted.items.count
            else { return }
            found["subjects"] = wanted
            _ = try await call("$JS.API.STREAM.UPDATE.\(name)", .object(found))
        }
    }

    /// Publishes, and returns the number that the message has in its stream once it is stored. The same identity twice is one
    /// message.
    func publish(
        _ subject: String, _ data: [UInt8], _ headers: Connection.Headers = .init()
    ) async throws(Failure) -> (sequence: Int, isDuplicate: Bool) {
        let answer = try await answer(subject, data, headers)
        guard let sequence = answer["seq"]?.integer else {
            throw .refused(Refusal(code: 0, text: "the server does not say where it has stored the message"))
        }
        return (sequence, answer["duplicate"]?.isTrue ?? false)
    }

    /// The last message of a subject; nil if there is none.
    func last(
        _ subject: String, in stream: String
    ) async throws(Failure) -> (data: [UInt8], sequence: Int)? {
        try await get(.object(["last_by_subj": .string(subject)]), in: stream)
    }

    /// The first message of the subjects from that number on; nil if there is none.
    func next(
        _ subject: String, from sequence: Int, in stream: String
    ) async throws(Failure) -> (data: [UInt8], sequence: Int)? {
        try await get(.object(["next_by_subj": .string(subject), "seq": .integer(sequence)]), in: stream)
    }

    func has(_ sequence: Int, in stream: String) async throws(Failure) -> Bool {
        try await get(.object(["seq": .integer(sequence)]), in: stream) != nil
    }

    private func get(
        _ question: JSON, in stream: String
    ) async throws(Failure) -> (data: [UInt8], sequence: Int)? {
        let arrival: Connection.Arrival
        do throws(Connection.Failure) { arrival = try await ask("$JS.API.DIRECT.GET.\(stream)", question.bytes) } catch
        {
            throw .connection(error)
        }
        if arrival.status == "404" { return nil }
        if let status = arrival.status {
            throw .refused(Refusal(code: Int(status) ?? 0, text: arrival.description ?? "status \(status)"))
        }
        return (arrival.data, arrival.sequence ?? 0)
    }

    /// Deletes one message. That it is not there is no failure.
    func delete(_ sequence: Int, in stream: String) async throws(Failure) {
        let question: JSON = .object(["seq": .integer(sequence), "no_erase": .bool(true)])
        do throws(Failure) {
            _ = try await call("$JS.API.STREAM.MSG.DELETE.\(stream)", question)
        } catch {
            guard case .refused(let refusal) = error, refusal.code == 10043 || refusal.code == 10057 else {
                throw error
            }
        }
    }

    /// The same without asking what becomes of it.
    func forget(_ sequence: Int, in stream: String) {
        let question: JSON = .object(["seq": .integer(sequence), "no_erase": .bool(true)])
        connection.publish("$JS.API.STREAM.MSG.DELETE.\(stream)", question.bytes)
    }
}

extension JetStream.Failure {
    /// For scripts, in a sentence.
    func told(_ what: String) -> ScriptError {
        switch self {
        case .refused(let refusal):
            switch refusal.code {
            case JetStream.Refusal.full, JetStream.Refusal.fullOfBytes:
                return ScriptError(.limit, ByteText("cluster: \(what): the queue is full"))
            default: return ScriptError(.error, ByteText("cluster: \(what): \(refusal.text)"))
            }
        case .connection(let failure): return failure.told(what)
        }
    }
}

extension Connection.Failure {
    func told(_ what: String) -> ScriptError {
        switch self {
        case .timeout: ScriptError(.timeout, ByteText("cluster: \(what): the servers do not answer"))
        case .cancelled: ScriptError(.cancelled, "cancelled")
        case .closed: ScriptError(.closed, ByteText("cluster: \(what): the connection is closed"))
        case .refused(let reason): ScriptError(.error, ByteText("cluster: \(what): \(reason)"))
        }
    }
}
