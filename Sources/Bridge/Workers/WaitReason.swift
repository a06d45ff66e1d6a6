/// What a task waits for. It is turned into text only when somebody asks.
enum WaitReason {
    case nothing
    case sleep
    /// On the channel with that number.
    case receive(Int)
    case send(Int)
    case select(count: Int)
    /// The end of a task of the same state.
    case join(Unmanaged<ScriptTask>)
    /// Anything else, which has its own text.
    case other(any Awaited)
    /// An answer from the state that owns an object.
    case answer
    /// Something outside of all states, which may come at any time.
    case outside

    var text: ByteText {
        switch self {
        case .nothing: "nothing"
        case .sleep: "sleep"
        case .receive(let channel): "recv on channel: \(channel)"
        case .send(let channel): "send on channel: \(channel)"
        case .select(let count): "select of \(count)"
        case .join(let task): task.borrow { $0.handle().waitText }
        case .other(let awaited): awaited.waitText
        case .answer: "another state's answer"
        case .outside: "something outside"
        }
    }

    var isOutside: Bool { if case .outside = self { true } else { false } }
}

/// One wait, for reports.
struct Wait {
    var reason = WaitReason.nothing
    var since: Instant = .past
    /// The coroutine that waits.
    var coroutine: OpaquePointer?
}

/// Something that a task waits for, with the text for reports: `join of timer 'dum'`.
protocol Awaited: AnyObject {
    var waitText: ByteText { get }
}
