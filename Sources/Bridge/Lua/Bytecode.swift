/// Reads a function as `lua_dump` of Lua 5.4 writes it, to find which global variables it reads.
///
/// A global is a constant with which an instruction indexes the upvalue `_ENV`. Where the compiler does it in another
/// way (`_ENV` as a value, `_G.name`, more than 255 constants), every string constant of that function counts as a
/// name.
struct Bytecode {
    private let dump: UnsafeRawBufferPointer
    private var position = 0
    private var names: [ByteText] = []

    /// The names read by the function and those inside it. `environments`: which of its upvalues are the globals.
    static func globals(in dump: UnsafeRawBufferPointer, environments: Set<Int>) -> [ByteText] {
        var reader = Bytecode(dump: dump)
        reader.position = headerSize + 1  // and the number of upvalues
        reader.readFunction { _ in environments }
        return reader.names
    }

    private init(dump: UnsafeRawBufferPointer) { self.dump = dump }

    /// Signature, version, format, check data, three sizes, check integer and number.
    private static let headerSize = 4 + 1 + 1 + 6 + 3 + 8 + 8

    private typealias Upvalue = (isLocal: Bool, index: Int)

    /// `environments` tells which upvalues are the globals, given their descriptions.
    private mutating func readFunction(_ environments: ([Upvalue]) -> Set<Int>) {
        skip(max(readSize() - 1, 0))  // source
        _ = readSize()  // first and last line
        _ = readSize()
        skip(3)  // parameters, vararg, stack
        let codeCount = readSize()
        let code = position
        skip(codeCount * 4)
        let constants = (0..<boundedCount()).map { _ in readConstant() }
        var upvalues: [Upvalue] = []
        for _ in 0..<boundedCount() {
            let isLocal = readByte() != 0
            upvalues.append((isLocal, Int(readByte())))
            skip(1)
        }
        let globals = environments(upvalues)
        if !globals.isEmpty { note(code, codeCount, constants, globals) }
        for _ in 0..<boundedCount() {
            readFunction { inner in
                Set(inner.indices.filter { !inner[$0].isLocal && globals.contains(inner[$0].index) })
            }
        }
        skipDebug()
    }

    private enum Operation {
        static let getUpvalue: UInt32 = 9, getGlobal: UInt32 = 11
    }

    private mutating func note(_ code: Int, _ count: Int, _ constants: [Range<Int>?], _ globals: Set<Int>) {
        var takesAll = false
        for i in 0..<count where code + i * 4 + 4 <= dump.count {
            let instruction = dump.loadUnaligned(fromByteOffset: code + i * 4, as: UInt32.self)
            let operation = instruction & 0x7f
            guard operation == Operation.getUpvalue || operation == Operation.getGlobal,
                globals.contains(Int(instruction >> 16 & 0xff))
            else { continue }
            let constant = Int(instruction >> 24)
            if operation == Operation.getUpvalue {
                takesAll = true
            } else if constants.indices.contains(constant), let place = constants[constant] {
                if dump[place].elementsEqual("_G".utf8) { takesAll = true } else { names.append(name(at: place)) }
            }
        }
        if takesAll { names += constants.compactMap { $0.map(name) } }
    }

    private func name(at place: Range<Int>) -> ByteText { ByteText(dump[place]) }

    /// Where the constant stands, if it is a string.
    private mutating func readConstant() -> Range<Int>? {
        switch readByte() {
        case 0x03, 0x13:
            skip(8)
            return nil
        case 0x04, 0x14:
            let count = max(readSize() - 1, 0)
            let start = position
            skip(count)
            guard start + count <= dump.count else { return nil }
            return start..<start + count
        default:
            return nil
        }
    }

    private mutating func skipDebug() {
        skip(readSize())  // lines
        for _ in 0..<boundedCount() {
            _ = readSize()
            _ = readSize()
        }
        for _ in 0..<boundedCount() {  // local variables
            skip(max(readSize() - 1, 0))
            _ = readSize()
            _ = readSize()
        }
        for _ in 0..<boundedCount() { skip(max(readSize() - 1, 0)) }  // names of upvalues
    }

    // MARK: Primitives. Past the end everything reads as zero.

    private mutating func readByte() -> UInt8 {
        defer { position += 1 }
        return position < dump.count ? dump[position] : 0
    }

    private mutating func readSize() -> Int {
        var size = 0
        while position < dump.count {
            let byte = readByte()
            size = size << 7 | Int(byte & 0x7f)
            if byte & 0x80 != 0 { break }
        }
        return size
    }

    /// Reads a count of elements. Each takes at least a byte, so the count is bounded by what is left.
    private mutating func boundedCount() -> Int { min(readSize(), max(dump.count - position, 0)) }

    private mutating func skip(_ count: Int) { position = min(position + count, dump.count) }
}
