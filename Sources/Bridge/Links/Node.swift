/// One process of the program, as its links see it: whether it has a parent, to whom the channels move that leave it.
/// Shared; guarded by its lock. Tests have several in one process.
final class Node: Sendable {
    static let this = Node()
    private let link = Guarded<Link?>(nil)

    var parent: Link? { link.withLock { $0 } }
    func join(_ parent: Link) { link.withLock { $0 = parent } }
    func leave(_ parent: Link) { link.withLock { if $0 === parent { $0 = nil } } }
}

/// Whoever made a link: told what comes, and asked about the objects that cross.
protocol LinkOwner: AnyObject, Sendable {
    /// On whatever thread reads the link at this moment, in order: short, never waits.
    func received(_ kind: UInt8, _ message: Message)
    /// This side has dealt with all that had come, for now. Any thread.
    func rested()
    /// A child does nothing more unless something is sent to it; until `stirred`. In turns.
    func idled()
    /// Something is about to be sent to it, or it has said something, or gone. A lock of a channel may be held.
    func stirred()
    /// What the proxy stands for is out of reach: the link is over.
    func lost(_ standIn: any Shareable)
    /// Exactly once, and last.
    func ended(_ end: Link.End)
    /// What the other side needs to make its proxy for an object that is no channel; nil: it cannot cross. Asked each
    /// time that the object is sent; a lock of a channel may be held.
    func export(_ object: any Shareable, _ number: UInt64) -> Message?
    /// What an object that cannot cross is called.
    func name(of object: any Shareable) -> String
    /// A proxy for an object of the other side. It calls `Link.released` when it is released itself.
    func `import`(_ number: UInt64, _ description: Message) -> (any Shareable)?
}
