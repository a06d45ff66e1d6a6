import Synchronization

/// Finds channels that only each other's queued messages still hold, and empties them, so that they go.
///
/// A channel whose messages have taken along objects is a carrier; carriers are known here, without being held. A look
/// locks all of them that it gets at once, and counts which of the references to each come out of the others' queues.
/// Where others are left over somebody holds the channel, and it lives with all that can be received from it. The rest
/// is unreachable: what holds them is behind locks, so nobody can have taken hold of one after it was counted.
enum ChannelCycles {
    private struct State {
        var carriers: [ObjectIdentifier: Unmanaged<Channel>] = [:]
        /// How much has been let go of since the last look, and how much makes the next one due.
        var dropped = 0
        var due = 1
    }

    private static let state = Guarded(State())

    /// Objects are going to be sent into the channel. The caller holds it.
    static func add(_ channel: Channel) {
        guard !channel.isCarrier.exchange(true, ordering: .relaxed) else { return }
        state.withLock { $0.carriers[ObjectIdentifier(channel)] = .passUnretained(channel) }
    }

    /// The channel is being released. Its messages are still there.
    static func remove(_ channel: Channel) {
        guard channel.isCarrier.load(ordering: .relaxed) else { return }
        _ = state.withLock { $0.carriers.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// Somebody has let go of a carrier with that much in it: looks, unless that is little for what a look costs. With no
    /// lock held.
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

        /// Notes which carriers the channel's messages hold. A message that somebody has in his hands as well counts for
        /// nothing: then what it holds is held from elsewhere.
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
