/// One run of an external program (`process.run`), until it has ended and its output is complete: feeds its input,
/// collects its output, ends it when its time is over. Owned by the reactor's thread; members that are for any thread
/// say so.
final class Execution: @unchecked Sendable {  // sound: see above
    struct Plan: Sendable {
        var launch: Launch
        /// The text for its standard input; nil: as the launch says.
        var input: GrowingBytes?
        /// Whether its output is collected; otherwise it goes where the launch says.
        var collectsOutput = false
        var collectsErrors = false
        /// How many bytes are collected at most.
        var limit = Int.max
        /// When it is to be ended.
        var deadline = Instant.forever
        /// How long it has between SIGTERM and SIGKILL.
        var grace: TimeSpan
    }

    /// The limit that was exceeded.
    enum Excess: Sendable {
        case time, output, memory
    }

    struct Report: Sendable {
        var end = ChildProcess.End.code(0)
        var output: GrowingBytes?
        var errors: GrowingBytes?
        /// Why it was ended, if it was.
        var excess: Excess?
    }

    typealias Outcome = Result<Report, Launch.Failure>

    private(set) var plan: Plan
    private let completed = Guarded<Outcome?>(nil)
    private var completion: @Sendable (Execution) -> Void = { _ in }
    private var report = Report()
    /// A system call that failed after the start.
    private var flaw: SystemError?
    private let process = Guarded<ChildProcess?>(nil)
    private var transfers: [Transfer] = []
    private var alarm: UInt64?
    private var hasEnded = false
    private var isCancelled = false
    /// The group was killed. A process that has left the group may hold the streams open for ever, so they are not
    /// waited for.
    private var isKilled = false

    init(_ plan: Plan) { self.plan = plan }

    /// Any thread: the outcome; nil until it is over.
    var outcome: Outcome? { completed.withLock { $0 } }

    /// Any thread, once. `completion` is called once as well, on the reactor's thread, when there is an outcome.
    func start(_ completion: @escaping @Sendable (Execution) -> Void) {
        self.completion = completion
        do throws(SystemError) { try Reactor.shared.perform { [self] in begin() } } catch { complete(failure(error)) }
    }

    /// Any thread: ends the program, since nobody wants its outcome any more.
    func end() {
        try? Reactor.shared.perform { [self] in
            isCancelled = true
            terminate()
        }
    }

    /// Any thread: kills its group at once.
    func kill() { process.withLock { $0 }?.kill(Signals.kill) }

    // MARK: - On the reactor's thread

    private func begin() {
        guard !isCancelled else { return complete(failure(.cancelled)) }
        do throws(SystemError) {
            var launch = plan.launch
            launch.held += try connect(&launch)
            plan.launch.held = []
            do throws(Launch.Failure) {
                let started = try ChildProcess(launch) { [self] _, end in ended(end) }
                process.withLock { $0 = started }
            } catch {
                return complete(.failure(error))
            }
        } catch {
            return complete(failure(error))
        }
        do throws(SystemError) {
            for transfer in transfers { try transfer.start() }
            guard plan.deadline != .forever else { return }
            alarm = Reactor.shared.call(at: plan.deadline) { [self] in give(up: .time) }
        } catch {
            flaw = error
            isKilled = true
            kill()
        }
    }

    /// Makes the pipes. Returns the program's ends of them, which are closed here after its start.
    private func connect(_ launch: inout Launch) throws(SystemError) -> [Descriptor] {
        var theirs: [Descriptor] = []
        if let input = plan.input {
            let pipe = try Descriptor.pipe()
            launch.streams[0] = pipe.reader.number
            theirs.append(pipe.reader)
            transfers.append(Transfer(writing: input, to: pipe.writer))
        }
        if plan.collectsOutput { (launch.streams[1], report.output) = try collect(&theirs) }
        if plan.collectsErrors { (launch.streams[2], report.errors) = try collect(&theirs) }
        return theirs
    }

