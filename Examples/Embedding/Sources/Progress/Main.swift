// A host that shows how far its scripts are. They run on threads of their own, and tell it through a channel; on a
// terminal each has a bar that grows, elsewhere a line at its end.
import Bridge
import Glibc

/// What a script tells.
struct Step: Codable, LuaConvertible, Sendable {
    let name: String
    let done: Int
    let of: Int
}

/// One line for each script, drawn over the last time's.
struct Bars {
    private let isTerminal = isatty(STDOUT_FILENO) != 0
    private var steps: [Step] = []
    private var drawn = 0

    mutating func show(_ step: Step) {
        steps.removeAll { $0.name == step.name }
        steps.append(step)
        steps.sort { $0.name < $1.name }
        guard isTerminal else {
            if step.done == step.of { print(Self.line(step)) }
            return
        }
        if drawn > 0 { print("\u{1B}[\(drawn)A", terminator: "") }
        for step in steps { print("\r\u{1B}[K\(Self.line(step))") }
        drawn = steps.count
        fflush(nil)
    }

    private static func line(_ step: Step) -> String {
        let width = 30
        let full = width * step.done / max(step.of, 1)
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
        return "\(step.name) [\(bar)] \(step.done)/\(step.of)"
    }
}

@main
struct Host {
    static let script = """
        local name, from, to = ...
        local primes = 0
        for n = from, to do
          local is_prime = n > 1
          for d = 2, math.floor(n ^ 0.5) do
            if n % d == 0 then is_prime = false break end
          end
          if is_prime then primes = primes + 1 end
          if n % 100 == 0 then steps:send{name = name, done = n - from, of = to - from} end
        end
        return primes
        """

    static func main() async throws {
        let runtime = try Runtime()
        let steps = Channel(capacity: 16)
        try await runtime.setGlobal("steps", steps)
        var scripts: [Work] = []
        for (name, from, to) in [("low ", 0, 20_000), ("mid ", 20_000, 40_000), ("high", 40_000, 60_000)] {
            scripts.append(
                try await runtime.spawn(.thread, options: ["name": .string(.init(name))], script, name, from, to))
        }
        let screen = Task {
            var bars = Bars()
            for try await step in steps.values(of: Step.self) { bars.show(step) }
        }
        var primes = 0
        for script in scripts { primes += try await script.join() as Int }
        steps.close()
        try await screen.value
        print("\(primes) primes")
        await runtime.shutdown()
    }
}
