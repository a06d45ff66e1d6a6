/// What is needed to start a function in a child process.
struct ProcessSpawn: Sendable {
    var name: ByteText?
    var isDaemon = false
    var grace = Grace.usual
    /// Memory that it may use, in bytes; nil: no bound.
    var memory: Int?
    /// Processor time that it may use, in seconds; nil: no bound.
    var seconds: Int?
    /// The function and its arguments.
    let message: Message
    let count: Int
    let inheritance: Inheritance
    let site: SpawnSite?
    /// Somebody will ask how it has ended, so a failure is not reported.
    var isWatched = false
    /// Its folder, environment and streams. `ProcessHost.start` fills in the program.
    var launch: Launch
    /// Those of its sandbox; nil: it has none.
    var walls: Walls?
    /// The limits that its sandbox names, for errors.
    var sandbox: Sandbox?
    /// Which of its standard streams are pipes to this process.
    var pipes = [false, false, false]
    /// Called when the work has ended, with its error if it failed. Such a failure is not reported otherwise.
    var onEnd: (@Sendable (ScriptError?) -> Void)?
}
