import Bridge

struct Repl {
    let runtime: Runtime
    init(_ runtime: Runtime) { self.runtime = runtime }
    func run() {}
}
