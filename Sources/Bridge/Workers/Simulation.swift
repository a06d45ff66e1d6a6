/// The clock of a program on virtual time (`--simulate`), and the order in which its states run.
///
/// One state at a time has the *turn*. It keeps it until it has nothing to do; then the next one that has something to
/// do gets it, in the order in which they were made. When nobody has, the program is at rest, and the clock jumps to the
/// next instant at which something is due. So the same program takes the same course in each run. What is outside (an
/// external program, a descriptor, the host) holds the clock. So does a state that waits in a system call: it keeps the
/// turn.
///
/// A child process has a seat among the states of its parent, and states of its own. It hands its turn on to these, and
/// gives it back when all of them are at rest. Before it decides anything, its parent has answered all that it has sent;
/// and a child to which something was sent comes before all others. So it makes no difference how fast a link is.
/// Shared; guarded by its lock.
final class Simulation: Sendable {
    /// A state or a child process, as far as turns go.
    class Seat: @unchecked Sendable {  // sound: what varies is guarded by the simulation's lock
        /// When it has something to do again.
        fileprivate var due = Instant.forever
        /// It wants a turn, whatever is due: it has not had one yet, has passed it, or has asked for one.
        fileprivate var wants = true
        /// Something outside, of which it knows, holds the clock.
        fileprivate var holds = false
        /// The host wants the turn when all is at rest at that instant.
        fileprivate var stop = Instant.forever
        /// It has the turn for that reason.
        fileprivate var hasStopped = false
        /// It runs although the turn was taken from it.
        fileprivate var isLoose = false

        /// Something was sent to it. Called under the lock.
        var hasNews: Bool { false }
        /// The same, and all others have to wait until it has dealt with that.
        var isUrgent: Bool { false }
        /// It has the turn. Called without the lock.
        func begin(_ now: Instant) {}
    }

    /// The parent of a child process.
    protocol Parent: AnyObject, Sendable {
        /// Something was sent that the parent may not have dealt with.
        var mustSync: Bool { get }
        /// `then` is called when the parent has dealt with all that was sent. Whoever calls it looks afterwards.
        func sync(_ then: @escaping @Sendable () -> Void)
        /// Gives the turn back if nothing has come meanwhile, and `isQuiet` is true. Returns whether it did.
        func rest(until due: Instant, holds: Bool, if isQuiet: () -> Bool) -> Bool
        func askForTurn()
    }

    private struct State {
        /// In the order in which they were made.
        var seats: [Seat] = []
        var holder: Seat?
        /// How many turns there have been.
        var turns = 0
        var isWatched = false
        /// Where the search for the next one begins.
        var next = 0
        /// Of a child process.
        weak var parent: (any Parent)?
        /// Of a child process: whether it has the turn among those of its parent.
        var hasTurn: Bool
        var hasAsked = false
        var isSyncing = false
        /// A thread is giving the turn back. What happens meanwhile is looked at afterwards.
        var isResting = false, mustLook = false
        var saidHolds = false
        /// How many handlers of signals there are: with one, it is no deadlock if nothing else can go on.
        var signals = 0
        var end: Instant
        var isEnding = false
    }

    private enum Step {
        case begin(Seat)
        case sync, ask, end, deadlock
        case rest(due: Instant, holds: Bool)
    }

    private let state: Guarded<State>
    /// It jumps only while all is at rest.
    let clock: VirtualClock
    private unowned let program: Program

    /// `span`: when that is over, the program ends. `number` makes the random numbers of one process differ from those
    /// of others.
    init(_ program: Program, from: Instant, span: TimeSpan? = nil, parent: (any Parent)? = nil, number: Int = 0) {
        self.program = program
        clock = VirtualClock(from: from, number: number)
        state = Guarded(State(parent: parent, hasTurn: parent == nil, end: span.map { .past + $0 } ?? .forever))
    }

    /// Any thread.
    var now: Instant { clock.now }

    // MARK: - Seats

    /// Adds a seat after all others.
    func add(_ seat: Seat) {
        let mustWatch = state.withLock { state in
            state.seats.append(seat)
            defer { if state.seats.count > 1 { state.isWatched = true } }
            return state.seats.count > 1 && !state.isWatched
        }
        if mustWatch { watch(0) }
    }

