/// What a program writes, for tasks to read: nothing is read before somebody asks, so what is not asked for stays in the
/// pipe, and bounds the program. Shared; guarded by its lock.
final class PipeReader: Sendable {
    enum Request {
        /// Up to the end of a line; it may stay on it.
        case line(keepsEnd: Bool)
        /// That many bytes, fewer before the end.
        case bytes(Int)
        case all
    }

    enum Found {
        case bytes([UInt8])
        case end
        /// Nothing yet: leave a node.
        case nothing
        case failed(SystemError)
    }

    fileprivate struct State {
        var pipe: Descriptor?
        var buffer: [UInt8] = []
        /// What of the buffer has been handed out, and looked through for the end of a line.
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

    /// What is asked for, without waiting.
    func take(_ request: Request) -> Found {
        state.withLock { state in
            while true {
                if let bytes = state.cut(request) { return .bytes(bytes) }
                guard let pipe = state.pipe else { return state.rest(request) }
                switch state.fill(pipe) {
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

    /// Leaves the node until there is something to read. Whoever is woken asks again, and may find that another was faster.
    /// Throws, and leaves nothing, when that cannot be known.
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
        let woken = state.withLock { state in
            var woken: [WaitNode] = []
            while let node = state.waiters.popFirst() {
                if node.claim() { woken.append(node) }
            }
            return woken
        }
        for node in woken {
            node.deliver(.accepted)
            node.waiter.notify()
        }
    }

    /// Nothing more will be read; whoever writes finds that nobody listens.
    func close() {
        state.withLock { $0.drop() }
        wakeAll()
    }

    var isClosed: Bool { state.withLock { $0.pipe == nil && $0.taken == $0.buffer.count } }
}

extension PipeReader.State {
    /// What is asked for, if it is there in full.
    fileprivate mutating func cut(_ request: PipeReader.Request) -> [UInt8]? {
        switch request {
        case .line(let keepsEnd):
            let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n"))
            searched = end ?? buffer.count
            return end.map { hand(to: $0 + 1, dropping: keepsEnd ? 0 : 1) }
        case .bytes(let count):
            return buffer.count - taken >= max(count, 1) ? hand(to: taken + count) : nil
        case .all:
            return nil
        }
    }

    /// Nothing more will come.
    fileprivate mutating func rest(_ request: PipeReader.Request) -> PipeReader.Found {
        if taken < buffer.count { return .bytes(hand(to: buffer.count)) }
        if let error { return .failed(error) }
        if case .all = request { return .bytes([]) }
        return .end
    }

    private mutating func hand(to end: Int, dropping last: Int = 0) -> [UInt8] {
        let bytes = Array(buffer[taken..<end - last])
        taken = end
        searched = max(searched, end)
        if taken == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
            (taken, searched) = (0, 0)
        }
        return bytes
    }

    fileprivate mutating func fill(_ pipe: Descriptor) -> Descriptor.Transfer {
        if taken > 0 {
            buffer.removeFirst(taken)
            searched -= taken
            taken = 0
        }
        var result = Descriptor.Transfer.later
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: PipeReader.portion))
        buffer.withUnsafeMutableBytes { bytes in
            if let base = bytes.baseAddress { result = pipe.read(base + start, PipeReader.portion) }
        }
        var count = 0
        if case .bytes(let read) = result { count = read }
        buffer.removeLast(PipeReader.portion - count)
        return result
    }

    /// Nothing more can be read. The number of the descriptor may be another's at once, so it is unwatched before.
    fileprivate mutating func close() {
        if let watch { Reactor.shared.unwatch(watch) }
        watch = nil
        pipe = nil
    }

    fileprivate mutating func drop() {
        close()
        buffer = []
        (taken, searched) = (0, 0)
    }
}
