/// A main state on a thread of its own, which serves the host's queue until the end is asked for.
enum MainThread {
    private static let threads = SpareThreads(runsScripts: true)

    /// Returns when the state is open. `prepare` is called on the new thread, with the open state.
    static func start(
        _ program: Program, _ queue: HostQueue, _ prepare: @escaping @Sendable (Worker) throws(ScriptError) -> Void
    ) throws(ScriptError) -> Worker {
        let beginning = OneAnswer<Result<Worker, ScriptError>>()
        let signals = SignalMask.current
        do throws(SystemError) {
            try threads.run {
                signals.use()
                OSThread.rename(ByteText(program.settings.name))
                do throws(ScriptError) {
                    let worker = try open(program, prepare)
                    queue.holds = 1
                    worker.holdOn()
                    program.beginOutside()
                    beginning.give(.success(worker))
                    serve(worker, queue)
                } catch {
                    beginning.give(.failure(error))
                }
            }
        } catch {
            throw ScriptError(.error, "cannot start a thread: \(error)")
        }
        return try beginning.wait().get()
    }

    /// Opens the main state on the calling thread.
    static func open(
        _ program: Program, _ prepare: (Worker) throws(ScriptError) -> Void
    ) throws(ScriptError) -> Worker {
        let thread = Work(.thread, name: "main", isDaemon: false, site: nil, program: program, status: .running)
        let worker = Worker(program: program, thread: thread, memory: StateMemory(), isMain: true)
        if let image = MainImages.shared.image(for: program) {
            worker.take(try LuaState(worker.memory, copying: image))
            worker.state.seedRandom()
        } else {
            try worker.open()
        }
        worker.state.memoryLimit = program.confinement.memoryLimit
        worker.beginWork()
        try prepare(worker)
        return worker
    }

    private static func serve(_ worker: Worker, _ queue: HostQueue) {
        let program = worker.program
        worker.run(until: { queue.look(worker) })
        program.endOutside()
        worker.letGo()
        let ending = queue.ending
        program.shutDown(worker, grace: ending?.grace)
        worker.thread.finish(.results(nil, count: 0), .done)
        worker.close()
        program.closed(worker)
        program.pool.close()
        Console.flush()
        queue.close(program.finalStatus(ending?.status ?? 0))
    }
}

/// Images of main states. The second program that begins like another one makes it, and the next ones copy it: opening
/// a state takes several times as long. An image with modules of a host goes with the last program that uses it, so that
/// it keeps nothing of the host's. Shared; guarded by its lock.
final class MainImages: Sendable {
    static let shared = MainImages()

    /// What a fresh main state depends on.
    struct Signature: Equatable, Sendable {
        let modules: [ObjectIdentifier]
        let libraries: Int?
        let redirects: [Bool]
        let environment: [String?]
        let hasHostModules: Bool
    }

    private struct Entry {
        let key: Signature
        /// How many programs there are.
        var uses = 1
        /// Kept while their functions are in the image.
        var modules: [Module] = []
        var image: StateImage?
        var isBeingMade = false
    }

    /// A program with that key.
    final class Use: Sendable {
        private let key: Signature
        init(_ key: Signature) { self.key = key }
        deinit { MainImages.shared.leave(key) }
    }

    private static let keptAtMost = 4
    private let entries = Guarded<[Entry]>([])

    /// Nil: the state has to be opened.
    func image(for program: Program) -> StateImage? {
        guard let key = program.settings.imageKey else { return nil }
        let (image, mustMake) = entries.withLock { entries -> (StateImage?, Bool) in
            guard let index = entries.firstIndex(where: { $0.key == key }) else {
                if entries.count == Self.keptAtMost { entries.removeFirst() }
                entries.append(Entry(key: key))
                return (nil, false)
            }
            entries[index].uses += 1
            if let image = entries[index].image { return (image, false) }
            defer { entries[index].isBeingMade = true }
            return (nil, !entries[index].isBeingMade)
        }
        program.imageUse.withLock { $0 = Use(key) }
        guard mustMake else { return image }
        let made = StateImage { memory throws(ScriptError) in
            try Worker.makeState(program, memory, fillsLate: false)
        }
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.key == key }) else { return }
            entries[index].image = made
            entries[index].modules = program.settings.modules
        }
        return made
    }

    private func leave(_ key: Signature) {
        let left = entries.withLock { entries -> Entry? in
            guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
            entries[index].uses -= 1
            return key.hasHostModules && entries[index].uses <= 0 ? entries.remove(at: index) : nil
        }
        withExtendedLifetime(left) {}
    }
}
