/// How a program finds out that it has been started as a child process of itself: a variable of its environment says so,
/// and what of the parent's settings a child must know before anything else.
enum ChildMode {
    private static let variable = "LUACONC_CHILD"

    /// The variable for a child of a program with these settings.
    static func sign(_ settings: Program.Settings) -> [UInt8] {
        Array("\(variable)=\(settings.ignoresEnvironment ? "E" : "-")\(settings.name)".utf8)
    }

    /// Does a child's work and ends the process, if this is one. The sign is taken away, so that nothing that this
    /// process starts sees it.
    static func runIfAsked(_ settings: () -> Program.Settings) {
        guard let sign = Environment.take(variable), Descriptor.isSocket(ChildProgram.socket) else { return }
        let name = String(sign.dropFirst())
        var settings = settings()
        settings.name = name
        settings.ignoresEnvironment = sign.hasPrefix("E")
        settings.report = { Console.report($0, prefix: name + ": ") }
        do throws(SystemError) {
            Environment.exit(try ChildProgram(settings).run())
        } catch {
            Console.report("cannot start a child process: \(error)", prefix: name + ": ")
            Environment.exit(1)
        }
    }
}
