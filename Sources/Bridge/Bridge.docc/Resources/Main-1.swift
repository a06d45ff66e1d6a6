import Bridge

@main
struct Host {
    static func main() async throws {
        let runtime = try Runtime()
        let answer: Int = try await runtime.evaluate("return 40 + 2")
        print("Lua says \(answer)")
        await runtime.shutdown()
    }
}
