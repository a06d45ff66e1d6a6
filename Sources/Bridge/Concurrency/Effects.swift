/// What was decided under the locks of a channel, and is done when they are released. Owned by whoever holds them.
struct Effects {
    private var first: WaitNode?
    private var others: [WaitNode] = []
    private var peers: [any ChannelPeer] = []
    private var polls: [Poll] = []
    /// Messages may hold what wants locks when it is released.
    private var dropped: [Parcel] = []

    mutating func wake(_ node: WaitNode) {
        if first == nil { first = node } else { others.append(node) }
    }

    /// True: the node was to be woken, and is not any more.
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
