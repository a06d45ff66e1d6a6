import Bridge

/// The prompt: reads statements, runs each and prints its results, until the input or the program ends. While it waits
/// for a line, timers, tasks and threads go on. Owned by the main thread.
struct Repl {
    private let runtime: Runtime
    private let input: LineThread

    init(_ runtime: Runtime) {
        self.runtime = runtime
        input = LineThread(wake: runtime.wake, interrupt: runtime.interrupt)
    }

    func run() {
        while !runtime.isExiting, let statement = read() {
            do throws(ScriptError) {
                try runtime.runAndPrint(source: try statement.get(), name: "=stdin")
            } catch {
                if !runtime.isExiting { StandardStreams.complain(error.story.bytes) }
            }
        }
        input.close()
        if !runtime.isExiting { StandardStreams.say("") }
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

    /// The next line. After Ctrl-C at the first prompt it asks again. Nil: the script has ended the program, or the
    /// input has ended at the first prompt.
    private func line(_ prompt: Prompt) -> LineThread.Answer? {
        while true {
            let answer = answer(to: self.prompt(prompt))
            if case .interrupted? = answer, prompt == .first { continue }
            if case .end? = answer, prompt == .first { return nil }
            return answer
        }
    }

    private func prompt(_ prompt: Prompt) -> Word {
        switch prompt {
        case .first: runtime.description(ofGlobal: "_PROMPT") ?? Word("> ".utf8)
        case .next: runtime.description(ofGlobal: "_PROMPT2") ?? Word(">> ".utf8)
        }
    }

    private func answer(to prompt: Word) -> LineThread.Answer? {
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
