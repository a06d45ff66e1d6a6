/// The programs that one runtime's scripts have started and that have not ended. Shared; guarded by its lock.
final class Children: Sendable {
    private struct Child {
        let end: @Sendable () -> Void
        let kill: @Sendable () -> Void
    }
    private let living = Guarded<[ObjectIdentifier: Child]>([:])

    /// `end` asks it to end and kills it after its grace; `kill` kills it at once.
    func add(_ child: AnyObject, end: @escaping @Sendable () -> Void, kill: @escaping @Sendable () -> Void) {
        living.withLock { $0[ObjectIdentifier(child)] = Child(end: end, kill: kill) }
    }

    func remove(_ child: AnyObject) { living.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(child)) } }

    var isEmpty: Bool { living.withLock { $0.isEmpty } }

    func end() { for child in living.withLock({ Array($0.values) }) { child.end() } }
    func kill() { for child in living.withLock({ Array($0.values) }) { child.kill() } }
}
