/// Starting a function in a new state in a child process.
struct ProcessSpawn: Sendable {
    var name: ByteText?
    var isDaemon = false
    var grace = Grace.usual
    /// Bytes that it may use; nil: no bound.
    var memory: Int?
    /// Seconds of processor time that it may use; nil: no bound.
    var seconds: Int?
    /// The function and its arguments.
    let message: Message
    let count: Int
    let inheritance: Inheritance
    let site: SpawnSite?
    /// Somebody will ask how it has ended: it needs no report.
    var isWatched = false
    /// Where it runs, its environment, its streams; what is started is filled in here.
    var launch: Launch
    /// Which of its streams are pipes to us.
    var pipes = [false, false, false]
    /// Called when the work has ended, with its error: the failure is taken care of.
    var onEnd: (@Sendable (ScriptError?) -> Void)?
}
