import CKernel
import Glibc
import Synchronization

/// Serves the control socket of this process on a thread of its own. Nothing that somebody at the other end does, or
/// fails to do, holds up that thread or takes more than some memory: reads and writes never wait, frames have a longest
/// size, and what somebody does not read is kept up to a bound. Shared; guarded by its lock.
final class ControlServer: Sendable {
    /// What it does with the frames, on its thread. None of it may wait.
    struct Handler: Sendable {
        /// The first frame of somebody, or a later one. False: it is nonsense, and the connection ends.
        var received: @Sendable (ControlPeer, ControlFrame) -> Bool
        /// The connection has ended.
        var left: @Sendable (ControlPeer) -> Void
    }

    private struct State {
        var path: String?
        var isStopped = false
        var isRunning = false
    }

    private let state = Guarded(State())
    private let handler: Handler
    /// The socket goes when nobody is connected any more.
    private let isForOneUse: Bool
    private let owner = getpid()
    fileprivate let bell = Atomic<Int32>(-1)

    private static let mostPeers = 16
    private static let untilHello: TimeSpan = .seconds(10)
    private static let untilRead: TimeSpan = .seconds(30)
    private static let untilGone: TimeSpan = .seconds(5)

    init(isForOneUse: Bool, _ handler: Handler) {
        self.isForOneUse = isForOneUse
        self.handler = handler
    }

    deinit { if bell.load(ordering: .relaxed) >= 0 { close(bell.load(ordering: .relaxed)) } }

    /// Opens the socket, unless it is open. Throws what keeps it from that, in words.
    func start() throws(ControlSocket.Unusable) {
        try state.withLock { state throws(ControlSocket.Unusable) in
            if state.isRunning || state.isStopped || Copy.isThis { return }
            if bell.load(ordering: .relaxed) < 0 {
                bell.store(eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)), ordering: .relaxed)
            }
            let (socket, path) = try ControlSocket.listen()
            do throws(SystemError) {
                try OSThread { [self] in serve(Descriptor(socket)) }.detach()
            } catch {
                close(socket)
                unlink(path)
                throw ControlSocket.Unusable(reason: error.description)
            }
            state.path = path
            state.isRunning = true
        }
        Self.open.withLock { open in if !open.contains(where: { $0 === self }) { open.append(self) } }
    }

    /// Removes the socket and ends the connections, soon.
    func stop() {
        let isRunning = state.withLock { state in
            state.isStopped = true
            removePath(&state)
            return state.isRunning
        }
        if isRunning { ring() }
        Self.open.withLock { $0.removeAll { $0 === self } }
    }

    /// Under the lock. In a copy that `fork` made the socket is the original's.
    private func removePath(_ state: inout State) {
        if let path = state.path, getpid() == owner { unlink(path) }
        state.path = nil
    }

    /// Those whose sockets have to be removed if the process ends at once.
    private static let open = Guarded<[ControlServer]>([])
    static func removeAll() { for server in open.withLock({ $0 }) { server.state.withLock { server.removePath(&$0) } } }

    fileprivate func ring() {
        var one: UInt64 = 1
        _ = Glibc.write(bell.load(ordering: .relaxed), &one, 8)
    }

    // MARK: - The thread

    private func serve(_ listener: Descriptor) {
        OSThread.rename(fixed: "control")
        var peers: [ControlPeer] = []
        var alone = Deadline(after: Self.untilGone)
        while !state.withLock({ $0.isStopped }) {
            if !peers.isEmpty { alone = Deadline(after: Self.untilGone) }
            if isForOneUse, alone.hasPassed, retire() { break }
            let isReady = wait(listener, peers)
            if isReady { accept(listener, &peers) }
            for peer in peers where !work(peer) {
                peer.end()
                handler.left(peer)
            }
            peers.removeAll { $0.hasEnded }
        }
        for peer in peers {
            _ = peer.write()
            peer.end()
            handler.left(peer)
        }
    }

    /// Nobody is connected. False: the program ends anyway.
    private func retire() -> Bool {
        state.withLock { state in
            if state.isStopped { return false }
            removePath(&state)
            state.isRunning = false
            close(bell.exchange(-1, ordering: .relaxed))
            return true
        }
    }

    /// Sleeps until there is something to do, or a time may be over. Returns whether somebody connects.
    private func wait(_ listener: Descriptor, _ peers: [ControlPeer]) -> Bool {
        var polls = [bell.load(ordering: .relaxed), listener.number].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        for peer in peers {
            polls.append(pollfd(fd: peer.socket.number, events: peer.interest, revents: 0))
        }
        poll(&polls, nfds_t(polls.count), peers.isEmpty && !isForOneUse ? -1 : 1000)
        var rung: UInt64 = 0
        if polls[0].revents != 0 { _ = Glibc.read(polls[0].fd, &rung, 8) }
        for (peer, poll) in zip(peers, polls[2...]) { peer.isReadable = poll.revents & ~Int16(POLLOUT) != 0 }
        return polls[1].revents != 0
    }

    private func accept(_ listener: Descriptor, _ peers: inout [ControlPeer]) {
        let number = system_accept(listener.number)
        guard number >= 0 else {
            if number == -EMFILE || number == -ENFILE { usleep(10_000) }  // it would come again at once
            return
        }
        let socket = Descriptor(number)
        guard ControlSocket.peer(of: number) != nil else { return }
        let peer = ControlPeer(socket, self)
        guard peers.count < Self.mostPeers else {
            peer.send(ControlFrame(.notice, Array("too many are connected to this program".utf8)))
            _ = peer.write()
            return
        }
        peers.append(peer)
    }

    /// Reads and writes what can be. False: the connection is over.
    private func work(_ peer: ControlPeer) -> Bool {
        guard peer.write(), !peer.isToEnd else { return false }
        if peer.isReadable {
            peer.isReadable = false
            guard peer.read() else { return false }
        }
        while peer.takesMore {
            do throws(ControlFrame.Malformed) {
                guard let frame = try peer.takeFrame() else { break }
                guard handler.received(peer, frame) else {
                    _ = peer.write()
                    return false
                }
                peer.hasSaidHello = true
            } catch {
                if error == .long {
                    peer.send(ControlFrame(.notice, Array("a line may have \(ControlFrame.longest) bytes".utf8)))
                    _ = peer.write()
                }
                return false
            }
        }
        let isLate = peer.hasSaidHello ? false : peer.sinceStart.passed(Self.untilHello)
        return peer.write() && !isLate && !peer.isStuck(for: Self.untilRead)
    }
}

