import CFence

/// The record of a state and the memory that one state after the other of a thread uses. Owned by that thread.
final class StateMemory: @unchecked Sendable {  // sound: only the owning thread touches it
    let vm: UnsafeMutablePointer<fence_vm>

    init() {
        vm = .allocate(capacity: 1)
        vm.initialize(to: fence_vm())
    }

    deinit {
        fence_release(vm)
        vm.deallocate()
    }
}
