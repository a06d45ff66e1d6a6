/// `timer`: functions that run once after a delay, or again and again without drift.
enum TimerModule {
    static let module = Module("timer", natives)

    private static let natives = ModuleContents(
        functions: [
            HostFunction("after", "timer.after([opts,] delay, fn, ...)", "Calls a function once.") {
                call throws(Fault) in try make(call, repeats: false)
            },
            HostFunction("every", "timer.every([opts,] interval, fn, ...)", "Calls a function again and again.") {
                call throws(Fault) in try make(call, repeats: true)
            },
            HostFunction("now", "timer.now()", "Monotonic seconds; the same in all threads.") { call throws(Fault) in
                call.push(call.worker.clock.now.seconds)
                return .results(1)
            },
            HostFunction("simulated", "timer.simulated()", "Whether the program runs on virtual time.") {
                call throws(Fault) in
                call.push(call.worker.clock.isSimulated)
                return .results(1)
            },
        ])

    static let type: HostType<ScriptTimer> = HostType(
        "timer",
        methods: [
            HostFunction("cancel", "t:cancel()", "Ends it; whether it was still pending.", memory: .givesBack, cancel),
            HostFunction("active", "t:active()", "Whether it will fire again.") { call throws(Fault) in
                let timer = try call.object(1, type)
                return try call.ask(timer.worker) { _ in timer.isActive }
            },
            HostFunction("restart", "t:restart([delay])", "Starts it anew, as if it were made now.", restart),
            HostFunction(
                "join", "t:join([timeout])", "Waits for the end of its last callback.", memory: .givesBack, join),
        ],
        getters: [
            counter("id", "t.id", "An integer, unique in the program.") { $0.id },
            counter("count", "t.count", "Callbacks started.") { $0.count },
            counter("missed", "t.missed", "Ticks that were missed.") { $0.missed },
            counter("errors", "t.errors", "Callbacks that failed.") { $0.errors },
            HostFunction("name", "t.name", "The given name, or one like timer-5.") { call throws(Fault) in
                call.push(try call.object(1, type).label)
                return .results(1)
            },
        ],
        metamethods: [
            .tostring("t", "Name and state.", type) { "timer: \($0.label) (\($0.isActive ? "active" : "ended"))" },
            HostFunction("__close", "local t <close>", "Cancels it.", memory: .givesBack) { call throws(Fault) in
                call.dropArguments(after: 1)
                return try cancel(call)
            },
        ])

    private static func counter(
        _ name: String, _ usage: String, _ summary: String, _ value: @escaping @Sendable (ScriptTimer) -> Int
    ) -> HostFunction {
        HostFunction(name, usage, summary) { call throws(Fault) in
            call.push(value(try call.object(1, type)))
            return .results(1)
        }
    }

    private static let common = ["name", "daemon", "on_error", "jitter"]
    private static let repeating = ["missed", "overlap", "times", "immediate"]

    private static func make(_ call: HostCall, repeats: Bool) throws(Fault) -> Outcome {
        let hasOptions = call.kind(1) == .table
        let first: Int32 = hasOptions ? 2 : 1
        let delay = try call.delay(first)
        if repeats, try call.number(first) <= 0 { throw .argument(first, "interval must be more than 0") }
        try call.callable(first + 1)
        if !hasOptions, !repeats, delay > .zero {
            return try call.withWorker { worker throws(Fault) in
                try worker.withWaitingTimers { timers throws(Fault) in
                    try timers.add(call, worker, delay: delay, function: first + 1)
                }
            }
        }
        // Before the rest: to make a timer for the first time takes a while.
        let called = call.worker.clock.now
        let callback = TimerCallback(call, function: first + 1)
        let interval = max(delay, repeats ? .nanoseconds(1) : .zero)
        let timer = ScriptTimer(call.worker, callback, delay: interval, repeats: repeats)
        if hasOptions { try read(call, timer, repeats) }
        timer.start(called)
        call.state.push(new: timer, type, on: call.L)
        if timer.onError != nil { call.state.remember(timer, at: -1, on: call.L) }
        return .results(1)
    }

    private static func read(_ call: HostCall, _ timer: ScriptTimer, _ repeats: Bool) throws(Fault) {
        let options = try call.options(1, known: repeats ? common + repeating : common)
        timer.givenName = try options.string("name")
        timer.isDaemon = try options.boolean("daemon") ?? false
        if let jitter = try options.number("jitter") {
            guard jitter >= 0, jitter < .infinity else { throw options.wrong("jitter", "0 or more seconds expected") }
            timer.jitter = TimeSpan(seconds: jitter)
        }
        if repeats {
            switch try options.word("missed", ["skip", "burst", "delay"]) {
            case "burst": timer.catchUp = .burst
            case "delay": timer.catchUp = .delay
            default: timer.catchUp = .skip
            }
            timer.overlaps = try options.boolean("overlap") ?? false
            timer.isImmediate = try options.boolean("immediate") ?? false
            if let times = try options.integer("times") {
                guard times >= 1 else { throw options.wrong("times", "1 or more expected, got \(times)") }
                timer.times = times
            }
        }
        if let action = try? options.string("on_error") {
            guard action == "stop" else { throw options.wrong("on_error", "function or \"stop\" expected") }
            timer.stopsOnError = true
        } else if try options.function("on_error") {
            timer.onError = ErrorHandler(call, holds: false)
        }
    }

    private static func cancel(_ call: HostCall) throws(Fault) -> Outcome {
        if let waiting = call.lazy(1, type) {
            call.push(
                call.withWorker { worker in
                    worker.withWaitingTimers { $0.cancel(waiting.place, identity: waiting.identity) }
                })
            return .results(1)
        }
        let timer = try call.object(1, type)
        return try call.ask(timer.worker) { _ in timer.cancel() }
    }

    private static func restart(_ call: HostCall) throws(Fault) -> Outcome {
        let timer = try call.object(1, type)
        let delay = call.isNone(2) ? nil : try call.delay(2)
        return try call.ask(timer.worker) { _ in
            timer.restart(delay)
            return true
        }
    }

    private static func join(_ call: HostCall) throws(Fault) -> Outcome {
        let timer = try call.object(1, type)
        let deadline = try call.deadline(2)
        guard let owner = timer.worker, owner !== call.worker || !timer.isOver else { return .none }
        return try call.worker.wait(
            call, at: timer, for: .other(timer), until: deadline,
            { node in owner.perform({ _ in timer.wait(node) }, orElse: { timer.refuse(node) }) || node.decide(.ended) },
            { call, delivery throws(Fault) in
                if case .timeout = delivery {
                    throw call.fail(.timeout, "timeout waiting for \(timer.title)")
                }
                return .none
            })
    }
}

extension ScriptTimer: HostObject {
    static var type: AnyHostType { TimerModule.type }
    var hostType: AnyHostType { Self.type }
}
