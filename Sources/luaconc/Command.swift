import Bridge
import Cluster
import Glibc

/// One run of the command `luaconc`: it does the same as `lua`, in the same order. Owned by the main thread.
struct Command {
    let words: [Word]
    static let name = "luaconc"
    /// The process ends with its runtime, so that nobody takes that apart.
    private nonisolated(unsafe) static var kept: Runtime?  // sound: used by the main thread alone

    /// The exit status.
    func run() -> Int32 {
        do throws(Options.BadOption) {
            return run(try Options(words: words))
        } catch {
            StandardStreams.complain("\(Self.name): \(error.message)\n\(Options.usage)")
            return error.status
        }
    }

    private func run(_ options: Options) -> Int32 {
        if let visit = options.visit, options.question == nil { return Visitor(visit).run() }
        if let question = options.question { return answer(question) }
        if options.simulation != nil, hasPrompt(options) {
            let message = "'--simulate' needs a script, and there is a prompt"
            StandardStreams.complain("\(Self.name): \(message)\n\(Options.usage)")
            return EXIT_FAILURE
        }
        if options.showsVersion { StandardStreams.say(Runtime.luaVersion) }
        if options.checksSyntax { return check(Array(words[options.script...])) }
        guard begin(options.trace, options) else { return EXIT_FAILURE }
        defer { Trace.finish() }
        do throws(ScriptError) {
            var configuration = Runtime.Configuration()
            configuration.ignoresEnvironment = options.ignoresEnvironment
            configuration.ownsProcess = true
            let watches = options.watchdog ?? (StandardStreams.errorIsTerminal ? 1 : 0)
            configuration.watchdog = watches > 0 ? .seconds(watches) : nil
            configuration.attachability = options.isAttachable ? .always : .onSignal
            if let seconds = options.simulation {
                configuration.clock = .virtual(from: options.from ?? .now, seconds: seconds)
            }
            configuration.thread = .calling
            configuration.modules = [.cluster]
            let runtime = try Runtime(configuration)
            Self.kept = runtime
            defer { runtime.endAsInterrupted() }
            return run(options, runtime)
        } catch {
            StandardStreams.complain("\(Self.name): cannot create state: \(error.message)")
            return EXIT_FAILURE
        }
    }

    /// Begins the files that show what runs. False: it cannot be.
    private func begin(_ trace: Trace.Settings, _ options: Options) -> Bool {
        guard trace != .init() else { return true }
        let script = options.script < words.count ? words[options.script] : Word("prompt".utf8)
        do throws(Trace.Refusal) {
            try Trace.start(trace, name: "luaconc \(ByteText(script))")
        } catch {
            StandardStreams.complain("\(Self.name): cannot write '".utf8 + error.path.bytes + "': \(error.reason)".utf8)
            return false
        }
        return true
    }

    private func answer(_ question: Options.Question) -> Int32 {
        switch question {
        case .help: StandardStreams.say(Word(Options.help.utf8), terminator: "")
        case .version: StandardStreams.say(Build.description)
        }
        return EXIT_SUCCESS
    }

    /// Compiles the files, and tells which do not compile.
    private func check(_ files: [Word]) -> Int32 {
        var status = EXIT_SUCCESS
        do throws(ScriptError) {
            let runtime = try Runtime()
            for file in files {
                do throws(ScriptError) { try runtime.check(contentsOf: file == Word("-".utf8) ? nil : file) } catch {
                    StandardStreams.complain("\(Self.name): ".utf8 + error.message.bytes)
                    status = EXIT_FAILURE
                }
            }
        } catch {
            StandardStreams.complain("\(Self.name): cannot create state: \(error.message)")
            return EXIT_FAILURE
        }
        return status
    }

    private func run(_ options: Options, _ runtime: Runtime) -> Int32 {
        runtime.setArguments(words, script: options.script < words.count ? options.script : 0)
        runtime.collectInGenerations()
        do throws(ScriptError) {
            for part in [runInit, runSteps, runScript, runInput] where !runtime.isExiting {
                try part(options, runtime)
            }
        } catch {
            // When the program ends, the main chunk is cancelled: that is not reported.
            if !runtime.isExiting || error.kind != .cancelled {
                StandardStreams.complain("\(Self.name): ".utf8 + error.story.bytes)
            }
            return runtime.end(EXIT_FAILURE)
        }
        // Leaving the prompt ends everything. Scripts, also those fed to a prompt, end when all their work is done.
        return hasPrompt(options) && StandardStreams.inputIsTerminal ? runtime.end() : runtime.finish()
    }

    /// `LUA_INIT_5_4` or `LUA_INIT`: statements, or a file after `@`.
    private func runInit(_ options: Options, _ runtime: Runtime) throws(ScriptError) {
        guard !options.ignoresEnvironment else { return }
        for name in ["LUA_INIT_5_4", "LUA_INIT"] {
            guard let value = getenv(name) else { continue }
            let word = Word(value)
            if word.first == UInt8(ascii: "@") {
                try runtime.run(contentsOf: Array(word.dropFirst()))
            } else {
                try runtime.run(source: word, name: "=" + name)
            }
            return
        }
    }

    private func runSteps(_ options: Options, _ runtime: Runtime) throws(ScriptError) {
        for step in options.steps where !runtime.isExiting {
            let argument = Word(step.dropFirst())
            switch Unicode.Scalar(step[0]) {
            case "e": try runtime.run(source: argument, name: "=(command line)")
            case "l":
                let parts = argument.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                try runtime.require(Array(parts[parts.count - 1]), as: Array(parts[0]))
            default: runtime.enableWarnings()
            }
        }
    }

    private func runScript(_ options: Options, _ runtime: Runtime) throws(ScriptError) {
        guard options.script < words.count else { return }
        let path = words[options.script]
        let isInput = path == Word("-".utf8) && words[options.script - 1] != Word("--".utf8)
        try runtime.runScript(isInput ? nil : path)
    }

    /// The prompt, or standard input as a script when there is nothing else to do.
    private func runInput(_ options: Options, _ runtime: Runtime) throws(ScriptError) {
        if hasPrompt(options) {
            if !options.showsVersion { StandardStreams.say(Runtime.luaVersion) }
            Repl(runtime).run()
        } else if hasNothingElse(options) {
            try runtime.run(contentsOf: nil as Word?)
        }
    }

    private func hasPrompt(_ options: Options) -> Bool {
        options.isInteractive || hasNothingElse(options) && StandardStreams.inputIsTerminal
    }

    private func hasNothingElse(_ options: Options) -> Bool {
        options.script == words.count && !options.runsStatements && !options.showsVersion
    }
}
