/// The unit of a link: sixteen bytes, then a body if the form says so, padded to a multiple of eight.
///
/// The first word is kind, form, tag, a flag and the number of a channel; the second is a value, or how long the body
/// is. A body that has objects begins with their list: UInt32 length, then the list.
struct Frame {
    enum Kind: UInt8 {
        /// The first frame each way. Value: the version of the format.
        case hello = 1
        /// Nothing more comes.
        case bye
        /// A message of the link's owners; the tag is their own kind.
        case message
        /// From a child: it does nothing more unless something comes. Value: how many bytes it had read by then.
        case idle
        /// Its proxy of an object of the other side is gone. Number: how often it had arrived; value: the object's
        /// number.
        case releaseObject

        // From a proxy to its channel's home.
        case create, content, open
        case send, wantRoom, returnRoom
        case wantMessages, returnMessages, consumed
        case close, release, forgotten, askCount, ping

        // From the home to a proxy.
        case grant, recallRoom, accepted, refused
        case lend, recallMessages, watch
        case closed, ended, released, counter, count, pong, lane

        // Both ways.
        /// The next message of that channel has this mark for the trace (`Tracing`).
        case mark
    }

    enum Form: UInt8 {
        case value, scalar
        /// A string that stands in the region. Value: its offset there, in units of 64 KiB, and its length in 40 bits.
        case placed
        case encoded, string, body
        var hasBody: Bool { rawValue >= Form.encoded.rawValue }
    }

    static let version: UInt64 = 4
    static let size = 16
    /// Longer bodies are refused; no real message comes near, in bytes.
    static let longest: UInt64 = 1 << 46

    var kind: Kind
    var form = Form.value
    var tag: UInt8 = 0
    var hasObjects = false
    /// In `lend`: a receiver waits for the message. A `lend` without a message says that it is in the lane; its value
    /// is how many messages were lent by then.
    var isAwaited = false
    var number: UInt32 = 0
    var value: UInt64 = 0

    @inline(__always)
    var word: UInt64 {
        UInt64(kind.rawValue) | UInt64(form.rawValue) << 8 | UInt64(tag) << 16 | (hasObjects ? 1 << 24 : 0)
            | (isAwaited ? 1 << 25 : 0) | UInt64(number) << 32
    }

    init(_ kind: Kind, _ number: UInt32 = 0, value: UInt64 = 0) {
        self.kind = kind
        self.number = number
        self.value = value
    }

    /// Nil: the words are no valid frame.
    @inline(__always)
    init?(_ word: UInt64, _ value: UInt64) {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: word)),
            let form = Form(rawValue: UInt8(truncatingIfNeeded: word >> 8)), word >> 26 & 0x3f == 0
        else { return nil }
        self.kind = kind
        self.form = form
        tag = UInt8(truncatingIfNeeded: word >> 16)
        hasObjects = word >> 24 & 1 != 0
        isAwaited = word >> 25 & 1 != 0
        number = UInt32(truncatingIfNeeded: word >> 32)
        self.value = value
        if form.hasBody ? value > Frame.longest : hasObjects { return nil }
    }

    static func padded(_ count: Int) -> Int { (count + 7) & ~7 }
}

/// The other side has sent something that is not allowed. The link ends.
struct ProtocolError: Error {
    let what: String
    init(_ what: String) { self.what = what }
}
