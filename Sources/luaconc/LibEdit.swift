import Glibc

/// The functions of libedit that the prompt uses. The library is loaded when the prompt starts, so programs without
/// one do not pay for it. Owned by the line thread: libedit keeps its state in global variables, and no other thread
/// calls it.
struct LibEdit {
    enum Line {
        case text(Word)
        case end
    }

    private typealias Action = @convention(c) () -> Void
    private typealias TakeText = @convention(c) (UnsafePointer<CChar>?) -> Int32
    private typealias LineHandler = @convention(c) (UnsafeMutablePointer<CChar>?) -> Void
    private typealias Install = @convention(c) (UnsafePointer<CChar>?, LineHandler) -> Void
    private typealias Strings = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private typealias Completer = @convention(c) (UnsafePointer<CChar>?, Int32, Int32) -> Strings?

    private let library: UnsafeMutableRawPointer
    private let install: Install
    private let remove: Action
    private let readCharacter: Action
    private let addHistory: TakeText
    private let resizeTerminal: Action

    init?() {
        guard let library = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL),
            let install = dlsym(library, "rl_callback_handler_install"),
            let remove = dlsym(library, "rl_callback_handler_remove"),
            let readCharacter = dlsym(library, "rl_callback_read_char"),
            let addHistory = dlsym(library, "add_history"),
            let resizeTerminal = dlsym(library, "rl_resize_terminal")
        else { return nil }
        // Sound: these are the functions' types in <editline/readline.h>.
        self.library = library
        self.install = unsafeBitCast(install, to: Install.self)
        self.remove = unsafeBitCast(remove, to: Action.self)
        self.readCharacter = unsafeBitCast(readCharacter, to: Action.self)
        self.addHistory = unsafeBitCast(addHistory, to: TakeText.self)
        self.resizeTerminal = unsafeBitCast(resizeTerminal, to: Action.self)
    }

    // MARK: - Lines

    // Sound: only the line thread reads or writes these two.
    private nonisolated(unsafe) static var received: Line?
    private nonisolated(unsafe) static var complete: (Word) -> [Word] = { _ in [] }

    /// `complete` returns the completions of the word at the cursor.
    func open(complete: @escaping (Word) -> [Word]) {
        Self.useTerminalEncoding()
        Self.complete = complete
        set("rl_readline_name", strdup("luaconc"))
        set("rl_basic_word_break_characters", strdup(" \t\n\"\\'`@$><=;|&{(+-*/%^~#,[])}"))
        set("rl_completion_append_character", Int32(0))
        set("rl_attempted_completion_function", Self.completer as Completer?)
        Self.stopOtherCompletion = dlsym(library, "rl_attempted_completion_over")?.assumingMemoryBound(to: Int32.self)
        call("using_history")
    }

    /// Shows the prompt. From now on the terminal delivers single keys.
    func begin(_ prompt: Word) {
        Self.received = nil
        prompt.withCString { install($0) { text in LibEdit.receive(text) } }
    }

    /// To be called when there is something to read. Returns the line when it is complete; the terminal is as before
    /// then.
    func readByte() -> Line? {
        readCharacter()
        guard let line = Self.received else { return nil }
        Self.received = nil
        remove()
        return line
    }

    func abandon() {
        call("rl_free_line_state")
        remove()
    }

    func remember(_ line: Word) { line.withCString { _ = addHistory($0) } }
    func resize() { resizeTerminal() }

    private static func receive(_ text: UnsafeMutablePointer<CChar>?) {
        received = text.map { .text(Word($0)) } ?? .end
        free(text)
    }

    // MARK: - Completion

    private static let completer: Completer = { text, _, _ in
        LibEdit.stopOtherCompletion?.pointee = 1
        guard let text else { return nil }
        let matches = LibEdit.complete(Word(text))
        guard let first = matches.first else { return nil }
        let common = matches.dropFirst().reduce(first) { a, b in Array(zip(a, b).prefix { $0 == $1 }.map(\.0)) }
        // The library frees the vector and the strings.
        let vector = Strings.allocate(capacity: matches.count + 2)
        for (index, word) in ([common] + matches).enumerated() {
            vector[index] = word.withCString { $0.flatMap { strdup($0) } }
        }
        vector[matches.count + 1] = nil
        return vector
    }

    // Sound: as above. Without it the library offers the names of files.
    private nonisolated(unsafe) static var stopOtherCompletion: UnsafeMutablePointer<Int32>?

    // MARK: - The library's variables

    private func set<T>(_ name: String, _ value: T) {
        dlsym(library, name)?.assumingMemoryBound(to: T.self).pointee = value
    }

    private func call(_ name: String) {
        // Sound: only for functions without parameters, whose result does not matter.
        if let function = dlsym(library, name) { unsafeBitCast(function, to: Action.self)() }
    }

    /// Sets the user's character encoding for this thread, UTF-8 if that is only ASCII. Scripts still see the "C"
    /// locale.
    private static func useTerminalEncoding() {
        let mask = Int32(1 << LC_CTYPE)
        guard var locale = newlocale(mask, "", nil) ?? newlocale(mask, "C.UTF-8", nil) else { return }
        if let name = nl_langinfo_l(CInt(CODESET), locale), strcmp(name, "ANSI_X3.4-1968") == 0,
            let wider = newlocale(mask, "C.UTF-8", nil)
        {
            locale = wider
        }
        uselocale(locale)
    }
}

extension Word {
    fileprivate func withCString<R>(_ body: (UnsafePointer<CChar>?) -> R) -> R {
        (self + [0]).withUnsafeBytes { body($0.assumingMemoryBound(to: CChar.self).baseAddress) }
    }
}
