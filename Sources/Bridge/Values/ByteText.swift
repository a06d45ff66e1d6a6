/// A string as scripts have it: bytes that need not be UTF-8 and may hold zeros. Names, messages, reasons and paths go
/// unchanged from one script to another. Only `description` replaces what is not UTF-8.
///
/// Literals and interpolations of this type keep the bytes of what they hold.
public struct ByteText: Hashable, Sendable {
    /// The bytes.
    public private(set) var bytes: [UInt8]

    /// The string of those bytes.
    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
    /// The text in UTF-8.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// What the system gives, up to its zero.
    init(cString: UnsafePointer<CChar>) {
        var count = 0
        while cString[count] != 0 { count += 1 }
        bytes = Array(UnsafeRawBufferPointer(start: cString, count: count))
    }

    /// Whether it has no bytes.
    public var isEmpty: Bool { bytes.isEmpty }

    static func += (left: inout ByteText, right: ByteText) { left.bytes += right.bytes }

    static func + (left: ByteText, right: ByteText) -> ByteText {
        var sum = left
        sum += right
        return sum
    }

    /// Calls `body` with the bytes as the system wants them: up to the first zero.
    func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        (bytes + [0]).withUnsafeBytes { body($0.assumingMemoryBound(to: CChar.self).baseAddress.unsafelyUnwrapped) }
    }

    func split(separator: UInt8) -> [ByteText] {
        bytes.split(separator: separator, omittingEmptySubsequences: false).map { ByteText($0) }
    }

    /// The text without the leading bytes that equal `byte`.
    func drop(_ byte: UInt8) -> ByteText { ByteText(bytes.drop { $0 == byte }) }
}

extension ByteText: CustomStringConvertible {
    /// As text to show.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension ByteText: Comparable {
    public static func < (left: ByteText, right: ByteText) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension ByteText: ExpressibleByStringInterpolation {
    public init(stringLiteral text: String) { self.init(text) }
    public init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + interpolationCount * 8)
        }

        public mutating func appendLiteral(_ text: String) { append(text) }
        /// The bytes, unchanged.
        public mutating func appendInterpolation(_ text: ByteText) { bytes += text.bytes }
        /// The value's description.
        public mutating func appendInterpolation(_ value: some CustomStringConvertible) { append(value.description) }

        /// In one piece: a string's view of its bytes gives them one by one.
        private mutating func append(_ text: String) {
            var text = text
            text.withUTF8 { bytes.append(contentsOf: $0) }
        }
    }
}

extension Sequence<ByteText> {
    func joined(separator: ByteText) -> ByteText {
        ByteText(map(\.bytes).joined(separator: separator.bytes))
    }
}
