import Synchronization

/// Permits that are taken, waited for and given back: a lock has one, a semaphore some, and a lock for many readers or
/// one writer has one for each reader, all of which a writer takes. Who waits is served strictly in order of arrival, so
/// nobody starves. Shared; guarded by its lock, but for `word`, which is atomic.
///
/// It knows no tasks. Each taking has a number, its grant, and whoever takes notes that (see `Hold`).
///
/// Where there is one permit, its state is one word for as long as nobody waits: free, or the grant that has it. Taking
/// and giving back is one atomic operation then. Whoever wants more than that does so under the lock, after it has moved
/// the state from the word into `State`; in the end it moves the state back if it is that simple again.
final class Permits: Waitable, Shareable {
    enum Kind: String, Sendable {
        case lock, rwlock, semaphore
        /// Owned by something else, as by a key of a map that is being updated.
        case inner
    }

    /// The number of a taking, never 0, and unique among all of its time. A negative one is of all permits.
    typealias Grant = Int

    private struct State {
        var free: Int
        /// The grants that were not given back.
        var grants: [Grant] = []
        var line = WaitList()
        /// The last one who had all, or one of several, ended without giving back, and nobody was told yet.
        var isAbandoned = false
        /// The grants whose takers are to be told so.
        var told: [Grant] = []
    }

    private enum Word {
        static let free = 0
        /// The state is behind the lock.
        static let moved = Int.min
    }

    let id = Identity.next()
    let kind: Kind
    /// The texts of one that belongs to something else; made when they are needed.
    typealias Texts = @Sendable () -> (wait: ByteText, attempt: ByteText)
    private let texts: Texts?
    /// How many a taking of all takes.
    private let all: Int
    private let word: Atomic<Int>
    private let state: Guarded<State>

    private init(_ kind: Kind, all: Int, free: Int, texts: Texts? = nil) {
        self.kind = kind
        self.texts = texts
        self.all = all
        word = Atomic(kind == .lock || kind == .inner ? Word.free : Word.moved)
        state = Guarded(State(free: free))
    }

    static func lock() -> Permits { Permits(.lock, all: 1, free: 1) }
    static func readersAndWriter() -> Permits { Permits(.rwlock, all: 1 << 40, free: 1 << 40) }
    static func semaphore(_ count: Int) -> Permits { Permits(.semaphore, all: 1, free: count) }
    static func inner(_ texts: @escaping Texts) -> Permits { Permits(.inner, all: 1, free: 1, texts: texts) }

    /// What is said of those who wait.
    var waitText: ByteText { texts?().wait ?? "acquire of \(kind.rawValue): \(id)" }
    /// What somebody attempts who may not wait.
    var attempt: ByteText { texts?().attempt ?? "take a \(kind.rawValue)" }

    deinit { state.withLock { $0.line.removeAll() } }

    /// Looks at the state, or changes it, under the lock; serves the line after that.
    private func withState<R>(_ body: (inout State) -> R, _ review: (inout Effects) -> Void = { _ in }) -> R {
        var effects = Effects()
        let result = state.withLock { state in
            keepOrder()
            let before = word.exchange(Word.moved, ordering: .acquiringAndReleasing)
            if before != Word.moved {
                state.free = before == Word.free ? 1 : 0
                state.grants = before == Word.free ? [] : [before]
            }
            let result = body(&state)
            if !state.line.isEmpty { serve(&state, &effects) }
            let isSimple = state.line.isEmpty && !state.isAbandoned && state.told.isEmpty
            if kind == .lock || kind == .inner, isSimple {
                keepOrder()
                word.store(state.grants.first ?? Word.free, ordering: .releasing)
            }
            return result
        }
        review(&effects)
        effects.carryOut()
        return result
    }

    // MARK: - Taking

    struct Taken {
        let grant: Grant
        /// An earlier holder ended without giving back.
        let isAbandoned: Bool
    }

    private func need(_ grant: Grant) -> Int { grant < 0 ? all : 1 }

