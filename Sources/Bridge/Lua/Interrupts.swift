import CFence

/// Interrupts of running Lua code: `StateOwner.interrupted` is called between two of its instructions.
extension StateMemory {
    /// Installs the handlers of the signals for interrupts, once for the process.
    static func installInterrupts() { fence_install_interrupts() }

    /// Any thread: asks for an interrupt. A signal to the state's thread must follow (`ThreadIdentity.interrupt`).
    func wantInterrupt() { fence_want_interrupt(vm) }

    /// Any thread: whether an interrupt was asked for and has not happened yet.
    var wantsInterrupt: Bool { fence_wants_interrupt(vm) }

    /// On the state's thread, while no Lua code runs: drops the request, since the owner has looked by itself.
    func forgetInterrupt() { fence_forget_interrupt(vm) }

    /// On the state's thread: interrupts before the next instruction of Lua code.
    func interrupt() { fence_interrupt(vm) }

    /// On the state's thread: interrupts that coroutine as soon as it runs.
    static func interrupt(_ L: OpaquePointer) { fence_interrupt_coroutine(L) }
}
