import CArguments

/// A word of the command line or of the environment, in bytes.
typealias Word = [UInt8]

extension Word {
    /// The words of the command line.
    static var all: [Word] {
        // Sound: the vector is the process's own and nobody changes it.
        guard let words = arguments_words() else { return [] }
        var all: [Word] = []
        all.reserveCapacity(Int(arguments_count()))
        for index in 0..<Int(arguments_count()) { if let word = words[index] { all.append(Word(word)) } }
        return all
    }

    init(_ text: UnsafePointer<CChar>) {
        self = text.withMemoryRebound(to: UInt8.self, capacity: 1) { bytes in
            var count = 0
            while bytes[count] != 0 { count += 1 }
            return Word(UnsafeBufferPointer(start: bytes, count: count))
        }
    }

    /// As text; bytes that are no UTF-8 are replaced.
    var text: String { String(decoding: self, as: UTF8.self) }
}
