import CKernel

/// What the fork server and its parent do with children that are forked. `forkserver.c` has the steps.
enum Forking {
    /// Whether there can be a fork server in this build: not with sanitizers.
    static var isPossible: Bool { system_may_fork() }

    /// In the fork server, which has one thread: forks a child of `parent` for each packet of descriptors that comes
    /// over the socket, until the other end is closed. `body` runs in the child, and ends it.
    static func serve(
        _ socket: Int32, _ parent: Int32, _ body: @convention(c) (UnsafeMutableRawPointer?) -> Void,
        _ context: UnsafeMutableRawPointer
    ) {
        system_serve_forks(socket, parent, body, context)
    }

    /// In a child: of five descriptors three become its streams, one gets the number `place`, one becomes its folder.
    /// Its priority is lowered by `nice`. Returns 0 or errno.
    static func settle(_ descriptors: [Int32], _ place: Int32, nice: Int32) -> Int32 {
        system_settle(descriptors, place, nice)
    }

    /// In a child: ends it.
    static func leave(_ status: Int32) -> Never { system_leave_forked(status) }

    /// In the parent: a descriptor for a child that the fork server has forked. Negative: minus errno, and the child
    /// has been killed.
    static func adopt(_ pid: Int32) -> Int32 { system_adopt_process(pid) }

    /// In the parent, after the fork server has died: kills the child that it may have forked, whose number comes over
    /// the socket.
    static func endStray(_ socket: Int32) { system_end_stray(socket) }
}
