import Foundation
import Testing

/// What can be seen only of a whole process that embeds the library.
@Suite struct HostProbeTests {
    private static let probe: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("HostProbe").path
    }()

    private func run(_ words: String...) async throws -> Program.Result {
        var program = Program(Self.probe)
        program.words = words.map { Array($0.utf8) }
        return try await program.run()
    }

    @Test func `a million calls in each direction leave no memory behind`() async throws {
        let result = try await run("growth", "1000000")
        #expect(result.status == 0, "\(result.errorText)")
        let lines = result.text.split(separator: "\n")
        #expect(lines.count == 16)
        for line in lines {
            // What each call loses would be three thousand KiB or more, an object that it makes thirty thousand, and an
            // error ten thousand. Allocators, and collectors between two rounds, keep some for themselves.
            let growth = line.split(separator: " ").last.flatMap { Int($0) } ?? .max
            let isLarge = line.hasPrefix("object") || line.hasPrefix("errors")
            #expect(growth < (isLarge ? 8_000 : 2_000), "\(line)")
        }
    }

    @Test func `everything at once goes well`() async throws {
        let result = try await run("mix", "5")
        #expect(result.text == "mixed\n")
        #expect(result.errorText == "")
    }
}
