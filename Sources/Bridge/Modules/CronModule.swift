/// The calendar of `sched`: functions that run at times of the clock on the wall, as cron has them.
enum CronModule {
    /// Those of the module `sched`, and `stop` for its part in Lua.
    static let functions = [
        HostFunction(
            "cron", "sched.cron(pattern, [opts,] fn, ...)", "Calls a function at the times of a pattern.", make),
        HostFunction("next", "sched.next(pattern, [n,] [opts])", "The next time of a pattern, or a list of n.", next),
        HostFunction(
            "stop", "", "Event: whether that keeps it from running; nil for no event of the calendar.",
            memory: .givesBack
        ) { call throws(Fault) in
            guard let event = call.objectIfAny(1, type) else { return .none }
            call.push(event.cancel())
            return .results(1)
        },
    ]

    static let type: HostType<CronEvent> = HostType(
        "event", methods: [],
        getters: [
            number("id", "An integer, unique in the program.") { $0.id },
            number("time", "When it is due next, as os.time has it.") { $0.next?.seconds },
            number("last", "The time for which the last run was planned.") { $0.last?.seconds },
            number("count", "Runs that have started.") { $0.count },
            number("missed", "Runs that were left out.") { $0.missed },
            number("errors", "Runs that failed.") { $0.errors },
            number("priority", "0.") { _ in 0 },
            text("name", "The given name, or the pattern.") { $0.label },
            text("pattern", "What it was made with.") { $0.pattern },
            text("tz", "The name of its time zone; nil: local time.") { event in
                if case .named(let name) = event.zoneName { ByteText(name) } else { nil }
            },
            HostFunction("fn", "event.fn", "Its function.") { call throws(Fault) in
                let function = try pushKept(call)
                call.dropArguments(after: function)
                return .results(1)
            },
            HostFunction("args", "event.args", "The list of its arguments.") { call throws(Fault) in
                let function = try pushKept(call)
                call.stack.pushCountedList(copying: function + 1, call.count)
                return .results(1)
            },
        ],
        metamethods: [
            .tostring("event", "Name and state.", type) { "event: \($0.label) (\($0.isActive ? "active" : "ended"))" }
        ])

    /// [-0, +n+1, m] Pushes the function of the event at 1, and its n arguments. Returns the function's index.
    private static func pushKept(_ call: HostCall) throws(Fault) -> Int32 {
        let function = call.count + 1
        _ = try call.object(1, type).push(on: call.L)
        guard call.count >= function else { throw .memory }
        return function
    }

    private static func number(
        _ name: String, _ summary: String, _ value: @escaping @Sendable (CronEvent) -> Int?
    ) -> HostFunction {
        HostFunction(name, "event.\(name)", summary) { call throws(Fault) in
            if let value = value(try call.object(1, type)) { call.push(value) } else { call.pushNil() }
            return .results(1)
        }
    }

    private static func text(
        _ name: String, _ summary: String, _ value: @escaping @Sendable (CronEvent) -> ByteText?
    ) -> HostFunction {
        HostFunction(name, "event.\(name)", summary) { call throws(Fault) in
            if let value = value(try call.object(1, type)) { call.push(value) } else { call.pushNil() }
            return .results(1)
        }
    }

    // MARK: - Patterns and zones

    private static func pattern(_ call: HostCall) throws(Fault) -> (text: ByteText, CronPattern) {
        let text = try call.string(1)
        guard text.bytes.count <= longest else { throw .argument(1, "pattern longer than \(longest) bytes") }
        do throws(CronError) {
            return (text, try CronPattern.read(text))
        } catch {
            throw .argument(1, error.message)
        }
    }

    private static let longest = 10_000

    private static func zone(_ options: HostCall.Options?) throws(Fault) -> (ZoneStore.Name, Zone) {
        let name = try options?.string("tz").map { ZoneStore.Name.named($0.description) } ?? .local
        do throws(ZoneStore.Failure) {
            return (name, try ZoneStore.zone(name))
        } catch {
            guard let options else { throw .message(ByteText(error.message)) }
            throw options.wrong("tz", ByteText(error.message))
        }
    }

    // MARK: - sched.cron

    private static let known = ["name", "tz", "overlap", "catch_up", "jitter", "on_error", "daemon", "cluster"]

