/// Starts the child processes of one runtime, and keeps its subprocesses that have not ended. Shared; guarded by its
/// lock.
final class Processes: ProcessHost {
    private struct Living {
        let id: ObjectIdentifier
        let end: @Sendable () -> Void
        let kill: @Sendable () -> Void
    }
    private let living = Guarded<[Living]>([])
    private let settings: Program.Settings
    private let forkServer: ForkServer
    /// Those for children in sandboxes, by the kind of their filter.
    private let walled = Guarded<[Int: ForkServer]>([:])

    init(_ settings: Program.Settings) {
        self.settings = settings
        forkServer = ForkServer(settings)
    }

    private func server(for walls: Walls?) -> ForkServer {
        guard let walls else { return forkServer }
        return walled.withLock { walled in
            if let server = walled[walls.kind] { return server }
            let server = ForkServer(settings, filter: walls.filter)
            walled[walls.kind] = server
            return server
        }
    }

    func start(_ spawn: ProcessSpawn, of program: Program) throws(Launch.Failure) -> Work {
        var spawn = spawn
        spawn.launch.environment = spawn.launch.environment ?? program.settings.environment ?? Launch.ownEnvironment
        let work = Work(
            .process, name: spawn.name, isDaemon: spawn.isDaemon, site: spawn.site, program: program, status: .running)
        if spawn.isWatched { work.observe() }
        let child = try ChildLink(work, &spawn, program, server(for: spawn.walls))
        work.grace = spawn.grace
        work.elsewhere = child
        try child.start(work, spawn)
        return work
    }

    // MARK: - Subprocesses

    func add(_ subprocess: AnyObject, end: @escaping @Sendable () -> Void, kill: @escaping @Sendable () -> Void) {
        living.withLock { $0.append(Living(id: ObjectIdentifier(subprocess), end: end, kill: kill)) }
    }

    func remove(_ subprocess: AnyObject) {
        living.withLock { $0.removeAll { $0.id == ObjectIdentifier(subprocess) } }
    }

    var isEmpty: Bool { living.withLock { $0.isEmpty } }

    func end() { for subprocess in living.withLock({ $0 }) { subprocess.end() } }
    func kill() { for subprocess in living.withLock({ $0 }) { subprocess.kill() } }
    func forget() { living.withLock { $0 = [] } }
}
