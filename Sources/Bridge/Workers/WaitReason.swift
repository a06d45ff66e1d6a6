/// What a task waits for: enough to say so when somebody asks, and no more work than a reference until then.
enum WaitReason {
    case nothing
    case sleep
    case receive(Channel)
    case send(Channel)
    case select(count: Int)
    /// What is no channel says it itself.
    case other(any Awaited)
    /// An answer from the state that owns an object.
    case answer
    /// Something outside of all states, which may come at any time.
    case outside

    var text: ByteText {
        switch self {
        case .nothing: "nothing"
        case .sleep: "sleep"
        case .receive(let channel): "recv on channel: \(channel.id)"
        case .send(let channel): "send on channel: \(channel.id)"
        case .select(let count): "select of \(count)"
        case .other(let awaited): awaited.waitText
        case .answer: "another state's answer"
        case .outside: "something outside"
        }
    }

    var isOutside: Bool { if case .outside = self { true } else { false } }
}

/// One wait, as it is told to people.
struct Wait {
    var reason = WaitReason.nothing
    var since: Instant = .past
    /// The coroutine that called what waits.
    var coroutine: OpaquePointer?
}

/// What a task can wait for, as it is told to people: `join of timer 'dum'`.
protocol Awaited: AnyObject {
    var waitText: ByteText { get }
}
