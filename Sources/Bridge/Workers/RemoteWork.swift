/// Work that runs in another process, as its handle here reaches it: a child of this process, or work whose handle
/// another process has sent. Shared.
protocol RemoteWork: AnyObject, Sendable {
    /// It is a child of this process: how it ends is known here first, and signals are sent from here.
    var isChild: Bool { get }
    /// Of a process: its number.
    var pid: Int32? { get }
    /// How the process ended, once that is known here: its code, or minus the number of a signal.
    var exitCode: Int? { get }
    /// Nothing of it is left.
    var hasGone: Bool { get }
    /// Those to the standard streams of a child.
    var pipes: Pipes? { get }
    func cancel(_ reason: ByteText?)
    /// Somebody waits for the end.
    func watch()
    func detach()
    func ask(_ question: WorkQuestion, _ argument: Int, _ then: @escaping @Sendable (Message?) -> Void)
    /// An answer said how the process ended.
    func note(exitCode: Int)
    /// Sends a signal to a child and to all of its group; false when it has gone. Others are asked to do so.
    func kill(_ signal: Int32) -> Bool
    /// The handle is going.
    func released(_ handle: any Shareable)
}

/// What one process asks another about work of that one.
enum WorkQuestion: Int {
    case status, inbox
    /// What the tasks of all its states are doing.
    case tasks
    /// How a process has ended; whether it gets the signal that is the argument.
    case exitCode, kill
}
