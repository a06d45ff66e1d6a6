/// What has to be done after the locks of a channel are released, as it was decided under them. Owned by whoever holds
/// them.
struct Effects {
    private var first: WaitNode?
    private var others: [WaitNode] = []
    private var peers: [any ChannelPeer] = []
    private var polls: [Poll] = []
    /// Messages to be released: releasing the objects in them may take locks.
    private var dropped: [Parcel] = []

    mutating func wake(_ node: WaitNode) {
        if first == nil { first = node } else { others.append(node) }
    }

    /// Takes the node back if it was to be woken. True: it was.
    mutating func takeBack(_ node: WaitNode) -> Bool {
        if first === node {
            first = others.isEmpty ? nil : others.removeFirst()
            return true
        }
        guard let index = others.firstIndex(where: { $0 === node }) else { return false }
        others.remove(at: index)
        return true
    }

    mutating func flush(_ peer: any ChannelPeer) {
        if !peers.contains(where: { $0 === peer }) { peers.append(peer) }
    }

    mutating func answer(_ more: [Poll]) { polls += more }

    mutating func drop(_ parcel: Parcel) {
        if case .scalar = parcel { return }
        dropped.append(parcel)
    }

    /// With no lock held.
    func carryOut() {
        for peer in peers { peer.flush() }
        first?.waiter.notify()
        for node in others { node.waiter.notify() }
        for poll in polls { poll.answer() }
        withExtendedLifetime(dropped) {}
    }
}
