/// The writing end of a pipe to another process, for tasks. Each write goes out as a whole before the next. What the
/// pipe does not take at once is written on the reactor's thread, as that process reads. Shared; guarded by its lock.
final class PipeWriter: Sendable {
    enum Written {
        case all
        /// The rest follows: the node gets `accepted` when all is written, or `closed` when it cannot be.
        case later
        case failed(SystemError)
    }

    fileprivate struct Job {
        let bytes: GrowingBytes
        var written = 0
        let node: WaitNode
        var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes.bytes[written...]) }
    }

    fileprivate struct State {
        var pipe: Descriptor?
        var jobs: [Job] = []
        var error: SystemError?
        var watch: Reactor.Watch?
        var isClosing = false
    }
    private let state: Guarded<State>

    init(_ pipe: Descriptor) {
        pipe.stopBlocking()
        state = Guarded(State(pipe: pipe))
    }

    deinit {
        if let watch = state.withLock({ $0.watch }) { Reactor.shared.unwatch(watch) }
    }

    /// Why nothing can be written any more.
    var error: SystemError? { state.withLock { $0.error } }
    var isClosed: Bool { state.withLock { $0.pipe == nil || $0.isClosing } }

    /// Writes after what others have written before. The node is made only for `.later`; its waiter must be armed.
    func write(_ bytes: UnsafeRawBufferPointer, _ node: @autoclosure () -> WaitNode) -> Written {
        state.withLock { state in
            guard let pipe = state.pipe, !state.isClosing else {
                return .failed(state.error ?? .brokenPipe)
            }
            var rest = bytes
            while state.jobs.isEmpty, !rest.isEmpty {
                switch pipe.write(rest) {
                case .bytes(let count):
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                    continue
                case .later: break
                case .end: return .failed(state.fail(.brokenPipe))
                case .failed(let code): return .failed(state.fail(SystemError(call: "write", code: code)))
                }
                break
            }
            if rest.isEmpty { return .all }
            do {
                state.jobs.append(Job(bytes: try GrowingBytes(rest), node: node()))
                try listen(&state, pipe)
                return .later
            } catch {
                // If a part has been written, nothing may follow it.
                if state.watch == nil { state.jobs = [] }
                let error = error as? SystemError ?? .noMemory
                return .failed(rest.count < bytes.count ? state.fail(error) : error)
            }
        }
    }

    private func listen(_ state: inout State, _ pipe: Descriptor) throws(SystemError) {
        if let watch = state.watch { return Reactor.shared.change(watch, to: [.write, .once]) }
        state.watch = try Reactor.shared.watch(pipe.number, [.write, .once]) { [weak self] _ in self?.goOn() }
    }

    /// On the reactor's thread: the pipe has room.
    private func goOn() {
        let done = state.withLock { state -> [(WaitNode, Waiter.Delivery)] in
            guard let pipe = state.pipe, let job = state.jobs.first else { return [] }
            switch pipe.write(job.rest) {
            case .bytes(let count): state.jobs[0].written += count
            case .later: break
            case .end: _ = state.fail(.brokenPipe)
            case .failed(let code): _ = state.fail(SystemError(call: "write", code: code))
            }
            if state.error != nil {
                defer { state.jobs = [] }
                return state.jobs.map { ($0.node, .closed) }
            }
            var done: [(WaitNode, Waiter.Delivery)] = []
            if state.jobs[0].rest.isEmpty { done.append((state.jobs.removeFirst().node, .accepted)) }
            if state.jobs.isEmpty {
                if state.isClosing { state.drop() }
            } else if let watch = state.watch {
                Reactor.shared.change(watch, to: [.write, .once])
            }
            return done
        }
        for (node, delivery) in done where node.claim() {
            node.deliver(delivery)
            node.waiter.notify()
        }
    }

    /// Closes the pipe after all that has been written so far.
    func close() {
        state.withLock { state in
            state.isClosing = true
            if state.jobs.isEmpty { state.drop() }
        }
    }
}

extension PipeWriter.State {
    fileprivate mutating func fail(_ error: SystemError) -> SystemError {
        self.error = error
        drop()
        return error
    }

    fileprivate mutating func drop() {
        if let watch { Reactor.shared.unwatch(watch) }
        watch = nil
        pipe = nil
    }
}
