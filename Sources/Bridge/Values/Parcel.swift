/// One message as it is handed to a channel or taken from it. Small scalars travel without any memory of their own.
enum Parcel {
    /// nil, false, true, integer, float: its tag and its bits.
    case scalar(Tag, UInt64)
    /// A string or a short encoded message without references, valid only during the call that it is handed to.
    case borrowed(Form, UnsafeRawBufferPointer)
    /// A message that owns its bytes.
    case owned(Form, Message)

    /// What the bytes are.
    enum Form: UInt8 {
        case encoded, string
    }

    /// The same parcel, with a copy of borrowed bytes, so that it can outlive the call.
    var kept: Parcel {
        guard case .borrowed(let form, let bytes) = self else { return self }
        if form == .string, let message = Message(longString: bytes) { return .owned(form, message) }
        var buffer = ByteBuffer()
        if let start = bytes.baseAddress { buffer.append(start, bytes.count) }
        return .owned(form, buffer.takeMessage(shared: []))
    }

    /// Takes out a string whose memory can become a state's; the parcel is empty then.
    mutating func takeLongString() -> Message? {
        guard case .owned(.string, let message) = self, message.storage.canBecomeString else { return nil }
        self = .scalar(.nil, 0)
        return message
    }

    /// Copies borrowed bytes now if there are more than 8 KiB. The queue would copy them later, and could not report a
    /// lack of memory then.
    func keptIfLong() throws(GrowingBytes.OutOfMemory) -> Parcel {
        guard case .borrowed(_, let bytes) = self, bytes.count > 8 << 10 else { return self }
        let copy = kept
        guard case .owned(_, let message) = copy, message.storage.count == bytes.count else {
            throw GrowingBytes.OutOfMemory()
        }
        return copy
    }

    /// Copies borrowed bytes now if a string is so long that its copy can become a state's string.
    func keptIfLarge() throws(GrowingBytes.OutOfMemory) -> Parcel {
        guard case .borrowed(.string, let bytes) = self, bytes.count >= LargeBlocks.large else { return self }
        return try keptIfLong()
    }

    /// The objects that travel by reference.
    var shared: [any Shareable] {
        guard case .owned(_, let message) = self else { return [] }
        return message.storage.shared
    }

    /// How many bytes it counts for in a channel's bound.
    var weight: Int {
        switch self {
        case .scalar: 16
        case .borrowed(_, let bytes): bytes.count + 16
        case .owned(_, let message): message.storage.count + 16
        }
    }
}
