/// The results of work, on their way from its state to whoever asks.
extension Work {
    /// Ends the work with copies of the values on top of the coroutine.
    func finish(copying count: Int32, of co: OpaquePointer, _ state: LuaState, _ site: SpawnSite?) {
        switch copy(count, of: co, state, site) {
        case .failed(let error):
            if !finish(.failed(error), .failed) { worker?.reportLater(self, error) }
        case let outcome:
            finish(outcome, .done)
        }
    }

    func copy(_ count: Int32, of co: OpaquePointer, _ state: LuaState, _ site: SpawnSite?) -> End {
        guard count > 0 else { return .results(nil, count: 0) }
        let top = Stack(co).top
        do throws(Fault) {
            return .results(
                try state.message(top - count + 1, top, as: .results, on: co, leavesProcess: kind == .process),
                count: Int(count))
        } catch {
            return failed(error, site)
        }
    }

    private func failed(_ fault: Fault, _ site: SpawnSite?) -> End {
        var failure = ScriptError(.error, "the results cannot be sent")
        if case .message(let message) = fault { failure.message = message }
        if case .memory = fault { failure = ScriptError(.memory, "not enough memory") }
        failure.origin = title
        failure.traceback = site?.story ?? ""
        return .failed(failure)
    }

    /// A message takes the handle out of its state: results that are kept in the state are copied now.
    func prepareToLeave(_ state: LuaState, _ L: OpaquePointer) {
        guard kind == .task, worker === state.owner else { return }
        goAbroad()
        guard case .kept(let anchor, let count)? = outcome, copy == nil else { return }
        set(copy: .results(nil, count: 0))  // ends the recursion if a result holds this very handle
        let top = Stack(L).top
        do throws(Fault) { try pushKept(anchor, count, state, L) } catch { return set(copy: failed(error, site)) }
        set(copy: copy(Int32(count), of: L, state, site))
        Stack(L).resize(to: top)
    }

    private func pushKept(_ anchor: Int, _ count: Int, _ state: LuaState, _ L: OpaquePointer) throws(Fault) {
        guard state.pushAnchored(anchor, count: Int32(count), on: L) else { throw .memory }
    }

    /// [-0, +n, -] Pushes the results for `join`, or throws the error.
    func pushOutcome(_ call: HostCall) throws(Fault) -> Outcome {
        guard let outcome else { return .none }
        if case .results(nil, _) = outcome { return .none }
        let isHome = worker === call.worker
        if case .kept(let anchor, let count) = outcome, isHome {
            try pushKept(anchor, count, call.state, call.L)
            return .results(Int32(count))
        }
        switch copy ?? outcome {
        case .results(let message?, let count):
            do throws(ScriptError) { try call.state.push(message, count: count, on: call.L) } catch {
                throw .script(error)
            }
            return .results(Int32(count))
        case .failed(let error):
            observe()
            throw .script(error)
        default:
            return .none
        }
    }
}
