/// A function that runs once for all tasks of all threads: what `sync.once` makes. Shared; guarded by its lock.
///
/// The state that made it has the function itself, attached to the userdata; other states get a copy. It is made when
/// the object is first sent.
final class OnceCall: HostObject, Sendable {
    private struct State {
        var results: (message: Message, count: Int)?
        var function: Message?
        /// Why the function cannot be sent.
        var refusal: Fault?
        var isEncoding = false
    }
    private let state = Guarded(State())
    private let running: Permits

    init() { running = .inner { ("call of a function that runs once", "call a once") } }

    var hostType: AnyHostType { Self.type }

    static let make = HostFunction("once", "sync.once(fn)", "A function that runs once, whoever calls it.") {
        call throws(Fault) in
        try call.function(1)
        call.push(OnceCall(), type)
        call.stack.push(copyOf: 1)
        call.stack.setAttachment(1, of: -2)
        return .results(1)
    }

    static let type: HostType<OnceCall> = HostType(
        "once",
        methods: [
            HostFunction("done", "init:done()", "Whether the function has returned.", memory: .givesBack) {
                call throws(Fault) in
                call.push(try call.object(1, type).isDone)
                return .results(1)
            }
        ],
        metamethods: [
            HostFunction(
                "__call", "init(...)", "Runs the function if it has not returned yet; returns its results.", run),
            .tostring("init", "Number and state.", type) {
                "once: \($0.running.id) (\($0.isDone ? "done" : "not done"))"
            },
        ])

    private var isDone: Bool { state.withLock { $0.results != nil } }

    func prepareToLeave(_ luaState: LuaState, _ L: OpaquePointer) {
        let isFirst = state.withLock { state in
            defer { state.isEncoding = true }
            return !state.isEncoding
        }
        guard isFirst else { return }
        let stack = Stack(L)
        let top = stack.top
        stack.reserve(4)
        defer { stack.resize(to: top) }
        guard luaState.pushIfKnown(self, on: L), stack.pushAttachment(1, of: -1) == .function else { return }
        let index = stack.top
        do throws(Fault) {
            let function = try luaState.message(index, index, as: .function, on: L)
            state.withLock { $0.function = function }
        } catch {
            state.withLock { $0.refusal = error }
        }
    }

    private static func run(_ call: HostCall) throws(Fault) -> Outcome {
        let once = try call.object(1, type)
        if once.isDone { return try once.pushResults(call) }
        return try call.take(once.running, until: .forever) { call, taken throws(Fault) in
            guard let taken else { return .none }
            do throws(Fault) {
                if once.isDone {
                    once.release(taken, call)
                    return try once.pushResults(call)
                }
                try once.pushFunction(call)
            } catch {
                once.release(taken, call)
                throw error
            }
            call.stack.insert(at: 2)
            return try call.worker.enterScope(call, arguments: call.count - 2) { inside, count throws(Fault) in
                defer { once.release(taken, call) }
                guard let inside, let count else { return 0 }
                return try once.finish(inside, count)
            }
        }
    }

    private func release(_ taken: Permits.Taken, _ call: HostCall) {
        running.release(taken.grant)
        call.worker.current?.drop(running, taken.grant)
    }

    /// Keeps a copy of the results on top.
    private func finish(_ call: HostCall, _ count: Int32) throws(Fault) -> Int32 {
        let last = call.count
        let message = try call.state.message(last - count + 1, last, as: .results, on: call.L)
        state.withLock { $0.results = (message, Int(count)) }
        return count
    }

    private func pushResults(_ call: HostCall) throws(Fault) -> Outcome {
        guard let (message, count) = state.withLock({ $0.results }) else { return .none }
        do throws(ScriptError) {
            try call.state.push(message, count: count, on: call.L)
        } catch {
            throw error.kind == .memory ? .memory : .script(error)
        }
        return .results(Int32(count))
    }

    /// [-0, +1, m]
    private func pushFunction(_ call: HostCall) throws(Fault) {
        call.stack.reserve(4)
        if call.stack.pushAttachment(1, of: 1) == .function { return }
        call.stack.pop()
        let (function, refusal) = state.withLock { ($0.function, $0.refusal) }
        if let refusal { throw refusal }
        guard let function else { throw .message("the function of this once has been collected") }
        do throws(ScriptError) {
            try call.state.push(function, count: 1, on: call.L)
        } catch {
            throw error.kind == .memory ? .memory : .script(error)
        }
    }
}
