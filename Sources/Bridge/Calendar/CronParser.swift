/// Reads the text of a pattern. What cron takes and does not understand as it is meant is a mistake here.
struct CronParser {
    struct Mistake: Error {
        let message: ByteText
        /// Where in the text; nil: the text as a whole.
        let place: Range<Int>?

        init(_ message: ByteText, _ place: Range<Int>?) {
            self.message = message
            self.place = place
        }
    }

    enum Field: String {
        case second
        case minute
        case hour
        case day = "day of month"
        case month
        case weekday = "day of week"

        var lowest: Int { self == .day || self == .month ? 1 : 0 }
        /// A week ends with 7 as well, which is Sunday like 0.
        var highest: Int {
            switch self {
            case .second, .minute: 59
            case .hour: 23
            case .day: 31
            case .month: 12
            case .weekday: 7
            }
        }

        /// How many different values there are.
        var size: Int { self == .weekday ? 7 : highest - lowest + 1 }

        /// The names of the values from the lowest on.
        var names: [String] {
            switch self {
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            default: []
            }
        }
    }

    private let text: [UInt8]
    private let words: [Range<Int>]

    init(_ text: ByteText) {
        var text = text.bytes
        var words = Self.words(of: text)
        if words.count == 1, let form = Self.forms.first(where: { $0.name == Self.string(text[words[0]]) }) {
            text = Array(form.pattern.utf8)
            words = Self.words(of: text)
        }
        self.text = text
        self.words = words
    }

    private static let forms = [
        (name: "@hourly", pattern: "0 * * * *"), (name: "@daily", pattern: "0 0 * * *"),
        (name: "@midnight", pattern: "0 0 * * *"), (name: "@weekly", pattern: "0 0 * * 0"),
        (name: "@monthly", pattern: "0 0 1 * *"), (name: "@yearly", pattern: "0 0 1 1 *"),
        (name: "@annually", pattern: "0 0 1 1 *"),
    ]

    private static func words(of text: [UInt8]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start = 0
        for place in 0...text.count where place == text.count || text[place] == 0x20 || (9...13).contains(text[place]) {
            if place > start { words.append(start..<place) }
            start = place + 1
        }
        return words
    }

    // MARK: - Fields

    /// Where the fields are: five, or six with the seconds first.
    func fields() throws(Mistake) -> [Range<Int>] {
        if let word = words.first, text[word.lowerBound] == UInt8(ascii: "@") { throw mistake(form: word) }
        guard words.count == 5 || words.count == 6 else {
            let got = words.count
            throw Mistake("5 fields expected, or 6 with the seconds first, got \(got)", got > 6 ? words[6] : nil)
        }
        return words
    }

