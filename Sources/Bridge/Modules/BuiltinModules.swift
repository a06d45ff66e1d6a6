/// The modules that every state has. The order is that of the documentation.
extension Module {
    static let builtin: [Module] = [
        TaskModule.module, ThreadModule.module, ChannelModule.module, TimerModule.module, SchedModule.module,
        ProcessModule.module, SharedModule.module, SyncModule.module, SupervisorModule.module,
    ]
}
