import CKernel
import Glibc

/// A child process of this one, from its start until it has been waited for. It leads a process group of its own, gets
/// SIGKILL when this process dies, and never stays behind as a zombie. Shared; guarded by its lock.
final class ChildProcess: Sendable {
    enum End: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
        /// Somebody else has waited for it, or the host ignores SIGCHLD.
        case unknown
    }

    let pid: Int32
    private let descriptor: Int32
    private let leadsGroup: Bool

    private struct State {
        var watch: Reactor.Watch?
        var isReaped = false
        var alarm: UInt64?
    }
    private let state = Guarded(State())

    /// On the reactor's thread: starts the process, then does what the other `init` does.
    convenience init(
        _ launch: Launch, onEnd: @escaping @Sendable (ChildProcess, End) -> Void
    ) throws(Launch.Failure) {
        try self.init(try launch.start(), leadsGroup: !launch.joinsGroup, onEnd: onEnd)
    }

    /// For a process that exists. On the reactor's thread, where `onEnd` is called, once. Until the owner then calls
    /// `reap`, no other process or group can get the number.
    init(
        _ process: (pid: Int32, descriptor: Int32), leadsGroup: Bool = true,
        onEnd: @escaping @Sendable (ChildProcess, End) -> Void
    ) throws(Launch.Failure) {
        (pid, descriptor) = process
        self.leadsGroup = leadsGroup
        do throws(SystemError) {
            let watch = try Reactor.shared.watch(descriptor, [.read, .once]) { [self] _ in onEnd(self, end) }
            state.withLock { $0.watch = watch }
        } catch {
            abandon()
            throw Launch.Failure(code: error.code, isFolder: false)
        }
    }

    /// On the reactor's thread, when something that the process needs cannot be had: kills it and waits for its end.
    /// `onEnd` is not called.
    func abandon() {
        kill(SIGKILL)
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        reap()
    }

    /// How it ended; asked when it has.
    private var end: End {
        var signal: Int32 = 0
        let code = system_process_status(descriptor, false, &signal)
        return signal != 0 ? .signal(signal) : code >= 0 ? .code(code) : .unknown
    }

    /// Any thread, after its end: waits for the process, so that its number and that of its group are free again.
    func reap() {
        let (isFirst, watch) = state.withLock { state -> (Bool, Reactor.Watch?) in
            guard !state.isReaped else { return (false, nil) }
            state.isReaped = true
            system_uncover_group(pid)
            var signal: Int32 = 0
            _ = system_process_status(descriptor, true, &signal)
            if let alarm = state.alarm { Reactor.shared.cancel(alarm) }
            return (true, state.watch.take())
        }
        if let watch { Reactor.shared.unwatch(watch) }
        if isFirst { close(descriptor) }
    }

    /// Any thread: sends a signal to the process and all of its group. False once it has been reaped, and in a copy of
    /// this process that `fork` made.
    @discardableResult
    func kill(_ signal: Int32) -> Bool {
        if Copy.isThis { return false }
        return state.withLock { state in
            if state.isReaped { return false }
            if leadsGroup, Glibc.kill(-pid, signal) == 0 { return true }
            // A Lua child that is just raising its walls leaves its group for a moment, to begin a session.
            return (!leadsGroup || errno == ESRCH) && Glibc.kill(pid, signal) == 0
        }
    }

    /// Any thread: asks it to end, and kills its group after the grace unless it has been reaped by then; `then` is
    /// called after that, on the reactor's thread.
    func end(grace: TimeSpan, then: @escaping @Sendable () -> Void = {}) {
        guard kill(SIGTERM) else { return }
        kill(SIGCONT)  // a stopped process does not act on SIGTERM
        killLater(grace, then)
    }

    /// Any thread: the second half of `end`, without SIGTERM.
    func killLater(_ grace: TimeSpan, _ then: @escaping @Sendable () -> Void = {}) {
        let due = Clock.now + grace
        let alarm = Reactor.shared.call(at: due) { [self] in if kill(SIGKILL) { then() } }
        let old = state.withLock { state in
            defer { state.alarm = alarm }
            return state.isReaped ? alarm : state.alarm
        }
        if let old { Reactor.shared.cancel(old) }
    }
}
