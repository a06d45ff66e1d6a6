/// Plain values in a row, and behind them maybe a message: what the frames between processes hold. Owned by whoever
/// fills it.
struct FieldWriter: ~Copyable {
    private var buffer = ByteBuffer()
    private var shared: [any Shareable] = []

    mutating func add(_ number: Int) { buffer.append(Int64(number)) }
    mutating func add(_ number: Int?) {
        add(number != nil)
        if let number { add(number) }
    }
    mutating func add(_ flag: Bool) { add(flag ? 1 : 0) }

    mutating func add(_ bytes: [UInt8]) {
        add(bytes.count)
        bytes.withUnsafeBytes { if let start = $0.baseAddress { buffer.append(start, $0.count) } }
    }

    mutating func add(_ message: Message) { add(Array(message.bytes)) }

    mutating func add(_ text: ByteText) { add(text.bytes) }

    mutating func add(_ text: ByteText?) {
        add(text != nil)
        if let text { add(text) }
    }

    /// Adds an object that travels with the message. Such objects come after those of the body.
    mutating func share(_ object: any Shareable) { shared.append(object) }

    /// Makes a message of the fields, followed by the bytes and objects of `body`.
    mutating func finish(_ body: Message? = nil) -> Message {
        if let body, let start = body.bytes.baseAddress { buffer.append(start, body.bytes.count) }
        return buffer.takeMessage(shared: (body?.storage.shared ?? []) + shared)
    }
}

/// Reads what a `FieldWriter` wrote. The bytes are not trusted: whatever is wrong with them throws.
struct FieldReader {
    struct Malformed: Error {}

    private let message: Message
    /// Sound: the message keeps its bytes, and is kept.
    private var reader: ByteReader

    init(_ message: Message) {
        self.message = message
        reader = ByteReader(message.bytes)
    }

    var isAtEnd: Bool { reader.rest == 0 }

    mutating func number() throws(Malformed) -> Int {
        guard let number = reader.read(Int64.self) else { throw Malformed() }
        return Int(number)
    }

    mutating func optionalNumber() throws(Malformed) -> Int? { try flag() ? try number() : nil }
    mutating func flag() throws(Malformed) -> Bool { try number() != 0 }

    mutating func bytes() throws(Malformed) -> [UInt8] {
        guard let bytes = reader.read(try number()) else { throw Malformed() }
        return Array(bytes)
    }

    mutating func message(_ shared: [any Shareable]) throws(Malformed) -> Message {
        let bytes = try bytes()
        var buffer = ByteBuffer()
        bytes.withUnsafeBytes { if let start = $0.baseAddress { buffer.append(start, $0.count) } }
        return buffer.takeMessage(shared: shared)
    }

    mutating func text() throws(Malformed) -> ByteText { ByteText(try bytes()) }
    mutating func optionalText() throws(Malformed) -> ByteText? { try flag() ? try text() : nil }

    /// What follows the fields read so far, with the objects of the whole message.
    func body() -> Message {
        var buffer = ByteBuffer()
        if let start = message.bytes.baseAddress { buffer.append(start + reader.position, reader.rest) }
        return buffer.takeMessage(shared: message.storage.shared)
    }
}

extension ScriptError {
    /// Writes the error as fields, followed by the copy of the original value.
    func write(_ fields: inout FieldWriter) -> Message {
        fields.add(ByteText(kind.name))
        fields.add(message)
        fields.add(traceback)
        fields.add(origin)
        fields.add(exit?.code ?? 0)
        fields.add(exit?.signal ?? 0)
        fields.add(exit != nil)
        fields.add(value != nil)
        return fields.finish(value)
    }

    init(_ fields: inout FieldReader) throws(FieldReader.Malformed) {
        let kind = Kind(name: try fields.text().description)
        self.init(kind, try fields.text())
        traceback = try fields.text()
        origin = try fields.text()
        let code = try fields.number()
        let signal = try fields.number()
        if try fields.flag() { exit = signal != 0 ? .signal(signal) : .code(code) }
        if try fields.flag() { value = fields.body() }
    }
}
