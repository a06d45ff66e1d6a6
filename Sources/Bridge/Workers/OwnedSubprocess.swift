/// A subprocess that a state may own: it ends with the state, unless a message takes it along before. Shared.
protocol OwnedSubprocess: AnyObject, Sendable {
    func belongs(to owner: AnyObject) -> Bool
    /// Nobody will use its pipes any more.
    func closePipes()
    /// Calls the action when it has ended, or at once.
    func whenEnded(_ action: @escaping @Sendable () -> Void)
    /// That owner has ended.
    func leave(_ owner: AnyObject)
}
