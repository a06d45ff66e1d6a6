import Synchronization
import Testing

@testable import Bridge

/// A parent and a child in one process, each with its own `Node`: links see two processes of a program.
final class Sides {
    let parent = Node()
    let child: Node
    let broker: Link
    let standIn: Link
    let brokerOwner: Owner
    let childOwner: Owner

    init(parent: Node? = nil, child: Node? = nil, start: Bool = true) throws {
        self.child = child ?? Node()
        let ends = try LinkSocket.pair()
        brokerOwner = Owner()
        childOwner = Owner()
        broker = Link(socket: ends.0, role: .broker, owner: brokerOwner, in: parent ?? self.parent)
        standIn = Link(socket: ends.1, role: .child, owner: childOwner, in: self.child)
        brokerOwner.link = broker
        childOwner.link = standIn
        guard start else { return }
        try broker.start()
        try standIn.start()
    }

    deinit {
        broker.fail("test is over")
        standIn.fail("test is over")
    }

    /// The child says that it is idle, as soon as its link's thread reads no more.
    func sayIdle(if isIdle: () -> Bool = { true }) { while !standIn.sayIdle(if: isIdle) {} }

    /// Sends a channel of the parent to the child; returns the child's proxy.
    func give(_ channel: Channel) -> Channel {
        broker.send(1, message([channel]))
        return Self.channel(childOwner.next().objects)
    }

    /// Sends a channel of the child to the parent, which becomes its home; returns the parent's channel.
    func take(_ channel: Channel) -> Channel {
        standIn.send(1, message([channel]))
        return Self.channel(brokerOwner.next().objects)
    }

    private static func channel(_ objects: [any Shareable]) -> Channel {
        guard let channel = objects.first as? Channel else { preconditionFailure("a channel was sent") }
        return channel
    }
}

func message(_ objects: [any Shareable] = [], bytes: [UInt8] = [Tag.nil.rawValue]) -> Message {
    var buffer = ByteBuffer()
    bytes.withUnsafeBytes { bytes in if let start = bytes.baseAddress { buffer.append(start, bytes.count) } }
    return buffer.takeMessage(shared: objects)
}

/// Collects what its link reports.
final class Owner: LinkOwner, @unchecked Sendable {
    struct Got {
        let kind: UInt8
        let bytes: [UInt8]
        let objects: [any Shareable]
    }

    nonisolated(unsafe) weak var link: Link?
    private let lock = Lock()
    private var got: [Got] = []
    private var ends: [Link.End] = []
    /// Each time that the other side became idle, and ceased to be.
    private var idleness: [Bool] = []
    private let sleeper = Sleeper()

    func received(_ kind: UInt8, _ message: Message) {
        lock.withLock { got.append(Got(kind: kind, bytes: Array(message.bytes), objects: message.storage.shared)) }
        sleeper.wake()
    }

    func rested() {}
    func polled() {}
    func refuted() {}
    func idled() { note(idle: true) }
    func stirred() { note(idle: false) }
    private func note(idle: Bool) {
        lock.withLock { idleness.append(idle) }
        sleeper.wake()
    }

    func ended(_ end: Link.End) {
        if case .broken(let why) = end, why != "test is over", why != "killed" { Console.report("broken: \(why)") }
        lock.withLock { ends.append(end) }
        sleeper.wake()
    }

    func export(_ object: any Shareable, _ number: UInt64) -> Message? {
        (object as? Thing).map { message(bytes: Array("thing \($0.name)".utf8)) }
    }

    func name(of object: any Shareable) -> String { "stranger" }

    func `import`(_ number: UInt64, _ description: Message) -> (any Shareable)? {
        RemoteThing(number, String(decoding: description.bytes, as: UTF8.self), link)
    }

    func lost(_ standIn: any Shareable) {}

    private func wait<T>(_ find: () -> T?) -> T {
        while true {
            if let found = lock.withLock(find) { return found }
            sleeper.sleep(until: .forever)
        }
    }

    func next() -> Got {
        wait {
            if got.isEmpty, let end = ends.first { fatalError("the link has ended: \(end)") }
            return got.isEmpty ? nil : got.removeFirst()
        }
    }
    func idleness(_ count: Int) -> [Bool] { wait { idleness.count >= count ? idleness : nil } }
    func end() -> Link.End { wait { ends.first } }
    var countOfEnds: Int { lock.withLock { ends.count } }
}

