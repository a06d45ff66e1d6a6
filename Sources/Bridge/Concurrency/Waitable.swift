/// What keeps the nodes of those who wait for it. How a node is left there is the place's own matter, but all tell the
/// outcome alike: true when the node is in line, or whoever has claimed its round will wake its waiter; false when there
/// is nothing to wait for, its round is claimed, and what it gets is delivered.
protocol Waitable: AnyObject {
    /// Takes a node out of line whose wait has ended otherwise. On the waiting side's thread, with no lock held.
    func forget(_ node: WaitNode)
}
