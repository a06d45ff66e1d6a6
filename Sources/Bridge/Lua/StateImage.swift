import CFence

/// A fresh state with its modules, from which the states of threads are copied: opening each would be most of what a
/// thread costs. Immutable; for any thread.
final class StateImage: @unchecked Sendable {  // sound: never changed
    fileprivate let image: OpaquePointer

    /// Nil: there is no memory, or the state has something that cannot be copied. `open` gets the memory for the state,
    /// and makes it.
    init?(_ open: (StateMemory) throws(ScriptError) -> LuaState) {
        let memory = StateMemory()
        guard fence_begin_image(memory.vm) else { return nil }
        let state = try? open(memory)
        let isUnused = state?.isUnused ?? false
        let made = withExtendedLifetime(state) { fence_end_image(memory.vm) }  // it may have to close the state
        guard let image = made else { return nil }
        self.image = image
        if !isUnused { return nil }
    }

    deinit { fence_free_image(image) }
}

extension LuaState {
    /// A copy of the image's state, also of its random numbers. The owner keeps the modules until it is closed.
    convenience init(_ memory: StateMemory, copying image: StateImage) throws(ScriptError) {
        guard let L = fence_open_copy(memory.vm, image.image) else { throw Self.noMemory }
        self.init(memory, L)
    }

    /// Whether nothing is kept for the state outside of it, so that a copy of it is complete.
    fileprivate var isUnused: Bool { coroutines.isEmpty && anchors.isUnused && graph == nil }
}
