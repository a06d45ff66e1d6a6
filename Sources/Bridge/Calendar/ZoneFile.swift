/// Reads a compiled zone file (TZif, RFC 9636), versions 1 to 4. The bytes are not trusted: whatever is wrong with them
/// throws.
struct ZoneFile {
    enum Failure: Error {
        /// It does not begin as zone files do.
        case noZoneFile
        case damaged
        /// It counts leap seconds, as the files in `right` do. The system's clock does not.
        case leapSeconds
    }

    /// Numbers of items, from the header of a block.
    private struct Counts {
        let markers: Int
        let leapSeconds: Int
        let changes: Int
        let types: Int
        let letters: Int
    }

    private let bytes: [UInt8]
    private var position = 0

    static func read(_ bytes: [UInt8]) throws(Failure) -> Zone {
        var file = ZoneFile(bytes: bytes)
        let (version, counts) = try file.header()
        guard version > 0 else { return try file.block(counts, timeSize: 4, hasRule: false) }
        // The first block is for readers of version 1. The second one has times of eight bytes.
        try file.skip(counts.changes * 5 + counts.types * 6 + counts.letters + counts.leapSeconds * 8 + counts.markers)
        guard let second = try? file.header() else { throw .damaged }
        return try file.block(second.counts, timeSize: 8, hasRule: true)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func header() throws(Failure) -> (version: UInt8, counts: Counts) {
        guard bytes.count - position >= 44, bytes[position...].starts(with: "TZif".utf8) else { throw .noZoneFile }
        let version = bytes[position + 4]
        position += 20
        var numbers: [Int] = []
        for _ in 0..<6 { numbers.append(try number(4)) }
        guard numbers.allSatisfy({ (0...1 << 24).contains($0) }) else { throw .damaged }
        return (
            version,
            Counts(
                markers: numbers[0] + numbers[1], leapSeconds: numbers[2], changes: numbers[3], types: numbers[4],
                letters: numbers[5])
        )
    }

    private mutating func block(_ counts: Counts, timeSize: Int, hasRule: Bool) throws(Failure) -> Zone {
        guard counts.leapSeconds == 0 else { throw .leapSeconds }
        guard bytes.count - position >= counts.changes * (timeSize + 1) + counts.types * 6 else { throw .damaged }
        var times: [UnixTime] = []
        for _ in 0..<counts.changes {
            let time = UnixTime(try number(timeSize))
            if let last = times.last, last >= time { throw .damaged }
            times.append(time)
        }
        let types = bytes[position..<position + counts.changes]
        try skip(counts.changes)
        var offsets: [Seconds] = []
        for _ in 0..<counts.types {
            let offset = Seconds(try number(4))
            guard -Zone.furthest < offset, offset < Zone.furthest else { throw .damaged }
            offsets.append(offset)
            try skip(2)  // whether that is daylight time, and its name
        }
        try skip(counts.letters + counts.markers)
        guard let first = offsets.first, types.allSatisfy({ $0 < offsets.count }) else { throw .damaged }
        let changes = zip(times, types).map { (at: $0, offset: offsets[Int($1)]) }
        return Zone(first: first, changes: changes, rule: hasRule ? try rule() : nil)
    }

    /// The rule behind the second block, in a line of its own. The line may be empty.
    private func rule() throws(Failure) -> ZoneRule? {
        let newline = UInt8(ascii: "\n")
        guard position < bytes.count, bytes[position] == newline,
            let end = bytes[(position + 1)...].firstIndex(of: newline)
        else { throw .damaged }
        if end == position + 1 { return nil }
        guard let rule = ZoneRule(bytes[position + 1..<end]) else { throw .damaged }
        return rule
    }

    private mutating func skip(_ count: Int) throws(Failure) {
        guard count <= bytes.count - position else { throw .damaged }
        position += count
    }

    /// A signed number of 4 or 8 bytes, the highest first.
    private mutating func number(_ size: Int) throws(Failure) -> Int {
        guard size <= bytes.count - position else { throw .damaged }
        var bits: UInt64 = 0
        for byte in bytes[position..<position + size] { bits = bits << 8 | UInt64(byte) }
        position += size
        return size == 4 ? Int(Int32(truncatingIfNeeded: bits)) : Int(truncatingIfNeeded: bits)
    }
}
