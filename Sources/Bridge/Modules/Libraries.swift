/// Which libraries the states of a runtime have. `string`, `table`, `math`, `utf8`, `coroutine` and the functions of the
/// base library that touch nothing outside are always there, and so are the host's own modules.
public struct Libraries: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `io`, `loadfile`, `dofile`, and what in `os` touches files.
    public static let files = Libraries(rawValue: 1)
    /// `package`, and `require` for files. Without it `require` gives the modules that are there.
    public static let package = Libraries(rawValue: 2)
    /// All of `os`: it starts programs, ends the runtime, and reads the environment. Without it there are `clock`, `date`,
    /// `difftime` and `time`.
    public static let os = Libraries(rawValue: 4)
    /// `debug`, which gets around every border within a state.
    public static let debug = Libraries(rawValue: 8)
    /// `load` takes bytecode, which can crash the process if it is made up, and there is `string.dump`; lists may be of any
    /// length, searches in strings cannot be interrupted, and finalizers are called when the state closes.
    public static let bytecode = Libraries(rawValue: 16)
    /// `task`, `timer`, `sched`, `sync` and `sleep`.
    public static let tasks = Libraries(rawValue: 32)
    /// `thread`, `channel`, `shared`, `supervisor`. What they hold counts for no state's memory.
    public static let threads = Libraries(rawValue: 64)
    /// `process`: external programs and child processes.
    public static let processes = Libraries(rawValue: 128)

    /// Everything, for scripts that are trusted.
    public static let all: Libraries = [.files, .package, .os, .debug, .bytecode, .tasks, .threads, .processes]
    /// For scripts that are not: they reach nothing outside their state but the host's modules. Set `memoryLimit`, and
    /// deadlines, as well.
    public static let safe: Libraries = []

    /// The built-in modules that belong to them.
    var modules: [Module] {
        if isSuperset(of: .all) { return Module.builtin }
        let groups: [(Libraries, Set<String>)] = [
            (.tasks, ["task", "timer", "sched", "sync"]), (.threads, ["thread", "channel", "shared", "supervisor"]),
            (.processes, ["process"]),
        ]
        return Module.builtin.filter { module in
            groups.contains { contains($0.0) && $0.1.contains(module.name) }
        }
    }

    /// Takes out of a state, before a script runs in it, what its confinement denies it, and redirects what it writes.
    /// `hosts` are not touched.
    static func confine(keeping hosts: [Module]) -> @Sendable (LuaState, Confinement) throws(ScriptError) -> Void {
        { state, confinement throws(ScriptError) in
            Redirection.install(state, confinement)
            if let libraries = confinement.libraries {
                try Libraries(rawValue: libraries).restrict(state, hosts)
            } else if !Redirection.isNeeded(confinement) {
                return
            }
            state.keepStandardAgain()
        }
    }

    private func restrict(_ state: LuaState, _ hosts: [Module]) throws(ScriptError) {
        let kept = Set((modules + hosts).map(\.name))
        for module in Module.builtin where !kept.contains(module.name) {
            state.remove(libraries: [module.name], globals: module.globals)
        }
        if !contains(.files) { state.remove(libraries: ["io"], globals: ["loadfile", "dofile"]) }
        if !contains(.debug) { state.remove(libraries: ["debug"]) }
        if !contains(.os) {
            state.keep(["clock", "date", "difftime", "time"], ofLibrary: "os")
        } else if !contains(.files) {
            state.remove(functions: ["remove", "rename", "tmpname"], ofLibrary: "os")
        }
        if !contains(.package) {
            state.keepFirstSearcher()
            state.remove(libraries: ["package"])
        }
        guard !contains(.bytecode) else { return }
        state.guardAgainstLoops()
        try state.run(chunk: PackageResources.safe_lua, name: "=safe", passing: "load")
    }
}
