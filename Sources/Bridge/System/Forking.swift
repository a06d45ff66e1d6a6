import CSystem

/// What the fork server and its parent do with children that are forked. `forkserver.c` has the steps.
enum Forking {
    /// Whether there can be a fork server in this build: not with sanitizers.
    static var isPossible: Bool { system_may_fork() }

    /// In the fork server, which has one thread: forks a child of `parent` for each packet of descriptors that comes over
    /// the socket, until that has an end. `body` runs in the child, and ends it.
    static func serve(
        _ socket: Int32, _ parent: Int32, _ body: @convention(c) (UnsafeMutableRawPointer?) -> Void,
        _ context: UnsafeMutableRawPointer
    ) {
        system_serve_forks(socket, parent, body, context)
    }

    /// In a child: five descriptors become its streams, `place` and its folder, and its priority is that much lower. 0 or
    /// errno.
    static func settle(_ descriptors: [Int32], _ place: Int32, nice: Int32) -> Int32 {
        system_settle(descriptors, place, nice)
    }

    /// In the parent: a descriptor for a child that the fork server has forked. Negative: minus errno, and the child is
    /// no more.
    static func adopt(_ pid: Int32) -> Int32 { system_adopt_process(pid) }

    /// In the parent: the fork server has died. A child that it may have forked, and that tells its number over the
    /// socket, is no more afterwards.
    static func endStray(_ socket: Int32) { system_end_stray(socket) }
}
