/// The side of a link: the parent is the broker. It makes the shared memory, and is the home of the channels.
enum LinkRole { case broker, child }

/// The object behind a channel's number at one end of a link: a `ChannelExport` at the home, a `ChannelProxy`, or a
/// `ChannelRelay.End`. The class itself ignores all frames: it keeps the number of a proxy that is gone.
class Endpoint: @unchecked Sendable {  // sound: the link's tables guard these fields
    final let number: UInt32
    /// How often it was sent to the other side, less what the other side has released.
    final var timesSent: UInt32 = 1
    /// How often it has arrived from the other side since this side last released it.
    final var timesReceived: UInt32 = 1
    /// The channel object under which the export table has it.
    final var registered: ObjectIdentifier?

    init(_ number: UInt32) { self.number = number }

    /// The proxy is gone; the number is still in use until the other side has forgotten it.
    var isForgotten: Bool { timesSent == 0 }
    /// The channel that the other side means by the number.
    func channel() -> Channel? { nil }
    /// The same; counts one more arrival.
    func arrive() -> Channel? { channel() }
    /// On the thread that reads the link, with no lock held but `reading`.
    func handle(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {}
    /// The link is over.
    func linkEnded() {}
}
