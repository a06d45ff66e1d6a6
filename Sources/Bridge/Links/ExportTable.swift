import Synchronization

/// The objects of one link by number: channels, whose numbers both sides share, and other objects, which each side
/// numbers itself. Shared; guarded by its lock. Under it only the lock of the parent's link is taken, and none of a
/// channel. Nor is an object of the other side looked at: to read a weak reference is to hold the object, which somebody
/// else may let go of meanwhile, and its end would need the lock.
///
/// Each side counts how often it has sent an object. When a proxy is released, its side tells how often the object had
/// arrived. The object stays here until all that was sent has been released: it may be on its way once more.
final class ExportTable: @unchecked Sendable {  // sound: what varies is under the lock
    private static let mostChannels = 1 << 20

    private struct Exported {
        let object: any Shareable
        /// How often it was sent, less what the other side has released.
        var times: UInt32 = 0
    }

    private final class Imported {
        weak var object: (any Shareable)?
        /// Of that object.
        var identity: ObjectIdentifier?
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
    private var freeLanes = Array((0..<LinkMemory.lanes).reversed())
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

    /// The endpoint of the channel on this link, counted as sent once more. If there is none, `make` makes it, under
    /// the lock. Nil: the link is over.
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

    /// The other side releases so many arrivals. True: those were all, and the endpoint is gone. Frames that are still
    /// on their way to the number are ignored, until the other side has forgotten it as well.
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

    /// Neither side uses the number any more: it can be given again.
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

    /// This side releases it: takes the number of arrivals.
    func takeArrivals(_ endpoint: Endpoint) -> UInt32 {
        lock.withLock {
            defer { endpoint.timesReceived = 0 }
            return endpoint.timesReceived
        }
    }

    // MARK: - Counters in the shared memory

    func takeSlot() -> Int? { lock.withLock { nextSlot() } }

    /// The same for an endpoint that is being made, under the lock.
    func nextSlot() -> Int? {
        if let free = freeSlots.popLast() { return free }
        guard usedSlots < LinkMemory.counters else { return nil }
        usedSlots += 1
        return usedSlots - 1
    }

    func giveSlot(_ slot: Int) { lock.withLock { freeSlots.append(slot) } }

    // MARK: - Lanes in the shared memory

    func takeLane() -> Int? { lock.withLock { freeLanes.popLast() } }
    func giveLane(_ lane: Int) { lock.withLock { freeLanes.append(lane) } }

    // MARK: - Other objects

    enum Place {
        /// An object of this side, by its number.
        case own(UInt64)
        /// A proxy for an object of the other side, by the number there.
        case others(UInt64)
    }

    /// Which side's object it is. One of this side is counted as sent once more.
    func place(of object: any Shareable) -> Place {
        lock.withLock {
            let identity = ObjectIdentifier(object)
            if let number = importedNumbers[identity], imported[number]?.identity == identity { return .others(number) }
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

    /// The object of this side with that number.
    func exported(_ number: UInt64) -> (any Shareable)? { lock.withLock { exported[number]?.object } }
    var allExported: [(number: UInt64, object: any Shareable)] { lock.withLock { exported.map { ($0, $1.object) } } }
    /// The proxy for the other side's object, while somebody has it.
    func imported(_ number: UInt64) -> (any Shareable)? { lock.withLock { imported[number]?.object } }

    /// The other side releases so many arrivals, or they did not take place. Returns the object if those were all, so
    /// that it is not released under the lock.
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

    /// An object of the other side has arrived once more. Returns its proxy, if there still is one.
    func arrived(_ number: UInt64) -> (any Shareable)? {
        lock.withLock {
            let entry = imported[number] ?? Imported()
            imported[number] = entry
            entry.times += 1
            let object = entry.object
            // The one before is just going; the next one will tell of this arrival.
            if object == nil { entry.identity = nil }
            return object
        }
    }

    /// Enters a new proxy for the other side's object. False: the link is over.
    func remember(_ object: any Shareable, _ number: UInt64) -> Bool {
        lock.withLock {
            guard !isOver else { return false }
            imported[number]?.object = object
            imported[number]?.identity = ObjectIdentifier(object)
            importedNumbers[ObjectIdentifier(object)] = number
            return true
        }
    }

    /// The proxy is gone. Returns how often the object had arrived; nil if a new proxy has taken its place.
    func forgetImported(_ number: UInt64, _ identity: ObjectIdentifier) -> UInt32? {
        lock.withLock {
            if importedNumbers[identity] == number { importedNumbers.removeValue(forKey: identity) }
            guard let entry = imported[number], entry.identity == identity else { return nil }
            imported.removeValue(forKey: number)
            return entry.times
        }
    }

    // MARK: - The end

    /// Takes out everything; nothing is entered any more.
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

/// Takes the place of an object that cannot leave its process, in a message.
final class Unreachable: Shareable {
    static let unknown = "handle"
    /// What the object is called in an error message.
    let name: String

    init(_ name: String) { self.name = name }
}
