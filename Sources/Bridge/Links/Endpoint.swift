/// The parent's side brokers: it makes the memory, and channels live on its side.
enum LinkRole { case broker, child }

/// What stands behind a channel's number at one end of a link: the home's record of the proxy, the proxy itself,
/// or a relay between two links. By itself it ignores everything, as is right when the proxy is gone.
class Endpoint: @unchecked Sendable {  // sound: the link's tables guard these fields
    final let number: UInt32
    /// How often it was sent to the other side, which has not let go of those yet.
    final var timesSent: UInt32 = 1
    /// How often it has arrived from the other side, which counts on being told when this one lets go.
    final var timesReceived: UInt32 = 1
    /// The channel object that the tables know it by.
    final var registered: ObjectIdentifier?

    init(_ number: UInt32) { self.number = number }

    /// Nothing stands behind the number but the memory of what did.
    var isForgotten: Bool { timesSent == 0 }
    /// The channel that is meant when the other side names the number.
    func channel() -> Channel? { nil }
    /// The same, and it is counted that it has arrived.
    func arrive() -> Channel? { channel() }
    /// On the thread that reads the link, with no lock held but that.
    func handle(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {}
    /// The link is over.
    func linkEnded() {}
}
