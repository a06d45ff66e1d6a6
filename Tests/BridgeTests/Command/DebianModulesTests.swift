import Foundation
import Testing

/// Compiled and plain Lua modules of Debian's packages load by `require` and work, in the main state and in threads.
@Suite struct DebianModulesTests {
    /// The packages, each with a module that it brings.
    private static let packages = [
        "lua-cjson": "cjson", "lua-filesystem": "lfs", "lua-lpeg": "lpeg", "lua-socket": "socket", "lua-penlight": "pl",
        "lua-expat": "lxp",
    ]

    @Test(arguments: packages.keys.sorted())
    func `a Debian module works in every state`(_ package: String) async throws {
        try await require(package)
        let script = Script.root.appendingPathComponent("lib/debian_modules.lua").path
        let result = try await Program(Program.luaconc, script, package).run()
        #expect(result.errorText == "")
        #expect(result.text == "ok\n")
        #expect(result.status == 0)
    }

    /// What stock Lua finds is installed.
    private func require(_ package: String) async throws {
        let module = Self.packages[package] ?? ""
        let search = "os.exit(package.searchpath('\(module)', package.path .. ';' .. package.cpath) ~= nil)"
        guard StockLua.isInstalled, try await Program(Program.lua, "-e", search).run().status == 0 else {
            try Test.cancel("\(package) is not installed: apt install \(package)")
        }
    }

    @Test func `a module that does not exist is named with the places where it was sought`() async throws {
        let script = "print(select(2, thread.spawn(function() return pcall(require, 'nomod') end):join()))"
        let result = try await Program(Program.luaconc, "-e", script).run()
        #expect(result.text.hasPrefix("module 'nomod' not found:\n\tno field package.preload['nomod']\n\tno file"))
    }
}
