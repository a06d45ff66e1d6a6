/// Calls an action when work has ended, on any thread.
final class EndWaiter: Waiter, @unchecked Sendable {  // sound: immutable
    private let action: @Sendable () -> Void

    init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    override func notify() { action() }
}
