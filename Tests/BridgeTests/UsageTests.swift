import Foundation
import Testing

@testable import Bridge

/// What the modules say of their own functions and what the reference says of them is the same.
@Suite struct UsageTests {
    /// Functions that scripts can name. Those of a module written in Lua, or without a usage, are for a chunk alone.
    static let functions: [HostFunction] = {
        let types: [AnyHostType] = [
            ChannelModule.type, GroupModule.type, Handles.task, Handles.thread, Handles.process, TimerModule.type,
            PoolModule.type, SignalModule.type, SubprocessType.type, PipeTypes.reader, PipeTypes.writer,
            SharedModule.mapType, SharedModule.counter, SyncModule.lock, SyncModule.rwlock, SyncModule.semaphore,
            SyncModule.event, SyncModule.barrier, SyncModule.condition, OnceCall.type, Guards.type,
        ]
        let modules = Module.builtin.filter { $0.chunk == nil }
        return modules.flatMap { $0.functions + $0.getters.filter { !$0.usage.isEmpty } }
            + types.flatMap { $0.methods + $0.getters + $0.metamethods.filter { $0.name != "__tostring" } }
    }()

    private static let reference: String = {
        let folder = Program.package.appendingPathComponent("docs")
        let pages = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        let texts = pages.filter { $0.pathExtension == "md" }.map { try? String(contentsOf: $0, encoding: .utf8) }
        return texts.compactMap(\.self).joined().replacingOccurrences(of: #"\|"#, with: "|")
    }()

    @Test func `the reference has every usage that a module tells`() {
        #expect(Self.functions.count > 90)
        #expect(Set(Self.functions.map(\.usage)).filter { !Self.reference.contains($0) } == [])
    }

    @Test func `every function and method stands in an example of the reference`() throws {
        let help = try String(
            contentsOf: Program.package.appendingPathComponent("Sources/Bridge/Modules/Chunks/help.lua"),
            encoding: .utf8)
        let names = Set(help.matches(of: /\n    \["([^"]+)"\] = "/).map { String($0.1) })
        let code = Self.reference.matches(of: /\n```lua[^\n]*\n((?s).*?)\n```/).map { String($0.1) }.joined(
            separator: "\n")
        let missing = names.filter { name in
            let isModule = Module.builtin.contains { name.hasPrefix($0.name + ".") }
            let used = isModule ? name : ":" + name.split { $0 == "." || $0 == ":" }.last!
            return !code.contains(used + "(") && !code.contains(used + " {") && !code.contains(used + "{")
        }
        #expect(names.count > 90)
        #expect(missing.sorted() == [])
    }

    @Test func `every function says what it does, in a sentence`() {
        let wrong = Self.functions.filter { $0.summary.first?.isUppercase != true || $0.summary.last != "." }
        #expect(wrong.map(\.usage) == [])
    }

    @Test func `a usage names the function`() {
        let wrong = Self.functions.filter { !$0.name.hasPrefix("__") && !$0.usage.contains($0.name) }
        #expect(wrong.map(\.usage) == [])
    }
}
