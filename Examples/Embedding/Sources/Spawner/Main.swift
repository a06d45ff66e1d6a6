// A host whose scripts start child processes. A child is this program, started again: `childMain` does its work there.
import Bridge

let numbers = Module("numbers") {
    Function("square") { (n: Int) in n * n }
}

@main
struct Host {
    static func main() async throws {
        Runtime.childMain(modules: [numbers])
        var configuration = Runtime.Configuration()
        configuration.modules = [numbers]
        let runtime = try Runtime(configuration)
        let sum: Int = try await runtime.evaluate(
            """
            local children = {}
            for i = 1, 4 do children[i] = process.spawn(function(n) return numbers.square(n) end, i) end
            local sum = 0
            for _, child in ipairs(children) do sum = sum + child:join() end
            return sum
            """)
        print("the squares of four processes: \(sum)")
        await runtime.shutdown()
    }
}
