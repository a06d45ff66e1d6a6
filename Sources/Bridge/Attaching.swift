/// Lets other processes of the same user look into a program, and run lines in it, through its control socket. Without
/// that being asked for there is no socket and no thread. Shared; immutable.
final class Attaching: Sendable {
    private let server: ControlServer
    /// The handler of the signal. A process that exists for its program keeps it: without it the signal would end the
    /// process, and it may be under way.
    private let subscription: Signals.Subscription?
    private let ownsProcess: Bool

    init?(_ choice: Runtime.Attachability, _ program: Program, _ worker: Worker, _ queue: HostQueue) {
        guard choice != .never else { return nil }
        ownsProcess = program.settings.ownsProcess
        let natives = AttachedPrompt.Natives()
        let server = ControlServer(
            isForOneUse: choice == .onSignal,
            ControlServer.Handler(
                received: { peer, frame in
                    guard let guest = peer.attachment as? any Guest else {
                        return Self.welcome(peer, frame) { columns, hasColours in
                            AttachedPrompt(peer, worker, queue, natives, columns: columns, hasColours: hasColours)
                        } onLooker: {
                            Onlooker(peer, program)
                        }
                    }
                    return guest.received(frame)
                }, left: { ($0.attachment as? any Guest)?.left() }))
        self.server = server
        let start: @Sendable () -> Void = {
            do throws(ControlSocket.Unusable) { try server.start() } catch {
                program.settings.report("cannot open the control socket: \(error.reason)")
            }
        }
        // With a signal, also if the socket is there already: somebody may have removed it.
        subscription = try? Signals.shared.subscribe(Signals.look, isFallback: true) { _ in start() }
        if choice == .always { start() }
    }

    func stop() {
        if let subscription, !ownsProcess { Signals.shared.unsubscribe(subscription) }
        server.stop()
    }

    /// Reads the first frame of somebody. False: it is none of ours.
    private static func welcome(
        _ peer: ControlPeer, _ frame: ControlFrame, prompt: (Int?, Bool) -> any Guest, onLooker: () -> any Guest
    ) -> Bool {
        let lines = ByteText(frame.body).split(separator: UInt8(ascii: "\n"))
        guard frame.kind == .hello, lines.count >= 2, lines[0] == ByteText(ControlFrame.protocolName) else {
            if frame.kind == .hello { peer.send(ControlFrame(.notice, Array("it is another version".utf8))) }
            return false
        }
        switch lines[1] {
        case "top": peer.attachment = onLooker()
        case "attach" where lines.count >= 4:
            let columns = Int(lines[2].description).flatMap { $0 > 0 ? $0 : nil }
            peer.attachment = prompt(columns, lines[3] == "colours")
        default: return false
        }
        peer.send(ControlFrame(.welcome))
        return true
    }
}

extension Runtime {
    /// Whether other processes of the same user can look into the program (`luaconc --top PID`) and run lines in it
    /// (`luaconc --attach PID`).
    public enum Attachability: Sendable {
        /// They cannot.
        case never
        /// When one of them sends the signal SIGRTMIN+7, which those commands do: then a socket is opened that only this
        /// user can reach, and it is removed when nobody uses it any more.
        case onSignal
        /// The socket is there from the beginning to the end.
        case always
    }
}

/// Somebody who is connected, on the thread of the control socket.
private protocol Guest: AnyObject {
    /// False: the frame is nonsense.
    func received(_ frame: ControlFrame) -> Bool
    func left()
}

/// `luaconc --top`: wants to know how all stands, again and again. Shared.
private final class Onlooker: Guest, Sendable {
    private let peer: ControlPeer
    private let program: Program
    private enum State {
        case idle, asking, wantsMore
    }
    private let state = Guarded(State.idle)
    /// Nobody may ask so often that the program has nothing else to do.
    private static let pause: TimeSpan = .milliseconds(100)

    init(_ peer: ControlPeer, _ program: Program) { (self.peer, self.program) = (peer, program) }

    func received(_ frame: ControlFrame) -> Bool {
        guard frame.kind == .look else { return false }
        let isFirst = state.withLock { state in
            defer { state = state == .idle ? .asking : .wantsMore }
            return state == .idle
        }
        if isFirst { ask() }
        return true
    }

    private func ask() {
        ProgramReport.take(of: program, within: ProgramReport.patience) { [self] report in
            peer.send(ControlFrame(.report, report.bytes))
            Reactor.shared.call(after: Self.pause) { [self] in
                let asksAgain = state.withLock { state in
                    defer { state = state == .wantsMore ? .asking : .idle }
                    return state == .wantsMore
                }
                if asksAgain { ask() }
            }
        }
    }

