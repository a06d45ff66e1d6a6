import Bridge
import Glibc

@main
struct Main {
    static func main() {
        do {
            let runtime = try Runtime()
            let arguments = CommandLine.arguments
            runtime.setArguments(arguments, script: 1)
            do throws(ScriptError) {
                try runtime.run(contentsOf: arguments[1], arguments: Array(arguments.dropFirst(2)))
            } catch {
                print(error.description)
                exit(runtime.end(1))
            }
            exit(runtime.finish())
        } catch {
            exit(1)
        }
    }
}
