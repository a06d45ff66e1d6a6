extension ChildMode {
    /// If this process was started as a child or as the fork server, runs as that and ends it; otherwise returns. The
    /// variable is removed from the environment, so that nothing that this process starts sees it.
    static func runIfAsked(_ settings: () -> Program.Settings) {
        guard let sign = Environment.take(variable), let mode = sign.first.flatMap(ChildMode.init),
            Descriptor.isSocket(socket)
        else { return }
        Surroundings.accept()
        let name = String(sign.dropFirst(3))
        var settings = settings()
        settings.name = name
        settings.ownsProcess = true
        settings.ignoresEnvironment = sign.dropFirst().first == "E"
        let isWalled = sign.dropFirst(2).first == "W"
        settings.report = { Console.report($0, prefix: "\(name): ") }
        switch mode {
        case .child: run(.init(program: Program(settings, Processes(settings))), isWalled)
        case .forkServer:
            do { try ForkServerMain(settings).run(isWalled: isWalled) } catch {}  // children start without it
            Environment.exit(0)
        }
    }

    private static func run(_ start: ChildMain.Start, _ isWalled: Bool) -> Never {
        do throws(SystemError) {
            let child = try ChildMain(start)
            if isWalled { try Walls.raise(from: walls, rules) }
            try child.connect()
            Environment.exit(child.run())
        } catch {
            start.program.settings.report("cannot start a child process: \(error)")
            Environment.exit(1)
        }
    }
}
