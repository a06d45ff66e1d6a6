/// JSON, in which JetStream is asked and answers.
enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    subscript(name: String) -> JSON? { if case .object(let members) = self { members[name] } else { nil } }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var integer: Int? { if case .integer(let number) = self { number } else { nil } }
    var isTrue: Bool { self == .bool(true) }
    var items: [JSON] { if case .array(let items) = self { items } else { [] } }

    // MARK: - Writing

    var bytes: [UInt8] {
        var text: [UInt8] = []
        write(to: &text)
        return text
    }

    private func write(to text: inout [UInt8]) {
        switch self {
        case .null: text += "null".utf8
        case .bool(let flag): text += "\(flag)".utf8
        case .integer(let number): text += "\(number)".utf8
        case .number(let number): text += number.isFinite ? "\(number)".utf8 : "null".utf8
        case .string(let string): Self.write(string, to: &text)
        case .array(let items):
            text += "[".utf8
            for (index, item) in items.enumerated() {
                if index > 0 { text += ",".utf8 }
                item.write(to: &text)
            }
            text += "]".utf8
        case .object(let members):
            text += "{".utf8
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text += ",".utf8 }
                Self.write(member.key, to: &text)
                text += ":".utf8
                member.value.write(to: &text)
            }
            text += "}".utf8
        }
    }

    private static func write(_ string: String, to text: inout [UInt8]) {
        text += "\"".utf8
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                text += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8
            default: text.append(byte)
            }
        }
        text += "\"".utf8
    }

    // MARK: - Reading

    /// Nil if the bytes are no JSON, or are nested too deeply.
    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard let value = reader.value(depth: 64), reader.isAtEnd else { return nil }
        self = value
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return place == bytes.count
            }
        }

        mutating func skipSpace() {
            while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
            place += 1
            return true
        }

        mutating func take(word: String) -> Bool {
            guard bytes[place...].starts(with: word.utf8) else { return false }
            place += word.utf8.count
            return true
        }

        mutating func value(depth: Int) -> JSON? {
            skipSpace()
            guard depth > 0, place < bytes.count else { return nil }
            switch bytes[place] {
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return array(depth)
            case UInt8(ascii: "\""): return string().map(JSON.string)
            case UInt8(ascii: "t"): return take(word: "true") ? .bool(true) : nil
            case UInt8(ascii: "f"): return take(word: "false") ? .bool(false) : nil
            case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
            default: return number()
            }
        }

        mutating func object(_ depth: Int) -> JSON? {
            guard take("{") else { return nil }
            var members: [String: JSON] = [:]
            if take("}") { return .object(members) }
            repeat {
                skipSpace()
                guard let name = string(), take(":"), let value = value(depth: depth - 1) else { return nil }
                members[name] = value
            } while take(",")
            return take("}") ? .object(members) : nil
        }

        mutating func array(_ depth: Int) -> JSON? {
            guard take("[") else { return nil }
            var items: [JSON] = []
            if take("]") { return .array(items) }
            repeat {
                guard let item = value(depth: depth - 1) else { return nil }
                items.append(item)
            } while take(",")
            return take("]") ? .array(items) : nil
        }

        mutating func number() -> JSON? {
            let start = place
            while place < bytes.count, "+-.0123456789eE".utf8.contains(bytes[place]) { place += 1 }
            let text = String(decoding: bytes[start..<place], as: UTF8.self)
            if let integer = Int(text) { return .integer(integer) }
            return Double(text).map(JSON.number)
        }

        mutating func string() -> String? {
            guard take("\"") else { return nil }
            var text: [UInt8] = []
            while place < bytes.count {
                let byte = bytes[place]
                place += 1
                switch byte {
                case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard escape(into: &text) else { return nil }
                case 0..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
        }

        mutating func escape(into text: inout [UInt8]) -> Bool {
            guard place < bytes.count else { return false }
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "u"):
                guard let first = unit() else { return false }
                var units = [first]
                if first & 0xFC00 == 0xD800, take(word: "\\u") {
                    guard let second = unit() else { return false }
                    units.append(second)
                }
                text += String(decoding: units, as: UTF16.self).utf8
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
            default: return false
            }
            return true
        }

        mutating func unit() -> UInt16? {
            guard place + 4 <= bytes.count else { return nil }
            defer { place += 4 }
            return UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
        }
    }
}
