import CFence

/// How running Lua code is reached from outside: `StateOwner.interrupted` is asked between two of its instructions.
extension StateMemory {
    /// Installs the handler of the signal that does it, once for the process.
    static func installInterrupts() { fence_install_interrupts() }

    /// Any thread: the owner is to be asked; a signal to the state's thread must follow.
    func wantInterrupt() { fence_want_interrupt(vm) }

    /// Any thread: whether the owner has not been asked since.
    var wantsInterrupt: Bool { fence_wants_interrupt(vm) }

    /// On the state's thread, where no Lua code runs: it has looked by itself.
    func forgetInterrupt() { fence_forget_interrupt(vm) }

    /// On the state's thread: the owner is asked before the next instruction of Lua code.
    func interrupt() { fence_interrupt(vm) }

    /// On the state's thread: the same, as soon as that coroutine runs.
    static func interrupt(_ L: OpaquePointer) { fence_interrupt_coroutine(L) }
}
