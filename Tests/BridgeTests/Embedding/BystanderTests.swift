import Foundation
import Testing

/// What belongs to the host's process stays as it is: `Tests/Bystander` compares.
@Suite struct BystanderTests {
    private static func run(_ words: [String]) async throws -> [String] {
        var program = Program(CompilerTests.build.appendingPathComponent("Bystander").path)
        program.words = words.map { Array($0.utf8) }
        let result = try await program.run()
        #expect(result.status == 0)
        #expect(result.errorText == "")
        return result.text.split(separator: "\n").map(String.init)
    }

    /// What is shown when those two signals, and nothing else, are not as they were.
    private static func changes(_ signals: [Int32]) -> [String] {
        var lines = ["sum: 4", "a loop: timeout", "a thread: cancelled"]
        for when in ["while it runs", "afterwards"] {
            lines += signals.map { "\(when): signal \($0): info 0 mask []" }
            lines += signals.map { "\(when), no more: signal \($0): default 0 mask []" }
        }
        return lines
    }

    @Test func `a runtime changes nothing but two signals that nobody uses`() async throws {
        #expect(try await Self.run([]) == Self.changes([SIGURG, 64]))
    }

    @Test func `a host that handles these two keeps them`() async throws {
        let lines = try await Self.run(["handlers"])
        #expect(lines == Self.changes([62, 63]) + ["the host's handler was called: 1"])
    }
}
