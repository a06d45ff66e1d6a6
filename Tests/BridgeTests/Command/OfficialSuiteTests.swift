import Foundation
import Testing

@Suite struct OfficialSuiteTests {
    @Test func `Lua's own test suite passes in portable mode`() async throws {
        let suite = try await LuaSuite.folder()
        let copy = TemporaryFolder.make("suite").appendingPathComponent("tests")
        try FileManager.default.copyItem(at: suite, to: copy)
        var program = Program(Program.luaconc, "-e", "_U=true", "all.lua")
        program.folder = copy.path
        let result = try await program.run()
        #expect(result.status == 0, "\(result.errorText.suffix(2000))")
        #expect(result.text.contains("final OK !!!"))
    }
}

/// The tests that Lua's authors publish with Lua 5.4.4. They are not ours, so they are fetched, once for a build folder,
/// from the source package on PyPI that carries them.
private enum LuaSuite {
    static let package = "lupa", version = "2.0"
    static let checksum = "ad3fef486be7adddd349fe9a9c393789061312cf98ebc533b489be34f484cb79"

    struct Unreachable: Error, CustomStringConvertible {
        let description: String
    }

    /// The folder with `all.lua`.
    static func folder() async throws -> URL {
        let cache = Program.package.appendingPathComponent(".build/lua-suite")
        try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
        let archive = cache.appendingPathComponent("\(package)-\(version).tar.gz")
        if try await !isGenuine(archive) {
            let fetched = try await fetch(in: cache)
            guard try await isGenuine(archive) else {
                throw Unreachable(
                    description: """
                        Lua's own test suite could not be had: python3 -m pip has to reach PyPI (or the index that it is \
                        configured for) and get \(package) \(version) with SHA-256 \(checksum). It said:
                        \(fetched.errorText.suffix(2000))
                        """)
            }
        }
        let folder = TemporaryFolder.make("lua-suite")
        let unpacked = try await Program(
            "/usr/bin/env", "tar", "-xzf", archive.path, "-C", folder.path,
            "\(package)-\(version)/third-party/lua54/testes"
        ).run()
        #expect(unpacked.status == 0, "\(unpacked.errorText)")
        return folder.appendingPathComponent("\(package)-\(version)/third-party/lua54/testes")
    }

    private static func isGenuine(_ archive: URL) async throws -> Bool {
        let sum = try await Program("/usr/bin/env", "sha256sum", archive.path).run()
        return sum.status == 0 && sum.text.hasPrefix(checksum)
    }

    /// `pip` looks at the checksum before it does anything with what it has got. It then asks the package about itself;
    /// nothing is compiled or installed.
    private static func fetch(in cache: URL) async throws -> Program.Result {
        let wanted = cache.appendingPathComponent("wanted.txt")
        try "\(package)==\(version) --hash=sha256:\(checksum)\n".write(to: wanted, atomically: true, encoding: .utf8)
        var pip = Program(
            "/usr/bin/env", "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--no-binary", package, "--require-hashes", "--dest", cache.path, "--requirement", wanted.path)
        pip.limit = 300
        return try await pip.run()
    }
}