    func left() { peer.attachment = nil }
}

/// `luaconc --attach`: runs lines in the main state, one at a time, each as a task of it. Shared; guarded by its lock, but
/// for what is said to be the main state's thread's.
final class AttachedPrompt: Guest, AttachedTerminal, @unchecked Sendable {  // sound: see above
    /// What the prompts of one program call. Functions of a prompt may live on when that is over, so these do, too. Made by
    /// the main state's thread, and its own.
    final class Natives: @unchecked Sendable {  // sound: see above
        private(set) lazy var functions = PromptModule.natives()
        /// How many prompts are open.
        fileprivate var open = 0
    }

    private struct State {
        var columns: Int?
        /// The line that is to be run, and has not begun yet.
        var line: [UInt8]?
        /// Counts the lines.
        var number = 0
        /// A job for the line, or for completions, is in the queue; an alarm is set. There is one of each at most.
        var hasJob = false, isCompleting = false, hasAlarm = false
        var isRunning = false
        var hasLeft = false
        var run: HostRun?
    }

    private let peer: ControlPeer
    private let worker: Worker
    private let queue: HostQueue
    private let natives: Natives
    private let hasColours: Bool
    private let state: Guarded<State>
    /// The anchors of what `PromptModule.open` has made; 0 before, and if the script has taken away what that needs. The
    /// main state's thread's.
    private var show = 0, globals = 0, isOpen = false
    /// The results of the line, anchored together.
    private var results: (anchor: Int, count: Int32)?

    /// How long a line may be queued before it is told why.
    private static let patience: TimeSpan = .seconds(1)

    fileprivate init(
        _ peer: ControlPeer, _ worker: Worker, _ queue: HostQueue, _ natives: Natives, columns: Int?, hasColours: Bool
    ) {
        (self.peer, self.worker, self.queue, self.natives) = (peer, worker, queue, natives)
        self.hasColours = hasColours
        state = Guarded(State(columns: columns))
    }

    var columns: Int? { state.withLock { $0.columns } }
    func say(_ bytes: [UInt8]) { peer.send(ControlFrame(.output, bytes)) }

    // MARK: - The thread of the control socket

    func received(_ frame: ControlFrame) -> Bool {
        switch frame.kind {
        case .run: run(frame.body)
        case .cancel: cancel()
        case .complete: complete(frame.body)
        case .columns: state.withLock { $0.columns = Int(ByteText(frame.body).description) }
        default: return false
        }
        return true
    }

    func left() {
        state.withLock { $0.hasLeft = true }
        cancel()
        peer.attachment = nil
        queue.add(
            worker,
            (
                { [self] worker in
                    guard isOpen else { return }
                    for anchor in [show, globals] where anchor != 0 { worker.state.release(anchor) }
                    (show, globals, isOpen) = (0, 0, false)
                    natives.open -= 1
                    worker.memory.diverts = natives.open > 0
                }, { _ in }
            ))
    }

    private func run(_ text: [UInt8]) {
        let adds = state.withLock { state -> Bool? in
            if state.line != nil || state.isRunning { return nil }
            state.line = text
            state.number += 1
            defer { state.hasJob = true }
            return !state.hasJob
        }
        guard let adds else { return fail("another line is being run") }
        if adds {
            queue.add(
                worker,
                (
                    { [self] worker in begin(worker) },
                    { [self] error in
                        fail(error.message)
                        end()
                    }
                ))
        }
        setAlarm()
    }

    /// Tells after a while why the line has not begun yet.
    private func setAlarm() {
        let number = state.withLock { state -> Int? in
            if state.hasAlarm || state.line == nil { return nil }
            state.hasAlarm = true
            return state.number
        }
        guard let number else { return }
        Reactor.shared.call(after: Self.patience) { [self] in
            let isLate = state.withLock { state in
                state.hasAlarm = false
                return state.line != nil && state.number == number
            }
            guard isLate else { return setAlarm() }
            let text = "the main state is busy: the line is run when it has its turn; Ctrl-C gives the line up"
            peer.send(ControlFrame(.notice, Array(text.utf8)))
        }
    }

    /// Ends the line that is run, or gives it up if it has not begun.
    private func cancel() {
        let (line, run) = state.withLock { state in
            defer { state.line = nil }
            return (state.line, state.run)
        }
        run?.stop(ScriptError(.cancelled, "interrupted!"))
        if line != nil {
            fail("interrupted!")
            peer.send(ControlFrame(.done))
        }
    }

