/// Parked threads, each with a fresh state, so that spawning a thread need not make either. A state is never used
/// twice: when work has ended its state is closed, and the thread opens a new one for the next. Shared; guarded by its
/// lock.
final class WorkerPool: Sendable {
    private struct State {
        var parked: [Seat] = []
        var isClosed = false
        /// How many threads close their last state, how many open the next one, and the jobs that wait for the latter.
        var closing = 0
        var opening = 0
        var waiting: [Job] = []
        /// Wakes whoever waits for the end of the closing.
        var settling: Sleeper?

        /// A thread is awake without a job, or soon will be.
        var hasReadyThread: Bool { parked.last?.isAwake == true || waiting.count < opening }
    }

    /// A parked thread, which waits for its next job.
    private final class Seat: @unchecked Sendable {  // sound: guarded by the pool's lock
        let sleeper = Sleeper()
        var job: Job?
        /// It spins; it does not sleep yet.
        var isAwake = true
        /// Owned by the thread.
        var spin = AdaptiveSpin(most: .microseconds(200))
    }

    struct Job: Sendable {
        let thread: Work
        let run: @Sendable (Worker) -> Void
        /// The signals that the spawning thread blocks; the new one blocks them as well.
        let signals = SignalMask.current
    }

    private static let parkedAtMost = 4
    /// How long a job waits for a thread that is closing its last state: waking or starting another takes longer.
    private static let patience: TimeSpan = .microseconds(60)
    /// Where memory is bounded: the room that a thread of scripts should have to start, and the least with which it
    /// can.
    private static let room = OSThread.scriptStack + (1 << 20), leastRoom = 2 << 20
    private let state = Guarded(State())

    private enum Image {
        case none, beingMade, made(StateImage), impossible
    }

    /// What states are copied from.
    private let image = Guarded(Image.none)

    /// Runs the job on the thread that is ready first, or on a new one.
    func run(_ program: Program, _ job: Job) throws(SystemError) {
        if state.withLock({ $0.closing > 0 && !$0.hasReadyThread }) {
            _ = Processor.spin(for: Self.patience) { state.withLock { $0.hasReadyThread } }
        }
        let (seat, isTaken) = state.withLock { state -> (Seat?, Bool) in
            if !state.hasReadyThread || state.parked.last?.isAwake == true, let seat = state.parked.popLast() {
                seat.job = job
                return (seat, true)
            }
            guard state.waiting.count < state.opening else { return (nil, false) }
            state.waiting.append(job)
            return (nil, true)
        }
        seat?.sleeper.wake()  // not under the lock, which the thread takes at once
        if isTaken { return }
        guard let room = MemoryBound.beginThread(Self.room, orElse: Self.leastRoom) else { throw SystemError.noThread }
        do throws(SystemError) {
            try OSThread(runsScripts: room == Self.room) { [self] in serve(program, job) }.detach()
        } catch {
            MemoryBound.threadBegun()
            throw error
        }
    }

    /// The life of one thread: job after job, each with a new worker and a new state, which is opened in advance.
    private func serve(_ program: Program, _ first: Job) {
        let memory = StateMemory()
        let seat = Seat()
        var next: Job? = first
        var prepared: LuaState?
        var isNew = true
        while next != nil {
            // A thread that is parked holds nothing of the job any more.
            if let job = next.take() { work(program, job, memory, prepared.take(), isNew) }
            isNew = false
            MemoryBound.endReleasing()
            let settled = state.withLock { state in
                state.closing -= 1
                state.opening += 1
                return state.closing == 0 ? state.settling : nil
            }
            settled?.wake()
            SignalMask.all.use()
            let fresh = try? makeState(program, memory)
            let (waiting, isParked) = state.withLock { state -> (Job?, Bool) in
                state.opening -= 1
                if !state.waiting.isEmpty { return (state.waiting.removeFirst(), false) }
                guard fresh != nil, !state.isClosed, state.parked.count < Self.parkedAtMost else { return (nil, false) }
                seat.isAwake = true
                state.parked.append(seat)
                return (nil, true)
            }
            prepared = fresh
            next = isParked ? wait(seat) : waiting
        }
        prepared?.close()
        SpareMemory.rest()  // all others may sleep already
    }

    private func work(
        _ program: Program, _ job: Job, _ memory: StateMemory, _ prepared: LuaState?, _ isNew: Bool
    ) {
        job.signals.use()
        let worker = Worker(program: program, thread: job.thread, memory: memory)
        do throws(ScriptError) {
            try open(worker, prepared, isNew)
            job.run(worker)
            if worker.leads { worker.endCopy() }
            announceEnd(of: worker)
            CurrentThread.giveWay()
            worker.close()
            program.closed(worker)
        } catch {
            if !job.thread.finish(.failed(error), .failed) { job.thread.reportIfUnobserved(error) }
            program.forget(job.thread)
            announceEnd(of: worker)
        }
    }

    /// On the worker's thread, which will close its state and be free. Called before anybody learns that its work has
    /// ended: whoever does may start the next thread at once.
    func announceEnd(of worker: Worker) {
        guard !worker.isEndKnown else { return }
        worker.isEndKnown = true
        MemoryBound.beginReleasing()
        state.withLock { $0.closing += 1 }
    }

    private func open(_ worker: Worker, _ prepared: LuaState?, _ isNew: Bool) throws(ScriptError) {
        defer { if isNew { MemoryBound.threadBegun() } }
        if let prepared { return worker.take(prepared) }
        worker.take(try makeState(worker.program, worker.memory))
    }

    /// Copies a state, or opens one while there is no image.
    private func makeState(_ program: Program, _ memory: StateMemory) throws(ScriptError) -> LuaState {
        let state: LuaState
        if let image = useImage(program) {
            state = try LuaState(memory, copying: image)
        } else {
            state = try Worker.makeState(program, memory)
        }
        state.seedRandom()
        return state
    }

    /// The image; nil if there can be none, or another thread is making it.
    private func useImage(_ program: Program) -> StateImage? {
        let (ready, makes) = image.withLock { image -> (StateImage?, Bool) in
            if case .made(let ready) = image { return (ready, false) }
            guard case .none = image else { return (nil, false) }
            image = .beingMade
            return (nil, true)
        }
        guard makes else { return ready }
        let made = StateImage { memory throws(ScriptError) in try Worker.makeState(program, memory) }
        image.withLock { $0 = made.map(Image.made) ?? .impossible }
        return made
    }

    private func wait(_ seat: Seat) -> Job? {
        Processor.enter()
        if !CurrentThread.takesWake() { _ = seat.spin.spin { seat.sleeper.isNotified } }
        SpareMemory.rest()
        Processor.leave()
        state.withLock { _ in seat.isAwake = false }
        seat.sleeper.sleep(until: .forever)
        return state.withLock { _ in seat.job.take() }
    }

    /// Returns when no thread closes a state any more, which runs its finalizers.
    func settle() {
        let sleeper = Sleeper()
        let isClosing = {
            self.state.withLock { state in
                state.settling = sleeper
                return state.closing > 0
            }
        }
        while isClosing() { sleeper.sleep(until: .forever) }
    }

    var isSettling: Bool { state.withLock { $0.settling != nil && $0.closing > 0 } }

    /// Ends the parked threads; those at work end when they are done.
    func close() {
        let parked = state.withLock { state in
            state.isClosed = true
            defer { state.parked.removeAll() }
            return state.parked
        }
        for seat in parked { seat.sleeper.wake() }
    }
}
