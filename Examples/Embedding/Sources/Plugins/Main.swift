// A host with plug-ins that it does not trust: each has a runtime of its own, without files and programs, with a limit on
// its memory, and a deadline for each call.
import Bridge

/// What a plug-in gets, and may change.
struct Note: Codable, LuaConvertible, Sendable {
    var title: String
    var tags: [String]
}

struct Plugin {
    let name: String
    let runtime: Runtime

    init(_ name: String, _ source: String) async throws {
        self.name = name
        var configuration = Runtime.Configuration()
        configuration.name = name
        configuration.libraries = .safe
        configuration.memoryLimit = 8 << 20
        configuration.output = { print("\(name) says: \(String(decoding: $0, as: UTF8.self))", terminator: "") }
        runtime = try Runtime(configuration)
        try await runtime.run(source: source, name: "=\(name)", deadline: .seconds(1))
    }

    func change(_ note: Note) async -> Note {
        do {
            return try await runtime.call("change", note, deadline: .milliseconds(200))
        } catch {
            print("\(name) failed: \(error.kind)")
            return note
        }
    }
}

@main
struct Host {
    static func main() async throws {
        let plugins = [
            try await Plugin("upper", "function change(n) n.title = n.title:upper() print('done') return n end"),
            try await Plugin("endless", "function change(n) while true do end end"),
            try await Plugin(
                "greedy", "function change(n) while true do n.tags[#n.tags + 1] = ('x'):rep(1000) .. #n.tags end end"),
            try await Plugin("thief", "function change(n) n.title = io.open('/etc/passwd'):read('a') return n end"),
            try await Plugin("tagger", "function change(n) n.tags[#n.tags + 1] = 'seen' return n end"),
        ]
        var note = Note(title: "hello", tags: [])
        for plugin in plugins { note = await plugin.change(note) }
        print(note.title, note.tags)
        for plugin in plugins { await plugin.runtime.shutdown(grace: .zero) }
    }
}
