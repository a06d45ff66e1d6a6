import Testing

@testable import Bridge

@Suite struct ChannelTests {
    private func send(_ channel: Channel, _ value: Int) -> Channel.Sent {
        channel.trySend(.scalar(.integer, UInt64(bitPattern: Int64(value))))
    }

    private func receive(_ channel: Channel) -> Int? {
        var buffer = ByteBuffer()
        guard case .parcel(.scalar(.integer, let bits)) = channel.tryReceive(&buffer) else { return nil }
        return Int(Int64(bitPattern: bits))
    }

    @Test func `messages come out in the order in which they went in, across segments`() {
        let channel = Channel(capacity: 100_000)
        for i in 0..<50_000 { #expect(send(channel, i) == .sent) }
        for i in 0..<50_000 { #expect(receive(channel) == i) }
        #expect(receive(channel) == nil)
        #expect(channel.count == 0)
    }

    @Test func `a full channel refuses, and has room again after a receive`() {
        let channel = Channel(capacity: 2)
        #expect(send(channel, 1) == .sent)
        #expect(send(channel, 2) == .sent)
        #expect(send(channel, 3) == .full)
        #expect(receive(channel) == 1)
        #expect(send(channel, 3) == .sent)
    }

    @Test func `bytes of every length pass unharmed`() {
        let channel = Channel(capacity: .max)
        let lengths = [0, 1, 7, 8, 9, 500, 4096, 16384, 16385, 70000, 2 << 20]
        for length in lengths {
            let bytes = [UInt8](repeating: UInt8(length & 0xff), count: length)
            bytes.withUnsafeBytes { #expect(channel.trySend(.borrowed(.string, $0)) == .sent) }
        }
        for length in lengths {
            var buffer = ByteBuffer()
            switch channel.tryReceive(&buffer) {
            case .copied(.string):
                #expect(buffer.count == length)
            case .parcel(.owned(.string, let message)):
                #expect(message.bytes.count == length)
                #expect(message.bytes.allSatisfy { $0 == UInt8(length & 0xff) })
            default:
                Issue.record("nothing for \(length) bytes")
            }
        }
    }

    @Test func `the bound in bytes lets a larger message pass only when the queue is empty`() {
        let channel = Channel(capacity: 10, bytes: 100)
        let large = [UInt8](repeating: 1, count: 500)
        #expect(large.withUnsafeBytes { channel.trySend(.borrowed(.string, $0)) } == .sent)
        #expect(send(channel, 1) == .full)
    }

    @Test func `closing refuses senders, and receivers get what is queued`() {
        let channel = Channel()
        #expect(send(channel, 1) == .sent)
        channel.close()
        channel.close()
        #expect(send(channel, 2) == .closed)
        #expect(receive(channel) == 1)
        var buffer = ByteBuffer()
        guard case .closed = channel.tryReceive(&buffer) else {
            Issue.record("not closed")
            return
        }
    }

    @Test func `a message that nobody receives is released with its channel`() {
        final class Held: Shareable {}
        weak var held: Held?
        do {
            let channel = Channel()
            let object = Held()
            held = object
            var buffer = ByteBuffer()
            buffer.append(Tag.nil)
            #expect(channel.trySend(.owned(.encoded, buffer.takeMessage(shared: [object]))) == .sent)
        }
        #expect(held == nil)
    }
}
