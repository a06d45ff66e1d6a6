import Synchronization

/// Finds channels and shared maps that only each other's messages still hold, and empties them, so that they go.
///
/// A channel or a map into which objects were put is a *carrier*. Carriers are listed here without a strong reference. A
/// look takes the locks of all carriers that are free, and counts how many references to each come from messages in the
/// others. A carrier with further references is held by somebody: it is alive, and so is everything that can be taken
/// from it. The rest is unreachable. Nobody can take hold of one while they are counted, since the messages that hold
/// them are behind the locks. A look retains the carriers, and releases them when it has unlocked the list: the last
/// release of a carrier takes it off the list.
enum Cycles {
    private struct State {
        var carriers: [UnsafeMutableRawPointer: Carrier] = [:]
        /// How much was dropped since the last look, and from how much on the next one is due: one for each carrier,
        /// and one for each 16 KiB of messages in it.
        var dropped = 0
        var due = 1
        /// How many looks still retain their carriers, and whether a look has met carriers that another one retained:
        /// it took them for alive.
        var retaining = 0
        var isUnsure = false

        mutating func look() -> Found {
            dropped = 0
            isUnsure = isUnsure || retaining > 0
            retaining += 1
            let look = Look(carriers.values)
            due = 1 + look.cost / 32
            return look.found
        }

        /// A look has let go of its carriers. Returns whether it is time for another one.
        mutating func lookIsOver() -> Bool {
            retaining -= 1
            guard retaining == 0, isUnsure else { return false }
            isUnsure = false
            return true
        }
    }

    private static let state = Guarded(State())

    /// Objects are going to be sent into the channel. The caller holds it.
    static func add(_ channel: Channel) {
        channel.share()
        add(.channel(.passUnretained(channel)), channel.isCarrier)
    }

    /// Objects are going to be put into the map. The caller holds it.
    static func add(_ map: SharedMap) { add(.map(.passUnretained(map)), map.isCarrier) }

    private static func add(_ carrier: Carrier, _ mark: borrowing Atomic<Bool>) {
        guard !mark.exchange(true, ordering: .relaxed) else { return }
        state.withLock { $0.carriers[carrier.address] = carrier }
    }

    /// The channel is being released. Its messages are still there.
    static func remove(_ channel: Channel) {
        if channel.isCarrier.load(ordering: .relaxed) { remove(.channel(.passUnretained(channel))) }
    }

    /// The map is being released.
    static func remove(_ map: SharedMap) {
        if map.isCarrier.load(ordering: .relaxed) { remove(.map(.passUnretained(map))) }
    }

    private static func remove(_ carrier: Carrier) {
        _ = state.withLock { $0.carriers.removeValue(forKey: carrier.address) }
    }

    /// Somebody has let go of a carrier with that many bytes in it. Looks for cycles if enough was dropped to be worth
    /// the cost. Called with no lock held.
    static func dropped(_ bytes: Int) {
        var isDue = state.withLock { state in
            state.dropped += 1 + bytes >> 14
            return state.dropped >= state.due
        }
        while isDue {
            state.withLock { $0.look() }.letGo()
            isDue = state.withLock { $0.lookIsOver() }
        }
    }

    /// The carriers that a look has retained, and what was in those that nobody can reach.
    private struct Found {
        var carriers: [Carrier] = []
        var popped: [RecordQueue.Popped] = []
        var values: [Parcel] = []

        consuming func letGo() {
            for carrier in carriers { carrier.release() }
        }
    }

    private enum Carrier {
        case channel(Unmanaged<Channel>)
        case map(Unmanaged<SharedMap>)

        var address: UnsafeMutableRawPointer {
            switch self {
            case .channel(let channel): channel.toOpaque()
            case .map(let map): map.toOpaque()
            }
        }

        /// Retains it, unless it is being released.
        func retain() -> Bool { Unmanaged<AnyObject>.fromOpaque(address).retainIfAlive() }
        func release() { Unmanaged<AnyObject>.fromOpaque(address).release() }

        /// How many references there are to it.
        var count: Int {
            switch self {
            case .channel(let channel): channel.count
            case .map(let map): map.count
            }
        }

        func tryLock() -> Bool {
            switch self {
            case .channel(let channel): channel.borrow { $0.lockIfIdle() }
            case .map(let map): map.borrow { $0.tryLock() }
            }
        }

        func unlock() {
            switch self {
            case .channel(let channel): channel.borrow { $0.unlockBoth() }
            case .map(let map): map.borrow { $0.unlock() }
            }
        }

        /// Returns how many records it looked at.
        func forEachMessage(_ body: (Unmanaged<Message.Storage>) -> Void) -> Int {
            switch self {
            case .channel(let channel): channel.borrow { $0.core.queue.forEachMessage(body) }
            case .map(let map): map.borrow { $0.forEachMessage(body) }
            }
        }

        func empty(into found: inout Found) {
            switch self {
            case .channel(let channel): channel.borrow { $0.core.queue.empty(into: &found.popped) }
            case .map(let map): map.borrow { $0.empty(into: &found.values) }
            }
        }
    }

    /// One look, with the list of carriers locked.
    private struct Look {
        private struct Node {
            let carrier: Carrier
            var inner = 0
            var isAlive = false
            var children: [Int] = []
        }

        private var nodes: [Node] = []
        private var numbers: [UnsafeMutableRawPointer: Int] = [:]
        private(set) var cost = 0
        private(set) var found = Found()

        init(_ all: some Collection<Carrier>) {
            for carrier in all where carrier.retain() {
                found.carriers.append(carrier)
                guard carrier.tryLock() else { continue }
                numbers[carrier.address] = nodes.count
                nodes.append(Node(carrier: carrier))
            }
            cost = all.count * 4
            defer { for node in nodes { node.carrier.unlock() } }
            for number in nodes.indices { follow(number) }
            mark()
            for node in nodes where !node.isAlive { node.carrier.empty(into: &found) }
        }

        /// Notes which carriers the messages in it hold. If somebody else has the message as well, its references do not
        /// count as inner ones: somebody holds them.
        private mutating func follow(_ number: Int) {
            var found: [Int] = []
            cost += nodes[number].carrier.forEachMessage { message in
                let isOurs = message.count == 1
                for object in message.borrow({ $0.shared }) {
                    let address = Unmanaged<AnyObject>.passUnretained(object).toOpaque()
                    guard let child = numbers[address] else { continue }
                    found.append(child)
                    if isOurs { nodes[child].inner += 1 }
                }
            }
            nodes[number].children = found
        }

        /// Marks the carriers that are alive.
        private mutating func mark() {
            var open: [Int] = []
            // One reference is that of this look.
            for (number, node) in nodes.enumerated() where node.inner == 0 || node.carrier.count - 1 != node.inner {
                nodes[number].isAlive = true
                open.append(number)
            }
            while let number = open.popLast() {
                for child in nodes[number].children where !nodes[child].isAlive {
                    nodes[child].isAlive = true
                    open.append(child)
                }
            }
        }
    }
}
