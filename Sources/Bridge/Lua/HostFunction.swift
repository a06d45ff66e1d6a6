import CFence
import CLua

/// A function that scripts call and Swift carries out: its name, what the help says, and the body. Immutable; lives as
/// long as the module that holds it, which the program keeps while its states are open.
@usableFromInline
final class HostFunction: @unchecked Sendable {  // sound: `record` is written once, in init
    @usableFromInline typealias Body = @Sendable (HostCall) throws(Fault) -> Outcome
    /// What the trampoline calls. By default `enterHostFunction`, which calls the body.
    typealias Entry =
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<fence_vm>?, UnsafePointer<fence_function>?
        ) -> Int32

    /// How many times the bytes of its arguments a function needs where memory is bounded.
    enum Need: Int {
        /// It gives something back, and is called when there is no memory for anything else.
        case givesBack = 0
        case once = 1
        case several = 4
    }

    let name: String
    let usage: String
    let summary: String
    let body: Body
    private let record: UnsafeMutablePointer<fence_function>

    /// `entry`: for a function with a short path that needs no closure (`HostCall.enter`).
    init(
        _ name: String, _ usage: String, _ summary: String, memory: Need = .several,
        entry: @escaping Entry = enterHostFunction, _ body: @escaping Body
    ) {
        self.name = name
        self.usage = usage
        self.summary = summary
        self.body = body
        // The name stands behind the record.
        let (size, count) = (MemoryLayout<fence_function>.size, name.utf8.count + 1)
        let block = UnsafeMutableRawPointer.allocate(byteCount: size + count, alignment: 8)
        let copy = (block + size).bindMemory(to: CChar.self, capacity: count)
        name.withCString { copy.initialize(from: $0, count: count) }
        record = block.bindMemory(to: fence_function.self, capacity: 1)
        record.initialize(
            to: fence_function(name: copy, body: nil, factor: memory.rawValue, plain: nil, enter: entry))
        record.pointee.body = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        fence_take_slot(record)
    }

    /// A function of a host, of which the help says nothing.
    @usableFromInline
    convenience init(_ name: String, _ body: @escaping Body) { self.init(name, "\(name)(...)", "", body) }

    deinit { UnsafeMutableRawPointer(record).deallocate() }

    func push(_ L: OpaquePointer) { fence_push_function(L, record) }
}

/// Called by the trampoline to run a host function. C functions have to be nonisolated, in a library file.
func enterHostFunction(
    _ L: OpaquePointer?, _ vm: UnsafeMutablePointer<fence_vm>?, _ function: UnsafePointer<fence_function>?
) -> Int32 {
    guard let L, let vm, let function, let body = function.pointee.body else { return 0 }
    let call = HostCall(L: L, vm: vm)
    return Unmanaged<HostFunction>.fromOpaque(body).borrow { host in
        do throws(Fault) { return try host.body(call).code } catch { return call.prepare(error) }
    }
}

/// Called by the trampoline after the task was woken, for the results of the host function that waited.
func proceedHostFunction(
    _ L: OpaquePointer?, _ vm: UnsafeMutablePointer<fence_vm>?, _ function: UnsafePointer<fence_function>?
) -> Int32 {
    guard let L, let vm else { return 0 }
    let call = HostCall(L: L, vm: vm)
    return Unmanaged<LuaState>.fromOpaque(vm.pointee.owner).borrow { state in
        do throws(Fault) { return try state.proceed(call).code } catch { return call.prepare(error) }
    }
}

/// Called by the trampoline after the script's function that a host function had it call (`Outcome.call`).
func leaveCalledScript(
    _ L: OpaquePointer?, _ vm: UnsafeMutablePointer<fence_vm>?, _ status: Int32, _ count: Int32
) -> Int32 {
    guard let L, let vm else { return 0 }
    let call = HostCall(L: L, vm: vm)
    guard let owner = call.state.owner else { return status == LUA_OK ? count : Int32(FENCE_RAISE) }
    do throws(Fault) { return try owner.leave(call, succeeded: status == LUA_OK, count: count).code } catch {
        return call.prepare(error)
    }
}

extension LuaState {
    /// The host function at that index of the stack; nil if it is something else.
    func hostFunction(_ index: Int32, on L: OpaquePointer) -> HostFunction? {
        guard lua_checkstack(L, 1) != 0, let record = fence_function_at(L, index) else { return nil }
        return record.pointee.body.map { Unmanaged<HostFunction>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension HostCall {
    func hostFunction(_ index: Int32) -> HostFunction? { state.hostFunction(index, on: L) }
}

extension Outcome {
    /// The function below that many arguments on top of the stack is to be called; `StateOwner.leave` hears of its end.
    static func call(_ arguments: Int32, _ call: HostCall) -> Outcome {
        call.vm.pointee.argument = arguments
        return Outcome(code: Int32(FENCE_CALL))
    }

    /// The function below that many arguments on top of the stack is to be called; its results are the results.
    static func forward(_ arguments: Int32, _ call: HostCall) -> Outcome {
        call.vm.pointee.argument = arguments
        return Outcome(code: Int32(FENCE_FORWARD))
    }
}

extension HostCall {
    /// The way into a host function with a short path. If that returns nil it has done nothing, and the body is called.
    @inline(__always)
    static func enter(
        _ L: OpaquePointer?, _ vm: UnsafeMutablePointer<fence_vm>?, _ function: UnsafePointer<fence_function>?,
        quickly path: (HostCall) -> Outcome?
    ) -> Int32 {
        if let L, let vm, let outcome = path(HostCall(L: L, vm: vm)) { return outcome.code }
        return enterHostFunction(L, vm, function)
    }

    func traceback() -> ByteText {
        fence_traceback(L, L, nil, 1)
        defer { lua_pop_(L, 1) }
        return Stack(L).text(-1)
    }

    /// Puts on the stack what the trampoline needs to raise the fault.
    fileprivate func prepare(_ fault: Fault) -> Int32 {
        lua_checkstack(L, 10)
        switch fault {
        case .argument(let index, let message):
            vm.pointee.argument = index
            push(message)
            return Int32(FENCE_ARGUMENT)
        case .type(let index, let expected):
            return prepare(.argument(index, "\(expected) expected, got \(typeName(index))"))
        case .message(let message):
            push(message)
            return Int32(FENCE_ERROR)
        case .script(var error):
            if error.traceback.isEmpty { error.traceback = traceback() }
            pushError(error)
            return Int32(FENCE_RAISE)
        case .raised:
            return Int32(FENCE_RAISE)
        case .ended(let error):
            if let error { pushError(error) }
            return Int32(FENCE_UNWIND)
        case .memory:
            return Int32(FENCE_MEMORY)
        }
    }
}