    private static func make(_ call: HostCall) throws(Fault) -> Outcome {
        let (text, pattern) = try pattern(call)
        let hasOptions = call.kind(2) == .table && !call.isCallable(2)
        let function: Int32 = hasOptions ? 3 : 2
        try call.callable(function)
        if hasOptions, try pushGate(call) {
            call.stack.insert(at: 1)
            return .forward(call.count - 1, call)
        }
        let options = hasOptions ? try call.options(2, known: known) : nil
        let (name, zone) = try zone(options)
        let clock = call.worker.clock
        let plan = CronPlan(
            CronSchedule(pattern, zone), catchUp: try catchUp(options), jitter: try jitter(options), at: clock.wall,
            chance: clock.random)
        guard plan.next != nil else { throw .argument(1, "no time of the pattern comes in this time zone") }
        let event = CronEvent(call.worker, text, name, plan, type)
        if let options { try read(options, event, call) }
        event.keep(call, function: function)
        event.start()
        call.state.push(new: event, type, on: call.L)
        call.state.remember(event, at: -1, on: call.L)
        return .results(1)
    }

    /// [-0, +(0|1), -] Pushes the function that makes a schedule which several machines share: the field `gate` of the option
    /// `cluster`.
    private static func pushGate(_ call: HostCall) throws(Fault) -> Bool {
        let top = call.count
        if call.stack.pushField("cluster", of: 2) == .table, call.stack.pushField("gate", of: -1) == .function {
            call.stack.insert(at: top + 1)
            call.stack.pop()
            return true
        }
        let isThere = call.kind(top + 1) != .nil
        call.stack.resize(to: top)
        if isThere { throw .argument(2, "option 'cluster': cluster expected") }
        return false
    }

    private static func catchUp(_ options: HostCall.Options?) throws(Fault) -> CronPlan.CatchUp {
        switch try options?.word("catch_up", ["one", "all", "none"]) {
        case "all": .all
        case "none": .none
        default: .one
        }
    }

    private static func jitter(_ options: HostCall.Options?) throws(Fault) -> TimeSpan {
        guard let options, let jitter = try options.number("jitter") else { return .zero }
        guard jitter >= 0, jitter < .infinity else { throw options.wrong("jitter", "0 or more seconds expected") }
        return TimeSpan(seconds: jitter)
    }

    private static func read(_ options: HostCall.Options, _ event: CronEvent, _ call: HostCall) throws(Fault) {
        event.givenName = try options.string("name")
        event.isDaemon = try options.boolean("daemon") ?? false
        switch try options.word("overlap", ["skip", "queue", "parallel"]) {
        case "queue": event.overlap = .queue
        case "parallel": event.overlap = .parallel
        default: event.overlap = .skip
        }
        if let action = try? options.string("on_error") {
            guard action == "stop" else { throw options.wrong("on_error", "function or \"stop\" expected") }
            event.stopsOnError = true
        } else if try options.function("on_error") {
            event.onError = ErrorHandler(call, holds: false)
        }
    }

    // MARK: - sched.next

    private static let most = 10_000_000

    private static func next(_ call: HostCall) throws(Fault) -> Outcome {
        let (_, pattern) = try pattern(call)
        var number: Int?
        if call.kind(2) != .table, !call.isNone(2) {
            let count = try call.integer(2)
            guard (0...most).contains(count) else {
                throw .argument(2, "a number from 0 to \(most) expected, got \(count)")
            }
            number = count
        }
        let index: Int32 = call.kind(2) == .table ? 2 : 3
        let options = call.isNone(index) ? nil : try call.options(index, known: ["tz", "from"])
        var schedule = CronSchedule(pattern, try zone(options).1)
        var time = UnixTime(call.worker.clock.wall)
        if let options, let from = try options.number("from") {
            guard let second = Int(exactly: from.rounded(.down)), CronSchedule.times.contains(UnixTime(second)) else {
                throw options.wrong("from", "a time of the years 1 to 9999 expected, got \(from)")
            }
            time = UnixTime(second)
        }
        guard let number else {
            if let next = schedule.next(after: time) { call.push(next.seconds) } else { call.pushNil() }
            return .results(1)
        }
        guard MemoryBound.hasRoom(32 * number) else { throw .memory }
        call.stack.pushTable(items: number)
        var count = 0
        while count < number, let next = schedule.next(after: time) {
            count += 1
            time = next
            call.push(next.seconds)
            call.stack.setItem(count, of: -2)
        }
        return .results(1)
    }
}
