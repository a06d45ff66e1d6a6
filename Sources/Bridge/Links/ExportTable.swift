import Synchronization

/// What the two sides of a link know each other's objects by: numbers of channels, which both sides share, and numbers
/// of other objects, which each side gives to its own. Shared; guarded by its lock, under which only that of a link
/// further up is taken, and no channel's.
///
/// An object stays here until the other side has dropped its proxy: that tells how often the object had arrived since
/// it last did so, and there may be one more on its way.
final class ExportTable: @unchecked Sendable {  // sound: what varies is under the lock
    private static let mostChannels = 1 << 20

    private struct Exported {
        let object: any Shareable
        /// How often it was sent and not yet let go of.
        var times: UInt32 = 0
    }

    private final class Imported {
        weak var object: (any Shareable)?
        var times: UInt32 = 0
    }

    /// Changes whenever an endpoint goes.
    let version = Atomic<Int>(0)
    private let lock = Lock()
    private var endpoints: [UInt32: Endpoint] = [:]
    private var channels: [ObjectIdentifier: Endpoint] = [:]
    private var lastNumber: UInt32
    private var freeNumbers: [UInt32] = []
    private var usedSlots = 0
    private var freeSlots: [Int] = []
    private var exported: [UInt64: Exported] = [:]
    private var exportedNumbers: [ObjectIdentifier: UInt64] = [:]
    private var lastExported: UInt64 = 0
    private var imported: [UInt64: Imported] = [:]
    private var importedNumbers: [ObjectIdentifier: UInt64] = [:]
    private var isOver = false

    /// The broker gives even numbers, the child odd ones.
    init(_ role: LinkRole) { lastNumber = role == .broker ? 0 : 1 }

    // MARK: - Channels

    subscript(number: UInt32) -> Endpoint? { lock.withLock { endpoints[number] } }

    /// What stands for the channel on this link, counted as sent once more, or made now, under the lock. Nil: the link
    /// is over.
    func endpoint(for channel: Channel, make: (UInt32) -> Endpoint) -> Endpoint? {
        lock.withLock {
            if let known = channels[ObjectIdentifier(channel)] {
                known.timesSent += 1
                return known
            }
            guard let endpoint = insert(make) else { return nil }
            channels[ObjectIdentifier(channel)] = endpoint
            endpoint.registered = ObjectIdentifier(channel)
            return endpoint
        }
    }

    /// A new endpoint under a number of this side's. Nil: the link is over.
    func add(_ make: (UInt32) -> Endpoint) -> Endpoint? { lock.withLock { insert(make) } }

    private func insert(_ make: (UInt32) -> Endpoint) -> Endpoint? {
        guard !isOver else { return nil }
        let number = freeNumbers.popLast() ?? nextNumber()
        let endpoint = make(number)
        endpoints[number] = endpoint
        return endpoint
    }

    private func nextNumber() -> UInt32 {
        lastNumber += 2
        return lastNumber
    }

    /// An endpoint under a number that the other side has given.
    func add(_ endpoint: Endpoint, _ number: UInt32) throws(ProtocolError) {
        let isNew = lock.withLock {
            guard endpoints[number] == nil, number & 1 != lastNumber & 1, endpoints.count < Self.mostChannels else {
                return false
            }
            if !isOver { endpoints[number] = endpoint }
            return true
        }
        if !isNew { throw ProtocolError("a channel whose number is none") }
    }

    /// From now on this channel object is known by that endpoint.
    func register(_ channel: Channel, _ endpoint: Endpoint) {
        lock.withLock {
            guard !isOver else { return }
            channels[ObjectIdentifier(channel)] = endpoint
            endpoint.registered = ObjectIdentifier(channel)
        }
    }

    func unregister(_ channel: ObjectIdentifier, _ endpoint: Endpoint) {
        lock.withLock { if channels[channel] === endpoint { channels[channel] = nil } }
    }

    /// The other side lets go of so many arrivals. True when those were all, and the endpoint is gone: what is still on
    /// its way to the number is ignored, until the other side has forgotten it as well.
    func release(_ number: UInt32, _ times: UInt32) throws(ProtocolError) -> Bool {
        let left = lock.withLock { () -> UInt32? in
            guard let endpoint = endpoints[number], endpoint.timesSent >= times else { return nil }
            endpoint.timesSent -= times
            guard endpoint.timesSent == 0 else { return endpoint.timesSent }
            forget(endpoint)
            let nothing = Endpoint(number)
            nothing.timesSent = 0
            endpoints[number] = nothing
            return 0
        }
        guard let left else { throw ProtocolError("a channel is let go of too often") }
        return left == 0
    }

    /// Nothing comes or goes under the number any more.
    func remove(_ number: UInt32) {
        lock.withLock {
            guard let endpoint = endpoints[number] else { return }
            forget(endpoint)
            if number & 1 == lastNumber & 1 { freeNumbers.append(number) }
        }
    }

