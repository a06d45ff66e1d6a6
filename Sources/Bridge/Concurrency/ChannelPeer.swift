/// What a channel knows of one proxy that another process has for it: who waits there, which messages are lent to it,
/// which credits it has. Called with both locks of the channel held.
protocol ChannelPeer: AnyObject, Sendable {
    /// For its nodes in the lines of the channel; never armed.
    var waiter: Waiter { get }

    var lentCount: Int { get }
    /// Messages are lent that nobody there waited for.
    var hasSurplus: Bool { get }
    /// How many messages more it would take before anybody there waits for them.
    var wantsAhead: Int { get }
    var isRecalled: Bool { get }
    /// What it has counted since the last look.
    func settleConsumed()
    func lend(
        _ parcel: Parcel, place: UInt64, forWaiter: Bool, source: MeetingSource?, _ effects: inout Effects)
    func recallMessages(_ effects: inout Effects)
    /// It says from now on when a lent message is received.
    func watch(_ effects: inout Effects)

    var reserved: Int { get }
    var isReserving: Bool { get }
    var isRoomRecalled: Bool { get }
    /// What the message weighs that is sent there next.
    var headWeight: Int { get }
    var wantsRoomAhead: (count: Int, bytes: Int) { get }
    func grant(_ count: Int, _ bytes: Int, _ effects: inout Effects)
    func recallRoom(_ effects: inout Effects)

    /// Something is under way whose outcome decides whether a poll has found everything.
    var isUnsettled: Bool { get }
    func tellClosed(_ effects: inout Effects)
    func tellEnded(_ effects: inout Effects)
    func tellMeeting(isAccepted: Bool, _ effects: inout Effects)
    /// With no lock held: what was told is on its way.
    func flush()
}

/// Whose message is being tried on a receiver, at a meeting of sender and receiver.
enum MeetingSource {
    case local(WaitNode)
    case peer(any ChannelPeer)
}
