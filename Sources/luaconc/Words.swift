/// A word of the command line or of the environment, in bytes.
typealias Word = [UInt8]

extension CommandLine {
    static var words: [Word] {
        // Sound: the vector is the process's own and nobody changes it.
        (0..<Int(argc)).compactMap { index in unsafeArgv[index].map { Word($0) } }
    }
}

extension Word {
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
