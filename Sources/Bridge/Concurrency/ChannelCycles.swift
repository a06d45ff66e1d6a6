import Synchronization

/// Finds channels that only each other's queued messages still hold, and empties them, so that they go.
///
/// A channel into which objects were sent is a *carrier*. Carriers are listed here without a strong reference. A look
/// takes the locks of all carriers that are free, and counts how many references to each come from messages queued in
/// the others. A channel with further references is held by somebody: it is alive, and so is everything that can be
/// received from it. The rest is unreachable. Nobody can take hold of one while they are counted, since the messages
/// that hold them are behind the locks.
enum ChannelCycles {
    private struct State {
        var carriers: [ObjectIdentifier: Unmanaged<Channel>] = [:]
        /// How much was dropped since the last look, and from how much on the next one is due: one for each channel,
        /// and one for each 16 KiB of messages in it.
        var dropped = 0
        var due = 1
    }

    private static let state = Guarded(State())

    /// Objects are going to be sent into the channel. The caller holds it.
    static func add(_ channel: Channel) {
        channel.share()
        guard !channel.isCarrier.exchange(true, ordering: .relaxed) else { return }
        state.withLock { $0.carriers[ObjectIdentifier(channel)] = .passUnretained(channel) }
    }

    /// The channel is being released. Its messages are still there.
    static func remove(_ channel: Channel) {
        guard channel.isCarrier.load(ordering: .relaxed) else { return }
        _ = state.withLock { $0.carriers.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// Somebody has let go of a carrier with that many bytes in it. Looks for cycles if enough was dropped to be worth
    /// the cost. Called with no lock held.
    static func dropped(_ bytes: Int) {
        let unreachable = state.withLock { state -> [RecordQueue.Popped] in
            state.dropped += 1 + bytes >> 14
            guard state.dropped >= state.due else { return [] }
            state.dropped = 0
            var look = Look()
            let unreachable = look.run(state.carriers.values)
            state.due = 1 + look.cost / 32
            return unreachable
        }
        withExtendedLifetime(unreachable) {}
    }

    /// One look, with the list of carriers locked: until it is over none of them can go.
    private struct Look {
        private struct Carrier {
            let channel: Unmanaged<Channel>
            var inner = 0
            var isAlive = false
            var children: [Int] = []
        }

        private var carriers: [Carrier] = []
        private var numbers: [UnsafeMutableRawPointer: Int] = [:]
        private(set) var cost = 0

        mutating func run(_ all: some Collection<Unmanaged<Channel>>) -> [RecordQueue.Popped] {
            for channel in all where channel.borrow({ $0.lockIfIdle() }) {
                numbers[channel.toOpaque()] = carriers.count
                carriers.append(Carrier(channel: channel))
            }
            cost = all.count * 4
            defer { for carrier in carriers { carrier.channel.borrow { $0.unlockBoth() } } }
            for number in carriers.indices { follow(number) }
            mark()
            var unreachable: [RecordQueue.Popped] = []
            for carrier in carriers where !carrier.isAlive {
                carrier.channel.borrow { $0.core.queue.empty(into: &unreachable) }
            }
            return unreachable
        }

        /// Notes which carriers the channel's messages hold. If somebody else has the message as well, its references
        /// do not count as inner ones: somebody holds them.
        private mutating func follow(_ number: Int) {
            var found: [Int] = []
            var records = 0
            carriers[number].channel.borrow { channel in
                records = channel.core.queue.forEachMessage { message in
                    let isOurs = message.count == 1
                    for object in message.borrow({ $0.shared }) {
                        let address = Unmanaged<AnyObject>.passUnretained(object).toOpaque()
                        guard let child = numbers[address] else { continue }
                        found.append(child)
                        if isOurs { carriers[child].inner += 1 }
                    }
                }
            }
            cost += records
            carriers[number].children = found
        }

        /// Marks the carriers that are alive.
        private mutating func mark() {
            var open: [Int] = []
            for (number, carrier) in carriers.enumerated()
            where carrier.inner == 0 || carrier.channel.count != carrier.inner {
                carriers[number].isAlive = true
                open.append(number)
            }
            while let number = open.popLast() {
                for child in carriers[number].children where !carriers[child].isAlive {
                    carriers[child].isAlive = true
                    open.append(child)
                }
            }
        }
    }
}
