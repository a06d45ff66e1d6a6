import CKernel

/// A copy of this process that C code has made by `fork`. It has one thread; the others exist only in the original.
enum Copy {
    /// Whether this process is such a copy.
    static var isThis: Bool { system_is_copy() }

    /// From now on copies are noticed, and what is polled is paused while one is made.
    static func watch() { system_watch_copies({ Polling.pause() }, { Polling.resume() }) }
}
