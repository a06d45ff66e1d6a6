import Foundation
import Testing

/// Lua's own test suite, which is not part of this package: LUA_TESTS names the folder where lua-5.4.4-tests.tar.gz was
/// unpacked.
@Suite struct OfficialSuiteTests {
    static let folder = ProcessInfo.processInfo.environment["LUA_TESTS"] ?? ""

    @Test(.enabled(if: !folder.isEmpty, "LUA_TESTS is not set"))
    func `the official test suite passes in portable mode`() async throws {
        let copy = TemporaryFolder.make("suite").appendingPathComponent("tests")
        try FileManager.default.copyItem(atPath: Self.folder, toPath: copy.path)
        var program = Program(Program.luaconc, "-e", "_U=true", "all.lua")
        program.folder = copy.path
        program.limit = 300
        let result = try await program.run()
        #expect(result.status == 0, "\(result.errorText.suffix(2000))")
        #expect(result.text.contains("final OK !!!"))
    }
}
