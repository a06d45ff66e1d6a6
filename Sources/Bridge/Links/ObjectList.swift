/// The objects of one message, written for the link's other side: the bytes that precede the message. The objects are
/// counted as sent; if the list is dropped instead, they are released again.
final class ObjectList: @unchecked Sendable {  // sound: owned by one sender at a time
    private var bytes: Message?
    private let link: Link
    private var endpoints: [UInt32] = []
    private var objects: [UInt64] = []
    private var isSent = false

    enum Entry: UInt8 {
        /// One that cannot cross: its name.
        case none
        case channel
        /// An object of the sender's side: number, description.
        case own
        /// An object of the receiver's side: number.
        case others
    }

    /// Nil if there are no objects. Channels that leave their process for the first time move now, with their contents.
    static func make(_ objects: [any Shareable], _ link: Link) -> ObjectList? {
        var moved: [ChannelProxy.Move] = []
        let list = make(objects, link, &moved)
        while let move = moved.popLast() { move.proxy.finish(move, &moved) }
        return list
    }

    /// The same, but the contents of channels that move now are left to the caller to send.
    static func make(_ objects: [any Shareable], _ link: Link, _ moved: inout [ChannelProxy.Move]) -> ObjectList? {
        objects.isEmpty ? nil : ObjectList(objects, link, &moved)
    }

    private init(_ objects: [any Shareable], _ link: Link, _ moved: inout [ChannelProxy.Move]) {
        self.link = link
        var buffer = ByteBuffer()
        write(objects, into: &buffer, &moved)
        bytes = buffer.takeMessage(shared: [])
    }

    /// The bytes, which the caller sends now.
    func send() -> Message? {
        isSent = true
        return bytes
    }

    deinit {
        guard !isSent else { return }
        for number in endpoints { try? link.released(channel: number, 1) }
        for number in objects { link.released(object: number, 1) }
    }

    // MARK: - Writing

    private func write(_ list: [any Shareable], into buffer: inout ByteBuffer, _ moved: inout [ChannelProxy.Move]) {
        buffer.append(UInt32(list.count))
        for object in list {
            if let channel = object as? Channel {
                write(channel, into: &buffer, &moved)
            } else {
                write(object, into: &buffer, &moved)
            }
        }
    }

    private func write(_ channel: Channel, into buffer: inout ByteBuffer, _ moved: inout [ChannelProxy.Move]) {
        guard let endpoint = link.endpoint(for: channel, &moved) else { return writeNone("channel", into: &buffer) }
        if link.role == .broker { endpoints.append(endpoint.number) }
        buffer.append(Entry.channel.rawValue)
        buffer.append(endpoint.number)
        buffer.append(Int32((endpoint as? ChannelExport)?.slot ?? -1))
        ChannelTraits(channel).write(into: &buffer)
    }

    private func write(
        _ object: any Shareable, into buffer: inout ByteBuffer, _ moved: inout [ChannelProxy.Move]
    ) {
        switch link.tables.place(of: object) {
        case .others(let number):
            buffer.append(Entry.others.rawValue)
            buffer.append(number)
        case .own(let number):
            guard let description = link.describe(object, number) else {
                link.released(object: number, 1)
                return writeNone(link.owner?.name(of: object) ?? Unreachable.unknown, into: &buffer)
            }
            objects.append(number)
            buffer.append(Entry.own.rawValue)
            buffer.append(number)
            let start = buffer.count
            buffer.append(UInt32(0))
            write(description.storage.shared, into: &buffer, &moved)
            buffer.append(description.bytes.count)
            if let first = description.bytes.baseAddress { buffer.append(first, description.bytes.count) }
            buffer.patchLength(at: start)
        }
    }

    private func writeNone(_ name: String, into buffer: inout ByteBuffer) {
        buffer.append(Entry.none.rawValue)
        buffer.append(text: ByteText(name))
    }

    // MARK: - Reading

    /// Reads what the other side has written: the objects, or their proxies, in this process.
    static func read(_ bytes: UnsafeRawBufferPointer, _ link: Link) throws(ProtocolError) -> [any Shareable] {
        var reader = ByteReader(bytes)
        let objects = try read(&reader, link, depth: 0)
        guard reader.rest == 0 else { throw ProtocolError("objects that are too long") }
        return objects
    }

    private static func read(_ reader: inout ByteReader, _ link: Link, depth: Int) throws(ProtocolError)
        -> [any Shareable]
    {
        guard let count = reader.read(UInt32.self), count <= reader.rest, depth < 8 else { throw malformed }
        var objects: [any Shareable] = []
        for _ in 0..<count {
            guard let entry = reader.read(UInt8.self).flatMap(Entry.init) else { throw malformed }
            objects.append(try read(entry, &reader, link, depth))
        }
        return objects
    }

    private static func read(
        _ entry: Entry, _ reader: inout ByteReader, _ link: Link, _ depth: Int
    ) throws(ProtocolError) -> any Shareable {
        switch entry {
        case .none:
            guard let length = reader.read(UInt32.self), let name = reader.read(Int(length)) else { throw malformed }
            return Unreachable(String(decoding: name, as: UTF8.self))
        case .channel:
            guard let number = reader.read(UInt32.self), let slot = reader.read(Int32.self),
                let traits = ChannelTraits(&reader)
            else { throw malformed }
            return try link.channel(number, slot: slot < 0 ? nil : Int(slot), traits)
        case .own:
            guard let number = reader.read(UInt64.self), let length = reader.read(UInt32.self),
                let bytes = reader.read(Int(length))
            else { throw malformed }
            return try standIn(number, bytes, link, depth)
        case .others:
            guard let number = reader.read(UInt64.self), let object = link.tables.exported(number) else {
                throw malformed
            }
            return object
        }
    }

    private static func standIn(
        _ number: UInt64, _ bytes: UnsafeRawBufferPointer, _ link: Link, _ depth: Int
    ) throws(ProtocolError) -> any Shareable {
        var reader = ByteReader(bytes)
        let shared = try read(&reader, link, depth: depth + 1)
        guard let count = reader.read(Int.self), let text = reader.read(count), reader.rest == 0 else {
            throw malformed
        }
        if let known = link.tables.arrived(number) { return known }
        var buffer = ByteBuffer()
        if let start = text.baseAddress { buffer.append(start, text.count) }
        return link.makeStandIn(number, buffer.takeMessage(shared: shared))
    }

    private static let malformed = ProtocolError("malformed objects")
}
