/// A group of tasks, threads and processes that ends together: the first failure cancels the rest. Shared; guarded by
/// its lock.
final class TaskGroup: HostObject, Awaited, Waitable, Sendable {
    enum Entry {
        case open
        case full
        /// No more work may be added: the group has ended, or has failed with this error.
        case ended(ScriptError?)
    }

    private struct State {
        var members: [Int: Work] = [:]
        /// Places that are taken for work that is about to start.
        var reserved = 0
        /// The first one, whose traceback tells of those that came after it.
        var failure: (work: Int, error: ScriptError)?
        var laterFailures = 0
        var isObserved = false
        var isClosed = false
        var isCancelled = false
        var reason: ByteText?
        /// Those who wait for the end of all members.
        var joiners = WaitList()
        /// Those who wait for a place.
        var spawners = WaitList()

        var isEmpty: Bool { members.isEmpty && reserved == 0 }

        mutating func add(later error: ScriptError) {
            laterFailures += 1
            switch laterFailures {
            case ...TaskGroup.toldFailures:
                failure?.error.traceback += "\nanother one of the group has failed, too:\n\(error.story)"
            case TaskGroup.toldFailures + 1: failure?.error.traceback += "\nand more"
            default: break
            }
        }
    }

    /// So many failures after the first one are told in full.
    private static let toldFailures = 8

    let limit: Int
    private let program: Program
    let hostType: AnyHostType
    private let state = Guarded(State())

    init(limit: Int, _ program: Program, _ type: AnyHostType) {
        self.limit = limit
        self.program = program
        hostType = type
    }

    deinit {
        let unseen = state.withLock { state in
            state.joiners.removeAll()
            state.spawners.removeAll()
            return state.isObserved ? nil : state.failure
        }
        if let unseen { program.reportUnobserved(unseen.work, unseen.error) }
    }

    var waitText: ByteText { "group of \(count)" }
    var count: Int { state.withLock { $0.members.count } }
    func contains(_ work: Work) -> Bool { state.withLock { $0.members[work.id] != nil } }

    // MARK: - Adding work

    /// Takes a place for work that is about to start. If there is none, leaves the node in line for one.
    func enter(_ node: WaitNode? = nil) -> Entry {
        state.withLock { state in
            if let failure = state.failure {
                state.isObserved = true
                return .ended(failure.error)
            }
            if state.isClosed, state.isEmpty { return .ended(nil) }
            guard state.members.count + state.reserved < limit else {
                if let node { state.spawners.append(node) }
                return .full
            }
            state.reserved += 1
            return .open
        }
    }

    /// The `choice` of a node that waits for a place; all other nodes wait for the end.
    static let asSpawner = 1

    func forget(_ node: WaitNode) {
        state.withLock { state in
            if node.choice == Self.asSpawner { state.spawners.remove(node) } else { state.joiners.remove(node) }
        }
    }

    /// Gives a place back: the work could not be started.
    func leave() { change { $0.reserved -= 1 } }

    /// The work for which a place was taken has been started.
    func add(_ work: Work) {
        let isCancelled = state.withLock { state in
            state.reserved -= 1
            state.members[work.id] = work
            return state.isCancelled
        }
        let waiter = MemberWaiter(self, work)
        if !work.wait(WaitNode(waiter, waiter.arm())) { ended(work) }
        if isCancelled { work.cancel(state.withLock { $0.reason }) }
    }

    // MARK: - Ending

    fileprivate func ended(_ work: Work) {
        var failure: ScriptError?
        if work.status == .failed, case .failed(let error)? = work.outcome { failure = error }
        var isFirst = false
        change { state in
            state.members[work.id] = nil
            guard let failure else { return }
            guard state.failure == nil else { return state.add(later: failure) }
            isFirst = true
            state.failure = (work.id, failure)
        }
        if isFirst { cancel("another one of the group has failed") }
    }

    /// Any thread: cancels all members, and those that are added later.
    func cancel(_ reason: ByteText?) {
        let members = state.withLock { state in
            state.isCancelled = true
            state.reason = reason
            return state.members.values.sorted { $0.id < $1.id }
        }
        for work in members { work.cancel(reason) }
    }

    /// The block has been left. Members may still add work, but once there are none the group has ended.
    func close() { change { $0.isClosed = true } }

    /// Changes the state under the lock, and wakes those who need not wait any more.
    private func change(_ change: (inout State) -> Void) {
        var effects = Effects()
        state.withLock { state in
            change(&state)
            while !state.spawners.isEmpty {
                let isOver = state.failure != nil
                guard isOver || state.members.count + state.reserved < limit else { break }
                guard let node = state.spawners.popFirst(), node.claim() else { continue }
                if !isOver { state.reserved += 1 }
                node.deliver(isOver ? .ended : .accepted)
                effects.wake(node)
            }
            if state.isEmpty { effects.deliver(.ended, to: &state.joiners) }
        }
        effects.carryOut()
    }

    /// Leaves the node until all members have ended (see `Waitable`).
    func wait(_ node: WaitNode) -> Bool {
        state.withLock { state in
            if state.isEmpty { return node.decide(.ended) }
            state.joiners.append(node)
            return true
        }
    }

    var isIdle: Bool { state.withLock { $0.isEmpty } }

    /// The first failure. It counts as observed from now on.
    func takeFailure() -> ScriptError? {
        state.withLock { state in
            if state.failure != nil { state.isObserved = true }
            return state.failure?.error
        }
    }

    /// Reports the first failure if nobody has observed it: another error is raised instead.
    func reportUnseen() {
        let unseen = state.withLock { state in
            defer { state.isObserved = true }
            return state.isObserved ? nil : state.failure
        }
        if let unseen { program.reportUnobserved(unseen.work, unseen.error) }
    }
}

/// Waits for the end of one member. Notified on any thread.
private final class MemberWaiter: Waiter, @unchecked Sendable {  // sound: immutable
    private let group: TaskGroup
    private let work: Work

    init(_ group: TaskGroup, _ work: Work) {
        self.group = group
        self.work = work
    }

    override func notify() { group.ended(work) }
}