    private func mistake(form word: Range<Int>) -> Mistake {
        let name = Self.string(text[word])
        if Self.forms.contains(where: { $0.name == name }) { return Mistake("'\(name)' stands alone", words[1]) }
        switch name {
        case "@reboot": return Mistake("'@reboot' is no time: call the function itself", word)
        case "@every": return Mistake("'@every' is no time: timer.every takes an interval", word)
        default:
            let known = Self.forms.map(\.name).joined(separator: " ")
            return Mistake("'\(name)' is not known (known: \(known))", word)
        }
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self).lowercased()
    }

    // MARK: - One field

    /// The values of a field as bits. `hasStar`: it begins with `*`, also with a step.
    func set(of place: Range<Int>, _ field: Field) throws(Mistake) -> (bits: UInt64, hasStar: Bool) {
        var bits: UInt64 = 0
        var start = place.lowerBound
        while start <= place.upperBound {
            let end = text[start..<place.upperBound].firstIndex(of: UInt8(ascii: ",")) ?? place.upperBound
            var item = Item(parser: self, field: field, place: start..<end)
            bits |= try item.bits()
            start = end + 1
        }
        return (bits, text[place.lowerBound] == UInt8(ascii: "*"))
    }

    /// A value, a range or `*`, and maybe a step.
    private struct Item {
        let parser: CronParser
        let field: Field
        let place: Range<Int>
        private var position: Int

        init(parser: CronParser, field: Field, place: Range<Int>) {
            self.parser = parser
            self.field = field
            self.place = place
            position = place.lowerBound
        }

        private var shown: ByteText { ByteText(parser.text[place]) }

        private func mistake(_ message: ByteText, _ place: Range<Int>? = nil) -> Mistake {
            Mistake("\(field.rawValue): \(message)", place ?? self.place)
        }

        private mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard position < place.upperBound, parser.text[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        private var word: Range<Int> {
            let end = parser.text[position..<place.upperBound].firstIndex { byte in
                let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
                let isLetter = (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
                return !isDigit && !isLetter
            }
            return position..<(end ?? place.upperBound)
        }

        mutating func bits() throws(Mistake) -> UInt64 {
            if place.isEmpty {
                let near = max(0, place.lowerBound - 1)..<max(1, min(place.upperBound + 1, parser.text.count))
                throw mistake("a comma without a value", near)
            }
            if skip("*") { return values(field.lowest, field == .weekday ? 6 : field.highest, try step() ?? 1) }
            let first = try value()
            guard skip("-") else {
                guard let step = try step() else { return 1 << first.number }
                return values(first.number, field == .weekday ? max(6, first.number) : field.highest, step)
            }
            var last = try value()
            if field == .weekday, last.number == 0, last.isName, first.number > 0 { last.number = 7 }
            let step = try step()
            guard first.number <= last.number else { throw backwards(first, last, step) }
            return values(first.number, last.number, step ?? 1)
        }

        private func values(_ first: Int, _ last: Int, _ step: Int) -> UInt64 {
            stride(from: first, through: last, by: step).reduce(0) { $0 | 1 << UInt64($1) }
        }

        // MARK: Values

        private mutating func value() throws(Mistake) -> (number: Int, isName: Bool) {
            let word = word
            defer { position = word.upperBound }
            let bytes = parser.text[word]
            guard !bytes.isEmpty else { throw unexpected() }
            if bytes.allSatisfy({ $0 < UInt8(ascii: "A") }) {
                guard let number = Int(CronParser.string(bytes)), number >= field.lowest, number <= field.highest else {
                    throw mistake("\(ByteText(bytes)) is not in the range \(field.lowest)-\(field.highest)", word)
                }
                return (number, false)
            }
            let name = CronParser.string(bytes)
            if let index = field.names.firstIndex(of: name) { return (field.lowest + index, true) }
            let close = field.names.first { name.hasPrefix($0) }.map { "'\($0)'" } ?? field.names.joined(separator: " ")
            let expected = field.names.isEmpty ? "a number" : close
            throw mistake("\(expected) expected, got '\(ByteText(bytes))'", word)
        }

        private mutating func step() throws(Mistake) -> Int? {
            guard skip("/") else {
                if position < place.upperBound { throw unexpected() }
                return nil
            }
            let word = word
            position = word.upperBound
            guard !word.isEmpty, let step = Int(CronParser.string(parser.text[word])) else {
                throw word.isEmpty ? unexpected() : mistake("a number expected as the step", word)
            }
            if position < place.upperBound { throw unexpected() }
            guard step > 0 else { throw mistake("the step is 0", word) }
            guard step <= field.size else {
                throw mistake("a step of \(step) is more than the \(field.size) values of the field", word)
            }
            return step
        }

        /// The character at `position` cannot stand there.
        private func unexpected() -> Mistake {
            guard position < place.upperBound else {
                return mistake("'\(shown)' ends where a value is expected")
            }
            // The whole character.
            var end = position + 1
            while end < place.upperBound, parser.text[end] & 0xc0 == 0x80 { end += 1 }
            let character = ByteText(parser.text[position..<end])
            let reason: ByteText =
                switch parser.text[position] {
                case UInt8(ascii: "#"): "'#' is not known: the n-th week day of a month has no pattern"
                case UInt8(ascii: "~"): "'~' is not known: option 'jitter' spreads the runs"
                case UInt8(ascii: "?"): "'?' is not known: write '*'"
                default: "'\(character)' is unexpected in '\(shown)'"
                }
            return mistake(reason, position..<end)
        }

        // MARK: Ranges that run backwards

        private typealias Value = (number: Int, isName: Bool)

        private func backwards(_ first: Value, _ last: Value, _ step: Int?) -> Mistake {
            let names = first.isName && last.isName
            let meant: String
            if let step {
                let count = (last.number - first.number + field.size) / step
                let numbers = (0...count).map { (first.number - field.lowest + $0 * step) % field.size + field.lowest }
                meant = numbers.map { show($0, names) }.joined(separator: ",")
            } else if field == .weekday, first.number == 7 {
                meant = "0-\(last.number)"
            } else {
                // A week goes on with Monday, since the part before ends with Sunday.
                let lowest = field == .weekday ? 1 : field.lowest
                let parts = [(first.number, field.highest), (lowest, last.number)].filter { $0 <= $1 }
                meant = parts.map { range($0, $1, names) }.joined(separator: ",")
            }
            return mistake("'\(shown)' runs backwards: write '\(meant)'")
        }

        private func range(_ first: Int, _ last: Int, _ names: Bool) -> String {
            first == last ? show(first, names) : "\(show(first, names))-\(show(last, names))"
        }

        private func show(_ number: Int, _ name: Bool) -> String {
            name ? field.names[(number - field.lowest) % field.size] : "\(number)"
        }
    }
}
