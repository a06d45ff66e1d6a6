import Glibc

/// Lines of standard input as the C library reads them, and as scripts do: `io.read` gets the line after this one.
struct PlainReader: LineReader {
    /// Shows each line after the prompt, since no terminal does.
    let echoes: Bool

    func read(_ prompt: Word) -> LineThread.Answer {
        StandardStreams.say(prompt, terminator: "")
        guard let line = StandardStreams.readLine() else { return .end }
        if echoes { StandardStreams.say(line) }
        return .line(line)
    }
}
