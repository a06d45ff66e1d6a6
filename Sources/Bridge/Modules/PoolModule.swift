/// `map` and `pool` of the modules `thread` and `process`. Arguments are checked here; the rest is Lua
/// (`Chunks/pool.lua`), since it is glue over channels, tasks and handles.
enum PoolModule {
    /// The functions of the module of that name, whose `spawn` takes these options. Their usage lines are given, since to
    /// put texts together takes time in each start.
    static func functions(
        _ module: String, _ spawnOptions: [String], map: String, pool: String
    ) -> [HostFunction] {
        let poolOptions = ["init", "tasks_per_worker"] + spawnOptions.filter { $0 != "daemon" && $0 != "on_error" }
        return [
            HostFunction("map", map, "Calls a function for each item, on all cores; the results.") {
                call throws(Fault) in
                let function = try readOptions(call, 1, known: ["workers", "chunk", "progress"])
                try call.function(function)
                try table(call, function + 1)
                normalize(call, 1, function)
                return try forward(call, "map", module)
            },
            HostFunction("pool", pool, "Workers that wait for work.") { call throws(Fault) in
                let index = try readOptions(call, 1, known: poolOptions)
                let count = call.isNone(index) ? Processor.count : try call.integer(index)
                guard count >= 1 else { throw .argument(index, "1 or more expected, got \(count)") }
                normalize(call, 1, index)
                call.stack.resize(to: 1)
                call.push(count)
                return try forward(call, "pool", module)
            },
        ]
    }

    static let type: HostType<Pool> = HostType(
        "pool",
        methods: [
            HostFunction("submit", "pool:submit(fn, ...)", "Has a worker call the function; returns a handle.") {
                call throws(Fault) in
                _ = try call.object(1, type)
                try call.function(2)
                return try forward(call, "submit")
            },
            HostFunction(
                "map", "pool:map([opts,] fn, list)", "Calls a function for each item of a list; the results."
            ) { call throws(Fault) in
                _ = try call.object(1, type)
                let function = try readOptions(call, 2, known: ["chunk", "progress"])
                try call.function(function)
                try table(call, function + 1)
                normalize(call, 2, function)
                return try forward(call, "pool_map")
            },
            HostFunction(
                "imap", "pool:imap([opts,] fn, iterator)", "The results one by one, in the order of the items."
            ) {
                call throws(Fault) in try iterate(call, "imap")
            },
            HostFunction(
                "imap_unordered", "pool:imap_unordered([opts,] fn, iterator)", "The results as they come."
            ) {
                call throws(Fault) in try iterate(call, "imap_unordered")
            },
            HostFunction(
                "close", "pool:close()", "Waits for the work and ends the workers.", memory: .givesBack
            ) { call throws(Fault) in
                _ = try call.object(1, type)
                return try forward(call, "close")
            },
        ],
        metamethods: [
            HostFunction("__tostring", "tostring(pool)", "What it is and how it stands.") { call throws(Fault) in
                _ = try call.object(1, type)
                return try forward(call, "describe")
            },
            HostFunction(
                "__close", "local pool <close>", "Closes it; after an error, cancels its work first.",
                memory: .givesBack
            ) { call throws(Fault) in
                _ = try call.object(1, type)
                return try forward(call, "leave")
            },
        ])

    // MARK: - Arguments

    /// Checks the table of options at `index`, if there is one. Returns the index of the argument after it.
    private static func readOptions(_ call: HostCall, _ index: Int32, known: [String]) throws(Fault) -> Int32 {
        guard call.kind(index) == .table, !call.isCallable(index) else { return index }
        let spawn = try SpawnOptions(call, at: index, known: known)
        guard let options = spawn.options else { return index }
        for name in ["workers", "chunk", "tasks_per_worker"] {
            guard let number = try options.integer(name) else { continue }
            guard number >= 1 else { throw options.wrong(name, "1 or more expected, got \(number)") }
        }
        _ = try options.boolean("progress")
        if try options.function("init") { call.stack.pop() }
        return index + 1
    }

    /// [-0, +(0|1), -] Inserts nil where the options would be if the argument at `index` is the one after them.
    private static func normalize(_ call: HostCall, _ index: Int32, _ next: Int32) {
        guard next == index else { return }
        call.pushNil()
        call.stack.insert(at: index)
    }

    private static func table(_ call: HostCall, _ index: Int32) throws(Fault) {
        guard call.kind(index) == .table else { throw .type(index, "table") }
    }

    private static func iterate(_ call: HostCall, _ name: String) throws(Fault) -> Outcome {
        _ = try call.object(1, type)
        let function = try readOptions(call, 2, known: ["chunk"])
        try call.function(function)
        guard call.kind(function + 1) == .table || call.isCallable(function + 1) else {
            throw .type(function + 1, "table or iterator")
        }
        normalize(call, 2, function)
        return try forward(call, name)
    }

