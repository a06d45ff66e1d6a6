/// What a process's links know of the process: the link to its parent, if it has one. Channels that leave the process
/// move to the parent. Shared; guarded by its lock. Tests have several nodes in one process.
final class Node: Sendable {
    static let this = Node()
    private let link = Guarded<Link?>(nil)

    var parent: Link? { link.withLock { $0 } }
    func join(_ parent: Link) { link.withLock { $0 = parent } }
    func leave(_ parent: Link) { link.withLock { if $0 === parent { $0 = nil } } }
}

/// The owner of a link (`ChildLink`, `ParentLink`): it gets the messages, and describes the objects that cross.
protocol LinkOwner: AnyObject, Sendable {
    /// A message has come. Called in order, on whatever thread reads the link at that moment; must not wait.
    func received(_ kind: UInt8, _ message: Message)
    /// This side has handled all that has come so far. On the link's thread.
    func rested()
    /// A spinning thread may have handled frames, and goes to sleep.
    func polled()
    /// The child does nothing more unless something is sent to it. Followed by `stirred` before the next `idled`.
    func idled()
    /// The child has said that it does nothing more, but something was sent to it meanwhile.
    func refuted()
    /// The child is not idle any more: something is being sent to it, it has sent something, or it has gone. A lock of
    /// a channel may be held.
    func stirred()
    /// The link is over: the object for which that is a proxy is out of reach.
    func lost(_ standIn: any Shareable)
    /// The link is over. Called exactly once, after everything else.
    func ended(_ end: Link.End)
    /// A description from which the other side makes a proxy for the object, which is no channel; nil: it cannot cross.
    /// Called each time that the object is sent; a lock of a channel may be held.
    func export(_ object: any Shareable, _ number: UInt64) -> Message?
    /// The name of an object that cannot cross, for an error message.
    func name(of object: any Shareable) -> String
    /// Makes a proxy for an object of the other side. The proxy calls `Link.released` when it is released itself.
    func `import`(_ number: UInt64, _ description: Message) -> (any Shareable)?
}
