/// A word that is meant to be one of those known.
enum Slip {
    /// The known word that differs in the fewest letters, if these are few; nil: none is near.
    static func nearest(_ word: String, in known: [String]) -> String? {
        known.map { ($0, distance(Array(word), Array($0))) }
            .filter { $0.1 <= max(2, word.count / 3) || $0.0.hasPrefix(word) && word.count > 1 }
            .min { $0.1 < $1.1 }?.0
    }

    /// How many letters have to be changed, added or taken away.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for i in a.indices {
            var corner = row[0]
            row[0] = i + 1
            for j in b.indices {
                let cost = a[i] == b[j] ? corner : corner + 1
                corner = row[j + 1]
                row[j + 1] = min(cost, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
