import CFence

/// The record of a state and the memory that one state after the other of a thread uses. Owned by that thread, but for
/// what is said to be for any thread, which is atomic.
final class StateMemory: @unchecked Sendable {  // sound: nothing else is touched by another thread
    let vm: UnsafeMutablePointer<fence_vm>

    init() {
        vm = .allocate(capacity: 1)
        vm.initialize(to: fence_vm())
    }

    deinit {
        fence_release(vm)
        vm.deallocate()
    }

    // MARK: - The thread and the owner

    /// The calling thread runs this state from now on.
    func adopt() { fence_adopt(vm) }

    /// The calling thread runs no state any more.
    static func leave() { fence_adopt(nil) }

    /// `HostCall.owner` gives it. It is not retained.
    func setOwner(_ object: AnyObject) { vm.pointee.worker = Unmanaged.passUnretained(object).toOpaque() }

    /// States do not look at `LUA_PATH` and its like.
    func ignoreEnvironment(_ ignores: Bool) { vm.pointee.ignores_environment = ignores }

    // MARK: - The task that runs

    /// How many operations it may still do at once while others wait.
    var budget: Int32 {
        @inline(__always) get { vm.pointee.budget }
        @inline(__always) set { vm.pointee.budget = newValue }
    }

    /// The coroutine that it is in.
    var running: OpaquePointer? { vm.pointee.running }

    /// It is being ended: the number of its unwinding. 0: it is not.
    var unwinding: UInt32 {
        get { vm.pointee.unwinding }
        set { vm.pointee.unwinding = newValue }
    }

    /// The number of an unwinding that begins now.
    func nextUnwinding() -> UInt32 {
        vm.pointee.unwindings &+= 1
        return vm.pointee.unwindings
    }

    /// Whether C code has caught the error that was to end it, since the last look.
    func takeSwallowed() -> Bool {
        guard vm.pointee.swallowed != 0 else { return false }
        vm.pointee.swallowed = 0
        return true
    }

    /// The error that is about to be raised was caught before: its traceback is kept.
    func keepTraceback() { vm.pointee.rethrown = 1 }

    /// It goes on no more, wherever it is. What is called from there runs as if nothing were below it.
    func abandonRun() { (vm.pointee.fixed, vm.pointee.unwinding, vm.pointee.suspending) = (0, 0, 0) }
}
