import Synchronization

/// One connection between two processes of a program: frames in order, and objects by reference. Shared.
///
/// This first form carries the bytes of messages only.
final class Link: Sendable {
    /// The parent's side brokers: channels live there.
    enum Role { case broker, child }

    enum End: Sendable {
        case closed
        /// Garbage, or a failed system call: what was wrong.
        case broken(String)
    }

    private let socket: LinkSocket
    private let role: Role
    private let owner: any LinkOwner
    private let sending = Lock()

    /// Takes the descriptor: one end of a pair of stream sockets.
    init(socket: Int32, role: Role, owner: any LinkOwner) {
        self.socket = LinkSocket(descriptor: socket)
        self.role = role
        self.owner = owner
    }

    /// From now on the owner hears of frames, on a thread of the link's own.
    func start() throws(SystemError) {
        try OSThread { [self] in
            OSThread.rename("link")
            let end = readAll()
            socket.close()
            owner.ended(end)
        }.detach()
    }

    /// Any thread; in order.
    func send(_ kind: UInt8, _ message: Message) {
        var buffer = ByteBuffer()
        buffer.append(kind)
        buffer.append(message.bytes.count)
        if let start = message.bytes.baseAddress { buffer.append(start, message.bytes.count) }
        sending.withLock { try? socket.send(buffer.start, buffer.count) }
    }

    /// What was sent goes out first, then the end.
    func close() { sending.withLock { socket.shutDown() } }

    private func readAll() -> End {
        do throws(SystemError) {
            while let kind = try read(1), let length = try read(8) {
                let count = length.bytes.loadUnaligned(as: Int.self)
                guard count >= 0, count < 1 << 30 else { return .broken("a frame of \(count) bytes") }
                guard let message = try read(count) else { break }
                owner.received(kind.bytes[0], message)
            }
            return .closed
        } catch {
            return .broken(error.description)
        }
    }

    private func read(_ count: Int) throws(SystemError) -> Message? {
        var buffer = ByteBuffer()
        guard buffer.reserve(count) else { return nil }
        while buffer.count < count {
            let received = try socket.receive(buffer.start + buffer.count, count - buffer.count)
            if received == 0 { return nil }
            buffer.count += received
        }
        return buffer.takeMessage(shared: [])
    }
}

/// Whoever made a link: told what comes, and asked about the objects that cross.
protocol LinkOwner: AnyObject, Sendable {
    /// On whatever thread reads the link at this moment, in order: short, never waits.
    func received(_ kind: UInt8, _ message: Message)
    /// Exactly once; all channels of that link have been settled before.
    func ended(_ end: Link.End)
    /// What the other side needs to make its stand-in for an object that is no channel; nil: it cannot cross.
    func export(_ object: any Shareable, _ number: UInt64) -> Message?
    /// The stand-in for an object of the other side.
    func `import`(_ number: UInt64, _ description: Message) -> (any Shareable)?
    /// The other side holds the object no longer.
    func released(_ object: any Shareable, _ number: UInt64)
}
