import Bridge
import Glibc

/// The prompt: reads statements, runs each and prints its results, until the input or the program ends. While it waits
/// for a line, timers, tasks and threads go on. Owned by the main thread.
struct Repl {
    private let runtime: Runtime
    private let input: LineThread
    /// Somebody sits there: results are shown readably, and there is help. Otherwise all is as in stock Lua.
    private let hasPeople = StandardStreams.inputIsTerminal && StandardStreams.outputIsTerminal
    private let hasColours: Bool

    init(_ runtime: Runtime) {
        self.runtime = runtime
        hasColours = hasPeople && TerminalKind.hasColours
        input = LineThread(wake: runtime.wake, interrupt: runtime.interrupt)
    }

    func run() {
        if hasPeople { greet() }
        while !runtime.isExiting, let statement = read() {
            do throws(ScriptError) {
                try runtime.runAndPrint(source: try statement.get(), name: "=stdin")
            } catch {
                if !runtime.isExiting { complain(error) }
            }
        }
        input.close()
        if !runtime.isExiting { leave() }
    }

    private func greet() {
        StandardStreams.say("help() tells what there is, Tab completes, Ctrl-D leaves.")
        do throws(ScriptError) { try runtime.openPrompt(hasColours: hasColours) } catch { complain(error) }
    }

    /// Tells what ends with the program.
    private func leave() {
        guard hasPeople, let work = runtime.runningWork else { return StandardStreams.say("") }
        StandardStreams.say(Word("\nends ".utf8) + work)
    }

    private func complain(_ error: ScriptError) {
        let story = error.story.bytes
        if hasPeople { Console.beginRow() }
        guard hasColours, StandardStreams.errorIsTerminal else { return StandardStreams.complain(story) }
        let message = story.prefix { $0 != UInt8(ascii: "\n") }
        StandardStreams.complain("\u{1b}[31m".utf8 + message + "\u{1b}[0m".utf8 + story[message.count...])
    }

    // MARK: - Statements

    /// Reads a statement, which may take several lines. Returns it if it compiles, otherwise the error; nil at the end.
    private func read() -> Result<Word, ScriptError>? {
        guard case .line(var text)? = line(.first) else { return nil }
        if text.first == UInt8(ascii: "=") { text = Word("return ".utf8) + text.dropFirst() }
        let expression = Word("return ".utf8) + text + Word(";".utf8)
        if problem(expression) == nil { return .success(expression) }
        while let problem = problem(text) {
            guard problem.kind == .syntax(incomplete: true) else { return .failure(problem) }
            switch line(.next) {
            case .line(let more)?: text += Word("\n".utf8) + more
            case .interrupted?: return .success([])
            case .end?, nil: return .failure(problem)
            }
        }
        return .success(text)
    }

    private func problem(_ text: Word) -> ScriptError? {
        do throws(ScriptError) {
            try runtime.check(source: text, name: "=stdin")
            return nil
        } catch {
            return error
        }
    }

    // MARK: - Lines

    private enum Prompt {
        case first, next
    }

    /// The next line. After Ctrl-C at the first prompt it asks again, unless that was the second in a row and nothing was
    /// typed. Nil: the script has ended the program, or the input has ended at the first prompt.
    private func line(_ prompt: Prompt) -> LineThread.Answer? {
        var wasEmpty = false
        while true {
            let answer = answer(to: self.prompt(prompt))
            guard prompt == .first else { return answer }
            switch answer {
            case .interrupted(let isEmpty)?:
                if isEmpty, wasEmpty { return nil }
                if isEmpty { StandardStreams.say("(Ctrl-C again, or Ctrl-D, leaves)") }
                wasEmpty = isEmpty
            case .end?: return nil
            default: return answer
            }
        }
    }

    private func prompt(_ prompt: Prompt) -> Word {
        switch prompt {
        case .first: runtime.description(ofGlobal: "_PROMPT") ?? Word("> ".utf8)
        case .next: runtime.description(ofGlobal: "_PROMPT2") ?? Word(">> ".utf8)
        }
    }

    private func answer(to prompt: Word) -> LineThread.Answer? {
        Console.flush()
        input.ask(prompt)
        while true {
            runtime.serve { input.hasNews }
            if runtime.isExiting { return nil }
            switch input.takeNews() {
            case .answer(let answer)?: return answer
            case .question(let word)?: input.tell(runtime.completions(of: word))
            case nil: break
            }
        }
    }
}
