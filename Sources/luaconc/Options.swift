/// The command line as `lua` 5.4 reads it.
struct Options {
    /// The actions before the script, in the order of the options: each is the letter of the option, and its argument.
    /// No type of their own, which would take time in each start.
    var steps: [Word] = []
    var isInteractive = false
    var showsVersion = false
    var ignoresEnvironment = false
    var runsStatements = false
    /// The index of the script among the words; their count if there is none.
    var script: Int

    /// An option that does not exist, or lacks its argument.
    struct BadOption: Error {
        let word: Word

        var message: String {
            let needsArgument = word.count > 1 && (word[1] == UInt8(ascii: "e") || word[1] == UInt8(ascii: "l"))
            return needsArgument ? "'\(word.text)' needs argument" : "unrecognized option '\(word.text)'"
        }
    }

    static let usage = """
        usage: luaconc [options] [script [args]]
        Available options are:
          -e stat   execute string 'stat'
          -i        enter interactive mode after executing 'script'
          -l mod    require library 'mod' into global 'mod'
          -l g=mod  require library 'mod' into global 'g'
          -v        show version information
          -E        ignore environment variables
          -W        turn warnings on
          --        stop handling options
          -         stop handling options and execute stdin
        """

    /// The first word is the program's name.
    init(words: [Word]) throws(BadOption) {
        script = words.count
        var index = 1
        while index < words.count {
            let word = words[index]
            guard word.first == Self.dash, word.count > 1 else { break }
            if word[1] == Self.dash {
                guard word.count == 2 else { throw BadOption(word: word) }
                index += 1
                break
            }
            let next = index + 1 < words.count ? words[index + 1] : nil
            if try read(word, next) { index += 1 }
            index += 1
        }
        script = min(index, words.count)
    }

    private static let dash = UInt8(ascii: "-")

    /// Reads one option. Returns whether `next` is its argument.
    private mutating func read(_ word: Word, _ next: Word?) throws(BadOption) -> Bool {
        let rest = Array(word.dropFirst(2))
        let letter = Unicode.Scalar(word[1])
        if letter == "e" || letter == "l" {
            if letter == "e" { runsStatements = true }
            guard let argument = rest.isEmpty ? next : rest, !rest.isEmpty || argument.first != Self.dash else {
                throw BadOption(word: word)
            }
            steps.append([word[1]] + argument)
            return rest.isEmpty
        }
        guard rest.isEmpty else { throw BadOption(word: word) }
        switch letter {
        case "i": (isInteractive, showsVersion) = (true, true)
        case "v": showsVersion = true
        case "E": ignoresEnvironment = true
        case "W": steps.append([word[1]])
        default: throw BadOption(word: word)
        }
        return false
    }
}
