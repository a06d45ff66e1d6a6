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
        configuration.memoryLimit = 4 << 20
        configuration.output = { print("\(name) says: \(String(decoding: $0, as: UTF8.self))", terminator: "") }
        runtime = try Runtime(configuration)
        try await runtime.run(source: source, name: "=\(name)", deadline: .seconds(1))
    }

    /// What the plug-in makes of the note; the note as it is, if the plug-in fails.
    func change(_ note: Note) async -> Note {
        do {
            return try await runtime.call("change", note, deadline: .seconds(1))
        } catch {
            print("\(name) failed: \(error.kind)")
            return note
        }
    }
}

@main
struct Host {
    static let sources = [
        ("upper", "function change(n) n.title = n.title:upper() print('done') return n end"),
        ("endless", "function change(n) while true do end end"),
        ("stubborn", "function change(n) while true do pcall(change, n) end end"),
        ("greedy", "function change(n) while true do n.tags[#n.tags + 1] = ('x'):rep(1000) .. #n.tags end end"),
        ("deep", "function change(n) return 1 + change(n) end"),
        ("thief", "function change(n) n.title = io.open('/etc/passwd'):read('a') return n end"),
        ("forger", "function change(n) return load('\\27Lua bytecode') and n end"),
        ("liar", "function change(n) return {title = 7, tags = 'none'} end"),
        ("tagger", "function change(n) n.tags[#n.tags + 1] = 'seen' return n end"),
    ]

    static func main() async throws {
        var plugins: [Plugin] = []
        for (name, source) in sources {
            do { plugins.append(try await Plugin(name, source)) } catch { print("\(name) was not loaded: \(error)") }
        }
        var note = Note(title: "hello", tags: [])
        for plugin in plugins { note = await plugin.change(note) }
        print(note.title, note.tags)
        for plugin in plugins { await plugin.runtime.shutdown(grace: .zero) }
    }
}