    private func complete(_ word: [UInt8]) {
        let isFirst = state.withLock { state in
            defer { state.isCompleting = true }
            return !state.isCompleting
        }
        guard isFirst else { return }
        queue.add(
            worker,
            (
                { [self] worker in
                    state.withLock { $0.isCompleting = false }
                    let lines = worker.state.completions(of: word).flatMap {
                        [$0.text, $0.kind, Array($0.suffix.utf8)]
                    }
                    peer.send(ControlFrame(.completions, Array(lines.joined(separator: [UInt8(ascii: "\n")]))))
                }, { _ in }
            ))
    }

    private func fail(_ text: ByteText) { peer.send(ControlFrame(.failure, text.bytes)) }

    // MARK: - The main state's thread

    private func begin(_ worker: Worker) {
        let text = state.withLock { state -> [UInt8]? in
            state.hasJob = false
            guard let line = state.line, !state.hasLeft else { return nil }
            (state.line, state.isRunning) = (nil, true)
            return line
        }
        guard let text else { return }
        open(worker)
        // Somebody outside may end it.
        if worker.program.simulation == nil { worker.program.beginOutside() }
        results = nil
        let line = HostRun(
            "attached", terminal: self,
            prepare: { [self] stack throws(ScriptError) in
                try load(text, stack.call)
                return 0
            },
            receive: { [self] stack, first throws(ScriptError) in
                let count = stack.top - first + 1
                guard count > 0 else { return }
                stack.call.stack.reserve(6)
                results = (stack.call.state.anchor(count, on: stack.call.L), count)
            },
            completion: { [self] error in
                guard error == nil, let results else { return finish(error, worker) }
                display(results, worker)
            })
        start(line, worker)
    }

    private func open(_ worker: Worker) {
        guard !isOpen else { return }
        isOpen = true
        natives.open += 1
        worker.memory.diverts = true
        do throws(ScriptError) {
            (show, globals) = try PromptModule.open(
                worker, natives.functions, hasColours: hasColours, isAttached: true)
        } catch {
            peer.send(ControlFrame(.notice, Array("help and jobs are missing: ".utf8) + error.message.bytes))
        }
    }

    /// [-0, +1, m] An expression, or statements.
    private func load(_ text: [UInt8], _ call: HostCall) throws(ScriptError) {
        let state = call.state
        let isMarked = text.first == UInt8(ascii: "=")
        let expression = Array("return ".utf8) + (isMarked ? Array(text.dropFirst()) : text)
        do throws(ScriptError) {
            try state.load(expression + [UInt8(ascii: ";")], name: Self.chunkName, on: call.L)
        } catch {
            try state.load(isMarked ? expression : text, name: Self.chunkName, on: call.L)
        }
        if globals != 0 { state.setEnvironment(globals, on: call.L) }
    }

    private static let chunkName = "=attached"

    /// Shows the results, as a task, since objects are shown by functions of the script.
    private func display(_ results: (anchor: Int, count: Int32), _ worker: Worker) {
        let run = HostRun(
            "attached", terminal: self,
            prepare: { [self] stack throws(ScriptError) in
                let state = stack.call.state
                if show != 0 { state.pushAnchored(show, on: state.L) } else { Stack(state.L).pushGlobal("print") }
                guard state.pushAnchored(results.anchor, count: results.count, on: state.L) else {
                    throw ScriptError(.error, "too many results to show")
                }
                return results.count
            }, receive: { _, _ throws(ScriptError) in },
            completion: { [self] error in
                worker.releaseLater(results.anchor)
                finish(error, worker)
            })
        start(run, worker)
    }

    private func start(_ run: HostRun, _ worker: Worker) {
        let hasLeft = state.withLock { state in
            state.run = run
            return state.hasLeft
        }
        run.start(worker, nil)
        if hasLeft { run.stop(ScriptError(.cancelled, "interrupted!")) }
    }

    private func finish(_ error: ScriptError?, _ worker: Worker) {
        if worker.program.simulation == nil { worker.program.endOutside() }
        switch error?.kind {
        case nil: break
        case .syntax(incomplete: true)?: peer.send(ControlFrame(.incomplete))
        case .cancelled?: fail("interrupted!")
        default:
            var error = error
            error?.origin = ""  // whoever has typed the line knows
            fail(error?.story ?? "")
        }
        end()
    }

    private func end() {
        state.withLock { state in
            (state.line, state.isRunning, state.run) = (nil, false, nil)
        }
        peer.send(ControlFrame(.done))
    }
}
