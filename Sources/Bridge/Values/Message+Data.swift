extension Message {
    /// Whether the bytes are values without code: no function, no module and none of its members, no metatable but that of
    /// error objects. Whoever reads such a message runs nothing of the sender's, now or later. Bytes that are no message
    /// count as data only if reading them fails as well. They must not change meanwhile.
    static func holdsOnlyData(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // The trailer: no classes, and the count of objects.
        guard bytes.count >= 8, bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt32.self) == 0 else {
            return false
        }
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 8)]))
        while reader.rest > 0 { if !skipData(&reader) { return false } }
        return true
    }

    /// Reads one part of a message, as the decoder does. False: it is no data.
    private static func skipData(_ reader: inout ByteReader) -> Bool {
        guard let tag = reader.read(UInt8.self).flatMap(Tag.init) else { return false }
        func skip(_ count: Int?) -> Bool { count.flatMap { reader.read($0) } != nil }
        switch tag {
        case .nil, .false, .true, .end, .metatable: return true
        case .integer, .float, .table: return skip(8)
        case .object, .shared: return skip(4)
        case .short: return skip(reader.read(UInt8.self).map(Int.init))
        case .string: return skip(reader.read(Int64.self).map { Int($0) })
        case .integers: return skip(reader.read(UInt32.self).map { Int($0) * 8 })
        // The empty name is that of the metatable of error objects.
        case .module: return reader.read(UInt8.self) == 0 && reader.read(UInt32.self) == 0
        case .function, .globals: return false
        }
    }

    static let notData = "only data leaves a sandbox: no functions, modules or metatables"
}
