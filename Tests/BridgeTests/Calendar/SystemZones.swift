import Foundation

@testable import Bridge

/// The zone files of this system, for tests that go through all of them.
enum SystemZones {
    static let folder = "/usr/share/zoneinfo"

    /// From 2000 to 2040.
    static let years: Range<UnixTime> = 946_684_800..<2_240_524_800

    struct Entry {
        let name: String
        let bytes: [UInt8]
        let zone: Zone
    }

    /// All zones, each once: most names are links to others.
    static let all: [Entry] = {
        guard let names = FileManager.default.enumerator(atPath: folder) else { return [] }
        var seen: Set<[UInt8]> = []
        var entries: [Entry] = []
        for case let name as String in names where !name.hasPrefix("right/") && !name.hasPrefix("posix/") {
            guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)").map(Array.init),
                bytes.starts(with: "TZif".utf8), seen.insert(bytes).inserted
            else { continue }
            guard let zone = try? ZoneFile.read(bytes) else { continue }
            entries.append(Entry(name: name, bytes: bytes, zone: zone))
        }
        return entries.sorted { $0.name < $1.name }
    }()

    /// The times in those years at which the offset changes, with the offset from then on.
    static func changes(of zone: Zone) -> [Zone.Change] {
        var period = zone.period(at: years.lowerBound)
        var changes: [Zone.Change] = []
        while period.end < years.upperBound {
            let next = zone.period(at: period.end)
            if next.offset != period.offset { changes.append((period.end, next.offset)) }
            period = next
        }
        return changes
    }
}
