/// Tells a user at a terminal why the program does not end: some time after the main chunk has ended it names what the
/// program still waits for.
enum LongWait {
    private static let patience: TimeSpan = .seconds(10)
    /// At most so many names of one kind are printed.
    private static let names = 8

    /// On the main thread, when the main chunk has ended.
    static func announce(_ program: Program) {
        guard program.settings.ownsProcess, Console.isTerminal, program.simulation == nil else { return }
        Reactor.shared.call(after: patience) {
            program.main?.perform { main in
                if program.exitRequest == nil, let text = text(main) { Console.report(text) }
            }
        }
    }

    /// Nil if it waits for nothing any more, or is ending.
    private static func text(_ main: Worker) -> ByteText? {
        let program = main.program
        guard !program.isEnding else { return nil }
        let threads = program.runningThreads.filter { !$0.isDaemon }.sorted { $0.id < $1.id }
        let tasks = main.tasks.filter { !$0.isDaemon && !($0.parent is any Announced) }.map { $0.handle() }
        var all = (threads + tasks).map { ($0.kind.rawValue, $0.name) }
        all += main.timers.live.compactMap { $0 as? any Announced }.filter { !$0.isDaemon }.map { ("timer", $0.label) }
        let schedules = main.timers.live.compactMap { $0 as? any Announcing }.flatMap(\.announced)
        all += schedules.filter { !$0.isDaemon }.map { ("schedule", $0.label) }
        var parts: [ByteText] = []
        for kind in ["thread", "process", "task", "timer", "schedule"] {
            let names = all.filter { $0.0 == kind }.map(\.1)
            if !names.isEmpty { parts.append(list(kind, names)) }
        }
        return parts.isEmpty ? nil : "waiting for " + parts.joined(separator: "; ") + " - Ctrl-C to stop"
    }

    private static func list(_ kind: String, _ all: [ByteText]) -> ByteText {
        let plural = all.count == 1 ? "" : kind.hasSuffix("s") ? "es" : "s"
        let more = all.count > names ? ", and \(all.count - names) more" : ""
        return "\(all.count) \(kind)\(plural): \(all.prefix(names).joined(separator: ", "))\(more)"
    }
}

/// Something that keeps its state alive and has a name to be shown.
protocol Announced: AnyObject {
    var label: ByteText { get }
    var isDaemon: Bool { get }
}

/// An alarm that rings for several things of that kind.
protocol Announcing: AnyObject {
    var announced: [any Announced] { get }
}