    private func forget(_ endpoint: Endpoint) {
        endpoints[endpoint.number] = nil
        keepOrder()
        version.add(1, ordering: .releasing)
        if let channel = endpoint.registered, channels[channel] === endpoint { channels[channel] = nil }
    }

    /// The other side has sent it once more.
    func arrived(_ endpoint: Endpoint) { lock.withLock { endpoint.timesReceived += 1 } }

    /// How often it had arrived, when this side lets go of it.
    func takeArrivals(_ endpoint: Endpoint) -> UInt32 {
        lock.withLock {
            defer { endpoint.timesReceived = 0 }
            return endpoint.timesReceived
        }
    }

    // MARK: - Counters in the shared memory

    func takeSlot() -> Int? { lock.withLock { nextSlot() } }

    /// The same for who makes an endpoint, under the lock.
    func nextSlot() -> Int? {
        if let free = freeSlots.popLast() { return free }
        guard usedSlots < LinkMemory.counters else { return nil }
        usedSlots += 1
        return usedSlots - 1
    }

    func giveSlot(_ slot: Int) { lock.withLock { freeSlots.append(slot) } }

    // MARK: - Other objects

    enum Place {
        /// An object of this side's, by its number.
        case own(UInt64)
        /// A proxy for one of the other side's.
        case others(UInt64)
    }

    /// Where the object is at home; one of this side's is counted as sent once more.
    func place(of object: any Shareable) -> Place {
        lock.withLock {
            let identity = ObjectIdentifier(object)
            if let number = importedNumbers[identity], imported[number]?.object === object { return .others(number) }
            let number = exportedNumbers[identity] ?? lastExported + 1
            if exportedNumbers[identity] == nil {
                lastExported = number
                exportedNumbers[identity] = number
                exported[number] = Exported(object: object)
            }
            exported[number]?.times += 1
            return .own(number)
        }
    }

    /// The object of this side's that the other side names.
    func exported(_ number: UInt64) -> (any Shareable)? { lock.withLock { exported[number]?.object } }
    var allExported: [(number: UInt64, object: any Shareable)] { lock.withLock { exported.map { ($0, $1.object) } } }
    /// The proxy for the object of the other side's, while somebody has it.
    func imported(_ number: UInt64) -> (any Shareable)? { lock.withLock { imported[number]?.object } }

    /// The other side lets go of so many arrivals, or they did not take place. The object, if those were all, so that
    /// it is not released under the lock.
    func release(_ number: UInt64, _ times: UInt32) throws(ProtocolError) -> (any Shareable)? {
        let (isKnown, gone) = lock.withLock { () -> (Bool, (any Shareable)?) in
            guard let sent = exported[number]?.times, sent >= times else { return (isOver, nil) }
            exported[number]?.times -= times
            return (true, sent == times ? forget(number) : nil)
        }
        if !isKnown { throw ProtocolError("an object is let go of too often") }
        return gone
    }

    private func forget(_ number: UInt64) -> (any Shareable)? {
        guard let object = exported.removeValue(forKey: number)?.object else { return nil }
        exportedNumbers.removeValue(forKey: ObjectIdentifier(object))
        return object
    }

    /// The proxy for an object of the other side's, if it is still there: one more has arrived.
    func arrived(_ number: UInt64) -> (any Shareable)? {
        lock.withLock {
            let entry = imported[number] ?? Imported()
            imported[number] = entry
            entry.times += 1
            return entry.object
        }
    }

    /// False: the link is over.
    func remember(_ object: any Shareable, _ number: UInt64) -> Bool {
        lock.withLock {
            guard !isOver else { return false }
            imported[number]?.object = object
            importedNumbers[ObjectIdentifier(object)] = number
            return true
        }
    }

    /// The proxy is gone: how often the object had arrived. Nil: another proxy has taken its place.
    func forgetImported(_ number: UInt64, _ identity: ObjectIdentifier) -> UInt32? {
        lock.withLock {
            if importedNumbers[identity] == number { importedNumbers.removeValue(forKey: identity) }
            guard let entry = imported[number], entry.object == nil else { return nil }
            imported.removeValue(forKey: number)
            return entry.times
        }
    }

    // MARK: - The end

    /// Everything that is still there; nothing comes in any more.
    func close() -> (endpoints: [Endpoint], exported: [any Shareable], standIns: [any Shareable]) {
        lock.withLock {
            isOver = true
            let left = (
                Array(endpoints.values), exported.values.map(\.object), imported.values.compactMap(\.object)
            )
            endpoints = [:]
            channels = [:]
            exported = [:]
            exportedNumbers = [:]
            imported = [:]
            importedNumbers = [:]
            return left
        }
    }
}

/// Stands in a message for an object that cannot leave its process.
final class Unreachable: Shareable {
    static let unknown = "handle"
    /// What it is.
    let name: String

    init(_ name: String) { self.name = name }
}
