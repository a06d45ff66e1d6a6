import CFence

/// How a host function fails. The trampoline raises it in Lua after the Swift frames are gone.
@usableFromInline
enum Fault: Error {
    /// `bad argument #index to 'name' (message)`.
    case argument(Int32, ByteText)
    /// `bad argument #index to 'name' (expected expected, got …)`.
    case type(Int32, ByteText)
    /// A message; the caller's position is put in front.
    case message(ByteText)
    /// An error object.
    case script(ScriptError)
    /// The error value is on top of the stack.
    case raised
    /// The task is being ended: with this error, or with the error value on top of the stack.
    case ended(ScriptError?)
    /// The state has run out of memory.
    case memory
}

/// What a host function returns to the trampoline.
@usableFromInline
struct Outcome: Sendable {
    @usableFromInline let code: Int32

    @usableFromInline
    init(code: Int32) { self.code = code }

    /// That many results are on top of the stack.
    static func results(_ count: Int32) -> Outcome { Outcome(code: count) }
    static let none = Outcome(code: 0)
    /// The error value is on top of the stack.
    static let raise = Outcome(code: Int32(FENCE_RAISE))
    static let suspend = Outcome(code: Int32(FENCE_SUSPEND))
}
