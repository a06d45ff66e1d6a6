/// A line of a trace, as it is made: one event in JSON. Owned by the trace's thread.
struct TraceText: ~Copyable {
    private let start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private static let room = 1000
    /// Texts take at most so much of the line, so that it always ends as it has to.
    static let longest = 330

    init() { start = .allocate(capacity: Self.room + 24) }

    deinit { start.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    mutating func clear() { count = 0 }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        guard count < Self.room else { return }
        start[count] = byte
        count += 1
    }

    mutating func add(_ text: StaticString) {
        text.withUTF8Buffer { bytes in
            for byte in bytes { put(byte) }
        }
    }

    mutating func add(_ number: Int64) {
        if number < 0 { put(UInt8(ascii: "-")) }
        add(digits: number.magnitude)
    }

    private mutating func add(digits number: UInt64) {
        var rest = number
        let begin = count
        repeat {
            put(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        var (low, high) = (begin, count - 1)
        while low < high {
            (start[low], start[high]) = (start[high], start[low])
            low += 1
            high -= 1
        }
    }

    /// Nanoseconds in units of so many: microseconds are 1000. Three digits follow the point.
    mutating func add(_ nanoseconds: Int64, in unit: Int64) {
        let thousandths = nanoseconds / (unit / 1000)
        if thousandths < 0 { put(UInt8(ascii: "-")) }
        add(digits: thousandths.magnitude / 1000)
        let rest = thousandths.magnitude % 1000
        put(UInt8(ascii: "."))
        put(UInt8(ascii: "0") + UInt8(rest / 100))
        put(UInt8(ascii: "0") + UInt8(rest / 10 % 10))
        put(UInt8(ascii: "0") + UInt8(rest % 10))
    }

    mutating func add(hex number: UInt64) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(number >> UInt64(shift) & 15)
            put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// Text within a string of JSON. What is not UTF-8 is replaced; `<` is written so that the text can stand in a page.
    /// A long text is cut.
    mutating func add(quoted bytes: UnsafeRawBufferPointer, longest: Int = TraceText.longest) {
        let end = count + longest
        var index = 0
        while index < bytes.count, count < end {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                put(UInt8(ascii: "\\"))
                put(byte)
            case 0x0a: add("\\n")
            case 0..<0x20, 0x7f, UInt8(ascii: "<"):
                add("\\u00")
                put(Self.digit(byte >> 4))
                put(Self.digit(byte & 15))
            case 0x20..<0x7f: put(byte)
            default:
                let length = Self.sequence(bytes, index)
                if length == 0 {
                    add("\\ufffd")
                } else {
                    for place in index..<index + length { put(bytes[place]) }
                    index += length - 1
                }
            }
            index += 1
        }
        if index < bytes.count { add("…") }
    }

    mutating func add(quoted text: ByteText, longest: Int = TraceText.longest) {
        text.bytes.withUnsafeBytes { add(quoted: $0, longest: longest) }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// How many bytes the character at that index has; 0: it is not UTF-8.
    private static func sequence(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int {
        let byte = bytes[index]
        let length = byte < 0xc2 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 0
        guard length > 0, index + length <= bytes.count else { return 0 }
        for place in index + 1..<index + length where bytes[place] & 0xc0 != 0x80 { return 0 }
        let second = bytes[index + 1]
        switch byte {
        case 0xe0 where second < 0xa0, 0xed where second > 0x9f, 0xf0 where second < 0x90, 0xf4 where second > 0x8f:
            return 0
        default: return length
        }
    }
}