    /// Its state or process is gone. The turn passes on, if it had it.
    func remove(_ seat: Seat) {
        state.withLock { state in
            guard let place = state.seats.firstIndex(where: { $0 === seat }) else { return }
            state.seats.remove(at: place)
            if place < state.next { state.next -= 1 }
            if state.holder === seat { state.holder = nil }
        }
        look()
    }

    /// The first one for which the condition is true.
    func seat<S: Seat>(_ condition: (S) -> Bool) -> S? {
        state.withLock { state in
            for case let seat as S in state.seats where condition(seat) { return seat }
            return nil
        }
    }

    /// In a copy that `fork` made: there is one state, and it runs.
    func copied(_ seat: Seat?) {
        state.withLock { state in
            state.seats = seat.map { [$0] } ?? []
            state.holder = seat
        }
    }

    /// How many turns there have been.
    var turns: Int { state.withLock { $0.turns } }

    func hasTurn(_ seat: Seat) -> Bool { state.withLock { $0.holder === seat } }

    /// Has nothing to do until that instant, unless something comes. The turn passes on, maybe back to it. `stop`: see
    /// `Seat`.
    func rest(_ seat: Seat, until due: Instant, stop: Instant = .forever) {
        state.withLock { state in
            (seat.due, seat.stop, seat.isLoose) = (due, stop, false)
            if state.holder === seat { state.holder = nil }
        }
        look(for: seat)
    }

    /// Whether its last turn has come since all was at rest at its `stop`.
    func takeStop(_ seat: Seat) -> Bool {
        state.withLock { _ in
            defer { seat.hasStopped = false }
            return seat.hasStopped
        }
    }

    /// Lets others go first.
    func pass(_ seat: Seat) {
        state.withLock { state in
            (seat.wants, seat.isLoose) = (true, false)
            if state.holder === seat { state.holder = nil }
        }
        look(for: seat)
    }

    /// So long, by the machine's clock, a state may keep others waiting.
    private static let patience: TimeSpan = .seconds(5)

    /// Takes the turn from a state that keeps others waiting for very long: it computes, or waits in a system call. Then
    /// it runs beside them, and their order is left to chance. The clock stands meanwhile.
    private func watch(_ turns: Int) {
        Reactor.shared.call(after: Self.patience) { [weak self, weak program] in
            guard let self, let program else { return }
            defer { withExtendedLifetime(program) {} }
            let (turns, goesOn) = state.withLock { state in
                if state.turns == turns, let holder = state.holder, ready(state) != nil {
                    holder.isLoose = true
                    state.holder = nil
                }
                state.isWatched = state.seats.count > 1
                return (state.turns, state.isWatched)
            }
            look()
            if goesOn { watch(turns) }
        }
    }

    // MARK: - Deciding

    /// Any thread, after something has changed that may give somebody the turn. `seat`: one that need not be told.
    func look(for seat: Seat? = nil) {
        while let step = state.withLock(decide) {
            switch step {
            case .begin(let next):
                if next !== seat { next.begin(now) }
                return
            case .sync: state.withLock { $0.parent }?.sync { [self] in state.withLock { $0.isSyncing = false } }
            case .ask: state.withLock { $0.parent }?.askForTurn()
            case .rest(let due, let holds):
                guard rest(due, holds) else { return }
            case .end: return end()
            case .deadlock: return program.stopDeadlocked()
            }
        }
    }

    /// In place of an instant: only a signal can bring something to do.
    private static let someday = Instant(rawValue: .max - 1)

    private func decide(_ state: inout State) -> Step? {
        if state.isResting { state.mustLook = true }
        // Without states a process is about to exit; until then it keeps the turn.
        guard state.holder == nil, !state.seats.isEmpty, !state.isSyncing, !state.isResting, !state.isEnding else {
            return nil
        }
        let holds = program.quiescence.hasOutside || state.seats.contains { $0.holds }
        guard state.hasTurn else {
            guard !state.hasAsked, holds != state.saidHolds || ready(state) != nil else { return nil }
            state.hasAsked = true
            return .ask
        }
        if let parent = state.parent, parent.mustSync {
            state.isSyncing = true
            return .sync
        }
        if let place = ready(state) { return give(place, &state) }
        if state.seats.contains(where: \.isLoose) { return nil }
        let first: Instant = state.signals > 0 ? Self.someday : .forever
        let due = state.seats.reduce(first) { min($0, $1.due, $1.stop) }
        if state.parent != nil {
            (state.hasTurn, state.isResting, state.mustLook) = (false, true, false)
            state.saidHolds = holds
            return .rest(due: due, holds: holds)
        }
        if holds { return nil }
        if due == .forever { return .deadlock }
        if due == Self.someday, state.end == .forever { return nil }
        if due > state.end {
            clock.move(to: state.end)
            (state.end, state.isEnding) = (.forever, true)
            return .end
        }
        clock.move(to: due)
        state.next = 0
        if let place = ready(state) { return give(place, &state) }
        guard let place = state.seats.firstIndex(where: { $0.stop <= due }) else { return nil }
        state.seats[place].hasStopped = true
        return give(place, &state)
    }

