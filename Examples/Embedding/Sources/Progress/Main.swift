// A host that shows how far a script is, while it runs on a thread of its own.
import Bridge

struct Step: Codable, LuaConvertible, Sendable {
    let done: Int
    let of: Int
}

@main
struct Host {
    static func main() async throws {
        let runtime = try Runtime()
        let steps = Channel(capacity: 16)
        try await runtime.setGlobal("steps", steps)
        let work = try await runtime.spawn(
            .thread,
            """
            local n, sum = 5, 0
            for i = 1, n do
              for j = 1, 100000 do sum = sum + j % i end
              steps:send{done = i, of = n}
            end
            steps:close()
            return sum
            """)
        for try await step in steps.values(of: Step.self) {
            print("\(String(repeating: "#", count: step.done))\(String(repeating: ".", count: step.of - step.done))")
        }
        let sum: Int = try await work.join()
        print("sum: \(sum)")
        await runtime.shutdown()
    }
}
