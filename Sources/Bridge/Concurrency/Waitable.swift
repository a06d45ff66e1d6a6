/// Something that tasks wait for, and that keeps their nodes. Each has its own function by which a node is left, but
/// all of them return the same: true if the node is in line, or another has claimed its round and will wake the
/// waiter; false if there is nothing to wait for: the round is claimed, and the result is delivered.
protocol Waitable: AnyObject {
    /// Takes out a node whose wait has ended otherwise. On the waiter's thread, with no lock held.
    func forget(_ node: WaitNode)
}
