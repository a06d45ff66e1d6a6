import Bridge
import Glibc

/// The command line as `lua` 5.4 reads it.
struct Options {
    /// The actions before the script, in the order of the options: each is the letter of the option, and its argument.
    /// No type of their own, which would take time in each start.
    var steps: [Word] = []
    var isInteractive = false
    var showsVersion = false
    var ignoresEnvironment = false
    var runsStatements = false
    /// `--help` or `--version`, which are carried out instead of all else.
    var question: Question?
    /// The files after the options are only compiled.
    var checksSyntax = false
    /// The virtual time on which the program runs (`--simulate`), in seconds, and when that begins (`--from`).
    var simulation: Int?
    var from: Runtime.WallTime?
    /// Another program that is to be looked into, instead of all else.
    var visit: Visit?
    /// Others can look into this one, from its beginning on.
    var isAttachable = false
    /// After so many seconds a task is named that holds its state while others are due; 0: never; nil: 1 if somebody sits
    /// at standard error.
    var watchdog: Double?
    /// The files that show what runs (`--trace`, `--report`, `--profile`).
    var trace = Trace.Settings()
    /// The index of the script among the words; their count if there is none.
    var script: Int

    enum Question {
        case help, version
    }

    struct Visit {
        enum Purpose {
            case top, attach
        }
        let purpose: Purpose
        let pid: Int32
        /// The table is printed once.
        var isOnce = false
    }

    /// An option that does not exist, or whose argument is missing or wrong.
    struct BadOption: Error {
        let word: Word
        var complaint: String?
        var status = EXIT_FAILURE

