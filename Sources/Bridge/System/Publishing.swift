import CKernel

// How an object gets from one thread to another.
//
// The optimizer counts references for the thread that it compiles. It moves a retain down to where a release could
// come at the earliest, past stores, and past atomic operations that release: to it these are no uses of the object.
// The other thread may have taken the object and dropped it by then. So two things are asked of whoever publishes:
//
// 1. `keepOrder()` stands before each atomic operation with release ordering, the locks' own included. The optimizer
//    does not know what the call does, and so retains everything before it that is in memory by then.
// 2. A reference in raw memory, whose type the optimizer does not know, is written and read with `Handover`.
//
// LayeringTests find violations.

/// A barrier for the compiler: what this thread has stored before it is in memory, and objects stored there are
/// retained. Costs no instruction.
@inline(__always)
func keepOrder() { system_keep_order() }

extension Unmanaged {
    /// How many strong references to the object there are at this moment.
    var count: Int { system_retain_count(toOpaque()) }

    /// Retains the object, whose memory the caller keeps from going; false if it is being released already.
    func retainIfAlive() -> Bool { system_try_retain(toOpaque()) }

    /// Calls the body with the object, which the caller keeps alive meanwhile. An optimized build counts nothing: to the
    /// optimizer the reference is taken out, and put back in the end. A debug build retains and releases within.
    @inline(__always)
    func borrow<R, Failure: Error>(_ body: (Instance) throws(Failure) -> R) throws(Failure) -> R {
        let object = takeRetainedValue()
        defer { _ = Unmanaged.passRetained(object) }
        return try body(object)
    }
}

/// References in raw memory: each is retained until it is taken out.
enum Handover {
    /// The retain is a call into C: no optimizer moves or drops it.
    static func give(_ object: some AnyObject) -> UnsafeMutableRawPointer {
        let reference = Unmanaged.passUnretained(object).toOpaque()
        withExtendedLifetime(object) { system_retain(reference) }
        return reference
    }

    /// Takes out a reference that `give` returned. Once for each.
    static func take<T: AnyObject>(_ reference: UnsafeRawPointer, as type: T.Type) -> T {
        Unmanaged<T>.fromOpaque(reference).takeRetainedValue()
    }
}
