@preconcurrency import Glibc  // for `stdin` and `stdout`, which the C library guards itself

/// The process's three standard streams.
enum StandardStreams {
    /// A stream that was closed at the start gets a descriptor on which every read and write fails as on a closed
    /// one. Otherwise the next file that a script opens would take its number, and `print` would write into it.
    static func open() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
            // Opened the wrong way round: for writing only where one reads. The lowest free number is this one.
            _ = Glibc.open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
        }
    }

    static var inputIsTerminal: Bool { isatty(0) != 0 }
    static var outputIsTerminal: Bool { isatty(1) != 0 }

    /// Text for standard output, in order with what scripts print.
    static func say(_ text: Word, terminator: String = "\n") {
        let bytes = text + terminator.utf8
        fwrite(bytes, 1, bytes.count, stdout)
        fflush(stdout)
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

    /// A line for standard error, as C's `%s` shows it: up to a zero.
    static func complain(_ message: some Sequence<UInt8>) {
        let line = message.prefix { $0 != 0 } + [UInt8(ascii: "\n")]
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = write(2, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
            }
        }
    }

    static func complain(_ message: String) { complain(message.utf8) }
}
