/// Text of a page. What comes from jobs goes through `escaped`.
enum Markup {
    /// Text for HTML and SVG, in elements and in quoted attributes. Control characters are shown by their symbols.
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: isSpecial) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\u{7F}": result += "\u{2421}"
            case "\0"..<" ": result.unicodeScalars.append(UnicodeScalar(0x2400 + scalar.value) ?? " ")
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "<")
            || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }

    /// What a program has written, without the colours for a terminal.
    static func plain(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).replacing(#/\x1B\[[0-9;?]*[ -\/]*[@-~]/#, with: "")
            .replacing("\r\n", with: "\n")
    }

    /// A value in the query of an address, or in a form.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                result.unicodeScalars.append(UnicodeScalar(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }

    /// The values of a query or a form; of several with one name the last. What is no encoding stays as it is.
    static func values(_ query: String) -> [String: String] {
        var values: [String: String] = [:]
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[decoded(pair[0])] = pair.count == 2 ? decoded(pair[1]) : ""
        }
        return values
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let high = digit(source[index + 1]), let low = digit(source[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(source[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// `1,234,567`
    static func number(_ value: Int) -> String {
        var (digits, result) = (Substring(String(value.magnitude)), "")
        while digits.count > 3 {
            result = ",\(digits.suffix(3))" + result
            digits = digits.dropLast(3)
        }
        return (value < 0 ? "-" : "") + digits + result
    }

    /// `0.042 s`, `12.3 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`
    static func span(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "?" }
        if seconds < 1 { return fixed(seconds, 3) + " s" }
        if seconds < 10 { return fixed(seconds, 2) + " s" }
        if seconds < 59.95 { return fixed(seconds, 1) + " s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        let minutes = (whole + 30) / 60
        if minutes < 1440 { return "\(minutes / 60) h \(minutes % 60 < 10 ? "0" : "")\(minutes % 60) min" }
        let hours = (whole + 1800) / 3600
        return "\(hours / 24) d \(hours % 24) h"
    }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = [1, 10, 100, 1000][digits]
        let scaled = Int((value * Double(scale)).rounded())
        let rest = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }

    /// `98.7 %`; 100 % only where all is.
    static func share(_ value: Double) -> String {
        value == 1 ? "100 %" : fixed((value * 1000).rounded(.down) / 10, 1) + " %"
    }
}
