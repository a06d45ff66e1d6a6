/// What was decided under the locks of a channel, or of something else that is waited for, and is done when they are
/// released. Owned by whoever holds them.
struct Effects {
    /// Whoever is woken is kept until then.
    private struct Woken {
        let node: WaitNode
        let waiter: Waiter
    }

    /// Mostly this is all.
    private var woken: Woken?
    private var more: More?

    private final class More {
        var woken: [Woken] = []
        var peers: [any ChannelPeer] = []
        var polls: [Poll] = []
        /// Messages may hold what wants locks when it is released.
        var dropped: [Parcel] = []
    }

    private mutating func others() -> More {
        let others = more ?? More()
        more = others
        return others
    }

    mutating func wake(_ node: WaitNode) {
        let claimed = Woken(node: node, waiter: node.waiter)
        if woken == nil { woken = claimed } else { others().woken.append(claimed) }
    }

    /// Takes the node back if it was to be woken. True: it was.
    mutating func takeBack(_ node: WaitNode) -> Bool {
        if woken?.node === node {
            woken = more?.woken.isEmpty == false ? more?.woken.removeFirst() : nil
            return true
        }
        guard let index = more?.woken.firstIndex(where: { $0.node === node }) else { return false }
        more?.woken.remove(at: index)
        return true
    }

    /// All in a line get the same, as far as they still wait.
    mutating func deliver(_ delivery: Waiter.Delivery, to line: inout WaitList) {
        while let node = line.popFirst() {
            guard node.claim() else { continue }
            node.deliver(delivery)
            wake(node)
        }
    }

    mutating func flush(_ peer: any ChannelPeer) {
        let others = others()
        if !others.peers.contains(where: { $0 === peer }) { others.peers.append(peer) }
    }

    mutating func answer(_ polls: [Poll]) { others().polls += polls }

    mutating func drop(_ parcel: Parcel) {
        if case .scalar = parcel { return }
        others().dropped.append(parcel)
    }

    /// With no lock held.
    func carryOut() {
        for peer in more?.peers ?? [] { peer.flush() }
        woken?.waiter.notify()
        guard let more else { return }
        for claimed in more.woken { claimed.waiter.notify() }
        for poll in more.polls { poll.answer() }
    }
}
