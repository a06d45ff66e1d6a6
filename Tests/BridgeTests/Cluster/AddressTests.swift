import Bridge
import Testing

@testable import Cluster

@Suite struct AddressTests {
    @Test(arguments: [
        ("nats://host:4222", "nats://host:4222"), ("host", "nats://host:4222"), ("tls://u:p@host:1/", "tls://host:1"),
        ("nats://[::1]:5000", "nats://[::1]:5000"), ("[::1]", "nats://[::1]:4222"),
        ("nats://u:p@w:x@host", "nats://host:4222"),
    ])
    func `a URL is read, and shown without its password`(_ url: String, _ shown: String) throws {
        #expect(try Address(url).url == shown)
    }

    @Test(arguments: [
        "", "nats://", "nats://:4222", "http://h", "h:0", "h:65536", "h:x", "u@h", "nats://[::1", "a b", "[::1]x",
    ])
    func `another URL is refused`(_ url: String) { #expect(throws: ScriptError.self) { try Address(url) } }

    @Test(arguments: [
        ("$JS.ACK.stream.consumer.3.17.20.1700000000.5", 3, 17),
        ("$JS.ACK.domain.hash.stream.consumer.2.9.20.1700000000.5.random", 2, 9),
    ])
    func `the place of a delivery is read`(_ reply: String, _ count: Int, _ sequence: Int) throws {
        let place = try #require(Delivery.Place(reply))
        #expect(place.count == count)
        #expect(place.sequence == sequence)
    }

    @Test(arguments: ["", "$JS.ACK.", "$JS.ACK.a.b.c.d.e.f.g", "$JS.ACK.s.c.0.17.20.17.5", "$JS.ACK.s.c.1.1", "x.y"])
    func `a reply that is none of JetStream is no delivery`(_ reply: String) { #expect(Delivery.Place(reply) == nil) }
}
