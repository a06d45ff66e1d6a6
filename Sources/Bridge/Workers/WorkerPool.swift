/// Parked threads with a fresh state each, so that spawning costs neither. A state is never used twice: when work has
/// ended its state is closed, and the thread opens a new one for the next. Shared; guarded by its mutex.
final class WorkerPool: Sendable {
    private struct State {
        var parked: [Seat] = []
        var isClosed = false
        var threads = 0
    }

    /// Where one thread waits for its next job.
    private final class Seat: Sendable {
        let sleeper = Sleeper()
        let job = Guarded<Job?>(nil)
    }

    struct Job: Sendable {
        let thread: Work
        let run: @Sendable (Worker) -> Void
    }

    private static let parkedAtMost = 4
    private let state = Guarded(State())

    /// Runs the job on a parked thread, or on a new one.
    func run(_ program: Program, _ job: Job) throws(SystemError) {
        let seat = state.withLock { $0.parked.popLast() }
        if let seat {
            seat.job.withLock { $0 = job }
            seat.sleeper.wake()
            return
        }
        let thread = try OSThread { [self] in serve(program, job) }
        thread.detach()
    }

    /// The life of one thread: job after job, each with a worker and a state of its own, opened before it is asked for.
    private func serve(_ program: Program, _ first: Job) {
        let memory = StateMemory()
        let seat = Seat()
        var next: Job? = first
        var prepared: LuaState?
        while let job = next {
            let worker = Worker(program: program, thread: job.thread, memory: memory)
            do throws(ScriptError) {
                try worker.open(prepared)
                job.run(worker)
                worker.close()
                program.stateClosed()
            } catch {
                if !job.thread.finish(.failed(error), .failed) { job.thread.reportIfUnobserved(error) }
                program.forget(job.thread)
            }
            guard let fresh = try? Worker.makeState(program, memory), park(seat) else { return }
            prepared = fresh
            next = wait(seat)
        }
    }

    private func park(_ seat: Seat) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.parked.count < Self.parkedAtMost else { return false }
            state.parked.append(seat)
            return true
        }
    }

    private func wait(_ seat: Seat) -> Job? {
        Processor.enter()
        _ = Processor.spin(for: 200_000) { seat.sleeper.isNotified }
        Processor.leave()
        seat.sleeper.sleep(until: .forever)
        return seat.job.withLock { $0.take() }
    }

    /// Parked threads end; those at work do when they are done.
    func close() {
        let parked = state.withLock { state in
            state.isClosed = true
            defer { state.parked.removeAll() }
            return state.parked
        }
        for seat in parked { seat.sleeper.wake() }
    }
}
