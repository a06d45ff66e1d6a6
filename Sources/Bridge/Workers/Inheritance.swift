/// What a new state gets from its spawner besides the function.
struct Inheritance: Sendable {
    /// `arg`, `package.path`, `package.cpath`, whether warnings are shown, in that order, as one message.
    let values: Message
    static let count = 4
}
