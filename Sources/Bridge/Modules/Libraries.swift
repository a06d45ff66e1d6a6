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
    /// length.
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
        if self == .all { return Module.builtin }
        let groups: [(Libraries, Set<String>)] = [
            (.tasks, ["task", "timer", "sched", "sync"]), (.threads, ["thread", "channel", "shared", "supervisor"]),
            (.processes, ["process"]),
        ]
        return Module.builtin.filter { module in
            groups.contains { contains($0.0) && $0.1.contains(module.name) }
        }
    }

    /// Takes out of a fresh state what does not belong to them.
    func restrict(_ state: LuaState) throws(ScriptError) {
        if self == .all { return }
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
        if !contains(.bytecode) { try state.run(chunk: PackageResources.safe_lua, name: "=safe", passing: "load") }
    }
}

/// Where a runtime's output goes, if not to the process's own streams. Immutable; the program keeps it while its states
/// are open.
final class Redirection: Sendable {
    private let functions: [(library: String, function: HostFunction)]

    init(output: (@Sendable ([UInt8]) -> Void)?, errorOutput: (@Sendable ([UInt8]) -> Void)?) {
        var functions: [(library: String, function: HostFunction)] = []
        if let output {
            functions.append(("_G", Self.writer("print", separator: "\t", end: "\n", output)))
            functions.append(("io", Self.writer("write", separator: "", end: "", output)))
        }
        if let errorOutput {
            let prefix: ByteText = "Lua warning: "
            let warn = Self.writer("warn", separator: "", end: "\n") { errorOutput((prefix + ByteText($0)).bytes) }
            functions.append(("_G", warn))
        }
        self.functions = functions
    }

    var isNeeded: Bool { !functions.isEmpty }

    /// Replaces what writes in a fresh state.
    func install(_ state: LuaState) {
        for (library, function) in functions { state.replace(function, function.name, of: library) }
    }

    private static func writer(
        _ name: String, separator: ByteText, end: ByteText, _ take: @escaping @Sendable ([UInt8]) -> Void
    ) -> HostFunction {
        HostFunction(name) { call throws(Fault) in
            let count = call.count
            var text: ByteText = ""
            for index in stride(from: 1 as Int32, through: count, by: 1) {
                if index > 1 { text += separator }
                if name != "print", call.kind(index) != .string, call.kind(index) != .number {
                    throw .type(index, "string")
                }
                switch call.shown(index) {
                case .success(let shown): text += shown
                case .failure: throw .raised
                }
            }
            take((text + end).bytes)
            return .none
        }
    }
}
