/// All benchmarks, in the order of the table. The figures to reach are those of `design.md`.
let catalogue: [Benchmark] =
    startUp + plainCode + threads + maps + channels + sharing + processes + tasks + events + hosts

private let startUp = [
    Benchmark(
        name: "start-up",
        method: .startup,
        rounds: 101,
        peers: [Peer(side: .lua), Peer(side: .python), Peer(side: .nothing)],
        figures: [Figure(key: "ns_per_op", work: "start-up, -e ''", unit: .nanoseconds, goal: .times(1.1, .lua))]
    ),
    Benchmark(
        name: "start-memory",
        method: .program(size: 0, quick: 0),
        rounds: 5,
        peers: [Peer(side: .lua)],
        figures: [Figure(key: "bytes", work: "resident memory at start", unit: .bytes, goal: .atMost(3.5 * 1_048_576))]
    ),
]

private let plainCode = [
    plain("fib", "plain: fib, per call", size: 27),
    plain("nbody", "plain: nbody, per step", size: 7_000),
    plain("sort", "plain: sort twice, per item", size: 10_000),
    plain("pcall", "plain: pcall", size: 200_000),
    plain("coroutine", "plain: coroutine switch", size: 100_000),
    plain("strings", "plain: string building, per line", size: 8_000),
    plain("graph", "plain: loops of a graph, per block", size: 10, in: ["task", "thread"]),
    plain("trees", "plain: binary trees, per node", size: 8, in: ["task", "thread"]),
    plain("actors", "plain: objects with queues, per parcel", size: 2_000, in: ["task", "thread"]),
].flatMap { $0 }

/// The same file under lua5.4 and luaconc: in the main chunk, and in those places that only luaconc has.
private func plain(
    _ name: String, _ work: String, size: Int, factor: Double = 1.02, in places: [String] = []
) -> [Benchmark] {
    let program = "plain-" + name
    return ([nil] + places).map { place in
        Benchmark(
            name: place.map { program + "-" + $0 } ?? program,
            program: program,
            arguments: place.map { [$0] } ?? [],
            method: .program(size: size, quick: size),
            rounds: place == nil ? 41 : 11,
            summary: .lowerQuartile,
            peers: [Peer(side: .lua)],
            figures: [
                Figure(
                    key: "ns_per_op", work: place.map { work + ", in a " + $0 } ?? work, unit: .nanoseconds,
                    goal: .times(factor, .lua))
            ]
        )
    }
}

private let threads = [
    Benchmark(
        name: "thread-spawn",
        method: .program(size: 2_000, quick: 500),
        rounds: 21,
        peers: [Peer(side: .c), Peer(side: .python)],
        figures: [Figure(key: "ns_per_op", work: "thread spawn + join", unit: .nanoseconds, goal: .times(1, .c))]
    ),
    Benchmark(
        name: "thread-burst",
        method: .program(size: 200, quick: 100),
        rounds: 7,
        peers: [Peer(side: .c)],
        figures: [
            Figure(key: "ns_per_op", work: "200 threads at once, each", unit: .nanoseconds, goal: .atMost(40_000))
        ]
    ),
    Benchmark(
        name: "thread-cancel",
        method: .program(size: 200, quick: 100),
        rounds: 11,
        peers: [Peer(side: .c)],
        figures: [
            Figure(
                key: "ns_per_op", work: "cancel of a busy loop, until joined", unit: .nanoseconds,
                goal: .atMost(22_000))
        ]
    ),
    Benchmark(
        name: "thread-cancel-blocked",
        method: .program(size: 200, quick: 100),
        rounds: 11,
        peers: [],
        figures: [
            Figure(
                key: "ns_per_op", work: "cancel of a blocked thread, until joined", unit: .nanoseconds,
                goal: .atMost(25_000))
        ]
    ),
    Benchmark(
        name: "thread-memory",
        method: .program(size: 500, quick: 200),
        rounds: 3,
        peers: [Peer(side: .c), Peer(side: .python, remark: "no state of its own")],
        figures: [
            Figure(key: "bytes_per_item", work: "memory of an idle thread", unit: .bytes, goal: .atMost(42 * 1024))
        ]
    ),
]

private let maps = [
    Benchmark(
        name: "map-cpu",
        method: .program(size: 100, quick: 40),
        rounds: 5,
        peers: [Peer(side: .c), Peer(side: .go), Peer(side: .python, rounds: 2)],
        figures: [
            Figure(key: "speed_up", work: "map on all cores against the plain loop", unit: .times, goal: .atLeast(1.95))
        ]
    ),
    Benchmark(
        name: "map-tiny",
        method: .program(size: 1_000_000, quick: 200_000),
        rounds: 7,
        peers: [Peer(side: .c), Peer(side: .go, remark: "by reference"), Peer(side: .python, rounds: 2)],
        figures: [
            Figure(
                key: "ns_per_op", work: "map of tiny items, beyond the loop, an item", unit: .nanoseconds,
                goal: .atMost(150))
        ]
    ),
]

