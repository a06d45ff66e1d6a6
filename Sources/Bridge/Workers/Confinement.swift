/// What the scripts of a program are denied, what of theirs the host takes, and what is watched: the same in all of its states and child
/// processes. Immutable.
struct Confinement: Sendable {
    /// The libraries that they have, as `Libraries.rawValue`; nil: all.
    var libraries: Int?
    /// Bytes that each state may use; 0: no bound.
    var memoryLimit = 0
    /// Get what scripts write to the standard streams; nil: the streams do.
    var output, errorOutput: (@Sendable ([UInt8]) -> Void)?
    /// Gets the errors that nobody waits for.
    var onError: (@Sendable (ScriptError) -> Void)?
    /// How long a task may hold its state while others are due before that is reported (`Watchdog`); nil: as long as it
    /// likes.
    var watchdog: TimeSpan?

    /// The bound of a state that asks for one itself.
    func bound(_ wanted: Int?) -> Int {
        guard let wanted, wanted > 0 else { return memoryLimit }
        return memoryLimit == 0 ? wanted : min(wanted, memoryLimit)
    }
}
