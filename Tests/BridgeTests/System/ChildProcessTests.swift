import Testing

@testable import Bridge

@Suite struct ChildProcessTests {
    @Test func `an end that nobody can know is no exit code`() async throws {
        // Ready at once, like a process that has ended, and nothing that can be waited for.
        let descriptor = try Descriptor.pipe().reader.release()
        let end: ChildProcess.End = await withCheckedContinuation { continuation in
            do throws(Launch.Failure) {
                _ = try ChildProcess((Int32.max, descriptor)) { process, end in
                    process.reap()
                    continuation.resume(returning: end)
                }
            } catch {
                continuation.resume(returning: .code(error.code))
            }
        }
        #expect(end == .unknown)
    }
}