    private func give(_ grant: Grant, _ state: inout State) -> Taken {
        state.free -= need(grant)
        state.grants.append(grant)
        defer { state.isAbandoned = false }
        return Taken(grant: grant, isAbandoned: state.isAbandoned)
    }

    /// Takes the one permit if it is free and that is simple.
    @inline(__always)
    func takeQuickly(_ grant: Grant) -> Bool {
        keepOrder()
        return word.compareExchange(expected: Word.free, desired: grant, ordering: .acquiringAndReleasing).exchanged
    }

    /// Takes one permit, or all, if they are free and nobody waits.
    func tryTake(_ grant: Grant) -> Taken? {
        if takeQuickly(grant) { return Taken(grant: grant, isAbandoned: false) }
        return withState { state in
            while let head = state.line.head, !head.waiter.isArmed(head.ticket) { state.line.remove(head) }
            guard state.line.isEmpty, state.free >= need(grant) else { return nil }
            return give(grant, &state)
        }
    }

    /// Whether `tryTake` may succeed: a quick look.
    func mayTake(_ grant: Grant) -> Bool {
        let word = word.load(ordering: .acquiring)
        if word != Word.moved { return word == Word.free }
        return state.withLock { $0.line.isEmpty && $0.free >= need(grant) }
    }

    /// Leaves a node whose choice is its grant (see `Waitable`).
    func enter(_ node: WaitNode) -> Bool {
        var isServed = false
        withState({ $0.line.append(node) }, { isServed = $0.takeBack(node) })
        return !isServed
    }

    func forget(_ node: WaitNode) { withState { $0.line.remove(node) } }

    /// Whether the taker, who has waited, is to be told that an earlier holder ended without giving back. Once.
    func takeNotice(_ grant: Grant) -> Bool {
        guard word.load(ordering: .acquiring) == Word.moved else { return false }
        return withState { state in
            guard let index = state.told.firstIndex(of: grant) else { return false }
            state.told.remove(at: index)
            return true
        }
    }

    func isHeld(_ grant: Grant) -> Bool {
        let word = word.load(ordering: .acquiring)
        return word != Word.moved ? word == grant : withState { $0.grants.contains(grant) }
    }

    // MARK: - Giving back

    /// Gives back what was taken. False: it was given back before.
    @inline(__always) @discardableResult
    func release(_ grant: Grant) -> Bool {
        keepOrder()
        let (isDone, _) = word.compareExchange(expected: grant, desired: Word.free, ordering: .acquiringAndReleasing)
        return isDone || giveBack(grant, isAbandoned: false)
    }

    /// The holder ends without having given back.
    func abandon(_ grant: Grant) { _ = giveBack(grant, isAbandoned: true) }

    private func giveBack(_ grant: Grant, isAbandoned: Bool) -> Bool {
        withState { state in
            guard let index = state.grants.lastIndex(of: grant) else { return false }
            state.grants.remove(at: index)
            state.free += need(grant)
            // What readers had cannot have been left half done.
            if isAbandoned, kind != .rwlock || grant < 0 { state.isAbandoned = true }
            if !state.told.isEmpty { state.told.removeAll { $0 == grant } }
            return true
        }
    }

    /// Adds permits to a semaphore, which nobody has taken. False: there would be too many.
    func add(_ count: Int) -> Bool {
        withState { state in
            guard count <= Int.max >> 1 - state.free else { return false }
            state.free += count
            return true
        }
    }

    /// Gives permits to those at the head of the line, as far as there are enough.
    private func serve(_ state: inout State, _ effects: inout Effects) {
        while let node = state.line.head, state.free >= need(node.choice) {
            state.line.remove(node)
            guard node.claim() else { continue }
            if give(node.choice, &state).isAbandoned { state.told.append(node.choice) }
            node.deliver(.accepted)
            effects.wake(node)
        }
    }

    // MARK: - How it stands

    struct Standing {
        let free: Int
        let holders: Int
        let isHeldWhole: Bool
    }

    var standing: Standing {
        withState { state in
            Standing(
                free: state.free, holders: state.grants.count, isHeldWhole: state.grants.contains { $0 < 0 })
        }
    }
}
