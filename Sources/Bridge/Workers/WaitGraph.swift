/// Who waits for whom without a deadline: tasks that join work, and tasks that wait for a lock which others hold. A ring
/// is found when it would close. Guarded by one lock for the process, so that a walk sees one moment.
///
/// A join is noted in the work itself (`Work.joining`). Of a task that waits for a lock, or joins while it holds some,
/// there is an entry here, and it is noted for each of these locks that its holder waits. A lock whose holder does not
/// wait is in no ring, and no ring is one in which somebody is being cancelled. When a lock passes to the next in line,
/// that one does not wait any more; so rings close only where a wait begins.
enum WaitGraph {
    enum Target {
        case work(Work)
        case permits(Permits, all: Bool)

        var text: ByteText {
            switch self {
            case .work(let work): work.waitText
            case .permits(let permits, _): permits.waitText
            }
        }
    }

    struct Wait {
        let work: Work
        let target: Target
        /// Where the script waits: `job.lua:3`.
        let place: ByteText?
        /// What the task has meanwhile.
        let holds: [Hold]
    }

    private struct State {
        var waits: [ObjectIdentifier: Wait] = [:]
        /// The locks of those who wait.
        var held: [ObjectIdentifier: [(grant: Permits.Grant, holder: Work)]] = [:]

        func wait(of work: Work) -> Wait? { waits.isEmpty ? nil : waits[ObjectIdentifier(work)] }
    }

    private static let lock = Lock()
    private nonisolated(unsafe) static var state = State()  // sound: guarded by the lock

    /// Notes that `waiter` joins `work`. If that would close a ring, returns the text of the error and notes nothing.
    static func beginJoin(of work: Work, by waiter: Work, holding holds: [Hold], _ place: () -> ByteText?) -> ByteText?
    {
        guard holds.isEmpty else {
            return begin(Wait(work: waiter, target: .work(work), place: place(), holds: holds))
        }
        return lock.withLock {
            if let ring = ring(from: waiter, to: .work(work)) { return text(ring) }
            waiter.joining = work
            return nil
        }
    }

    /// Notes that `waiter`, a task of the same state, has joined `work` before (see `Worker.joinQuickly`).
    static func note(_ work: Work, joinedBy waiter: Work) { lock.withLock { waiter.joining = work } }

    /// The same for any wait.
    static func begin(_ wait: Wait) -> ByteText? {
        lock.withLock {
            state.waits[ObjectIdentifier(wait.work)] = wait
            for hold in wait.holds {
                state.held[ObjectIdentifier(hold.permits), default: []].append((hold.grant, wait.work))
            }
            if let ring = ring(from: wait.work, to: wait.target) {
                defer { remove(wait.work) }
                return text(ring)
            }
            if case .work(let target) = wait.target { wait.work.joining = target }
            return nil
        }
    }

    static func end(by waiter: Work) {
        lock.withLock {
            waiter.joining = nil
            if !state.waits.isEmpty { remove(waiter) }
        }
    }

    private static func remove(_ waiter: Work) {
        guard let wait = state.waits.removeValue(forKey: ObjectIdentifier(waiter)) else { return }
        for hold in wait.holds {
            let key = ObjectIdentifier(hold.permits)
            state.held[key]?.removeAll { $0.holder === waiter }
            if state.held[key]?.isEmpty == true { state.held[key] = nil }
        }
    }

    // MARK: - Rings

    /// The ring that a wait of `waiter` would close: the work in it, from `waiter` to `waiter`.
    private static func ring(from waiter: Work, to target: Target) -> [Work]? {
        if case .work(let first) = target, state.waits.isEmpty { return chain(from: waiter, to: first) }
        var seen: Set<ObjectIdentifier> = []
        var paths = successors(target).map { [waiter, $0] }
        while let path = paths.popLast(), let last = path.last {
            if last === waiter { return path }
            guard seen.insert(ObjectIdentifier(last)).inserted, !isEnding(last) else { continue }
            let next = state.wait(of: last)?.target ?? last.joining.map(Target.work)
            if let next { paths += successors(next).map { path + [$0] } }
        }
        return nil
    }

    /// The same where there are joins alone, each of one work.
    private static func chain(from waiter: Work, to first: Work) -> [Work]? {
        var next = first
        while next !== waiter {
            guard let further = next.joining, !isEnding(next) else { return nil }
            next = further
        }
        var ring = [waiter, first]
        while let last = ring.last, last !== waiter, let next = last.joining { ring.append(next) }
        return ring
    }

    private static func isEnding(_ work: Work) -> Bool {
        work.isCancelRequested || work.worker?.thread.isCancelRequested == true
    }

    /// Those who have to go on before the wait can end, as far as they wait themselves.
    private static func successors(_ target: Target) -> [Work] {
        switch target {
        case .work(let work): [work]
        case .permits(let permits, let all):
            // Who wants to read may wait for a writer in line, which gives up when its time is over.
            (state.held[ObjectIdentifier(permits)] ?? []).filter {
                (all || permits.kind != .rwlock || $0.grant < 0) && permits.isHeld($0.grant)
            }.map(\.holder)
        }
    }

    /// `deadlock: a -> b -> a`; if there is a lock in the ring, also who waits where for what.
    private static func text(_ ring: [Work]) -> ByteText {
        let names = "deadlock: " + ring.map(\.name).joined(separator: " -> ")
        let isOfJoins = !ring.contains { work in
            if case .permits? = state.wait(of: work)?.target { true } else { false }
        }
        if isOfJoins { return names }
        let lines = ring.dropLast().map { work -> ByteText in
            let wait = state.wait(of: work)
            let place: ByteText = wait?.place.map { " at \($0)" } ?? ""
            return "\n  \(work.title)\(place): \(wait?.target.text ?? work.joining?.waitText ?? "")"
        }
        return lines.reduce(names, +)
    }
}
