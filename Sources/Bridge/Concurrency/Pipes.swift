/// The pipes to a process's standard streams, where there are any. Immutable.
struct Pipes: Sendable {
    let input: PipeWriter?
    let output: PipeReader?
    let errors: PipeReader?

    /// Makes those that are wanted, and notes their other ends in the launch.
    init(_ launch: inout Launch, for streams: [Bool]) throws(SystemError) {
        input = try launch.pipe(0, if: streams[0]).map(PipeWriter.init)
        output = try launch.pipe(1, if: streams[1]).map(PipeReader.init)
        errors = try launch.pipe(2, if: streams[2]).map(PipeReader.init)
    }

    func close() {
        input?.close()
        output?.close()
        errors?.close()
    }
}