/// Somebody who is connected. What is said to be for any thread is guarded by its lock; all else is the server's.
final class ControlPeer: @unchecked Sendable {  // sound: see above
    let socket: Descriptor
    private let server: ControlServer
    private var input: [UInt8] = []
    private(set) var hasEnded = false
    fileprivate var isReadable = false
    fileprivate var hasSaidHello = false
    fileprivate let sinceStart = Age()
    /// What the handler keeps for it.
    var attachment: AnyObject?

    private struct Output {
        var bytes: [UInt8] = []
        var written = 0
        /// How much output was left out, since too much waits to be read.
        var leftOut = 0
        var isClosed = false
        var lastRead = Age()
        var isToEnd = false
    }
    private let output = Guarded(Output())

    private static let mostOutput = 4 << 20

    fileprivate init(_ socket: Descriptor, _ server: ControlServer) {
        self.socket = socket
        self.server = server
    }

    /// Any thread: sends the frame, soon. While too much waits to be read, output is left out, and that is told later.
    func send(_ frame: ControlFrame) {
        let rings = output.withLock { output in
            if output.isClosed { return false }
            let waiting = output.bytes.count - output.written
            if frame.kind == .output, waiting + frame.body.count > Self.mostOutput {
                output.leftOut += frame.body.count
                return false
            }
            if waiting == 0 { output.lastRead = Age() }
            output.bytes += frame.bytes
            return waiting == 0
        }
        if rings { server.ring() }
    }

    /// Any thread: ends the connection.
    func leave() {
        let rings = output.withLock { output in
            output.isToEnd = true
            return !output.isClosed
        }
        if rings { server.ring() }
    }

    // MARK: - The server's thread

    fileprivate var isToEnd: Bool { output.withLock { $0.isToEnd } }

    fileprivate var waiting: Int { output.withLock { $0.bytes.count - $0.written } }
    /// Who does not read is not heard either.
    fileprivate var takesMore: Bool { waiting < Self.mostOutput }
    fileprivate var interest: Int16 {
        let waiting = waiting
        return Int16((waiting > 0 ? POLLOUT : 0) | (waiting < Self.mostOutput ? POLLIN : 0))
    }

    fileprivate func isStuck(for time: TimeSpan) -> Bool {
        output.withLock { $0.bytes.count > $0.written && $0.lastRead.passed(time) }
    }

    /// Writes as much as there is room for. False: the other side has gone.
    fileprivate func write() -> Bool {
        output.withLock { output in
            while output.bytes.count > output.written {
                let done = output.bytes.withUnsafeBytes { bytes in
                    Glibc.send(
                        socket.number, bytes.baseAddress.map { $0 + output.written }, bytes.count - output.written,
                        Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                }
                if done < 0 { return errno == EAGAIN || errno == EINTR }
                output.written += done
                output.lastRead = Age()
                if output.written == output.bytes.count {
                    output.bytes.removeAll(keepingCapacity: output.bytes.count < 1 << 16)
                    output.written = 0
                    guard output.leftOut > 0 else { return true }
                    output.bytes = ControlFrame(.notice, Array("\(output.leftOut) bytes were left out".utf8)).bytes
                    output.leftOut = 0
                }
            }
            return true
        }
    }

    /// Reads what is there, up to a bound. False: the other side has gone.
    fileprivate func read() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { buffer in
            guard let start = buffer.baseAddress else { return false }
            switch socket.read(start, buffer.count) {
            case .bytes(let count):
                input += UnsafeRawBufferPointer(start: start, count: count)
                return true
            case .later: return true
            case .end, .failed: return false
            }
        }
    }

    fileprivate func takeFrame() throws(ControlFrame.Malformed) -> ControlFrame? {
        try ControlFrame.take(from: &input, limit: ControlFrame.longest)
    }

    fileprivate func end() {
        hasEnded = true
        output.withLock { $0.isClosed = true }
        shutdown(socket.number, Int32(SHUT_RDWR))
    }
}

/// How long ago something was.
private struct Age {
    private let began = Clock.now
    func passed(_ span: TimeSpan) -> Bool { Clock.now - began > span }
}
