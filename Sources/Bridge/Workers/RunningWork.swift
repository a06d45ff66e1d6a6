/// Something that goes on in a program, for people: what it is, its name, and how it stands.
struct RunningWork {
    let kind: String
    let name: ByteText
    let isDaemon: Bool
    let standing: ByteText
    /// `job.lua:3`; nil if that is not known.
    var place: ByteText?

    /// At most so many names of one kind stand in a summary.
    private static let names = 8

    /// All threads and processes of the program; tasks, timers and schedules of the main state. On its thread.
    static func all(_ main: Worker) -> [RunningWork] {
        let work = main.program.runningThreads.sorted { $0.id < $1.id }.map { work in
            RunningWork(
                kind: work.kind.rawValue, name: work.name, isDaemon: work.isDaemon, standing: "\(work.shownStatus.name)"
            )
        }
        let tasks = main.tasks.filter { !($0.parent is any Announced) && $0 !== main.current }.map { task in
            let (handle, report) = (task.handle(), main.report(task))
            let time = report.time.map { " for \(TaskReport.shown($0)) s" } ?? ""
            return RunningWork(
                kind: "task", name: handle.name, isDaemon: task.isDaemon, standing: "\(report.doing)\(time)",
                place: report.place)
        }
        let alarms = main.timers.live
        let timers = alarms.compactMap { $0 as? any Announced }.map { RunningWork("timer", $0) }
        let schedules = alarms.compactMap { $0 as? any Announcing }.flatMap(\.announced)
        return work + tasks + timers + schedules.map { RunningWork("schedule", $0) }
    }

    private init(_ kind: String, _ announced: any Announced) {
        self.init(
            kind: kind, name: announced.label, isDaemon: announced.isDaemon, standing: announced.standing)
    }

    private init(kind: String, name: ByteText, isDaemon: Bool, standing: ByteText, place: ByteText? = nil) {
        (self.kind, self.name, self.isDaemon, self.standing, self.place) = (kind, name, isDaemon, standing, place)
    }

    /// `2 threads: dum, tis; 1 timer: pulse`; nil for nothing.
    static func summary(_ all: [RunningWork]) -> ByteText? {
        var parts: [ByteText] = []
        for kind in ["thread", "process", "task", "timer", "schedule"] {
            let names = all.filter { $0.kind == kind }.map(\.name)
            if !names.isEmpty { parts.append(list(kind, names)) }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
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
    /// How it stands, in words.
    var standing: ByteText { get }
}

/// An alarm that rings for several things of that kind.
protocol Announcing: AnyObject {
    var announced: [any Announced] { get }
}
