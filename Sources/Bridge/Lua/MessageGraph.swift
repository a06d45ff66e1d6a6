import CLua

/// The tables and functions of the message that is being written, in the order in which they were met. Owned by its
/// state's thread; reused.
final class MessageGraph {
    struct Entry {
        let address: UnsafeRawPointer
        /// The number of the object in which it was met first; -1 for a root value and for a global.
        let parent: Int
        let isFunction: Bool
        /// The offset in the bytes of the numbers in its declaration (of a function: of its bytecode).
        let declaration: Int
        var isClass = false
    }

    private(set) var entries: [Entry] = []
    private var numbers = PointerMap()
    private var upvalues = PointerMap()
    /// Names of globals that the functions of this message use.
    var globals: [ByteText] = []
    private var seenGlobals: Set<ByteText> = []
    /// The objects that are values of global variables.
    private var globalObjects: [(number: Int, name: ByteText)] = []
    private static let linear = 8

    var count: Int { entries.count }

    func clear() {
        entries.removeAll(keepingCapacity: true)
        numbers.removeAll()
        upvalues.removeAll()
        if !seenGlobals.isEmpty { seenGlobals.removeAll() }
        if !globals.isEmpty { globals.removeAll() }
        if !globalObjects.isEmpty { globalObjects.removeAll() }
        if !classes.isEmpty { classes.removeAll() }
    }

    /// Few objects are searched one by one, many through a hash table.
    func number(of address: UnsafeRawPointer) -> Int? {
        if entries.count <= Self.linear { return entries.firstIndex { $0.address == address } }
        return numbers[address]
    }

    func add(_ entry: Entry) {
        entries.append(entry)
        if entries.count == Self.linear + 1 {
            for (number, entry) in entries.enumerated() { numbers.insert(entry.address, number) }
        } else if entries.count > Self.linear {
            numbers.insert(entry.address, entries.count - 1)
        }
    }

    private(set) var classes: [Int] = []

    func markClass(_ number: Int) {
        guard !entries[number].isClass else { return }
        entries[number].isClass = true
        classes.append(number)
    }

    /// The identity of an upvalue, and whether this is the first function of the message that has it.
    func upvalue(_ address: UnsafeRawPointer) -> (number: UInt32, isNew: Bool) {
        if let number = upvalues[address] { return (UInt32(number), false) }
        let number = upvalues.count
        upvalues.insert(address, number)
        return (UInt32(number), true)
    }

    func use(global name: ByteText) {
        if seenGlobals.insert(name).inserted { globals.append(name) }
    }

    /// The value that is written next is that of a global variable.
    func begin(global name: ByteText) { globalObjects.append((count, name)) }

    func global(of object: Int) -> ByteText? { globalObjects.last { $0.number == object }?.name }
}
