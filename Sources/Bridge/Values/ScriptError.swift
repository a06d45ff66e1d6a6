/// What a script's failure is to Swift: the same fields as the error object that scripts see.
public struct ScriptError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is. `syntax` and `conversion` exist only on Swift's side.
    public enum Kind: Sendable, Equatable {
        /// The script raised it, or a host function threw it.
        case error
        /// A deadline or a timeout is over.
        case timeout
        /// The work, or the Swift task that waits for it, was cancelled.
        case cancelled
        /// A channel is closed, or a state, or the runtime.
        case closed
        /// The state has used up its `memoryLimit`, or the system has no memory left.
        case memory
        /// The output of an external program is more than `max_output` allows.
        case limit
        /// All that could end the wait waits itself.
        case deadlock
        /// A child process has ended in another way than by its results: see `ScriptError.exit`.
        case exit
        /// The chunk does not compile; `incomplete` when more text could complete it.
        case syntax(incomplete: Bool)
        /// A value does not fit the type that Swift asked for.
        case conversion
    }

    /// How a process ended.
    public enum Exit: Sendable, Equatable {
        /// By itself, with that status.
        case code(Int)
        /// By that signal.
        case signal(Int)
        var code: Int? { if case .code(let code) = self { code } else { nil } }
        var signal: Int? { if case .signal(let signal) = self { signal } else { nil } }
    }

    /// What kind of failure it is.
    public var kind: Kind
    /// The message, as the work's own `pcall` would have given it as a string.
    public var message: ByteText
    /// Where it was raised, then where the work was spawned, through every generation. May be empty.
    public var traceback: ByteText
    /// The name of the task, thread or process in which it was raised first, with its kind: `thread 'dum'`. Empty when
    /// it has none. Work that passed the error on is named in the traceback.
    public var origin: ByteText
    /// A copy of the original error value, when the work raised something other than a string.
    public var value: Message?
    /// How the process ended, in an error of kind `exit`.
    public var exit: Exit?
    /// What a host function threw, if it never left the process.
    public var underlying: (any Error)?

    /// An error that a host function may throw: scripts see these fields.
    public init(
        _ kind: Kind, _ message: ByteText, traceback: ByteText = "", origin: ByteText = "", value: Message? = nil
    ) {
        self.kind = kind
        self.message = message
        self.traceback = traceback
        self.origin = origin
        self.value = value
    }

    /// The whole story: origin and message, then the traceback.
    public var story: ByteText {
        let whose: ByteText = origin.isEmpty ? "" : "\(origin): "
        let trace: ByteText = traceback.isEmpty ? "" : "\n\(traceback)"
        return "\(whose)\(message)\(trace)"
    }

    public var description: String { story.description }
}

extension ScriptError.Kind {
    private static let names: [(String, ScriptError.Kind)] = [
        ("error", .error), ("timeout", .timeout), ("cancelled", .cancelled), ("closed", .closed),
        ("memory", .memory), ("limit", .limit), ("deadlock", .deadlock), ("exit", .exit),
    ]

    /// The name that scripts see.
    var name: String { Self.names.first { $0.1 == self }?.0 ?? "error" }

    init(name: String) { self = Self.names.first { $0.0 == name }?.1 ?? .error }
}
