// A whole host: a function for scripts, a script, its result.
import Bridge

let words = Module("words") {
    Function("longest") { (list: [String]) in list.max { $0.count < $1.count } }
}

@main
struct Host {
    static func main() async throws {
        var configuration = Runtime.Configuration()
        configuration.modules = [words]
        let runtime = try Runtime(configuration)
        let (word, length): (String, Int) = try await runtime.evaluate(
            "local w = words.longest{'Lua', 'Swift', 'C'} return w, #w")
        print("\(word) has \(length) letters")
        await runtime.shutdown()
    }
}
