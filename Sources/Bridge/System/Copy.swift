import CSystem

/// A copy of a process that C code has made by `fork`. It has one thread; all that others do belongs to the former one.
enum Copy {
    /// Whether this process is one.
    static var isThis: Bool { system_is_copy() }

    /// From now on copies are noticed, and nobody is in the middle of anything that is polled when one is made.
    static func watch() { system_watch_copies({ Polling.pause() }, { Polling.resume() }) }
}