    // MARK: - The part in Lua

    /// Calls the function of the chunk with the arguments of the call.
    private static func forward(_ call: HostCall, _ name: String, _ module: String? = nil) throws(Fault) -> Outcome {
        if let module {
            call.push(word: module)
            call.stack.insert(at: 1)
        }
        try chunk.push(name, call)
        call.stack.insert(at: 1)
        return .forward(call.count - 1, call)
    }

    private static let chunk = LuaChunk(
        "pool", PackageResources.pool_lua,
        [
            HostFunction("new", "", "A new pool.") { call throws(Fault) in
                call.givesUnmarked()
                call.push(Pool(), type)
                return .results(1)
            },
            HostFunction("module", "", "The module of that name, whatever the script's globals are.") {
                call throws(Fault) in
                call.stack.pushLoaded(try call.string(1).description)
                return .results(1)
            },
            HostFunction("list", "", "An empty table with room for so many items.") { call throws(Fault) in
                call.stack.pushTable(items: min(try call.integer(1), 1 << 26))
                return .results(1)
            },
            HostFunction("hole", "", "List, count: its first item that is nil; nil if there is none.") {
                call throws(Fault) in
                let hole = call.stack.firstHole(in: 1, count: max(0, try call.integer(2)))
                if hole > 0 { call.push(hole) } else { call.pushNil() }
                return .results(1)
            },
            HostFunction("slice", "", "List, first, count: a new list of those items.") { call throws(Fault) in
                call.stack.pushSlice(of: 1, from: try call.integer(2), count: try call.integer(3))
                return .results(1)
            },
            HostFunction("place", "", "List, count, target, first: copies the items into the target.") {
                call throws(Fault) in
                call.stack.place(try call.integer(2), of: 1, into: 3, from: try call.integer(4))
                return .none
            },
            HostFunction("check", "", "Raises an error unless the values can be sent; whether to another process.") {
                call throws(Fault) in
                _ = try call.state.message(2, call.count, as: .arguments, on: call.L, leavesProcess: call.boolean(1))
                return .none
            },
            HostFunction("failure", "", "Kind, message: an error object.") { call throws(Fault) in
                call.pushError(ScriptError(.init(name: try call.string(1).description), try call.string(2)))
                return .results(1)
            },
            HostFunction("ended", "", "Handle: waits for the end of its work, which does not count as observing it.") {
                call throws(Fault) in
                let work = try Handles.work(call)
                return try Handles.awaitEnd(call, work, until: .forever, choice: Work.atBlockEnd) {
                    call, _ throws(Fault) in
                    call.worker.reportUnseenFailure(of: work)
                    return .none
                }
            },
            HostFunction("attends", "", "Handle of a task of this state: it attends, and does what has not begun yet.")
            {
                call throws(Fault) in
                if let work = Handles.workIfAny(call, 1), let task = work.task {
                    call.worker.attend(task)
                    work.show(.pending)
                }
                return .none
            },
            HostFunction(
                "errand", "",
                "Handle: the status of the running task is that of this work; without one, that it has not begun."
            ) { call throws(Fault) in
                let work = Handles.workIfAny(call, 1)
                call.worker.current?.handle().errand = work.map { .done(by: $0) } ?? .shown(.pending)
                return .none
            },
            HostFunction("marked", "", "Handle of a process: the last mark that it has set.") { call throws(Fault) in
                let mark = Handles.workIfAny(call, 1)?.elsewhere?.mark ?? 0
                call.push(Int(bitPattern: UInt(mark)))
                return .results(1)
            },
            HostFunction("bar", "", "Text: shows it as the last line on the terminal; nil: takes it away.") {
                call throws(Fault) in
                Console.showBar(call.isNone(1) ? nil : try call.string(1))
                return .none
            },
            HostFunction("columns", "", "The width of the terminal that is standard error; nil: it is none.") {
                call throws(Fault) in
                if let columns = Console.columns { call.push(columns) } else { call.pushNil() }
                return .results(1)
            },
        ])

    /// What a worker in a child process reads to get the function that notes which item is under way.
    static let mark = HostFunction("mark", "", "The function that sets this process's mark.") { call throws(Fault) in
        setMark.push(call.L)
        return .results(1)
    }
    private static let setMark = HostFunction("mark", "", "Sets the mark of this process.", memory: .givesBack) {
        call throws(Fault) in
        call.worker.program.setMark?(UInt64(bitPattern: Int64(try call.integer(1))))
        return .none
    }

    /// What scripts hold. Its workers are known to the chunk.
    final class Pool {}
}
