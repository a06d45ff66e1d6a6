/// A state's seat. It exists from the request for its thread on; the worker comes later.
final class WorkerSeat: Simulation.Seat, @unchecked Sendable {  // sound: see the base class
    /// That of the work.
    let id: Int
    private let worker = Guarded<Worker?>(nil)
    private let gate = Sleeper()

    init(id: Int) { self.id = id }

    func sit(_ worker: Worker?) { self.worker.withLock { $0 = worker } }

    override var hasNews: Bool { worker.withLock { $0.map { !$0.isQuiet } ?? false } }
    override func begin(_ now: Instant) { gate.wake() }

    /// The owner's thread: returns when it has the turn.
    func wait(_ simulation: Simulation) {
        guard !simulation.hasTurn(self) else { return }
        Processor.leave()
        repeat { gate.sleep(until: .forever) } while !simulation.hasTurn(self)
        Processor.enter()
    }
}

/// How a state runs on virtual time.
extension Worker {
    /// Before anything runs in the state: waits for the first turn.
    func takeSeat(_ simulation: Simulation) {
        let own = simulation.seat { (seat: WorkerSeat) in seat.id == thread.id } ?? WorkerSeat(id: thread.id)
        if isMain { simulation.add(own) }
        own.sit(self)
        seat = own
        simulation.look(for: own)
        // The loop is not running yet.
        Processor.enter()
        own.wait(simulation)
        Processor.leave()
        if var numbers = clock.numbers { state.seedRandom(using: &numbers) }
        program.settings.followSimulation(state)
    }

    func leaveSeat(_ simulation: Simulation) {
        guard let own = seat.take() else { return }
        own.sit(nil)
        simulation.remove(own)
    }

    /// In place of `idle`.
    func rest(_ simulation: Simulation, until deadline: Instant) {
        guard let seat else { return }
        let due = min(timers.nextLive, deadline)
        if due > clock.now { lastRun = nil }
        simulation.rest(seat, until: due, stop: stop)
        seat.wait(simulation)
        if stop != .forever, simulation.takeStop(seat) { stop = .forever }
        _ = mailbox.sleeper.takeNotification()
    }

    /// How many rounds of its loop a state may do before others that have something to do get a turn.
    private static let rounds = 256
    /// How often it looks for mail meanwhile. Otherwise it does so when it has nothing else to do: what another process
    /// sends then always comes after that.
    private static let roundsPerMail = 64

    /// In place of `collectMail` in each round of the loop.
    func takeTurns(_ simulation: Simulation) {
        round += 1
        if round % Self.rounds == 0, let seat {
            simulation.pass(seat)
            seat.wait(simulation)
        }
        if ready.isEmpty || round % Self.roundsPerMail == 0 { collectMail() }
    }

    // MARK: - Graces
    //
    // The clock stands while code runs, so the grace of handlers that run is as long by the machine's clock.

    /// When the reactor interrupts code that runs until that instant.
    func alarm(for due: Instant) -> Instant {
        guard let simulation = program.simulation else { return due }
        watchedTurn = simulation.turns
        return Deadline(after: due - simulation.now).due
    }

    /// The code that runs has been interrupted. If handlers have been running all the time since that was arranged, the
    /// clock moves on to the end of their grace.
    func catchUp() {
        let due = overrun.exchange(.past, ordering: .relaxed)
        guard due > clock.now, let simulation = program.simulation, simulation.turns == watchedTurn else { return }
        simulation.catchUp(to: due)
    }

    // MARK: - Hosts

    /// Runs the loop until the clock shows that instant and everything that was due by then is at rest. For the host.
    func run(_ simulation: Simulation, until instant: Instant) {
        stop = instant
        holdOn()
        run(until: { stop == .forever })
        stop = .forever
        letGo()
    }
}
