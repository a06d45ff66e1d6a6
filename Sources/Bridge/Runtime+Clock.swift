extension Runtime {
    /// What a runtime's scripts take for the time: `timer.now`, timers, timeouts, deadlines, schedules, `os.time` and
    /// `os.date` follow it.
    public struct Clock: Sendable {
        private let from: WallTime?
        private let seconds: Int?

        /// That of the machine.
        public static let system = Clock(from: nil, seconds: nil)

        /// Virtual time, for tests and rehearsals: the wall clock shows `from` at the beginning. Scripts run as ever, one
        /// state at a time. When all of them wait, the clock jumps to the next instant at which something is due, so no
        /// wait takes real time, and each run takes the same course. External programs and reads of descriptors hold the
        /// clock. So does the host, except in calls that wait for scripts (`run`, `finish`) and in `advance(by:)`.
        public static func virtual(from: WallTime) -> Clock { Clock(from: from, seconds: nil) }

        /// The same, and when so many seconds are over the program ends as on SIGTERM, with status 0.
        package static func virtual(from: WallTime, seconds: Int) -> Clock { Clock(from: from, seconds: seconds) }

        var isVirtual: Bool { from != nil }

        func set(_ settings: inout Program.Settings) {
            settings.followSimulation = OSModule.followSimulation
            guard let from else { return }
            settings.virtualTime = (Instant(rawValue: from.nanoseconds), seconds.map { .seconds(1) * $0 })
        }
    }

    /// A point in time: seconds since 1970-01-01 00:00 UTC, from the year 1678 to the year 2261.
    public struct WallTime: Sendable, Hashable {
        let nanoseconds: Int64

        /// The machine's time.
        public static var now: WallTime { WallTime(nanoseconds: LoopClock.ofMachine.wall.rawValue) }

        /// Values out of range become the nearest one.
        public init(secondsSince1970 seconds: Double) {
            nanoseconds = seconds.isNaN ? 0 : TimeSpan(seconds: seconds).nanoseconds
        }

        /// A local time such as `2027-03-28T00:00`, `2027-03-28T00:00:30` or `2027-03-28`, as clocks show it in the zone of
        /// the variable `TZ`, or of the machine. A time that the clocks skip is the one right after the gap; of one that they
        /// show twice it is the first. Nil: the text cannot be read, there is no such day, or it is out of range.
        public init?(local text: String) {
            guard let local = LocalTime(text), let zone = try? ZoneStore.zone(.local) else { return nil }
            let time = zone.time(reaching: local).instant
            guard Self.range.contains(time) else { return nil }
            nanoseconds = time.rawValue
        }

        /// The years that it holds as a whole.
        private static let range = start(of: 1678)..<start(of: 2262)

        private static func start(of year: Int) -> Instant {
            LocalTime(day: CivilDate(year: year, month: 1, day: 1).number).utc(0).instant
        }

        private init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    }

    /// With virtual time: moves the clock on by that much. What becomes due meanwhile, in any state, runs at its instant.
    /// Returns when all that was due is at rest; with the system's clock at once. Holds up the calling thread, which is
    /// that of the runtime with `Configuration.thread = .calling`.
    public func advance(by span: Duration) {
        guard let simulation = program.simulation else { return }
        let (seconds, attoseconds) = span.components
        let time = max(.zero, TimeSpan.seconds(1) * Int(clamping: seconds) + .nanoseconds(attoseconds / 1_000_000_000))
        guard hasOwnThread else { return worker.run(simulation, until: simulation.now + time) }
        let answer = OneAnswer<Void>()
        queue.add(
            worker,
            (
                { [queue] worker in
                    queue.lending(worker) { worker.run(simulation, until: simulation.now + time) }
                    answer.give(())
                }, { _ in answer.give(()) }
            ))
        answer.wait()
    }
}