    private func collect(_ theirs: inout [Descriptor]) throws(SystemError) -> (Int32, GrowingBytes) {
        let pipe = try Descriptor.pipe()
        let bytes = GrowingBytes()
        theirs.append(pipe.writer)
        transfers.append(
            Transfer(reading: pipe.reader, into: bytes) { [self] event in
                switch event {
                case .end:
                    checkLimit()  // the last bytes may have come together with the end
                    completeIfDone()
                case .noMemory: give(up: .memory)
                case .bytes: checkLimit()
                }
            })
        return (pipe.writer.number, bytes)
    }

    private func checkLimit() {
        guard (report.output?.count ?? 0) + (report.errors?.count ?? 0) > plan.limit else { return }
        for transfer in transfers { transfer.finish() }
        give(up: .output)
    }

    private func ended(_ end: ChildProcess.End) {
        report.end = end
        hasEnded = true
        completeIfDone()
    }

    private func give(up excess: Excess) {
        guard report.excess == nil, flaw == nil else { return }
        report.excess = excess
        terminate()
    }

    private func terminate() {
        process.withLock { $0 }?.end(grace: plan.grace) { [self] in
            isKilled = true
            completeIfDone()
        }
    }

    private func completeIfDone() {
        guard hasEnded, isKilled || transfers.allSatisfy(\.isOver), let process = process.withLock({ $0.take() })
        else { return }
        for transfer in transfers { transfer.stop() }
        if let alarm { Reactor.shared.cancel(alarm) }
        process.reap()
        complete(flaw.map(failure) ?? .success(report))
    }

    private func failure(_ error: SystemError) -> Outcome {
        .failure(Launch.Failure(code: error.code, isFolder: false))
    }

    private func complete(_ outcome: Outcome) {
        transfers = []
        completed.withLock { $0 = outcome }
        completion(self)
        completion = { _ in }
    }
}

/// Reads or writes one pipe whenever it is ready. Owned by the reactor's thread.
private final class Transfer: @unchecked Sendable {  // sound: see above
    enum Event {
        case bytes, end, noMemory
    }

    /// Nil when the transfer is over.
    private var pipe: Descriptor?
    private let isReading: Bool
    private let bytes: GrowingBytes
    private let tell: (Event) -> Void
    private var written = 0
    private var watch: Reactor.Watch?
    private static let portion = 64 << 10

    /// Whether the run may end. Writing is not waited for: a program need not read all of its input.
    var isOver: Bool { pipe == nil || !isReading }

    init(reading pipe: Descriptor, into bytes: GrowingBytes, _ tell: @escaping (Event) -> Void) {
        (self.pipe, self.bytes, self.tell, isReading) = (pipe, bytes, tell, true)
    }

    init(writing bytes: GrowingBytes, to pipe: Descriptor) {
        (self.pipe, self.bytes, tell, isReading) = (pipe, bytes, { _ in }, false)
    }

    func start() throws(SystemError) {
        guard let pipe, isReading || bytes.count > 0 else { return finish() }
        pipe.stopBlocking()
        watch = try Reactor.shared.watch(pipe.number, isReading ? .read : .write) { [self] _ in
            if isReading { read() } else { write() }
        }
    }

    /// Reads what is there at this moment, and ends.
    func stop() {
        while isReading, readOnce() {}
        finish()
    }

    func finish() {
        if let watch { Reactor.shared.unwatch(watch) }
        watch = nil
        pipe = nil
    }

    /// Reads some portions at a time, since this thread serves others as well.
    private func read() {
        var turns = 16
        while turns > 0, readOnce() { turns -= 1 }
        tell(pipe == nil ? .end : .bytes)
    }

    /// Returns whether there may be more.
    private func readOnce() -> Bool {
        guard let pipe else { return false }
        do throws(GrowingBytes.OutOfMemory) { try bytes.reserve(Self.portion) } catch {
            finish()
            tell(.noMemory)
            return false
        }
        switch pipe.read(bytes.place, Self.portion) {
        case .bytes(let count):
            bytes.added(count)
            return true
        case .later:
            return false
        case .end, .failed:
            finish()
            return false
        }
    }

    private func write() {
        switch pipe?.write(UnsafeRawBufferPointer(rebasing: bytes.bytes[written...])) {
        case .bytes(let count): written += count
        case .later: return
        case .end, .failed, nil: return finish()
        }
        if written == bytes.count { finish() }
    }
}
