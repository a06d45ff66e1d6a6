import Foundation
import Testing

/// One call of the command: the words after the program's name, and what it gets besides.
struct Call: Sendable, CustomTestStringConvertible {
    let words: [String]
    let input: String
    let environment: [String: String]

    init(_ words: String..., input: String = "", environment: [String: String] = [:]) {
        (self.words, self.input, self.environment) = (words, input, environment)
    }

    var testDescription: String {
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let text = (variables + ["luaconc"] + words).joined(separator: " ") + (input.isEmpty ? "" : " <<< \(input)")
        return text.count > 200 ? text.prefix(200) + "…" : text
    }
}

/// Debian's stock Lua, to compare with.
enum StockLua {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: Program.lua)

    /// Runs the call with both programs in a folder of small scripts: everything must be the same, but for the names.
    static func compare(_ call: Call) async throws {
        let expected = try await run(call, Program.lua)
        let actual = try await run(call, Program.luaconc)
        #expect(actual.status == expected.status, "the exit status")
        #expect(shown(actual.output) == shown(expected.output), "standard output")
        #expect(shown(actual.errors) == shown(expected.errors), "standard error")
    }

    static func run(_ call: Call, _ path: String) async throws -> Program.Result {
        var program = Program(path)
        program.words = call.words.map { Array($0.utf8) }
        program.folder = folder
        program.input = Array(call.input.utf8)
        program.environment = call.environment
        return try await program.run()
    }

    /// Without what differs between any two runs or between the two programs' names, and the options that only one has.
    /// What is no UTF-8 is shown as Latin-1.
    private static func shown(_ bytes: [UInt8]) -> String {
        let latin = { String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })) }
        var text = String(validating: bytes, as: UTF8.self) ?? latin()
        for name in [Program.lua, Program.luaconc] { text = text.replacing(name, with: "luaconc") }
        text = text.replacing(#/  (--[a-z]|-p).*\n/#, with: "")
        return text.replacing(/0x[0-9a-f]{6,}/, with: "ADDRESS")
    }

    /// A folder with small scripts.
    static let folder: String = {
        let folder = TemporaryFolder.make("stock")
        for (name, bytes) in files { try? Data(bytes).write(to: folder.appendingPathComponent(name)) }
        return folder.path
    }()

    private static var files: [String: [UInt8]] {
        var files = texts.mapValues { Array($0.utf8) }
        files["latin.lua"] = Array("error(\"caf".utf8) + [0xe9] + Array("\")".utf8)
        files["bom.lua"] = [0xef, 0xbb, 0xbf] + Array("print(\"bom\")\n".utf8)
        files["bombang.lua"] = [0xef, 0xbb, 0xbf] + Array("#!x\nprint(\"bom\")\n".utf8)
        files["gone.luac"] = Array("\u{1b}LuaXgarbage".utf8)
        return files
    }

    private static let texts = [
        "args.lua": """
        print(#arg, arg[0], ...)
        for i = -8, 8 do
          if arg[i] and i ~= 0 then print(i, arg[i]) end
        end
        """,
        "err.lua": "local function f() error(\"boom\") end\nlocal function g() f() end\ng()\n",
        "syn.lua": "x = = 1\n",
        "sheb.lua": "#!/usr/bin/env lua\nprint(\"shebang\", ...)\n",
        "sheb2.lua": "#!/usr/bin/env lua\nerror(\"line 2\")\n",
        "empty.lua": "",
        "noeol.lua": "print(1)",
        "mod.lua": "return {name=...}",
        "modtrue.lua": "loaded = ...",
        "moderr.lua": "error(\"in module\")",
        "init.lua": "print(\"init file\", ...)",
        "-dash.lua": "print(\"dash file\", arg[0])",
        "ret.lua": "return 1, 2, 3",
        "sub.lua": "local m = ... or 0; io.write(\"x\"); os.exit(tonumber(m))",
        "warn.lua": "warn(\"hello \", \"there\") warn(\"@off\") warn(\"not\") warn(\"@on\") warn(\"again\")",
    ]
}