private let processes = [
    Benchmark(
        name: "process-spawn",
        method: .program(size: 500, quick: 100),
        rounds: 7,
        peers: [Peer(side: .python, remark: "forks itself", rounds: 3)],
        figures: [
            Figure(key: "ns_per_op", work: "process spawn + join", unit: .nanoseconds, goal: .atMost(400_000))
        ]
    ),
    Benchmark(
        name: "process-sandbox",
        method: .program(size: 500, quick: 100),
        rounds: 7,
        peers: [],
        figures: [
            Figure(
                key: "spawn_ratio", work: "process spawn + join in a sandbox, against a plain one", unit: .ratio,
                goal: .atMost(1.3)),
            Figure(
                key: "work_ratio", work: "work of a child in a sandbox, against a plain one", unit: .ratio,
                goal: .atMost(1.02)),
        ]
    ),
    Benchmark(
        name: "process-run",
        method: .program(size: 500, quick: 100),
        rounds: 11,
        peers: [Peer(side: .c), Peer(side: .python, rounds: 3)],
        figures: [Figure(key: "ns_per_op", work: "a program, true", unit: .nanoseconds, goal: .times(1.3, .c))]
    ),
    process(
        "integers", "processes: integers", key: "ops_per_s", unit: .perSecond, size: 2_000_000, quick: 200_000,
        goal: .atLeast(6.5e6)),
    process(
        "tables", "processes: small tables", key: "ops_per_s", unit: .perSecond, size: 1_000_000, quick: 100_000,
        goal: .atLeast(5e6)),
    process(
        "1k", "processes: 1-KiB strings", key: "ops_per_s", unit: .perSecond, size: 1_000_000, quick: 100_000,
        goal: .atLeast(3e6)),
    process(
        "8m", "processes: 8-MiB strings", key: "bytes_per_s", unit: .bytesPerSecond, size: 128, quick: 32,
        goal: .atLeast(7e9)),
    process(
        "ping-pong", "ping-pong between processes", key: "ns_per_op", unit: .nanoseconds, size: 50_000, quick: 5_000,
        goal: .atMost(15_000)),
]

/// Something between this process and a child, in Python with `multiprocessing`.
private func process(
    _ name: String, _ work: String, key: String, unit: Unit, size: Int, quick: Int, goal: Goal
) -> Benchmark {
    Benchmark(
        name: "process-" + name,
        method: .program(size: size, quick: quick),
        rounds: 7,
        peers: [Peer(side: .python, rounds: 2)],
        figures: [Figure(key: key, work: work, unit: unit, goal: goal)]
    )
}

private let channels = [
    channel(
        "integers", "channel: integers", size: 4_000_000, quick: 400_000, reach: 28e6,
        peers: [.c, .erlang, .go, .python]),
    channel(
        "tables", "channel: small tables", size: 2_000_000, quick: 200_000, reach: 9e6,
        peers: [.c, .erlang, .python]),
    channel(
        "arrays", "channel: tables of 1000 integers", size: 100_000, quick: 10_000, reach: 100e3,
        peers: [.c, .erlang, .python]),
    channel(
        "1k", "channel: 1-KiB strings", size: 2_000_000, quick: 200_000, reach: 4e6,
        peers: [.c, .erlang, .python]),
    channel(
        "many", "channel: integers, four threads to four", size: 2_000_000, quick: 200_000, reach: 20e6,
        peers: [.c, .go]),
    Benchmark(
        name: "channel-8m",
        method: .program(size: 256, quick: 32),
        rounds: 7,
        peers: [Peer(side: .c)],
        figures: [
            Figure(
                key: "bytes_per_s", work: "channel: 8-MiB strings", unit: .bytesPerSecond,
                goal: .atLeast(18e9))
        ]
    ),
    // Half a message above the capacity: room for what the allocators and the program itself take meanwhile.
    Benchmark(
        name: "channel-in-flight",
        method: .program(size: 4, quick: 4),
        rounds: 3,
        peers: [],
        figures: [
            Figure(
                key: "messages", work: "memory of 8-MiB strings in flight, capacity 4", unit: .messages,
                goal: .atMost(4.5))
        ]
    ),
    Benchmark(
        name: "ping-pong",
        method: .program(size: 50_000, quick: 5_000),
        rounds: 7,
        peers: [Peer(side: .c), Peer(side: .python, rounds: 3)],
        figures: [
            Figure(key: "ns_per_op", work: "ping-pong between threads", unit: .nanoseconds, goal: .atMost(900))
        ]
    ),
]

