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
        private(set) var shared: [any Shareable]
        /// How many bytes of the block lie before `start`.
        private let headroom: Int
        /// What the memory belongs to, if that is not the message itself.
        let owner: (any AnyObject & Sendable)?
        private var isGivenAway = false

        init(
            start: UnsafeMutableRawPointer, count: Int, capacity: Int, shared: [any Shareable], headroom: Int = 0
        ) {
            self.start = start
            self.count = count
            self.capacity = capacity
            self.shared = shared
            self.headroom = headroom
            owner = nil
        }

        init(start: UnsafeMutableRawPointer, count: Int, owner: any AnyObject & Sendable) {
            (self.start, self.count, self.owner) = (start, count, owner)
            (capacity, shared, headroom) = (0, [], 0)
        }

        deinit {
            if !shared.isEmpty {
                let objects = shared
                shared = []
                NestedReleases.release(consume objects)
            }
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

    /// A copy of bytes that hold no references. Nil without memory.
    init?(copying bytes: UnsafeRawBufferPointer) {
        guard let block = LargeBlocks.take(max(1, bytes.count)) else { return nil }
        if let source = bytes.baseAddress { block.start.copyMemory(from: source, byteCount: bytes.count) }
        storage = Storage(start: block.start, count: bytes.count, capacity: block.capacity, shared: [])
    }

    /// Whether nobody else holds it.
    var isHeldOnce: Bool { mutating get { isKnownUniquelyReferenced(&storage) } }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage.start, count: storage.count) }
}

/// The tags of values in a message. Numbers are in the machine's byte order; a text is a UInt32 count and its bytes.
///
/// A message is, in this order:
/// 1. its root values;
/// 2. the bodies of the tables and functions that were declared, in order of declaration (a body may declare more);
/// 3. any global variables that functions use: `globals`, the name as a text, the value, then bodies as in 2;
/// 4. `end`;
/// 5. for each class (a table that serves as a metatable): UInt32 number of the object, Int64 identity;
/// 6. UInt32 count of classes, UInt32 count of objects.
///
/// So reading and writing need a queue, never recursion.
enum Tag: UInt8 {
    case `nil`, `false`, `true`
    case integer  // Int64
    case float  // Double
    case short  // UInt8 count, bytes
    case string  // Int64 count, bytes
    case table  // UInt32 items, UInt32 pairs. Body: items, `end`, pairs, maybe `metatable`, `end`
    case function  // Int64 count, bytecode. Body: UInt8 count of upvalues; each is `globals`, or see `object`
    case object  // UInt32 number of one declared before. As an upvalue: UInt32 identity, and the value if it is new
    case module  // UInt8: 1 if there is a member, name of the module as a text, name of the member as a text
    case shared  // UInt32 index of an object that travels by reference
    case globals  // as an upvalue: the receiving state's own table of globals; otherwise see 3
    case metatable  // in the body of a table: its metatable follows, a value
    case integers  // in place of a table's items: UInt32 count, that many Int64
    case end
}
