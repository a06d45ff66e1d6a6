import CNats

/// Has a task go on where it is woken, if that is the thread of a connection: nothing there blocks, and no other thread has to
/// be woken. Elsewhere tasks go on as usual.
final class HomeExecutor: TaskExecutor {
    static let shared = HomeExecutor()

    func enqueue(_ job: consuming ExecutorJob) {
        guard nats_polls_here() else { return globalConcurrentExecutor.enqueue(job) }
        job.runSynchronously(on: asUnownedTaskExecutor())
    }
}
