import Bridge

/// Plain data of Lua as bytes: nil, booleans, numbers, strings, and tables of them. What comes from the network is read with
/// bounds: a count is never larger than the bytes that are left, and tables are nested 100 deep at most.
enum PlainData {
    private static let version: UInt8 = 1
    private static let depth = 100

    private enum Tag: UInt8 {
        case `nil`, `false`, `true`, integer, number, string, list, table
    }

    // MARK: - Writing

    /// - Throws: `ScriptError` if the value is no plain data; `path` is what it is called there.
    static func bytes(_ value: Value, _ path: String = "") throws(ScriptError) -> [UInt8] {
        var bytes = [version]
        try write(value, path, to: &bytes, depth)
        return bytes
    }

    private static func write(
        _ value: Value, _ path: @autoclosure () -> String, to bytes: inout [UInt8], _ depth: Int
    ) throws(ScriptError) {
        guard depth > 0 else { throw refusal(path(), "is nested too deeply, or contains itself") }
        switch value {
        case .nil: bytes.append(Tag.nil.rawValue)
        case .bool(let flag): bytes.append((flag ? Tag.true : .false).rawValue)
        case .integer(let number): write(.integer, UInt64(bitPattern: Int64(number)), to: &bytes)
        case .number(let number): write(.number, number.bitPattern, to: &bytes)
        case .string(let text): try write(text.bytes, path(), to: &bytes)
        case .array(let items):
            try write(.list, count: items.count, path(), to: &bytes)
            for (index, item) in items.enumerated() {
                try write(item, "\(path())[\(index + 1)]", to: &bytes, depth - 1)
            }
        case .dictionary(let pairs):
            try write(.table, count: pairs.count, path(), to: &bytes)
            for (key, item) in pairs {
                switch key {
                case .bool, .integer, .number, .string: break
                default: throw refusal(path(), "has a key that is no string, number or boolean")
                }
                try write(key, "\(path())'s key", to: &bytes, depth - 1)
                try write(item, path().isEmpty ? "\(key)" : "\(path()).\(key)", to: &bytes, depth - 1)
            }
        case .table(let table):
            let copy: Value
            do { copy = try table.copy() } catch { throw refusal(path(), copying: error.message.description) }
            try write(copy, path(), to: &bytes, depth)
        case .function: throw refusal(path(), "is a function")
        case .object(let object): throw refusal(path(), "is a \(type(of: object))")
        }
    }

    private static func refusal(_ path: String, _ what: String) -> ScriptError {
        ScriptError(.error, "cannot send value: \(path) \(what)")
    }

    /// `problem`: the path in the table and what is there: `x.1: a thread is no value for Swift`.
    private static func refusal(_ path: String, copying problem: String) -> ScriptError {
        let (depth, stranger) = ("the table is nested too deeply, or contains itself", " is no value for Swift")
        if problem.hasSuffix(depth) { return refusal(path, "is nested too deeply, or contains itself") }
        guard problem.hasSuffix(stranger), let (place, rest) = problem[...].parted(at: ": ") else {
            return refusal(path, "(\(problem))")
        }
        let what = rest.dropLast(stranger.count)
        return refusal("\(path).\(place)", "is \(what == "a thread" ? "a coroutine" : what)")
    }

    private static func write(_ tag: Tag, _ bits: UInt64, to bytes: inout [UInt8]) {
        bytes.append(tag.rawValue)
        withUnsafeBytes(of: bits.littleEndian) { bytes += $0 }
    }

    private static func write(_ tag: Tag, count: Int, _ path: @autoclosure () -> String, to bytes: inout [UInt8])
        throws(ScriptError)
    {
        guard let count = UInt32(exactly: count) else { throw refusal(path(), "is too large") }
        bytes.append(tag.rawValue)
        withUnsafeBytes(of: count.littleEndian) { bytes += $0 }
    }

    private static func write(_ text: [UInt8], _ path: @autoclosure () -> String, to bytes: inout [UInt8])
        throws(ScriptError)
    {
        try write(.string, count: text.count, path(), to: &bytes)
        bytes += text
    }

    // MARK: - Reading

    /// Nil if the bytes are not what `bytes` makes.
    static func value(_ bytes: [UInt8]) -> Value? {
        var reader = Reader(bytes: bytes[...])
        guard bytes.first == version else { return nil }
        reader.bytes.removeFirst()
        guard let value = reader.value(depth), reader.bytes.isEmpty else { return nil }
        return value
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func number<N: FixedWidthInteger>(_ type: N.Type) -> N? {
            let width = MemoryLayout<N>.size
            guard bytes.count >= width else { return nil }
            defer { bytes.removeFirst(width) }
            return bytes.prefix(width).reversed().reduce(0) { $0 << 8 | N($1) }
        }

        /// A count of things that take `least` bytes each.
        mutating func count(least: Int) -> Int? {
            guard let count = number(UInt32.self), Int(count) <= bytes.count / least else { return nil }
            return Int(count)
        }

        mutating func value(_ depth: Int) -> Value? {
            guard depth > 0, let first = bytes.popFirst(), let tag = Tag(rawValue: first) else { return nil }
            switch tag {
            case .nil: return .nil
            case .false: return false
            case .true: return true
            case .integer: return number(UInt64.self).map { .integer(Int(Int64(bitPattern: $0))) }
            case .number: return number(UInt64.self).map { .number(Double(bitPattern: $0)) }
            case .string:
                guard let count = count(least: 1) else { return nil }
                defer { bytes.removeFirst(count) }
                return .string(ByteText(bytes.prefix(count)))
            case .list: return list(depth)
            case .table: return table(depth)
            }
        }

        mutating func list(_ depth: Int) -> Value? {
            guard let count = count(least: 1) else { return nil }
            var items: [Value] = []
            for _ in 0..<count {
                guard let item = value(depth - 1) else { return nil }
                items.append(item)
            }
            return .array(items)
        }

        mutating func table(_ depth: Int) -> Value? {
            guard let count = count(least: 2) else { return nil }
            var pairs: [Value: Value] = [:]
            for _ in 0..<count {
                guard let key = value(depth - 1), isKey(key), let item = value(depth - 1) else { return nil }
                pairs[key] = item
            }
            return .dictionary(pairs)
        }

        private func isKey(_ key: Value) -> Bool {
            switch key {
            case .bool, .integer, .string: true
            case .number(let number): !number.isNaN
            default: false
            }
        }
    }
}

/// A table with names, in which jobs and their ends are sent.
struct Record: Sendable {
    var fields: [Value: Value] = [:]

    init() {}

    /// Nil if the bytes are no such table.
    init?(_ bytes: [UInt8]) {
        guard case .dictionary(let fields)? = PlainData.value(bytes) else { return nil }
        self.fields = fields
    }

    var bytes: [UInt8] { get throws(ScriptError) { try PlainData.bytes(.dictionary(fields)) } }

    subscript(name: String) -> Value {
        get { fields[.string(ByteText(name))] ?? .nil }
        set { fields[.string(ByteText(name))] = newValue }
    }

    func text(_ name: String) -> String? { self[name].text }
    func bytes(_ name: String) -> ByteText? { if case .string(let text) = self[name] { text } else { nil } }
    func integer(_ name: String) -> Int? { if case .integer(let number) = self[name] { number } else { nil } }
    func seconds(_ name: String) -> Double? {
        switch self[name] {
        case .number(let number) where number.isFinite: number
        case .integer(let number): Double(number)
        default: nil
        }
    }
}
