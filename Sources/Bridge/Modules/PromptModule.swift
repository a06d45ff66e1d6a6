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
                call.push((call.worker.terminal.map(\.columns) ?? Console.columns) ?? 80)
                return .results(1)
            },
            HostFunction("say", "", "Prints a line.") { call throws(Fault) in
                let line = try call.string(1).bytes + [UInt8(ascii: "\n")]
                if let terminal = call.worker.terminal {
                    terminal.say(line)
                } else {
                    Console.beginRow()
                    Console.say(line)
                }
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

    /// Opens a prompt in the open state, outside of all tasks. The natives are to be kept as long as the state. Returns
    /// the anchors of the function that shows results, and, for somebody who is attached, of the globals of lines.
    static func open(
        _ worker: Worker, _ natives: [HostFunction], hasColours: Bool, isAttached: Bool
    ) throws(ScriptError) -> (show: Int, globals: Int) {
        let state: LuaState = worker.state
        let stack = Stack(state.L)
        let top = stack.top
        defer { stack.resize(to: top) }
        try state.load(chunk, name: "=[prompt]", on: state.L)
        AnyHostType.pushTable(state.L, natives)
        try state.load(help, name: "=[help]", on: state.L)
        guard try state.call(0, on: state.L) == 1 else { return (0, 0) }
        let modules = worker.program.settings.modules.map(\.name)
        stack.pushTable(items: modules.count)
        for (index, name) in modules.enumerated() {
            state.push(word: name, on: state.L)
            stack.setItem(index + 1, of: -2)
        }
        if hasColours { state.push(word: "colours", on: state.L) } else { stack.pushNil() }
        if isAttached { state.push(word: "attached", on: state.L) } else { stack.pushNil() }
        guard try state.call(5, on: state.L) == 2 else { return (0, 0) }
        let globals = state.anchor(state.L)
        return (state.anchor(state.L), globals)
    }

    static var chunk: [UInt8] { PackageResources.prompt_lua }
    static var help: [UInt8] { PackageResources.help_lua }
}
