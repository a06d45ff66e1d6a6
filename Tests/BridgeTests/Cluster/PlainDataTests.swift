import Bridge
import Testing

@testable import Cluster

@Suite struct PlainDataTests {
    private static let values: [Value] = [
        .nil, true, false, 0, .integer(.min), .integer(.max), 0.5, .number(-.infinity), "", "a\0b",
        .string(ByteText([0xFF, 0x80])),
        .array([]), .array([1, .nil, .array([2])]), .dictionary(["k": .array([]), 2: "two", true: 1.5]),
    ]

    @Test func `what is written is read again`() throws {
        for value in Self.values { #expect(PlainData.value(try PlainData.bytes(value)) == value) }
    }

    @Test func `bytes that are cut short are refused`() throws {
        let bytes = try PlainData.bytes(.array(Self.values))
        for count in 0..<bytes.count { #expect(PlainData.value(Array(bytes.prefix(count))) == nil) }
        #expect(PlainData.value(bytes + [0]) == nil)
    }

    /// A count that is larger than what is there, tables as keys and NaN, too many levels, another version, an unknown tag.
    @Test(
        arguments: [
            [1, 6, 255, 255, 255, 255], [1, 7, 255, 255, 255, 127, 0, 0], [1, 5, 2, 0, 0, 0, 65],
            [1, 7, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0],
            [1, 7, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F, 0], [1, 7, 1, 0, 0, 0, 0, 0], [2, 0], [1, 8], [],
            [1] + Array([[UInt8]](repeating: [6, 1, 0, 0, 0], count: 100).joined()) + [0],
        ] as [[UInt8]])
    func `bytes that are no plain data are refused`(_ bytes: [UInt8]) { #expect(PlainData.value(bytes) == nil) }

    @Test func `changed bytes are refused or are other data`() throws {
        let bytes = try PlainData.bytes(.array(Self.values))
        for index in bytes.indices {
            for change: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128] {
                var changed = bytes
                changed[index] ^= change
                if let value = PlainData.value(changed) { _ = try PlainData.bytes(value) }
            }
        }
    }
}