final class Thing: Shareable {
    let name: String
    init(_ name: String) { self.name = name }
}

final class RemoteThing: Shareable {
    let number: UInt64
    let text: String
    private let link: Link?
    init(_ number: UInt64, _ text: String, _ link: Link?) {
        self.number = number
        self.text = text
        self.link = link
    }
    deinit { link?.released(self, number) }
}

/// A thread that waits, as a worker's task does.
final class TestWaiter: Waiter, @unchecked Sendable {
    private let sleeper = Sleeper()
    private let isWoken = Atomic<Bool>(false)

    override func notify() {
        isWoken.store(true, ordering: .releasing)
        sleeper.wake()
    }

    /// Until it is woken, or the deadline; what was delivered.
    func wait(_ ticket: Ticket, until deadline: Instant = .forever) -> Delivery {
        while !isWoken.load(ordering: .acquiring) {
            if Clock.now >= deadline, claim(ticket) { return .timeout }
            sleeper.sleep(until: deadline)
        }
        isWoken.store(false, ordering: .relaxed)
        return delivery
    }
}

enum Outcome2: Equatable {
    case done, closed, timeout
}

extension Channel {
    /// Sends as a script would.
    @discardableResult
    func sendWaiting(_ parcel: Parcel, until deadline: Instant = .forever) -> Outcome2 {
        switch trySend(parcel) {
        case .sent, .overtaken: return .done
        case .closed: return .closed
        case .full: break
        }
        if deadline == .past, !mustAsk { return .timeout }
        while true {
            let waiter = TestWaiter()
            let ticket = waiter.arm()
            let node = WaitNode(waiter, ticket, parcel: parcel.kept)
            switch send(node) {
            case .sent: return .done
            case .closed: return .closed
            case .full, .overtaken: break
            }
            var delivery = Waiter.Delivery.timeout
            if deadline != .past || Channel.poll([self], waiter, ticket) {
                delivery = waiter.wait(ticket, until: deadline == .past ? .forever : deadline)
            }
            forget(node)
            switch delivery {
            case .accepted: return .done
            case .closed: return .closed
            case .again: continue
            default: return .timeout
            }
        }
    }

    @discardableResult
    func send(_ value: Int, until deadline: Instant = .forever) -> Outcome2 {
        sendWaiting(.scalar(.integer, UInt64(bitPattern: Int64(value))), until: deadline)
    }

    /// Receives as a script would: nil when it is closed or the time is over.
    func receiveParcel(until deadline: Instant = .forever) -> (Parcel?, Outcome2) {
        var buffer = ByteBuffer()
        func made(_ received: Received) -> (Parcel?, Outcome2)? {
            switch received {
            case .parcel(let parcel): (parcel, .done)
            case .copied(let form): (.owned(form, buffer.takeMessage(shared: [])), .done)
            case .closed: (nil, .closed)
            case .empty, .overtaken: nil
            }
        }
        if let made = made(tryReceive(&buffer)) { return made }
        if deadline == .past, !mustAsk { return (nil, .timeout) }
        let waiter = TestWaiter()
        let ticket = waiter.arm()
        let node = WaitNode(waiter, ticket)
        if let made = made(receive(node, &buffer)) { return made }
        var delivery = Waiter.Delivery.timeout
        if deadline != .past || Channel.poll([self], waiter, ticket) {
            delivery = waiter.wait(ticket, until: deadline == .past ? .forever : deadline)
        }
        forget(node)
        switch delivery {
        case .parcel(let parcel): return (parcel, .done)
        case .closed: return (nil, .closed)
        default: return (nil, .timeout)
        }
    }

    func next(until deadline: Instant = .forever) -> Int? {
        guard case .scalar(_, let bits)? = receiveParcel(until: deadline).0 else { return nil }
        return Int(Int64(bitPattern: bits))
    }
}

/// Runs something on a thread of its own.
final class Background<T: Sendable>: @unchecked Sendable {
    private let thread: OSThread
    private let box: Box
    private final class Box: @unchecked Sendable { var value: T? }

    init(_ body: @escaping @Sendable () -> T) throws {
        let box = Box()
        self.box = box
        thread = try OSThread { box.value = body() }
    }

    func join() -> T {
        thread.join()
        guard let value = box.value else { preconditionFailure("the thread has ended") }
        return value
    }
}
