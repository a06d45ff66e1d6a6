import Bridge
import Glibc

/// Messages to the line thread, each a byte in a pipe, so that the thread can wait for them and for the terminal at
/// once. Shared.
final class SignalPipe: Sendable {
    enum Signal: UInt8 {
        case read = 1, completions, close, interrupt, resize, resume
    }

    /// -1 if the pipe could not be made.
    let reader: Int32
    private let writer: Int32
    private let closing: (reader: Int32, writer: Int32)

    init() {
        (reader, writer) = Self.make()
        closing = Self.make()
    }

    var isOpen: Bool { reader >= 0 && closing.reader >= 0 }

    private static func make() -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return (-1, -1) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    func send(_ signal: Signal) { Self.write(signal.rawValue, to: writer) }

    private static func write(_ byte: UInt8, to descriptor: Int32) {
        var byte = byte
        while Glibc.write(descriptor, &byte, 1) < 0, errno == EINTR {}
    }

    /// Waits for the next signal. Nil: the pipe failed.
    func next() -> Signal? { Self.readByte(reader).flatMap(Signal.init(rawValue:)) }

    private static func readByte(_ descriptor: Int32) -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(descriptor, &byte, 1)
            if count == 1 { return byte }
            if count == 0 || errno != EINTR { return nil }
        }
    }

    func confirmClosed() { Self.write(0, to: closing.writer) }
    /// Waits until the thread has confirmed, for 100 ms at most: a thread in `PlainReader` does not notice.
    func waitUntilClosed() {
        var wait = pollfd(fd: closing.reader, events: Int16(POLLIN), revents: 0)
        _ = poll(&wait, 1, 100)
    }

    // MARK: - Signals of the system

    private let subscriptions = Guarded<[Signals.Subscription]>([])

    /// From now on SIGINT, SIGWINCH and SIGCONT are sent to the line thread as messages.
    func catchSignals() {
        for (number, signal) in [(SIGINT, Signal.interrupt), (SIGWINCH, .resize), (SIGCONT, .resume)] {
            let subscription = try? Signals.shared.subscribe(number) { [self] _ in send(signal) }
            subscriptions.withLock { $0 += subscription.map { [$0] } ?? [] }
        }
    }

    /// The signals do again what they do without a prompt.
    func releaseSignals() {
        for subscription in subscriptions.withLock({ $0 }) { Signals.shared.unsubscribe(subscription) }
    }
}
