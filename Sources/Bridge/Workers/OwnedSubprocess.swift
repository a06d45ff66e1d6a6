/// A subprocess that a state may own: it ends with the state, unless a message takes it along before. Shared.
protocol OwnedSubprocess: AnyObject, Sendable {
    func belongs(to owner: AnyObject) -> Bool
    /// Closes its pipes, which nobody will use any more.
    func closePipes()
    /// Calls the action when it has ended, or at once if it has.
    func whenEnded(_ action: @escaping @Sendable () -> Void)
    /// That owner has ended: ends the subprocess if it still belongs to it.
    func leave(_ owner: AnyObject)
}
