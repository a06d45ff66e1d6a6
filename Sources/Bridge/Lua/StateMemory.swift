import CFence

/// The fence's record of a state (`fence_vm`), and the memory that the states of a thread use one after the other.
/// Owned by that thread; members that are for any thread say so, and are atomic.
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

    /// From now on the calling thread runs this state.
    func adopt() { fence_adopt(vm) }

    /// The calling thread runs no state any more.
    static func leave() { fence_adopt(nil) }

    /// Sets what `HostCall.owner` returns. It is not retained.
    func setOwner(_ object: AnyObject) { vm.pointee.worker = Unmanaged.passUnretained(object).toOpaque() }

    /// Whether states ignore `LUA_PATH` and the other environment variables of Lua.
    func ignoreEnvironment(_ ignores: Bool) { vm.pointee.ignores_environment = ignores }

    /// How many bytes the state has.
    var used: Int { Int(vm.pointee.used) }

    // MARK: - Samples

    /// From now on the owner of the state that is open gets samples (`StateOwner.sampled`), each time that the thread gets a
    /// signal for that.
    func beginSampling() {
        vm.pointee.sampled = { vm, stack, size, count in
            guard let vm, let stack else { return }
            let bytes = UnsafeRawBufferPointer(start: stack, count: size)
            Unmanaged<LuaState>.fromOpaque(vm.pointee.owner).borrow { $0.owner?.sampled(ByteText(bytes), Int(count)) }
        }
        fence_install_samples()
    }

    /// Before the state is closed.
    func endSampling() {
        fence_take_idle_samples(vm)
        vm.pointee.sampled = nil
    }

    // MARK: - The task that runs

    /// How many operations it may still do without giving others a turn.
    var budget: Int32 {
        @inline(__always) get { vm.pointee.budget }
        @inline(__always) set { vm.pointee.budget = newValue }
    }

    /// How many messages the state has sent and received so far, and how many bytes it uses. On its thread.
    var figures: (sent: Int, received: Int, bytes: Int) { (vm.pointee.sent, vm.pointee.received, vm.pointee.used) }

    /// Whether the owner is given what scripts write to standard streams. On the state's thread.
    var diverts: Bool {
        get { vm.pointee.divert != nil }
        set { vm.pointee.divert = newValue ? divertOutput : nil }
    }

    /// The coroutine that runs.
    var running: OpaquePointer? { vm.pointee.running }

    /// The number of its unwinding, if it is being ended; otherwise 0.
    var unwinding: UInt32 {
        get { vm.pointee.unwinding }
        set { vm.pointee.unwinding = newValue }
    }

    /// Calls the body, which resumes other base coroutines while one waits where Lua cannot yield.
    func meanwhile(_ body: () -> Void) {
        let (fixed, closing, unwinding) = (vm.pointee.fixed, vm.pointee.closing, vm.pointee.unwinding)
        let running = vm.pointee.running
        (vm.pointee.fixed, vm.pointee.closing) = (0, nil)
        body()
        (vm.pointee.fixed, vm.pointee.closing, vm.pointee.unwinding) = (fixed, closing, unwinding)
        fence_switch_to(vm, running)
    }

    /// The number of an unwinding that begins now.
    func nextUnwinding() -> UInt32 {
        vm.pointee.unwindings &+= 1
        return vm.pointee.unwindings
    }

    /// Whether C code has caught the error that was to end it, since the last call.
    func takeSwallowed() -> Bool {
        guard vm.pointee.swallowed != 0 else { return false }
        vm.pointee.swallowed = 0
        return true
    }

    /// Whether the single result of the task that has ended last is attached to its userdata.
    var hasAttachedResult: Bool { vm.pointee.attached }

    /// The error that is about to be raised was caught before: it keeps its traceback.
    func keepTraceback() { vm.pointee.rethrown = 1 }

    /// Gives up the running task, wherever it is. Code that is called from there runs as if nothing were below it.
    func abandonRun() { (vm.pointee.fixed, vm.pointee.unwinding, vm.pointee.suspending) = (0, 0, 0) }
}

private func divertOutput(
    _ vm: UnsafeMutablePointer<fence_vm>?, _ bytes: UnsafePointer<CChar>?, _ count: Int
) -> Bool {
    guard let state = vm?.pointee.owner else { return false }
    let owner = Unmanaged<LuaState>.fromOpaque(state).takeUnretainedValue().owner
    return owner?.take(output: UnsafeRawBufferPointer(start: bytes, count: count)) ?? false
}
