import Foundation
import Testing

@Suite struct OfficialSuiteTests {
    @Test func `Lua's own test suite passes in portable mode`() async throws {
        let copy = TemporaryFolder.make("suite").appendingPathComponent("tests")
        try FileManager.default.copyItem(at: Program.package.appendingPathComponent("Tests/LuaSuite"), to: copy)
        var program = Program(Program.luaconc, "-e", "_U=true", "all.lua")
        program.folder = copy.path
        let result = try await program.run()
        #expect(result.status == 0, "\(result.errorText.suffix(2000))")
        #expect(result.text.contains("final OK !!!"))
    }
}
