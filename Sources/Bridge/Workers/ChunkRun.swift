/// One chunk that the host or the prompt runs on the main worker, as a task. The caller waits for it while the loop
/// runs. Owned by the worker's thread.
final class ChunkRun: TaskParent {
    private let worker: Worker
    private(set) var isDone = false
    private(set) var error: ScriptError?
    /// The results, anchored together; nil when they were not wanted.
    private(set) var results: (anchor: Int, count: Int32)?
    private let keepsResults: Bool
    /// Its outcome, for the handle of the main thread.
    private(set) var end: (Work.End, Work.Status) = (.results(nil, count: 0), .done)
    /// The program is ending, so nobody waits for the chunk any more: its error is reported at once.
    var isAbandoned = false

    init(_ worker: Worker, keepsResults: Bool) {
        self.worker = worker
        self.keepsResults = keepsResults
    }

    var name: ByteText? { "main" }
    var title: ByteText { "main" }

    func succeeded(_ task: ScriptTask, _ count: Int32) -> Bool {
        let co = task.coroutine.L
        guard keepsResults else {
            if count > 0 { end.0 = worker.thread.copy(count, of: co, worker.state, nil) }
            return true
        }
        Stack(co).reserve(6)
        results = (worker.state.anchor(count, on: co), count)
        return true
    }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        isDone = true
        guard var error else { return false }
        end = (.failed(Self.split(error)), .failed)
        error.origin = ""  // the message is the whole text already
        error.traceback = ""
        self.error = error
        if isAbandoned, error.kind != .cancelled { worker.program.reportUnobserved(worker.thread.id, error) }
        return true
    }

    /// Splits the text of the error into message and traceback.
    private static func split(_ error: ScriptError) -> ScriptError {
        var error = error
        let lines = error.message.split(separator: UInt8(ascii: "\n"))
        if let first = lines.firstIndex(of: "stack traceback:") {
            error.message = lines[..<first].joined(separator: "\n")
            error.traceback = lines[first...].joined(separator: "\n")
        }
        return error
    }
}
