import Glibc

/// Reads lines of standard input through the C library, as scripts do: `io.read` gets the line after this one.
struct PlainReader: LineReader {
    /// Whether to print each line after the prompt, since no terminal shows it.
    let echoes: Bool

    func read(_ prompt: Word) -> LineThread.Answer {
        StandardStreams.say(prompt, terminator: "")
        guard let line = StandardStreams.readLine() else { return .end }
        if echoes { StandardStreams.say(line) }
        return .line(line)
    }
}
