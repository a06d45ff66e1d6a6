import Glibc

/// `bench --count`: what one operation of each hot path costs in instructions and in calls of the functions that cost
/// most, as callgrind counts them. Unlike times, the counts are the same on a busy machine.
struct Counting {
    private static let paths = ["task-spawn", "task-ping-pong", "channel-wait", "timer-ring", "sched-event"]
    /// What a column counts, and the functions of Swift's runtime and the C library that do it.
    private static let columns: [(title: String, functions: [String])] = [
        ("retains", ["swift_retain", "swift_retain_n", "swift_bridgeObjectRetain", "swift_unknownObjectRetain"]),
        ("releases", ["swift_release", "swift_release_n", "swift_bridgeObjectRelease", "swift_unknownObjectRelease"]),
        ("objects", ["swift_allocObject"]),
        (
            "metadata",
            [
                "swift_getGenericMetadata", "swift_getCanonicalPrespecializedGenericMetadata",
                "swift_getTypeByMangledNameInContext", "swift_conformsToProtocol",
                "swift_getAssociatedTypeWitness", "swift_getKeyPath",
            ]
        ),
        ("mallocs", ["malloc"]),
    ]
    /// The difference of two runs leaves out what is done once.
    private static let few = 2_000, many = 12_000
    private static let limit = 300.0

    private let options: Options
    private let chosen: [String]

    init(_ options: Options) {
        self.options = options
        chosen = Self.paths.filter { path in
            options.filters.isEmpty || options.filters.contains { path.contains($0) }
        }
    }

    func report() throws(ChildFailure) -> String {
        var columns = Columns(["per operation", "instructions"] + Self.columns.map(\.title))
        for path in chosen {
            let own = try cost(of: path, options.luaconc)
            columns.add([path] + own.map(Self.text))
            guard let before = options.before else { continue }
            columns.add(["  before"] + (try cost(of: path, before)).map(Self.text))
        }
        return columns.text
    }

    private static func text(_ value: Double) -> String { decimal(value, places: value < 100 ? 1 : 0) }

    /// Instructions, then calls of each function, for one operation.
    private func cost(of path: String, _ program: String) throws(ChildFailure) -> [Double] {
        say("\(path): \(program)")
        let (less, more) = (try profile(path, Self.few, program), try profile(path, Self.many, program))
        let count = Double(Self.many - Self.few)
        let instructions = Double(more.instructions - less.instructions) / count
        return [instructions]
            + Self.columns.map { column in
                let calls = column.functions.map { more.calls[$0, default: 0] - less.calls[$0, default: 0] }
                return Double(calls.reduce(0, +)) / count
            }
    }

    private func profile(_ path: String, _ size: Int, _ program: String) throws(ChildFailure) -> Profile {
        let file = "/tmp/bench-count.\(getpid())"
        defer { unlink(file) }
        _ = try Child.run(
            [
                "valgrind", "--tool=callgrind", "--callgrind-out-file=\(file)", program,
                "\(Toolbox.folder)/Lua/count.lua", path, String(size),
            ], limit: Self.limit)
        guard let text = contents(of: file) else { throw ChildFailure(message: "valgrind wrote no profile") }
        return Profile(text)
    }

    private func contents(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&part, 1, part.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += part[..<count]
        }
    }
}

/// What callgrind has written about one run.
private struct Profile {
    private(set) var instructions = 0
    /// By the name of the function that is called.
    private(set) var calls: [String: Int] = [:]

    /// A name stands in the file once, with its number; later there is only the number: `cfn=(12) malloc`, `cfn=(12)`.
    init(_ text: String) {
        var names: [Substring: String] = [:]
        var called = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("fn=") || line.hasPrefix("cfn=") {
                let parts = line.drop { $0 != "(" }.split(separator: " ", maxSplits: 1)
                guard let number = parts.first else { continue }
                if parts.count == 2 { names[number] = String(parts[1].prefix { $0 != "'" }) }  // `'2`: a recursion
                if line.hasPrefix("c") { called = names[number] ?? "" }
            } else if line.hasPrefix("calls=") {
                calls[called, default: 0] += Int(line.dropFirst(6).prefix { $0 != " " }) ?? 0
            } else if line.hasPrefix("totals: ") {
                instructions += Int(line.dropFirst(8)) ?? 0
            }
        }
    }
}