    /// The seat whose turn it is.
    private func ready(_ state: State) -> Int? {
        if let urgent = state.seats.firstIndex(where: { $0.isUrgent && !$0.isLoose && $0 !== state.holder }) {
            return urgent
        }
        func isReady(_ seat: Seat) -> Bool {
            seat !== state.holder && !seat.isLoose && (seat.wants || seat.due <= now || seat.hasNews)
        }
        return state.seats.indices.dropFirst(state.next).first { isReady(state.seats[$0]) }
            ?? state.seats.indices.prefix(state.next).first { isReady(state.seats[$0]) }
    }

    private func give(_ place: Int, _ state: inout State) -> Step {
        let seat = state.seats[place]
        state.holder = seat
        state.turns += 1
        state.next = place + 1
        (seat.wants, seat.due, seat.stop) = (false, .forever, .forever)
        return .begin(seat)
    }

    /// The span is over: ends the program as SIGTERM does. On the reactor's thread, since the caller's may be that of a
    /// state, which has to end like all others; nobody gets the turn before all have been told.
    private func end() {
        let finish: @Sendable () -> Void = { [self] in
            program.requestExit(.init(status: 0, closes: true))
            state.withLock { $0.isEnding = false }
            look()
        }
        do throws(SystemError) { try Reactor.shared.perform(finish) } catch { finish() }
    }

    // MARK: - What is outside

    /// A script handles a signal from now on, or no more. Signals do not hold the clock.
    func countSignalHandlers(_ change: Int) {
        state.withLock { $0.signals += change }
        look()
    }

    /// The state that has the turn: handlers have been running for so long, by the machine's clock, that their grace is over.
    func catchUp(to instant: Instant) { clock.move(to: instant) }

    // MARK: - Child processes

    /// Of a child process: it was at rest, or wants a turn since something outside has come to its end.
    func note(_ seat: Seat, due: Instant, holds: Bool) {
        state.withLock { _ in (seat.due, seat.holds) = (due, holds) }
    }
    func note(wish seat: Seat) { state.withLock { _ in seat.wants = true } }

    /// It has given the turn back. Whoever calls looks afterwards, when it holds no lock.
    func gaveBack(_ seat: Seat) {
        state.withLock { state in
            seat.isLoose = false
            if state.holder === seat { state.holder = nil }
        }
    }

    /// In a child process: it has got the turn. As above.
    func gotTurn(at now: Instant) {
        clock.move(to: now)
        state.withLock { ($0.hasTurn, $0.hasAsked) = (true, false) }
    }

    /// A child of this process wants to know when all that it has sent was dealt with, here and further up.
    func syncParent(_ then: @escaping @Sendable () -> Void) {
        if let parent = state.withLock({ $0.parent }) { parent.sync(then) } else { then() }
    }

    /// The parent has gone: nobody gives turns any more.
    func orphaned() {
        state.withLock { ($0.hasTurn, $0.isSyncing, $0.parent) = (true, false, nil) }
        look()
    }

    /// Returns whether it has to be looked again.
    private func rest(_ due: Instant, _ holds: Bool) -> Bool {
        Console.flush()
        let parent = state.withLock { $0.parent }
        let hasRested = parent?.rest(until: due, holds: holds) { state.withLock { ready($0) == nil } } ?? false
        return state.withLock { state in
            state.isResting = false
            if !hasRested { state.hasTurn = true }
            return state.mustLook || (!hasRested && ready(state) != nil)
        }
    }
}
