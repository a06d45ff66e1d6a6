/// What can be sent by reference: the same object on both sides. Handles of the API and host objects conform.
public protocol Shareable: AnyObject, Sendable {}

/// A copied Lua value, or several in a row, on its way between states: bytes that belong to nobody, and the objects
/// that travel by reference. Immutable once made, so several receivers, on any threads, may read it.
public struct Message: Sendable {
    fileprivate(set) var storage: Storage

    final class Storage: @unchecked Sendable {  // sound: immutable after init, until its only holder gives it away
        let start: UnsafeMutableRawPointer
        let count: Int
        private let capacity: Int
        let shared: [any Shareable]
        /// How many bytes of the block lie before `start`.
        private let headroom: Int
        private var isGivenAway = false

        init(
            start: UnsafeMutableRawPointer, count: Int, capacity: Int, shared: [any Shareable], headroom: Int = 0
        ) {
            self.start = start
            self.count = count
            self.capacity = capacity
            self.shared = shared
            self.headroom = headroom
        }

        deinit {
            if !isGivenAway { LargeBlocks.give(start - headroom, capacity) }
        }

        var canBecomeString: Bool { headroom == LargeBlocks.stringHeader }

        /// Somebody else owns the memory now.
        func giveAway() { isGivenAway = true }
    }

    init(storage: Storage) { self.storage = storage }

    /// A long string, so that its memory can become a state's string. Nil when it is not long, or without memory.
    init?(longString bytes: UnsafeRawBufferPointer) {
        let (header, count) = (LargeBlocks.stringHeader, bytes.count)
        guard count >= LargeBlocks.large, let source = bytes.baseAddress,
            let block = LargeBlocks.take(header + count + LargeBlocks.stringTrailer)
        else { return nil }
        let start = block.start + header
        start.copyMemory(from: source, byteCount: count)
        storage = Storage(start: start, count: count, capacity: block.capacity, shared: [], headroom: header)
    }

    /// Whether nobody else holds it.
    var isHeldOnce: Bool { mutating get { isKnownUniquelyReferenced(&storage) } }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage.start, count: storage.count) }
}

/// How a value stands in a message. Numbers are in the machine's byte order.
///
/// A message is its root values, then the bodies of the tables and functions they declare, in order of declaration
/// (a body may declare further ones), then the metatables. So reading and writing need a queue, never recursion.
enum Tag: UInt8 {
    case `nil`, `false`, `true`
    case integer  // Int64
    case float  // Double
    case short  // UInt8 count, bytes
    case string  // Int64 count, bytes
    case table  // declares: UInt32 array size, UInt32 pairs. Body: array, then pairs, then `end`
    case function  // declares: Int64 count, bytecode. Body: UInt8 count of upvalues, each UInt32 identity and a value
    case object  // UInt32: one declared before
    case module  // short module name, short member name or nil
    case shared  // UInt32 index
    case globals  // in the place of an upvalue: the target's own table of globals
    case metatable  // in the place of a value: UInt32 index among the message's metatables
    case integers  // in the place of an array's elements: UInt32 count, that many Int64
    case end
}
