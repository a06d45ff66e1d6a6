// A program that runs Lua scripts in itself and in child processes of itself: `ExampleHost script.lua [args...]`.
//
// Child processes are this very program, started again; `childMain` is where they do their work. A host that cannot call
// it first thing names another program that does, such as `luaconc`: here the variable CHILD_EXECUTABLE does that, and
// then `childMain` is not called.
import Bridge
import Glibc

let other = getenv("CHILD_EXECUTABLE").map { String(cString: $0) }
if other == nil { Runtime.childMain() }

var configuration = Runtime.Configuration()
configuration.name = "host"
if let other, !other.isEmpty { configuration.childExecutable = other }
do {
    let runtime = try Runtime(configuration)
    let arguments = CommandLine.arguments
    try runtime.run(contentsOf: arguments.count > 1 ? arguments[1] : nil, arguments: Array(arguments.dropFirst(2)))
    exit(runtime.finish())
} catch {
    print("host: \(error)")
    exit(1)
}
