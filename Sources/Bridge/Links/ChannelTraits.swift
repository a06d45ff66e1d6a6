/// The properties of a channel, as processes send them to each other.
struct ChannelTraits {
    var id: Int
    var capacity: Int
    var bytes: Int
    var overflow: Channel.Overflow

    init(_ channel: Channel) {
        id = channel.id
        capacity = channel.capacity
        bytes = channel.byteCapacity
        overflow = channel.overflow
    }

    init?(_ reader: inout ByteReader) {
        guard let id = reader.read(Int.self), let capacity = reader.read(Int.self), let bytes = reader.read(Int.self),
            let overflow = reader.read(UInt8.self), capacity >= 0, overflow < 3
        else { return nil }
        self.id = id
        self.capacity = capacity
        self.bytes = bytes
        self.overflow = [.wait, .dropOldest, .dropNewest][Int(overflow)]
    }

    func write(into buffer: inout ByteBuffer) {
        buffer.append(id)
        buffer.append(capacity)
        buffer.append(bytes)
        let overflow: UInt8 =
            switch overflow {
            case .wait: 0
            case .dropOldest: 1
            case .dropNewest: 2
            }
        buffer.append(overflow)
    }

    func makeChannel() -> Channel { Channel(capacity: capacity, bytes: bytes, overflow: overflow, id: id) }
}