private func channel(
    _ name: String, _ work: String, size: Int, quick: Int, reach: Double, peers: [Side]
) -> Benchmark {
    Benchmark(
        name: "channel-" + name,
        method: .program(size: size, quick: quick),
        rounds: 7,
        peers: peers.map { side in
            switch side {
            case .python: Peer(side: side, remark: "by reference", rounds: 3)
            case .erlang where name == "1k": Peer(side: side, remark: "by reference")
            default: Peer(side: side)
            }
        },
        figures: [Figure(key: "ops_per_s", work: work, unit: .perSecond, goal: .atLeast(reach))]
    )
}

private let sharing = [
    Benchmark(
        name: "shared-incr",
        method: .program(size: 20_000_000, quick: 2_000_000),
        rounds: 7,
        peers: [
            Peer(side: .c, remark: "one atomic"), Peer(side: .go, remark: "one atomic"), Peer(side: .python, rounds: 2),
        ],
        figures: [
            Figure(key: "ops_per_s", work: "shared map: incr by two threads", unit: .perSecond, goal: .atLeast(10e6))
        ]
    ),
    Benchmark(
        name: "sync-lock",
        method: .program(size: 5_000_000, quick: 500_000),
        rounds: 7,
        peers: [Peer(side: .c), Peer(side: .go), Peer(side: .python, rounds: 3)],
        figures: [
            Figure(key: "ns_per_op", work: "a free lock, taken and given back", unit: .nanoseconds, goal: .atMost(150))
        ]
    ),
]

private let tasks = [
    Benchmark(
        name: "task-spawn",
        method: .program(size: 500_000, quick: 50_000),
        rounds: 7,
        peers: [Peer(side: .go), Peer(side: .erlang), Peer(side: .python, rounds: 3)],
        figures: [Figure(key: "ns_per_op", work: "task spawn + join", unit: .nanoseconds, goal: .atMost(450))]
    ),
    Benchmark(
        name: "task-spawn-all",
        method: .program(size: 500_000, quick: 50_000),
        rounds: 7,
        peers: [Peer(side: .go), Peer(side: .node), Peer(side: .python, rounds: 3)],
        figures: [
            Figure(key: "ns_per_op", work: "task spawn, all, then join all", unit: .nanoseconds, goal: .atMost(1_000))
        ]
    ),
    Benchmark(
        name: "task-ping-pong",
        method: .program(size: 500_000, quick: 50_000),
        rounds: 7,
        peers: [Peer(side: .go), Peer(side: .python, rounds: 3)],
        figures: [Figure(key: "ns_per_op", work: "ping-pong between tasks", unit: .nanoseconds, goal: .atMost(450))]
    ),
    Benchmark(
        name: "task-channel",
        method: .program(size: 4_000_000, quick: 400_000),
        rounds: 7,
        peers: [Peer(side: .go), Peer(side: .python, rounds: 3)],
        figures: [
            Figure(key: "ops_per_s", work: "channel between tasks: integers", unit: .perSecond, goal: .atLeast(25e6))
        ]
    ),
    Benchmark(
        name: "task-switch",
        method: .program(size: 2_000_000, quick: 200_000),
        rounds: 7,
        peers: [Peer(side: .go), Peer(side: .erlang), Peer(side: .python, rounds: 3)],
        figures: [Figure(key: "ns_per_op", work: "task switch", unit: .nanoseconds)]
    ),
    Benchmark(
        name: "task-memory",
        method: .program(size: 50_000, quick: 20_000),
        rounds: 3,
        peers: [Peer(side: .go), Peer(side: .erlang), Peer(side: .python)],
        figures: [
            Figure(key: "bytes_per_item", work: "memory of a sleeping task", unit: .bytes, goal: .atMost(1_331))
        ]
    ),
]

