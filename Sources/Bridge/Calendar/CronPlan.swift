/// When a schedule runs by a wall clock that may be set, and that goes on while nothing can run. A value.
struct CronPlan {
    enum CatchUp {
        case one, all, none
    }

    /// What comes of the times that have passed.
    struct Runs: Equatable {
        /// Times that were missed, to run one after the other.
        var late: [UnixTime] = []
        /// The last one, which is to run now.
        var current: UnixTime?
        /// How many times are left out.
        var missed = 0
    }

    /// A run that comes so late has missed its time.
    private static let patience: Seconds = 60
    /// A clock that is set back by more was wrong before, and the plan begins anew. If it is set back by less, the next
    /// time remains the one after the last, so that none comes twice.
    private static let correction: TimeSpan = .seconds(86_400)
    /// So many times are looked at one by one.
    static let enough = 1000

    private var schedule: CronSchedule
    private let catchUp: CatchUp
    /// Each run comes up to so much later, by chance.
    private let jitter: TimeSpan
    /// A time up to that one, by chance.
    typealias Chance = @Sendable (_ most: TimeSpan) -> TimeSpan
    private let chance: Chance
    /// The next time, without jitter; nil: there is none.
    private(set) var next: UnixTime?
    /// When the wall clock shows this, something is to run.
    private(set) var due: Instant = .forever
    /// The latest time that the wall clock has shown.
    private var latest: Instant

    init(
        _ schedule: CronSchedule, catchUp: CatchUp = .one, jitter: TimeSpan = .zero, at wall: Instant,
        chance: @escaping Chance = { .nanoseconds(.random(in: 0...$0.nanoseconds)) }
    ) {
        self.schedule = schedule
        self.catchUp = catchUp
        self.jitter = jitter
        self.chance = chance
        latest = wall
        plan(after: UnixTime(wall))
    }

    var zone: Zone {
        get { schedule.zone }
        set { schedule = CronSchedule(schedule.pattern, newValue) }
    }

    /// The clock shows this: notices when it was set back far.
    mutating func look(at wall: Instant) {
        if wall + Self.correction < latest {
            latest = wall
            plan(after: UnixTime(wall))
        }
        latest = max(latest, wall)
    }

    /// Takes the times that have passed. Of very many it may leave some for the next call.
    mutating func take(at wall: Instant) -> Runs {
        guard due <= wall, let first = next else { return Runs() }
        let settled = UnixTime(wall - jitter)
        var times = [first]
        plan(after: first)
        while let time = next, time <= settled, times.count < Self.enough {
            times.append(time)
            plan(after: time)
        }
        if catchUp != .all, let time = next, time <= settled { skip(to: settled, &times) }
        let last = times.removeLast()
        let isLate = last + Self.patience < settled
        switch catchUp {
        case .all where isLate: return Runs(late: times + [last])
        case .all: return Runs(late: times, current: last)
        case .none where isLate: return Runs(missed: times.count + 1)
        case .none, .one: return Runs(current: last, missed: times.count)
        }
    }

    private mutating func plan(after time: UnixTime) {
        next = schedule.next(after: time)
        due = next?.instant ?? .forever
        if jitter > .zero { due = due + chance(jitter) }
    }

    /// Leaves out what has passed up to a minute before that time.
    private mutating func skip(to time: UnixTime, _ times: inout [UnixTime]) {
        plan(after: max(times.last ?? time, time - Self.patience))
        while let next, next <= time {
            times.append(next)
            plan(after: next)
        }
    }
}
