import CLua

/// States that run no code: there values of Swift become messages, and messages values of Swift, on whatever thread.
/// Each is used by one caller at a time. Shared; guarded by its lock.
final class ScratchStates: Sendable {
    static let shared = ScratchStates()

    /// One that is in use, or waits for its next use.
    private final class Scratch: @unchecked Sendable {  // sound: one caller has it at a time
        let memory = StateMemory()
        let state: LuaState

        init() throws(ScriptError) {
            state = try LuaState(memory)
            state.hostTypes = HostTypeTable([], other: ScratchStates.anything)
        }

        deinit { state.close() }
    }

    private final class Anything: Sendable {}
    private static let anything = HostType<Anything>("object", methods: [])
    private static let keptAtMost = 4
    private let spare = Guarded<[Scratch]>([])

    /// Calls the body with an empty stack. A state that holds objects is closed afterwards, so that they are released.
    private func use<R>(
        _ body: (borrowing LuaStack) throws(ScriptError) -> (R, holdsObjects: Bool)
    ) throws(ScriptError) -> R {
        let scratch = if let scratch = spare.withLock({ $0.popLast() }) { scratch } else { try Scratch() }
        let state = scratch.state
        lua_settop(state.L, 0)
        state.conversionsLeft = .max
        let (result, holdsObjects) = try body(LuaStack(HostCall(L: state.L, vm: state.vm)))
        lua_settop(state.L, 0)
        if !holdsObjects { spare.withLock { if $0.count < Self.keptAtMost { $0.append(scratch) } } }
        return result
    }

    /// The message of a value.
    func message<T: LuaConvertible>(of value: T, leavesProcess: Bool) throws(ScriptError) -> Message {
        try use { stack throws(ScriptError) in
            do throws(ConversionError) { try value.push(to: stack) } catch {
                throw ScriptError(.conversion, ByteText(error.description))
            }
            if stack.isNil(-1) { throw ScriptError(.conversion, "nil cannot be sent") }
            let state = stack.call.state
            do throws(Fault) {
                let message = try state.message(1, 1, as: .value, on: stack.L, leavesProcess: leavesProcess)
                return (message, !message.storage.shared.isEmpty)
            } catch {
                throw Self.error(error)
            }
        }
    }

    private static func error(_ fault: Fault) -> ScriptError {
        switch fault {
        case .message(let message), .argument(_, let message): ScriptError(.conversion, message)
        case .script(let error): error
        default: ScriptError(.memory, "not enough memory")
        }
    }

    /// The values of a message.
    func read<each R: LuaConvertible>(_ message: Message, count: Int) throws(ScriptError) -> (repeat each R) {
        try use { stack throws(ScriptError) in
            let state = stack.call.state
            try state.push(message, count: count, on: stack.L)
            // Each value in the message has bytes in it; a few may be there many times.
            state.conversionsLeft = message.storage.count + 1 << 20
            return (try stack.results(1), !message.storage.shared.isEmpty)
        }
    }

    /// No values at all.
    func readNothing<each R: LuaConvertible>() throws(ScriptError) -> (repeat each R) {
        try use { stack throws(ScriptError) in (try stack.results(1), false) }
    }

    /// The value of a string.
    func read<T: LuaConvertible>(string: UnsafeRawBufferPointer) throws(ScriptError) -> T {
        try use { stack throws(ScriptError) in
            do throws(ConversionError) {
                try stack.push(bytes: string)
                return (try T.read(1, from: stack), false)
            } catch {
                throw ScriptError(.conversion, ByteText(error.description))
            }
        }
    }
}
