import Foundation
import Testing

@testable import Bridge

/// What `help` tells besides the usage lines.
@Suite struct HelpTests {
    private static let file = Program.package.path + "/Sources/Bridge/Modules/Chunks/help.lua"

    @Test func `every example prints what it says`() async throws {
        let script = """
            local help, wrong, count = dofile(arg[1]), 0, 0
            local function squeezed(text) return (text:gsub("[ \\t]+", " "):gsub(" \\n", "\\n")) end
            for name, code in pairs(help.examples) do
              local printed, expected = {}, {}
              local env = setmetatable({print = function(...)
                local words = table.pack(...)
                for i = 1, words.n do words[i] = tostring(words[i]) end
                printed[#printed + 1] = table.concat(words, " ") .. "\\n"
              end}, {__index = _G})
              for text in code:gmatch("%-%->[ \\t]?([^\\n]*)") do expected[#expected + 1] = text .. "\\n" end
              local ok, e = pcall(task.timeout, 20, assert(load(code, "=" .. name, "t", env)))
              local got = squeezed(table.concat(printed))
              count = count + 1
              if not ok or not got:find(squeezed(table.concat(expected)):gsub("\\n$", ""), 1, true) then
                wrong = wrong + 1
                print(name, ok, e, got)
              end
            end
            print(count .. " examples, " .. wrong .. " wrong")
            """
        var program = Program(Program.luaconc, "-", Self.file, input: script)
        program.limit = 120
        let result = try await program.run()
        #expect(result.text.hasSuffix(" examples, 0 wrong\n"), "\(result.text)\(result.errorText)")
    }

    @Test func `every function and method has one, and none is left over`() throws {
        let text = try String(contentsOfFile: Self.file, encoding: .utf8)
        let named = Set(text.matches(of: /\n    \["([^"]+)"\] = "/).map { String($0.1) })
        let functions = UsageTests.functions.filter {
            !$0.name.hasPrefix("__") && $0.usage.contains("(") && !$0.usage.hasPrefix("tostring")
        }
        let scheduler = ["enter", "enterabs", "cancel", "empty", "queue", "run", "new", "cron", "next"].map {
            "sched." + $0
        }
        let supervisor = ["supervisor.run", "supervisor.spawn", "s:detach"]
        let keys = functions.compactMap { $0.usage.firstMatch(of: /^\w+[.:]?\w*/).map { String($0.0) } }
        #expect(Set(keys + scheduler + supervisor).symmetricDifference(named).sorted() == [])
    }

    @Test func `every module has its line`() throws {
        let text = try String(contentsOfFile: Self.file, encoding: .utf8)
        for module in Module.builtin { #expect(text.contains("\n    \(module.name) = \"")) }
    }
}
