/// The reading end of a pipe from another process, for tasks. Nothing is read before somebody asks: what nobody asks
/// for stays in the pipe, and that process has to wait. Shared; guarded by its lock.
final class PipeReader: Waitable, Sendable {
    enum Request {
        /// A line, with or without its end.
        case line(keepsEnd: Bool)
        /// That many bytes, fewer before the end.
        case bytes(Int)
        case all
    }

    enum Found {
        case bytes(GrowingBytes)
        /// There is no memory for the result. What has come is kept.
        case noMemory
        case end
        /// Nothing yet: the caller has to `wait`.
        case nothing
        case failed(SystemError)
    }

    fileprivate struct State {
        var pipe: Descriptor?
        var buffer = GrowingBytes()
        /// How many bytes of the buffer were handed out, and up to where it was searched for the end of a line.
        var taken = 0, searched = 0
        var error: SystemError?
        var watch: Reactor.Watch?
        var waiters = WaitList()
    }
    private let state: Guarded<State>
    fileprivate static let portion = 64 << 10

    init(_ pipe: Descriptor) {
        pipe.stopBlocking()
        state = Guarded(State(pipe: pipe))
    }

    deinit {
        if let watch = state.withLock({ $0.watch }) { Reactor.shared.unwatch(watch) }
    }

    /// Takes what is asked for, without waiting.
    func take(_ request: Request) -> Found {
        state.withLock { state in
            while true {
                let filled: Descriptor.Transfer
                do throws(GrowingBytes.OutOfMemory) {
                    if let bytes = try state.cut(request) { return .bytes(bytes) }
                    guard let pipe = state.pipe else { return try state.rest(request) }
                    filled = try state.fill(pipe)
                } catch {
                    return .noMemory
                }
                switch filled {
                case .bytes: continue
                case .later: return .nothing
                case .end: state.close()
                case .failed(let code):
                    state.error = SystemError(call: "read", code: code)
                    state.close()
                }
            }
        }
    }

    /// Leaves the node in line until there is something to read. Whoever is woken has to `take` again, and may find
    /// that another was faster. If the pipe cannot be watched, it throws, and leaves no node.
    func wait(_ node: WaitNode) throws(SystemError) {
        let isWatched = try state.withLock { (state) throws(SystemError) in
            if let pipe = state.pipe {
                if let watch = state.watch {
                    Reactor.shared.change(watch, to: [.read, .once])
                } else {
                    state.watch = try Reactor.shared.watch(pipe.number, [.read, .once]) { [weak self] _ in
                        self?.wakeAll()
                    }
                }
            }
            state.waiters.append(node)
            return state.pipe != nil
        }
        if !isWatched { wakeAll() }
    }

    func forget(_ node: WaitNode) { state.withLock { $0.waiters.remove(node) } }

    private func wakeAll() {
        var effects = Effects()
        state.withLock { effects.deliver(.accepted, to: &$0.waiters) }
        effects.carryOut()
    }

    /// Closes the pipe and drops what was read. The writer's next write fails.
    func close() {
        state.withLock { $0.drop() }
        wakeAll()
    }

    var isClosed: Bool { state.withLock { $0.pipe == nil && $0.taken == $0.buffer.count } }
}

extension PipeReader.State {
    /// Takes what is asked for out of the buffer, if it is there in full.
    fileprivate mutating func cut(_ request: PipeReader.Request) throws(GrowingBytes.OutOfMemory) -> GrowingBytes? {
        switch request {
        case .line(let keepsEnd):
            let bytes = buffer.bytes
            guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
                searched = bytes.count
                return nil
            }
            return try hand(to: end + 1, dropping: keepsEnd ? 0 : 1)
        case .bytes(let count):
            return buffer.count - taken >= max(count, 1) ? try hand(to: taken + count) : nil
        case .all:
            return nil
        }
    }

    /// The answer when nothing more will come.
    fileprivate mutating func rest(_ request: PipeReader.Request) throws(GrowingBytes.OutOfMemory) -> PipeReader.Found {
        if taken < buffer.count { return .bytes(try hand(to: buffer.count)) }
        if let error { return .failed(error) }
        if case .all = request { return .bytes(GrowingBytes()) }
        return .end
    }

    private mutating func hand(
        to end: Int, dropping last: Int = 0
    ) throws(GrowingBytes.OutOfMemory) -> GrowingBytes {
        // A large buffer that is wanted as a whole is handed over without a copy.
        if taken == 0, end == buffer.count, last == 0, end > PipeReader.portion {
            defer { empty() }
            return buffer
        }
        let bytes = try GrowingBytes(UnsafeRawBufferPointer(rebasing: buffer.bytes[taken..<end - last]))
        taken = end
        searched = max(searched, end)
        if taken == buffer.count {
            if buffer.count > 1 << 20 { empty() } else { dropTaken() }
        }
        return bytes
    }

    private mutating func empty() {
        buffer = GrowingBytes()
        (taken, searched) = (0, 0)
    }

    private mutating func dropTaken() {
        buffer.dropFirst(taken)
        searched -= taken
        taken = 0
    }

    fileprivate mutating func fill(_ pipe: Descriptor) throws(GrowingBytes.OutOfMemory) -> Descriptor.Transfer {
        dropTaken()
        try buffer.reserve(PipeReader.portion)
        let result = pipe.read(buffer.place, PipeReader.portion)
        if case .bytes(let count) = result { buffer.added(count) }
        return result
    }

    /// Closes the descriptor. It is unwatched first: its number may be given to another file at once.
    fileprivate mutating func close() {
        if let watch { Reactor.shared.unwatch(watch) }
        watch = nil
        pipe = nil
    }

    fileprivate mutating func drop() {
        close()
        empty()
    }
}
