/// What people have at the prompt. It is Lua (`Chunks/prompt.lua`, and what help tells in `Chunks/help.lua`), which calls
/// the functions here; scripts do not see them. Nothing of it is made before a prompt starts.
enum PromptModule {
    static func natives() -> [HostFunction] {
        [
            HostFunction("about", "", "Function: its usage and what it does; nil if it is none of a module.") {
                call throws(Fault) in
                guard let function = call.hostFunction(1), !function.usage.isEmpty else { return .none }
                call.push(word: function.usage)
                call.push(word: function.summary)
                return .results(2)
            },
            HostFunction("columns", "", "The width of the terminal.") { call throws(Fault) in
                call.push(Console.columns ?? 80)
                return .results(1)
            },
            HostFunction("say", "", "Prints a line.") { call throws(Fault) in
                Console.beginRow()
                Console.say(try call.string(1).bytes + [UInt8(ascii: "\n")])
                return .none
            },
            HostFunction("jobs", "", "What runs: a list of lists of four texts.") { call throws(Fault) in
                call.pushList(RunningWork.all(call.worker)) { work in
                    let kind = ByteText(work.isDaemon ? "\(work.kind), daemon" : work.kind)
                    call.pushList([kind, work.name, work.standing, work.place ?? ""]) { call.push($0) }
                }
                return .results(1)
            },
        ]
    }

    static var chunk: [UInt8] { PackageResources.prompt_lua }
    static var help: [UInt8] { PackageResources.help_lua }
}
