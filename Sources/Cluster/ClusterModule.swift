import Bridge

extension Module {
    /// `require "cluster"`: the same work on many machines, over NATS JetStream.
    public static let cluster = Module(required: "cluster") {
        Chunk(PackageResources.cluster_lua)
        // The submitter's side.
        Function("open") { (options: [String: Value]) async throws -> Cluster in
            try await Cluster.open(Options(options))
        }
        Function("job") {
            (cluster: Cluster, options: [String: Value], script: String, function: String, arguments: Variadic<Value>)
            in
            try cluster.job(options, script, function, arguments.elements)
        }
        Function("submit", executor: HomeExecutor.shared) { (job: Job) async throws -> Bool in
            try await job.cluster.submit(job)
            return true
        }
        Function("identity") { (job: Job) in job.identity }
        Function("follow") { (job: Job, work: Work) in job.follow(work) }
        Function("results", executor: HomeExecutor.shared) { (job: Job) async throws -> Variadic<Value> in
            Variadic(try await job.results())
        }
        Function("unwanted") { (job: Job, work: Work) in job.end == nil && (!work.isDetached || work.isCancelRequested)
        }
        Function("cancel") { (job: Job) async throws -> Bool in
            try await job.cluster.cancel(job)
            return true
        }
        Function("claim") { (cluster: Cluster, schedule: String, time: Int) async throws -> Bool in
            try await cluster.claim(schedule, time)
        }
        Function("channel") { (cluster: Cluster, name: String, capacity: Int?) async throws -> ClusterChannel in
            try await cluster.channel(name, capacity: capacity)
        }
        Function("send") { (channel: ClusterChannel, value: [UInt8], seconds: Double?) async throws -> Bool in
            try await channel.send(value, within: seconds)
        }
        Function("hand") { (channel: ClusterChannel) in channel.hand() }
        Function("accept") { (channel: ClusterChannel, hand: Int) in channel.accept(hand) }
        Function("release") { (channel: ClusterChannel, hand: Int) in channel.release(hand) }
        Function("receive") { (channel: ClusterChannel, hand: Int, seconds: Double?) async throws -> (Value, Bool) in
            switch try await channel.receive(hand, within: seconds) {
            case .value(let value): (value, false)
            case .timeout: (.nil, false)
            case .closed: (.nil, true)
            }
        }
        Function("finish") { (channel: ClusterChannel) async throws -> Bool in
            try await channel.close()
            return true
        }
        Function("finished") { (channel: ClusterChannel) in channel.isClosed }
        Function("length") { (channel: ClusterChannel) async throws -> Int in try await channel.count() }
        Function("capacity") { (channel: ClusterChannel) in channel.capacity }
        Function("queued") { (cluster: Cluster) async throws -> (Int, Int) in try await cluster.queued() }
        Function("workers") { (cluster: Cluster, seconds: Double?) async throws -> [Value] in
            try await cluster.workers.workers(within: seconds)
        }
        Function("dead") { (cluster: Cluster, limit: Int) async throws -> [Value] in
            try await cluster.dead(limit: limit)
        }
        Function("retry") { (cluster: Cluster, identity: String) async throws -> Bool in
            try await cluster.retry(identity)
        }
        Function("close") { (cluster: Cluster) async throws -> Bool in
            await cluster.close()
            return true
        }
        // The worker's side.
        Function("serve") { (options: [String: Value]) async throws -> Server in try await Server.open(Options(options))
        }
        Function("next", executor: HomeExecutor.shared) { (server: Server) async throws -> Delivery? in
            try await server.next()
        }
        Function("source") { (server: Server, delivery: Delivery) throws -> ([UInt8], String) in
            (try server.source(delivery), delivery.script)
        }
        Function("about") { (delivery: Delivery) in (delivery.title, delivery.function, delivery.timeout) }
        Function("arguments") { (delivery: Delivery) in Variadic(delivery.arguments) }
        Function("began") { (server: Server, delivery: Delivery, work: Work, last: Delivery?) in
            server.began(delivery, work, after: last)
        }
        Function("claim_end") { (delivery: Delivery) in delivery.claimEnd() }
        Function("plain") { (name: String, value: Value) throws -> [UInt8] in try PlainData.bytes(value, name) }
        Function("results_as_bytes") { (delivery: Delivery, values: Variadic<Value>) throws -> [UInt8] in
            delivery.isEndClaimed ? [] : try PlainData.bytes(.array(values.elements), "results")
        }
        Function("done") { (server: Server, delivery: Delivery, results: [UInt8]) in
            guard case .array(let values)? = PlainData.value(results) else { return }
            server.done(delivery, values)
        }
        Function("end_is_kept") { (delivery: Delivery) in delivery.isEndKept }
        Function("keep", executor: HomeExecutor.shared) { (delivery: Delivery) async throws -> Bool in
            try await delivery.kept()
            return true
        }
        Function("failed") { (server: Server, delivery: Delivery, failure: [UInt8]) async throws -> Bool in
            try await server.failed(delivery, Record(failure) ?? Record())
            return true
        }
        Function("giveback") { (server: Server, delivery: Delivery) async throws -> Bool in
            await server.giveBack(delivery)
            return true
        }
        Function("machine") { Names.machine }
        Function("stop") { (server: Server) in server.stop() }
        Function("leave") { (server: Server) async throws -> Int in await server.leave() }
        Type(Cluster.self, name: "cluster") {}
        Type(ClusterChannel.self, name: "channel of a cluster") {}
        Type(Job.self, name: "job") {}
        Type(Server.self, name: "server") {}
        Type(Delivery.self, name: "delivery") {}
    }
}

extension Server {
    /// The script of a job, if it is the one that its sender means.
    func source(_ delivery: Delivery) throws(ScriptError) -> [UInt8] {
        let (source, sum) = try scripts.read(delivery.script)
        guard sum == delivery.sum else {
            throw ScriptError(
                .error,
                ByteText(
                    "cluster: the script '\(delivery.script)' of \(Names.machine) is another one than the sender's: its "
                        + "SHA-256 is \(sum.prefix(16))…, not \(delivery.sum.prefix(16))…"))
        }
        return source
    }
}
