import CKernel
import Glibc
import Synchronization

/// One thread that watches descriptors for the whole process and tells whoever asked when they are ready. It starts
/// when it is first used, and never ends: what has to live as long as the process (the parent of child processes, for
/// the kernel's rule that they die with the thread that made them) is done on it.
///
/// Handlers run on the reactor's thread: they are short, never wait, and pass on what they found. Shared; guarded by
/// its lock.
package final class Reactor: Pausable {
    package static let shared = Reactor()

    package struct Interest: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        /// Something can be read, or the end has come.
        package static let read = Interest(rawValue: EPOLLIN.rawValue)
        package static let write = Interest(rawValue: EPOLLOUT.rawValue)
        /// After each report the watch sleeps until the next `change`; without it a hang-up is reported for ever.
        package static let once = Interest(rawValue: EPOLLONESHOT.rawValue)
        /// The other end is gone, or the descriptor failed: reported without being asked for.
        package static let hangUp = Interest(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
    }

    /// One descriptor that is being watched. It is the owner's to close, after `unwatch`.
    package final class Watch: Sendable {
        fileprivate let key: UInt64
        package let descriptor: Int32
        fileprivate let handler: @Sendable (Interest) -> Void

        fileprivate init(_ key: UInt64, _ descriptor: Int32, _ handler: @escaping @Sendable (Interest) -> Void) {
            self.key = key
            self.descriptor = descriptor
            self.handler = handler
        }
    }

    private struct State {
        /// Few, as a rule. No dictionary: see `Program.State`.
        var watches: [Watch] = []
        var lastKey: UInt64 = 0
        var jobs: [@Sendable () -> Void] = []
        /// Few: ordered by when they are due, the next one last.
        var calls: [(due: Instant, key: UInt64, job: @Sendable () -> Void)] = []

        /// Whether it was there.
        mutating func remove(_ watch: Watch) -> Bool {
            guard let place = watches.firstIndex(where: { $0 === watch }) else { return false }
            watches.remove(at: place)
            return true
        }
    }

    /// Each is made under the lock when it is first needed; if that fails, the next call tries again. `bell` is an
    /// eventfd that wakes the thread, `alarm` a timerfd that does so when the next call is due: to set it wakes nobody.
    private let epoll = Atomic<Int32>(-1), bell = Atomic<Int32>(-1), alarm = Atomic<Int32>(-1)
    private let isRunning = Atomic<Bool>(false)
    private let state = Guarded(State())
    /// Held while handlers, jobs and calls run.
    private let work = Lock()
    private static let bellKey: UInt64 = 0, alarmKey = UInt64.max

    // MARK: - Watching

    /// Calls `handler` whenever the descriptor is ready for `interest`, until `unwatch`. Throws what epoll says:
    /// `EPERM` for a regular file, which is always ready.
    package func watch(
        _ descriptor: Int32, _ interest: Interest, _ handler: @escaping @Sendable (Interest) -> Void
    ) throws(SystemError) -> Watch {
        try start()
        let watch = state.withLock { state in
            state.lastKey += 1
            let watch = Watch(state.lastKey, descriptor, handler)
            state.watches.append(watch)
            return watch
        }
        do throws(SystemError) {
            try control(EPOLL_CTL_ADD, descriptor, interest, watch.key)
        } catch {
            _ = state.withLock { $0.remove(watch) }
            throw error
        }
        return watch
    }

    /// Watches for something else from now on; an empty interest leaves the watch asleep.
    package func change(_ watch: Watch, to interest: Interest) {
        if Copy.isThis { return }
        try? control(EPOLL_CTL_MOD, watch.descriptor, interest, watch.key)
    }

    /// The handler is not called any more. A call that runs at this moment on the reactor's thread goes on.
    package func unwatch(_ watch: Watch) {
        if Copy.isThis { return }
        let isKnown = state.withLock { $0.remove(watch) }
        if isKnown { try? control(EPOLL_CTL_DEL, watch.descriptor, [], watch.key) }
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ interest: Interest, _ key: UInt64
    ) throws(SystemError) {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: key))
        guard epoll_ctl(epoll.load(ordering: .relaxed), operation, descriptor, &event) == 0 else {
            throw SystemError(call: "epoll_ctl", code: errno)
        }
    }

    // MARK: - Jobs

    /// Runs the job on the reactor's thread, soon, in the order of the calls. Throws if the thread cannot be started.
    package func perform(_ job: @escaping @Sendable () -> Void) throws(SystemError) {
        try start()
        state.withLock { $0.jobs.append(job) }
        ring()
    }

    /// Runs the job on the reactor's thread at that instant. If the thread cannot be started now, the job runs after a
    /// later start. Returns a number for `cancel`.
    @discardableResult
    package func call(at due: Instant, _ job: @escaping @Sendable () -> Void) -> UInt64 {
        if Copy.isThis { return 0 }
        try? start()
        return state.withLock { state in
            let place = state.calls.firstIndex { $0.due <= due } ?? state.calls.endIndex
            state.lastKey += 1
            state.calls.insert((due, state.lastKey, job), at: place)
            if place == state.calls.endIndex - 1 { setAlarm(state) }
            return state.lastKey
        }
    }

    /// The same when so much time has passed.
    @discardableResult
    func call(after span: TimeSpan, _ job: @escaping @Sendable () -> Void) -> UInt64 {
        call(at: Deadline(after: span).due, job)
    }

    package func cancel(_ call: UInt64) {
        if !Copy.isThis { state.withLock { $0.calls.removeAll { $0.key == call } } }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = Glibc.write(bell.load(ordering: .relaxed), &one, 8)
    }

    // MARK: - The thread

    func pause() -> Bool { work.tryLock() }
    func resume() { work.unlock() }

    private func start() throws(SystemError) {
        // In a copy that `fork` made, epoll and its descriptors belong to the original process.
        if Copy.isThis { throw SystemError(call: "fork", code: ENOTSUP) }
        if isRunning.load(ordering: .acquiring) { return }
        try state.withLock { state throws(SystemError) in
            if isRunning.load(ordering: .relaxed) { return }
            try make()
            // Allocated here: the first allocation of a thread makes a new heap for it.
            let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 64)
            nonisolated(unsafe) let lent = events  // sound: only that thread uses it, for ever
            do throws(SystemError) {
                try OSThread { [self] in serve(lent) }.detach()
            } catch {
                events.deallocate()
                throw error
            }
            setAlarm(state)  // for calls that came before the thread could be started
            keepOrder()
            isRunning.store(true, ordering: .releasing)
        }
    }

    /// Under the lock.
    private func make() throws(SystemError) {
        if epoll.load(ordering: .relaxed) < 0 {
            let made = epoll_create1(Int32(EPOLL_CLOEXEC))
            guard made >= 0 else { throw SystemError(call: "epoll_create", code: errno) }
            epoll.store(made, ordering: .relaxed)
        }
        if bell.load(ordering: .relaxed) < 0 {
            let made = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
            try add(made, "eventfd", .read, Self.bellKey)
            bell.store(made, ordering: .relaxed)
        }
        if alarm.load(ordering: .relaxed) < 0 {
            let made = system_alarm_open()
            // Each time that it goes off is reported once, so nobody has to read it.
            try add(made, "timerfd_create", Interest(rawValue: EPOLLIN.rawValue | EPOLLET.rawValue), Self.alarmKey)
            alarm.store(made, ordering: .relaxed)
        }
    }

    /// Watches a new descriptor of the reactor's own, or closes it.
    private func add(
        _ made: Int32, _ call: String, _ interest: Interest, _ key: UInt64
    ) throws(SystemError) {
        guard made >= 0 else { throw SystemError(call: call, code: errno) }
        do throws(SystemError) {
            try control(EPOLL_CTL_ADD, made, interest, key)
        } catch {
            close(made)
            throw error
        }
    }

    /// Under the lock: sets the alarm for the next call.
    private func setAlarm(_ state: State) {
        guard let due = state.calls.last?.due, due != .forever else { return }
        system_alarm_set(alarm.load(ordering: .relaxed), due.rawValue)
    }

    private func serve(_ events: UnsafeMutableBufferPointer<epoll_event>) {
        OSThread.rename(fixed: "reactor")
        let epoll = epoll.load(ordering: .relaxed)
        while true {
            let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), -1)
            work.lock()
            defer { work.unlock() }
            for event in events.prefix(Int(max(count, 0))) {
                if event.data.u64 == Self.bellKey {
                    runJobs()
                } else if event.data.u64 == Self.alarmKey {
                    runCalls()
                } else if let watch = state.withLock({ state in state.watches.first { $0.key == event.data.u64 } }) {
                    watch.handler(Interest(rawValue: event.events))
                }
            }
        }
    }

    private func runCalls() {
        while let job = state.withLock({ state in
            if let next = state.calls.last, next.due <= Clock.now { return state.calls.removeLast().job }
            setAlarm(state)
            return nil as (@Sendable () -> Void)?
        }) {
            job()
        }
    }

    private func runJobs() {
        var rung: UInt64 = 0
        _ = Glibc.read(bell.load(ordering: .relaxed), &rung, 8)
        let jobs = state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in jobs { job() }
    }
}
