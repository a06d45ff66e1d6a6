/// The way from a handle to work in another process: a child of this process, or work whose handle another process has
/// sent. Shared.
protocol RemoteWork: AnyObject, Sendable {
    /// It is a child of this process: this process learns first how it ends, and sends its signals.
    var isChild: Bool { get }
    /// The process number, if the work is a process.
    var pid: Int32? { get }
    /// How the process ended, once that is known here: its code, or minus the number of a signal.
    var exitCode: Int? { get }
    /// The process has gone and its link has ended.
    var hasGone: Bool { get }
    /// The last mark that a child has set (`Program.setMark`); 0 before it has gone.
    var mark: UInt64 { get }
    /// The pipes to the standard streams of a child.
    var pipes: Pipes? { get }
    func cancel(_ reason: ByteText?)
    /// Somebody waits for the end: asks to be told of it.
    func watch()
    func detach()
    func ask(_ question: WorkQuestion, _ argument: Int, _ then: @escaping @Sendable (Message?) -> Void)
    /// Keeps how the process ended, after an answer has told it.
    func note(exitCode: Int)
    /// Sends a signal to a child and to all of its group. False if it has gone, or is no child of this process.
    func kill(_ signal: Int32) -> Bool
    /// The handle is being released.
    func released(_ handle: any Shareable)
}

/// A question of one process about work in another.
enum WorkQuestion: Int {
    case status, inbox
    /// What the tasks of all its states are doing (`TaskDump`).
    case tasks
    /// How a process has ended; to send it the signal in the argument.
    case exitCode, kill
    /// What all its states do and use (`ProgramReport`).
    case report
}
