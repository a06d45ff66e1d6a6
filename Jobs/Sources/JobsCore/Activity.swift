import Glibc

/// What goes on in a folder of jobs at one moment.
public struct Activity: Sendable {
    /// A run that has not ended.
    public struct Item: Sendable {
        public let run: History.Run
        /// Seconds since it began, or until its next attempt; nil: it waits for the end of another run.
        public let seconds: Double?
        /// What its process and all that this has started have used, in seconds, and use, in bytes; nil: there is none.
        public let usage: ProcessTable.Usage?
    }

    /// Those that run come first.
    public let items: [Item]
    /// Whether a runner is there. Without one, what the rows call running was left by the last one.
    public let hasRunner: Bool
    /// When this was so, in seconds since 1970.
    public let time: Double

    public init(_ folder: Folder, _ history: History) throws {
        time = Moment.now
        hasRunner = ControlSocket.isServed(folder)
        let usage = ProcessTable.usage()
        items = try history.pending().map { [time] row in
            let isRunning = row.run.state == "running"
            return Item(
                run: row.run, seconds: isRunning ? row.started.map { time - $0 } : row.due.map { max(0, $0 - time) },
                usage: row.pid.flatMap { pid in ProcessTable.start(pid) == row.pidStart ? usage(pid) : nil })
        }
    }
}
