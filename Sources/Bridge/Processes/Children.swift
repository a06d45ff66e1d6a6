/// The programs that one runtime's scripts have started and that have not ended. Shared; guarded by its lock.
final class Children: Sendable {
    private struct Child {
        let id: ObjectIdentifier
        let end: @Sendable () -> Void
        let kill: @Sendable () -> Void
    }
    private let living = Guarded<[Child]>([])

    /// `end` asks it to end and kills it after its grace; `kill` kills it at once.
    func add(_ child: AnyObject, end: @escaping @Sendable () -> Void, kill: @escaping @Sendable () -> Void) {
        living.withLock { $0.append(Child(id: ObjectIdentifier(child), end: end, kill: kill)) }
    }

    func remove(_ child: AnyObject) { living.withLock { $0.removeAll { $0.id == ObjectIdentifier(child) } } }

    func forget() { living.withLock { $0 = [] } }

    var isEmpty: Bool { living.withLock { $0.isEmpty } }

    func end() { for child in living.withLock({ $0 }) { child.end() } }
    func kill() { for child in living.withLock({ $0 }) { child.kill() } }
}
