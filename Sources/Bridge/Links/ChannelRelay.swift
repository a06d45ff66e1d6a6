/// Stands between a channel's home, in an ancestor process, and a proxy in a child: passes the frames of each on to the
/// other, with the number that the channel has there. Neither notices. Shared; guarded by its lock.
final class ChannelRelay: Sendable {
    /// One of its two ends, in the tables of one link.
    final class End: Endpoint, @unchecked Sendable {  // sound: immutable, but for what the superclass guards
        let relay: ChannelRelay
        private let isUp: Bool

        init(_ number: UInt32, _ relay: ChannelRelay, isUp: Bool) {
            self.relay = relay
            self.isUp = isUp
            super.init(number)
        }

        override func channel() -> Channel? { relay.channel(nil) }
        override func arrive() -> Channel? { relay.channel(self) }

        override func handle(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {
            if isUp { try relay.handDown(frame, body) } else { try relay.handUp(frame, body) }
        }

        override func linkEnded() {
            if isUp { relay.upEnded() } else { relay.downEnded() }
        }
    }

    private struct Ends {
        var upper: Endpoint?
        var lower: Endpoint?
        /// This process's own proxy for the channel, held while the relay is in use.
        var channel: Channel?
    }

    private let up: Link
    private let down: Link
    let traits: ChannelTraits
    private let ends = Guarded(Ends())

    private init(_ up: Link, _ down: Link, _ traits: ChannelTraits) {
        self.up = up
        self.down = down
        self.traits = traits
    }

    // MARK: - Making

    /// For a channel that goes from this process to a child while its home is in the parent or further up. The result
    /// is counted as sent.
    static func endpoint(for channel: Channel, _ proxy: ChannelProxy, _ down: Link) -> Endpoint? {
        let relay = ChannelRelay(proxy.link, down, proxy.traits)
        relay.ends.withLock { $0.channel = channel }
        let end = down.tables.endpoint(for: channel) { number in
            let end = End(number, relay, isUp: false)
            relay.open(end, Frame(.open, value: UInt64(proxy.number)))
            return end
        }
        relay.up.flush()
        return end
    }

    /// For a proxy that a child makes: of a channel that moves up, or of one that gets one more number.
    static func add(
        _ number: UInt32, _ frame: Frame, _ body: LinkReader.Body, _ traits: ChannelTraits, from down: Link, to up: Link
    ) throws(ProtocolError) {
        let relay = ChannelRelay(up, down, traits)
        let end = End(number, relay, isUp: false)
        try down.tables.add(end, number)
        relay.open(end, frame, body)
        up.flush()
    }

    var upNumber: UInt32? { ends.withLock { $0.upper?.number } }

    private func open(_ lower: Endpoint, _ frame: Frame, _ body: LinkReader.Body = .none) {
        let upper = up.tables.add { number in
            let end = End(number, self, isUp: true)
            self.up.forward(frame, body, number)
            return end
        }
        ends.withLock {
            $0.upper = upper
            $0.lower = lower
        }
    }

    // MARK: - Handing over

    fileprivate func handDown(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {
        let (upper, lower) = ends.withLock { ($0.upper, $0.lower) }
        switch frame.kind {
        case .released: upper.map { up.forget($0.number) }
        case .counter, .lane: break  // the memory that it is in is this process's
        default:
            guard let lower else { return }
            down.forward(frame, body, lower.number)
            down.flush()
        }
    }

    fileprivate func handUp(_ frame: Frame, _ body: LinkReader.Body) throws(ProtocolError) {
        guard let upper = ends.withLock({ $0.upper }) else { return }
        up.forward(frame, body, upper.number)
        up.flush()
    }

    // MARK: - The end

    fileprivate func downEnded() {
        let unused = ends.withLock { ends in
            ends.lower = nil
            if let upper = ends.upper { up.release(upper) }
            return ends.channel.take()
        }
        up.flush()
        withExtendedLifetime(unused) {}
    }

    /// The parent is gone: the child's link ends as well.
    fileprivate func upEnded() {
        if ends.withLock({ $0.lower }) != nil { down.fail("the parent is gone") }
    }

    // MARK: - This process's own use

    fileprivate func channel(_ arrived: End?) -> Channel? {
        let (channel, lower) = ends.withLock { ends -> (Channel?, Endpoint?) in
            if let arrived { up.tables.arrived(arrived) }
            if let known = ends.channel { return (known, nil) }
            guard let upper = ends.upper, let channel = openOwn(upper) else { return (nil, nil) }
            if ends.lower == nil {
                // It came once more after the child had let go of it.
                up.release(upper)
            } else {
                ends.channel = channel
            }
            return (channel, ends.lower)
        }
        up.flush()
        if let channel, let lower { down.tables.register(channel, lower) }
        return channel
    }

    private func openOwn(_ upper: Endpoint) -> Channel? {
        let made = up.tables.add { ChannelProxy(self.up, $0, slot: nil, self.traits) }
        guard let made else { return nil }
        up.writer.append(Frame(.open, made.number, value: UInt64(upper.number)))
        return made.channel()
    }
}
