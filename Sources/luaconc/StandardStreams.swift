import Bridge
@preconcurrency import Glibc  // for `stdin`, which the C library guards itself

/// The process's three standard streams.
enum StandardStreams {
    static var inputIsTerminal: Bool { isatty(0) != 0 }
    static var outputIsTerminal: Bool { isatty(1) != 0 }
    static var errorIsTerminal: Bool { isatty(2) != 0 }

    /// Text for standard output, in order with what scripts print.
    static func say(_ text: Word, terminator: String = "\n") {
        Console.say(text + terminator.utf8)
    }

    static func say(_ text: String) { say(Word(text.utf8)) }

    /// The next line of standard input without its end, in order with what scripts read; nil at the end.
    static func readLine() -> Word? {
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        let count = getline(&line, &capacity, stdin)
        defer { free(line) }
        guard let line, count > 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(start: line, count: count)
        return Word(bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...])
    }

    /// Writes a line to standard error, up to the first zero byte, as C's `%s` does.
    static func complain(_ message: some Sequence<UInt8>) {
        Console.write(message.prefix { $0 != 0 } + [UInt8(ascii: "\n")])
    }

    static func complain(_ message: String) { complain(message.utf8) }
}