private let events = [
    Benchmark(
        name: "sched-events",
        method: .program(size: 1_000_000, quick: 100_000),
        rounds: 5,
        peers: [Peer(side: .go), Peer(side: .python, rounds: 3)],
        figures: [
            Figure(key: "ops_per_s", work: "sched events, fake clock", unit: .perSecond, goal: .atLeast(2.3e6))
        ]
    ),
    Benchmark(
        name: "cron-month",
        method: .program(size: 31, quick: 31),
        rounds: 5,
        peers: [],
        figures: [
            Figure(key: "s_per_op", work: "a month of a crontab with 50 jobs", unit: .seconds, goal: .atMost(1))
        ]
    ),
    Benchmark(
        name: "cron-next",
        method: .program(size: 1_000_000, quick: 1_000_000),
        rounds: 5,
        peers: [],
        figures: [
            Figure(key: "s_per_op", work: "a million next times of a pattern", unit: .seconds, goal: .atMost(1)),
            Figure(key: "s_per_century", work: "next times over a century", unit: .seconds, goal: .atMost(0.1)),
        ]
    ),
    Benchmark(
        name: "timer-after",
        method: .program(size: 1_000_000, quick: 100_000),
        rounds: 5,
        peers: [Peer(side: .node), Peer(side: .go), Peer(side: .python, rounds: 3)],
        figures: [
            Figure(key: "per_cpu_s", work: "timers within 1 s", unit: .perCPUSecond, goal: .atLeast(1.25e6))
        ]
    ),
    Benchmark(
        name: "timer-insert",
        method: .program(size: 1_000_000, quick: 100_000),
        rounds: 5,
        peers: [Peer(side: .node), Peer(side: .go)],
        figures: [Figure(key: "ns_per_op", work: "timer: insert", unit: .nanoseconds, goal: .atMost(250))]
    ),
    Benchmark(
        name: "timer-cancel",
        method: .program(size: 1_000_000, quick: 100_000),
        rounds: 5,
        peers: [Peer(side: .node), Peer(side: .go)],
        figures: [Figure(key: "ns_per_op", work: "timer: cancel", unit: .nanoseconds, goal: .atMost(50))]
    ),
    Benchmark(
        name: "timer-busy",
        method: .program(size: 300, quick: 100),
        rounds: 3,
        peers: [Peer(side: .c)],
        figures: [
            Figure(
                key: "p50_s", work: "10-ms interval, busy neighbour: p50 lateness", unit: .seconds,
                goal: .atMost(30e-6))
        ]
    ),
    Benchmark(
        name: "timer-every",
        method: .program(size: 500, quick: 100),
        rounds: 3,
        peers: [Peer(side: .c), Peer(side: .go), Peer(side: .python, remark: "threading.Timer")],
        figures: [
            Figure(key: "drift_s", work: "10-ms interval: drift", unit: .seconds, goal: .atMost(0.0005)),
            Figure(key: "p50_s", work: "10-ms interval: p50 lateness", unit: .seconds, goal: .atMost(60e-6)),
            Figure(key: "p99_s", work: "10-ms interval: p99 lateness", unit: .seconds, goal: .atMost(180e-6)),
        ]
    ),
]

/// What a program that embeds the library pays, beside one in C that embeds Lua.
private let hosts = [
    host("function", "host: a function (Int, Int) called from Lua", size: 1_000_000, factor: 1.3),
    host("method", "host: a method of an object", size: 1_000_000, factor: 1.5),
    host("call", "host: a function of Lua called from Swift", size: 500_000),
    conversion("read", "host: a table read as a struct"),
    conversion("push", "host: a struct pushed as a table"),
    Benchmark(
        name: "host-async",
        method: .host(size: 200_000, quick: 50_000),
        rounds: 7,
        summary: .lowerQuartile,
        peers: [],
        figures: [
            Figure(
                key: "ns_per_op", work: "host: an async function that does not suspend", unit: .nanoseconds,
                goal: .atMost(500))
        ]
    ),
    Benchmark(
        name: "host-channel",
        method: .host(size: 2_000_000, quick: 200_000),
        rounds: 7,
        peers: [],
        figures: [
            Figure(
                key: "ops_per_s", work: "host: a channel from a thread of Lua to a Swift task", unit: .perSecond,
                goal: .atLeast(1e6))
        ]
    ),
    Benchmark(
        name: "host-runtime",
        method: .host(size: 2_000, quick: 300),
        rounds: 11,
        peers: [Peer(side: .c)],
        figures: [
            Figure(
                key: "ns_per_op", work: "host: a runtime opened, run, closed", unit: .nanoseconds,
                goal: .atMost(60_000))
        ]
    ),
]

private func host(_ name: String, _ work: String, size: Int, factor: Double? = nil) -> Benchmark {
    Benchmark(
        name: "host-" + name,
        method: .host(size: size, quick: size / 4),
        rounds: 11,
        summary: .lowerQuartile,
        peers: [Peer(side: .c)],
        figures: [
            Figure(key: "ns_per_op", work: work, unit: .nanoseconds, goal: factor.map { .times($0, .c) } ?? .none)
        ]
    )
}

/// Through the conversion protocol, beside C; and how many times as long `Codable` takes.
private func conversion(_ name: String, _ work: String) -> Benchmark {
    Benchmark(
        name: "host-" + name,
        method: .host(size: 200_000, quick: 50_000),
        rounds: 7,
        summary: .lowerQuartile,
        peers: [Peer(side: .c)],
        figures: [
            Figure(key: "ns_per_op", work: work, unit: .nanoseconds),
            Figure(key: "times_protocol", work: work + ", Codable", unit: .ratio, goal: .atMost(4), isOwn: true),
        ]
    )
}