        var message: String {
            if let complaint { return "'\(word.text)' \(complaint)" }
            let needsArgument = word.count > 1 && (word[1] == UInt8(ascii: "e") || word[1] == UInt8(ascii: "l"))
            if needsArgument { return "'\(word.text)' needs argument" }
            let near = Options.nearest(to: word.text).map { "; did you mean '\($0)'?" } ?? ""
            return "unrecognized option '\(word.text)'\(near)"
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
          -p        parse the scripts only, as 'luac -p' does
          --simulate span  run on virtual time, for 90s, 15m, 36h or 7d
          --from when      virtual time begins at 2027-03-28T00:00
          --top pid      show what a running program does
          --once         print that once, with --top
          --attach pid   a prompt inside a running program
          --attachable   others can do so from the start
          --watchdog seconds  name a task that holds its state for so long
          --trace file     write what runs when, for Perfetto or speedscope
          --report file    write the same as a page to look at
          --profile file   write where the processor time goes, as stacks
          --help    show this and what else there is
          --version  show the versions of luaconc and Lua, and the build
          --        stop handling options
          -         stop handling options and execute stdin
        """

    /// What `--help` prints.
    static let help = """
        \(usage)

        Without options and script, luaconc reads standard input: as a script, or with a prompt at a terminal.

        Environment: LUA_INIT, LUA_PATH and LUA_CPATH are as for lua5.4. LUACONC_HISTORY names the file in which the
        prompt keeps its lines (default: ~/.luaconc_history; empty: none). NO_COLOR turns its colours off.

        Exit status: 0, 1 after an error, 128 and the number of a signal that ended it, or what the script chose.

        """

    /// The long option that was meant by a word with a slip or two; nil if none is near.
    static func nearest(to word: String) -> String? {
        let distances = longOptions.map { (option: $0, distance: distance(Array(word), Array($0))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, word.count / 3) && word.count > 3 ? best.option : nil
    }

    static let longOptions = [
        "--help", "--version", "--simulate", "--from", "--trace", "--report", "--profile", "--top", "--attach",
        "--once",
        "--attachable", "--watchdog",
    ]

    /// How many letters have to be changed, put in or taken out.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let change = diagonal + (letter == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, diagonal + 1, row[j] + 1)
            }
        }
        return row[b.count]
    }

    /// The first word is the program's name.
    init(words: [Word]) throws(BadOption) {
        script = words.count
        var index = 1
        while index < words.count {
            let word = words[index]
            guard word.first == Self.dash, word.count > 1 else { break }
            let next = index + 1 < words.count ? words[index + 1] : nil
            if word[1] == Self.dash {
                index += 1
                if word.count == 2 { break }
                if word.text == "--help" || word.text == "--version" {
                    question = question ?? (word.text == "--help" ? .help : .version)
                    continue
                }
                index += try readLong(word, next) ? 1 : 0
                continue
            }
            if try read(word, next) { index += 1 }
            index += 1
        }
        script = min(index, words.count)
        if from != nil, simulation == nil {
            throw BadOption(word: Word("--from".utf8), complaint: "needs '--simulate'")
        }
        if visit != nil, script < words.count {
            throw BadOption(word: words[script], complaint: "is one word too many", status: Self.misuse)
        }
        if isOnce {
            guard visit?.purpose == .top else {
                throw BadOption(word: Word("--once".utf8), complaint: "needs '--top'", status: Self.misuse)
            }
            visit?.isOnce = true
        }
        if checksSyntax, script == words.count, question == nil {
            throw BadOption(word: Word("-p".utf8), complaint: "needs a script")
        }
    }

    /// The exit status after a wrong use of the options about other programs.
    private static let misuse: Int32 = 2
    private var isOnce = false

    /// Reads a long option. Returns whether `argument` is its own.
    private mutating func readLong(_ word: Word, _ argument: Word?) throws(BadOption) -> Bool {
        switch word.text {
        case "--attachable":
            isAttachable = true
            return false
        case "--once":
            isOnce = true
            return false
        case "--top", "--attach":
            let purpose = word.text == "--top" ? Visit.Purpose.top : .attach
            guard let text = argument?.text, let pid = Int32(text), pid > 0 else {
                let got = argument.map { ", got '\($0.text)'" } ?? ""
                throw BadOption(word: word, complaint: "expects the number of a process\(got)", status: Self.misuse)
            }
            visit = Visit(purpose: purpose, pid: pid)
            return true
        case "--watchdog":
            guard let text = argument?.text, let seconds = Double(text), seconds >= 0, seconds < 1e9 else {
                let got = argument.map { ", got '\($0.text)'" } ?? ""
                throw BadOption(word: word, complaint: "expects a number of seconds\(got)")
            }
            watchdog = seconds
            return true
        default:
            try readOther(word, argument)
            return true
        }
    }

    /// Reads an option about virtual time or a file that shows what runs, and its argument.
    private mutating func readOther(_ word: Word, _ argument: Word?) throws(BadOption) {
        guard Self.longOptions[2..<7].contains(word.text) else { throw BadOption(word: word) }
        guard let text = argument?.text, !text.hasPrefix("-") else {
            throw BadOption(word: word, complaint: "needs argument")
        }
        switch word.text {
        case "--trace": trace.events = argument.map { ByteText($0) }
        case "--report": trace.report = argument.map { ByteText($0) }
        case "--profile": trace.profile = argument.map { ByteText($0) }
        default: try readTime(word, text)
        }
    }

    private mutating func readTime(_ word: Word, _ text: String) throws(BadOption) {
        if word.text == "--simulate" {
            simulation = try Self.seconds(text) { BadOption(word: word, complaint: $0) }
        } else if let when = Runtime.WallTime(local: text) {
            from = when
        } else {
            throw BadOption(
                word: word, complaint: "expects a local time such as 2027-03-28T00:00, got '\(text)'")
        }
    }

    /// A span such as `7d`.
    private static func seconds(_ text: String, _ fault: (String) -> BadOption) throws(BadOption) -> Int {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let digits = text.dropLast()
        let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
        guard isNumber, let unit = text.last.flatMap({ units[$0] }) else {
            throw fault("expects a span such as 90s, 15m, 36h or 7d, got '\(text)'")
        }
        guard let count = Int(digits), count <= longest / unit else {
            throw fault("expects at most 36500d, got '\(text)'")
        }
        return count * unit
    }

    private static let longest = 36_500 * 86_400

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
        case "p": checksSyntax = true
        default: throw BadOption(word: word)
        }
        return false
    }
}
