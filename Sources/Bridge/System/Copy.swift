import CFence

/// A copy of a process that C code has made by `fork`. It has one thread; all that others do belongs to the former one.
enum Copy {
    /// Whether this process is one.
    static var isThis: Bool { fence_is_copy() }
}
