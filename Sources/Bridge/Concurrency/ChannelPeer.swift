/// What a channel knows of one proxy that another process has for it: who waits there, which messages are lent to it,
/// which credits it has. Called with both locks of the channel held, but for `flush`. `tell...`, `lend`, `grant` and
/// `recall...` write frames; the effects flush them.
protocol ChannelPeer: AnyObject, Sendable {
    /// For its nodes in the lines of the channel; never armed.
    var waiter: Waiter { get }

    var lentCount: Int { get }
    /// Messages are received there, as far as is known.
    var isReceiver: Bool { get }
    /// More messages are lent than receivers wait for there.
    var hasSurplus: Bool { get }
    /// How many more messages the proxy wants in advance.
    var wantsAhead: Int { get }
    /// The proxy was asked to give back its messages, and has not answered yet.
    var isRecalled: Bool { get }
    /// Nothing is in the way of lending it a message.
    var canLend: Bool { get }
    /// The lane to its proxy, now opened if need be. Nil: there is none, or not at this moment.
    func openLane(_ effects: inout Effects) -> UnsafeMutablePointer<Lane.Writer>?
    /// With no lock held: a copy of a long string in memory that the proxy's process can read. Nil: there is no room.
    func place(_ bytes: UnsafeRawBufferPointer) -> Message?
    /// With no lock held: tells the proxy, where a receiver waits, that there is something in the lane.
    func ring()
    /// Reads the proxy's counter of received messages, and drops those from the record.
    func settleConsumed()
    func lend(
        _ parcel: Parcel, place: UInt64, forWaiter: Bool, source: MeetingSource?, _ effects: inout Effects)
    func recallMessages(_ effects: inout Effects)
    /// Asks the proxy to tell when the next lent message is received.
    func watch(_ effects: inout Effects)

    /// Credits that are not spent yet.
    var reserved: Int { get }
    var isReserving: Bool { get }
    /// The proxy was asked to give back its credits, and has not answered yet.
    var isRoomRecalled: Bool { get }
    /// The bytes of the message that the first sender there wants to send.
    var headWeight: Int { get }
    /// How many credits, and bytes, the proxy wants in advance.
    var wantsRoomAhead: (count: Int, bytes: Int) { get }
    func grant(_ count: Int, _ bytes: Int, _ effects: inout Effects)
    func recallRoom(_ effects: inout Effects)

    /// A recall or a meeting is under way, so a poll cannot be answered yet.
    var isUnsettled: Bool { get }
    /// The channel was closed: nothing more can be sent.
    func tellClosed(_ effects: inout Effects)
    /// Nothing more can be received either.
    func tellEnded(_ effects: inout Effects)
    func tellMeeting(isAccepted: Bool, _ effects: inout Effects)
    /// With no lock held: sends what was written.
    func flush()
}

/// The sender in a meeting of sender and receiver.
enum MeetingSource {
    case local(WaitNode)
    case peer(any ChannelPeer)
}
