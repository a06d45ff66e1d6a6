import Foundation
import Cluster
import Testing

@testable import Bridge

/// The annotations for editors in `types/`, the modules, and the reference name the same functions, fields and options.
@Suite struct AnnotationTests {
    /// What a class or module of the annotations has, inherited fields and methods included.
    private struct Annotations {
        var members: [String: Set<String>] = [:]
        var parents: [String: [String]] = [:]
        /// Functions that are globals.
        var globals: Set<String> = []

        init() throws {
            let folder = Program.package.appendingPathComponent("types")
            for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
                try read(String(contentsOf: file, encoding: .utf8))
            }
        }

        private mutating func read(_ text: String) {
            var current = ""
            for line in text.split(separator: "\n") {
                if let match = line.firstMatch(of: /^---@class luaconc\.(\w+)(?:: (.*))?/) {
                    current = String(match.1)
                    members[current, default: []] = []
                    parents[current] = (match.2 ?? "").matches(of: /luaconc\.(\w+)/).map { String($0.1) }
                } else if let match = line.firstMatch(of: /^---@field (\w+)/) {
                    members[current]?.insert(String(match.1))
                } else if let match = line.firstMatch(of: /^function (\w+)[.:](\w+)\(/) {
                    members[String(match.1), default: []].insert(String(match.2))
                } else if let match = line.firstMatch(of: /^function (\w+)\(/) {
                    globals.insert(String(match.1))
                }
            }
        }

        func all(_ name: String) -> Set<String> {
            (parents[name] ?? []).reduce(members[name] ?? []) { $0.union(all($1)) }
        }
    }

    private static let classes: [(String, AnyHostType)] = [
        ("Channel", ChannelModule.type), ("Group", GroupModule.type), ("Task", Handles.task),
        ("Thread", Handles.thread), ("Process", Handles.process), ("Timer", TimerModule.type),
        ("CronEvent", CronModule.type), ("Pool", PoolModule.type), ("SignalHandler", SignalModule.type),
        ("Program", SubprocessType.type), ("PipeReader", PipeTypes.reader), ("PipeWriter", PipeTypes.writer),
        ("SharedMap", SharedModule.mapType), ("SharedCounter", SharedModule.counter), ("Lock", SyncModule.lock),
        ("RWLock", SyncModule.rwlock), ("Semaphore", SyncModule.semaphore), ("EventFlag", SyncModule.event),
        ("Barrier", SyncModule.barrier), ("Condition", SyncModule.condition), ("Once", OnceCall.type),
        ("Guard", Guards.type), ("Supervisor", SupervisorHandle.type),
    ]

    @Test func `objects have the methods and fields that are annotated`() throws {
        let annotations = try Annotations()
        for (name, type) in Self.classes {
            let names = Set((type.methods + type.getters).map(\.name))
            #expect(annotations.all(name).symmetricDifference(names).sorted() == [], "\(name)")
        }
    }

    private static let modules = Module.builtin + [.cluster]

    @Test func `modules have the functions and fields that are annotated`() async throws {
        let annotations = try Annotations()
        let list = "for _, m in ipairs(arg) do for name in pairs(require(m)) do print(m .. ' ' .. name) end end"
        var program = Program(Program.luaconc, "-")
        program.words += Self.modules.map { Array($0.name.utf8) }
        program.input = Array(list.utf8)
        let pairs = try await program.run().text.split(separator: "\n").map { $0.split(separator: " ") }
        for module in Self.modules {
            var names = Set(pairs.filter { $0[0] == module.name }.map { String($0[1]) })
            names.formUnion(module.getters.filter { !$0.usage.isEmpty }.map(\.name))
            #expect(names.count > 1, "\(module.name)")
            #expect(annotations.all(module.name).symmetricDifference(names).sorted() == [], "\(module.name)")
        }
    }

    @Test func `the globals that stock Lua does not have are annotated`() async throws {
        let list = "for name in pairs(_G) do print(name) end"
        func globals(_ path: String) async throws -> Set<Substring> {
            try await Set(Program(path, "-e", list).run().text.split(separator: "\n"))
        }
        let own = try await globals(Program.luaconc).subtracting(globals(Program.lua)).map(String.init)
        #expect(own.count > 5)
        // The prompt alone has `help` and `jobs`.
        let annotated = try Annotations().globals.union(Module.builtin.map(\.name)).subtracting(["help", "jobs"])
        #expect(annotated.symmetricDifference(own).sorted() == [])
    }

    /// Calls that are given an option that does not exist, the annotated class of their options, and the pages that tell
    /// of these.
    private static let options: [(call: String, type: String, pages: [String])] = [
        ("task.spawn(no, fn)", "TaskOptions", ["task"]),
        ("task.group(no)", "GroupOptions", ["ending"]),
        ("thread.spawn(no, fn)", "ThreadOptions", ["thread"]),
        ("thread.map(no, fn, {})", "MapOptions", ["pool"]),
        ("thread.pool(no)", "ThreadPoolOptions", ["pool"]),
        ("pool:map(no, fn, {})", "PoolMapOptions", ["pool"]),
        ("pool:imap(no, fn, {})", "IterateOptions", ["pool"]),
        ("pool:imap_unordered(no, fn, {})", "IterateOptions", ["pool"]),
        ("channel.new(1, no)", "ChannelOptions", ["channel"]),
        ("timer.after(no, 1, fn)", "TimerOptions", ["timer"]),
        ("timer.every(no, 1, fn)", "RepeatingTimerOptions", ["timer"]),
        ("sched.cron('* * * * *', no, fn)", "CronOptions", ["sched"]),
        ("sched.next('* * * * *', no)", "NextOptions", ["sched"]),
        ("sched.run(no)", "RunEventsOptions", ["sched"]),
        ("process.spawn(no, fn)", "ProcessOptions", ["process"]),
        ("process.map(no, fn, {})", "MapOptions", ["pool"]),
        ("process.pool(no)", "ProcessPoolOptions", ["pool"]),
        ("process.run(no, 'true')", "RunOptions", ["process"]),
        ("process.popen(no, 'true')", "OpenOptions", ["process"]),
        ("process.spawn({sandbox = no}, fn)", "Sandbox", ["sandbox"]),
        ("process.spawn({sandbox = {net = no}}, fn)", "Ports", ["sandbox"]),
        ("supervisor.run(no)", "SupervisorOptions", ["supervisor"]),
        ("supervisor.spawn(no)", "SupervisorOptions", ["supervisor"]),
        ("supervisor.run{children = {no}}", "ChildSpec", ["supervisor"]),
        ("group:task(no, fn)", "TaskOptions", ["task"]),
        ("group:thread(no, fn)", "ThreadOptions", ["thread"]),
        ("group:process(no, fn)", "ProcessOptions", ["process"]),
    ]

    @Test func `functions take the options that are annotated, and their pages tell of each`() async throws {
        let annotations = try Annotations()
        var script = "local no, fn = {nonesuch = 1}, function() end\n"
        script += "local pool <close>, group = thread.pool(1), task.group()\n"
        for (call, _, _) in Self.options {
            script += "print(select(2, pcall(function() \(call) end)))\n"
        }
        let result = try await Program(Program.luaconc, "-", input: script).run()
        let lines = result.text.split(separator: "\n")
        try #require(lines.count == Self.options.count, "\(result.text)\(result.errorText)")
        for (line, option) in zip(lines, Self.options) {
            let list = try #require(line.firstMatch(of: /\(known (?:options|fields): ([^)]*)\)/), "\(line)").1
            let known = Set(list.split(separator: ", ").map(String.init))
            #expect(annotations.all(option.type).symmetricDifference(known).sorted() == [], "\(option.call)")
            let text = try option.pages.map(Self.page).joined()
            let untold = known.filter { name in
                !text.matches(of: /`[^`\n]+`/).contains {
                    $0.0.split { !$0.isLetter && $0 != "_" }.contains { $0 == name }
                }
            }
            #expect(untold.sorted() == [], "\(option.call)")
        }
    }

    @Test func `an error object has the fields that errors.md tells of`() throws {
        let told = try Set(
            Self.page("errors").matches(of: /(?m)^\| .*?\|/).flatMap { row in
                row.0.matches(of: /`e\.(\w+)`/).map { String($0.1) }
            })
        #expect(told.count > 5)
        #expect(try Annotations().all("Error").symmetricDifference(told).sorted() == [])
    }

    private static func page(_ name: String) throws -> String {
        try String(contentsOf: Program.package.appendingPathComponent("docs/\(name).md"), encoding: .utf8)
    }
}
