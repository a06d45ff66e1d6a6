import CFence
import CLua
import Synchronization

/// Runs a state: the worker. Called by the fence, on the state's thread.
protocol StateOwner: AnyObject {
    /// The handle of a task for which a userdata stands that has none yet (`pushTask`). `anchor` anchors the first value
    /// that is attached to the userdata.
    func handle(of task: AnyObject, anchorAttached anchor: () -> Int) -> any HostObject
    /// That userdata has got its handle, or was collected.
    func dropped(_ task: AnyObject)
    /// C code calls `exit` with that status. Returns the status with which the process exits, or does not return.
    func exits(_ status: Int32) -> Int32
    /// An interrupt, between two instructions of Lua code. Returns the error to be raised there, if any, and whether
    /// it has to be called again soon.
    func interrupted(_ call: HostCall) -> (error: ScriptError?, asksAgain: Bool)
    /// Takes what the running task writes to a standard stream (`StateMemory.diverts`). False: it is written.
    func take(output: UnsafeRawBufferPointer) -> Bool
    /// The running code has spent so many milliseconds of processor time in that stack, from the outermost function on.
    func sampled(_ stack: ByteText, _ milliseconds: Int)
    /// Whether the running task is to be ended: a conversion of a large value does not go on then.
    func mustEnd(_ call: HostCall) -> Bool
    /// The object that a userdata with that place and identity stands for (`pushLazy`).
    func object(place: Int, identity: Int) -> AnyObject
    /// This process is a copy that `fork` made, and this state's thread is the only one in it.
    func copied()
    /// The state that it runs, on the thread of that state and while it is open; nil otherwise.
    var openState: LuaState? { get }
    /// Any thread: releases an anchor of the state, at once on its own thread and soon otherwise.
    func releaseLater(_ anchor: Int)
    /// The function that a host function had called (`Outcome.call`) has ended: its results, or the error, are on top.
    func leave(_ call: HostCall, succeeded: Bool, count: Int32) throws(Fault) -> Outcome
    /// A script has closed the coroutine, maybe in the middle of such a function (`countScope`).
    func closed(_ L: OpaquePointer)
}

/// One Lua state: opened, used and closed by one thread. Nothing of it is Sendable.
///
/// Its main coroutine `L` runs no code; everything runs in the base coroutines of tasks (`Coroutine`). Values that must
/// stay alive are anchored in the registry, by number (`anchor`).
final class LuaState {
    let vm: UnsafeMutablePointer<fence_vm>
    let L: OpaquePointer
    /// The worker. `Workers/` gives it its type back.
    unowned(unsafe) var owner: (any StateOwner)?  // sound: a worker closes its state before it goes
    /// In a state that nobody runs: how many tables may still be converted.
    var conversionsLeft = Int.max
    /// Continues a host function that was suspended, and gives its results. Set by the owner.
    var proceed: HostFunction.Body = { _ throws(Fault) in .none }
    let moduleIndex: ModuleIndex
    /// Those of the host's objects. Set by the owner.
    var hostTypes: HostTypeTable?
    /// Reused from message to message.
    var graph: MessageGraph?
    var anchors = Anchors()
    /// Base coroutines that are kept for later tasks.
    var coroutines: [Coroutine] = []

    static let noMemory = ScriptError(.memory, "not enough memory for a new state")

    /// Opens a state with the standard libraries.
    convenience init(_ memory: StateMemory) throws(ScriptError) {
        guard let L = fence_open(memory.vm) else { throw Self.noMemory }
        self.init(memory, L)
        openAnchors()
        Stack(L).pushWeakTable("v")
        lua_rawsetp(L, Registry.index, Registry.objects)
    }

    /// Takes over a state that was just opened. The record outlives it, so that the next one reuses its memory.
    init(_ memory: StateMemory, _ L: OpaquePointer) {
        let vm = memory.vm
        self.vm = vm
        self.L = L
        moduleIndex = ModuleIndex(vm)
        vm.pointee.owner = Unmanaged.passUnretained(self).toOpaque()
        vm.pointee.proceed = proceedHostFunction
        vm.pointee.interrupted = interruptedLuaCode
        vm.pointee.copied = { vm in
            guard let state = vm?.pointee.owner else { return }
            Unmanaged<LuaState>.fromOpaque(state).takeUnretainedValue().owner?.copied()
        }
        vm.pointee.closed = { vm, L in
            guard let state = vm?.pointee.owner, let L else { return }
            Unmanaged<LuaState>.fromOpaque(state).takeUnretainedValue().owner?.closed(L)
        }
        vm.pointee.exits = exitingCCode
        vm.pointee.leave = leaveCalledScript
        vm.pointee.drop = dropObject
    }

    /// So many more functions that host functions have called run in coroutines of scripts (`StateOwner.closed`).
    func countScope(_ more: Int32) { vm.pointee.scoped += more }

    /// Finalizers run. Nothing may use the state afterwards.
    func close() { fence_close(vm) }

    // MARK: - Anchored values

    /// The numbers that are in use. Owned by the state's thread.
    struct Anchors {
        private var free: [Int] = []
        private var last = 0

        mutating func take() -> Int {
            if let number = free.popLast() { return number }
            last += 1
            return last
        }

        mutating func give(_ number: Int) { free.append(number) }

        var isUnused: Bool { last == 0 }
    }

    // MARK: - Objects

    /// How many bytes a channel takes outside the state: a running average of those that were collected.
    private var channelBytes = Channel.emptyBytes

    /// [-0, +0, m] Tells the collector of memory outside the state that a value in it keeps.
    func charge(_ bytes: Int, on L: OpaquePointer) { fence_charge(L, vm, bytes) }

    /// A userdata has been collected: releases its object.
    fileprivate func drop(_ reference: UnsafeMutableRawPointer, isTask: Bool) {
        let object = Unmanaged<AnyObject>.fromOpaque(reference)
        if isTask {
            if let owner { object.borrow { owner.dropped($0) } }
            return object.release()
        }
        guard object.borrow({ type(of: $0) == Channel.self }) else { return dropOther(object) }
        let isLast = object.count == 1
        let carried = Unmanaged<Channel>.fromOpaque(reference).borrow { channel -> Int? in
            let isCarrier = channel.isCarrier.load(ordering: .relaxed)
            let held = isLast || isCarrier ? channel.heldBytes : 0
            channelBytes += (Channel.emptyBytes + (isLast ? min(held, 1 << 20) : 0) - channelBytes) / 8
            return isCarrier ? held : nil
        }
        object.release()
        if let carried { Cycles.dropped(carried) }
    }

    private func dropOther(_ object: Unmanaged<AnyObject>) {
        guard object.borrow({ type(of: $0) == SharedMap.self }) else { return object.release() }
        let held = Unmanaged<SharedMap>.fromOpaque(object.toOpaque()).borrow { map in
            map.isCarrier.load(ordering: .relaxed) ? map.heldBytes : nil
        }
        object.release()
        if let held { Cycles.dropped(held) }
    }

    /// [-0, +1, m] Pushes the userdata of an object: the same one while a script holds it.
    func push<T: AnyObject>(_ object: T, _ type: AnyHostType, on L: OpaquePointer) {
        let address = UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
        lua_checkstack(L, 6)
        lua_rawgetp(L, Registry.index, Registry.objects)
        if lua_rawgetp(L, -1, address) == LUA_TUSERDATA { return lua_remove_(L, -2) }
        lua_pop_(L, 1)
        push(new: object, type, on: L)
        lua_pushvalue(L, -1)
        lua_rawsetp(L, -3, address)
        lua_remove_(L, -2)
    }

    /// [-0, +1, m] Pushes a new userdata for an object that has none yet. `push` finds it only after `remember`:
    /// objects that are made in great numbers, and hardly ever pushed again, need no entry in the table.
    func push<T: AnyObject>(new object: T, _ type: AnyHostType, on L: OpaquePointer) {
        charge(object is Channel ? channelBytes : 256, on: L)
        type.pushMetatable(L)
        fence_push_object(L, Handover.give(object), type.identity)
    }

    // MARK: - Tasks
    //
    // A userdata may stand for a task that has no handle yet: that is made when something is done with it. Most tasks
    // are only spawned and joined.

    /// [-0, +1, m] Pushes a userdata for a task, with the metatable of its later handle.
    func pushTask<T: AnyObject>(_ task: T, _ type: AnyHostType, on L: OpaquePointer) {
        charge(256, on: L)
        type.pushMetatable(L)
        fence_push_object(L, Handover.give(task), nil)
    }

    /// [-count, +1, m] The same for a task that gets its coroutine only when it starts. The userdata keeps the `count`
    /// values on top, the function and its arguments, until then. Returns its anchor.
    func pushPending<T: AnyObject>(_ task: T, _ type: AnyHostType, count: Int32, on L: OpaquePointer) -> Int {
        charge(256, on: L)
        type.pushMetatable(L)
        fence_push_pending(L, Handover.give(task), count)
        lua_pushvalue(L, -1)
        return anchor(L)
    }

    /// The record of the host object at `index`. A task gets its handle.
    @inline(__always)
    func record(_ index: Int32, on L: OpaquePointer) -> UnsafeMutablePointer<fence_object>? {
        guard let record = fence_object_at(L, index) else { return nil }
        if record.pointee.type == nil { complete(record, index, L) }
        return record
    }

    @inline(never)
    private func complete(_ record: UnsafeMutablePointer<fence_object>, _ index: Int32, _ L: OpaquePointer) {
        guard let owner, let reference = record.pointee.object else { return }
        let task = Unmanaged<AnyObject>.fromOpaque(reference)
        let handle = task.borrow { task in
            owner.handle(of: task) {
                lua_checkstack(L, 6)
                lua_getiuservalue(L, index, 1)
                return anchor(L)
            }
        }
        record.pointee.object = Handover.give(handle)
        record.pointee.type = handle.hostType.identity
        task.borrow { owner.dropped($0) }
        task.release()
    }

    /// [-0, +0, m] From now on `push` finds the object's userdata, which is at `index`.
    func remember(_ object: AnyObject, at index: Int32, on L: OpaquePointer) {
        let address = UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
        let index = lua_absindex(L, index)
        lua_rawgetp(L, Registry.index, Registry.objects)
        if lua_rawgetp(L, -1, address) != LUA_TUSERDATA {
            lua_pushvalue(L, index)
            lua_rawsetp(L, -3, address)
        }
        lua_pop_(L, 2)
    }

    /// [-0, +(0|1), -] Pushes the userdata of an object if a script still holds it.
    func pushIfKnown(_ object: AnyObject, on L: OpaquePointer) -> Bool {
        let address = UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
        lua_rawgetp(L, Registry.index, Registry.objects)
        let isKnown = lua_rawgetp(L, -1, address) == LUA_TUSERDATA
        lua_remove_(L, -2)
        if !isKnown { lua_pop_(L, 1) }
        return isKnown
    }

    // MARK: - Text

    /// [-0, +1, m]
    func push(_ text: ByteText, on L: OpaquePointer) {
        text.bytes.withUnsafeBytes { bytes in
            _ = push(bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, on: L)
        }
    }

    /// [-0, +1, m]
    func push(_ bytes: [UInt8], on L: OpaquePointer) {
        bytes.withUnsafeBytes { bytes in
            _ = push(bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, on: L)
        }
    }

    /// [-0, +1, m] A string of luaconc's own.
    func push(word: String, on L: OpaquePointer) {
        var word = word
        word.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { _ = push($0.baseAddress, $0.count, on: L) }
        }
    }

    /// [-0, +1, -] Pushes a string of any length. False: there is no memory for it, and nil was pushed.
    func push(_ start: UnsafePointer<CChar>?, _ count: Int, on L: OpaquePointer) -> Bool {
        guard let start, count > 0 else {
            lua_pushstring(L, "")
            return true
        }
        if fence_push_bytes(vm, L, start, count) { return true }
        lua_pushnil(L)
        return false
    }

    /// [-0, +1, -] Pushes a long string that came in a message. It takes over the message's memory if nobody else holds
    /// that. False, with nothing pushed: there is no memory.
    func push(longString message: inout Message, on L: OpaquePointer) -> Bool {
        let start = message.storage.start.assumingMemoryBound(to: CChar.self)
        guard message.isHeldOnce else { return fence_push_bytes(vm, L, start, message.storage.count) }
        var isAdopted = false
        let isPushed = fence_push_adopting(vm, L, start, message.storage.count, &isAdopted)
        if isAdopted { message.storage.giveAway() }
        return isPushed
    }

    /// Whether a message with `count` objects may have one more. The arrays with their records grow by doubling, in a
    /// place where a lack of memory cannot be reported. So this looks for room before.
    @inline(__always)
    func hasRoom(forObjects count: Int) -> Bool {
        count & 0xfff != 0 || count == 0 || hasRoom(forMany: count)
    }

    @inline(never)
    private func hasRoom(forMany count: Int) -> Bool {
        !vm.pointee.starved && (count & (count - 1) != 0 || MemoryBound.hasRoom(256 * count))
    }

    /// What `tostring` gives for the value at `index`, metamethods included; what went wrong there when it fails.
    func description(_ index: Int32, on L: OpaquePointer) -> ByteText {
        lua_checkstack(L, 6)
        _ = fence_tostring(vm, L, index)
        defer { lua_pop_(L, 1) }
        return Stack(L).text(-1)
    }

    /// The version and copyright line of Lua.
    static let copyright = String(cString: lua_copyright_())

    // MARK: - Settings

    /// Bytes that the state may use; 0: no bound.
    var memoryLimit: Int {
        get { vm.pointee.limit }
        set { vm.pointee.limit = newValue }
    }

    /// Warnings of scripts go to standard error from now on, as with `warn("@on")`.
    func enableWarnings() { lua_warning(L, "@on", 0) }

    /// Turns on the generational collector, as stock Lua's command does.
    func collectInGenerations() { fence_generational(L) }

    /// Seeds `math.random` anew: forked children begin as copies of one state.
    func seedRandom() {
        var numbers = SystemRandomNumberGenerator()
        seedRandom(using: &numbers)
    }

    /// [-0, +0, m]
    func seedRandom(using numbers: inout some RandomNumberGenerator) {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        lua_checkstack(L, 6)
        Stack(L).pushLoaded("math")
        Stack(L).pushField("randomseed", of: -1)
        for _ in 0..<2 { lua_pushinteger(L, .random(in: .min ... .max, using: &numbers)) }
        _ = fence_call(vm, L, 2, 0)
    }

    // MARK: - Code

    /// [-0, +(1|0), -] Compiles a chunk and leaves its function on the stack.
    func load(_ source: [UInt8], name: String, on L: OpaquePointer) throws(ScriptError) {
        let status = source.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { luaL_loadbufferx(L, $0.baseAddress, $0.count, name, nil) }
        }
        if status != LUA_OK { throw loadError(status, L) }
    }

    /// [-0, +(1|0), m] Compiles a file, or standard input for nil.
    func load(file: UnsafePointer<CChar>?, on L: OpaquePointer) throws(ScriptError) {
        let status = luaL_loadfilex(L, file, nil)
        if status != LUA_OK { throw loadError(status, L) }
    }

    /// [-0, +(1|0), m] Compiles the file that the string at `index` names.
    func load(fileNamedAt index: Int32, on L: OpaquePointer) throws(ScriptError) {
        let name = Stack(L).text(index)
        if name.bytes.contains(0) { throw ScriptError(.error, "cannot open \(name): the name has a zero byte") }
        try load(file: lua_tolstring(L, index, nil), on: L)
    }

    /// [-1, +0, -]
    private func loadError(_ status: Int32, _ L: OpaquePointer) -> ScriptError {
        defer { lua_pop_(L, 1) }
        let message = Stack(L).text(-1)
        guard status == LUA_ERRSYNTAX else {
            return ScriptError(status == LUA_ERRMEM ? .memory : .error, message)
        }
        return ScriptError(.syntax(incomplete: message.bytes.suffix(5).elementsEqual("<eof>".utf8)), message)
    }
}

private func dropObject(_ vm: UnsafeMutablePointer<fence_vm>?, _ object: UnsafeMutableRawPointer?, _ isTask: Bool) {
    guard let vm, let object else { return }
    Unmanaged<LuaState>.fromOpaque(vm.pointee.owner).borrow { $0.drop(object, isTask: isTask) }
}

private func interruptedLuaCode(_ L: OpaquePointer?, _ vm: UnsafeMutablePointer<fence_vm>?) -> Int32 {
    guard let L, let vm else { return 0 }
    let call = HostCall(L: L, vm: vm)
    guard let (error, asksAgain) = call.state.owner?.interrupted(call) else { return 0 }
    if let error { call.pushError(error) }
    return Int32((error == nil ? 0 : FENCE_RAISES) | (asksAgain ? FENCE_ASKS_AGAIN : 0))
}

private func exitingCCode(_ L: OpaquePointer?, _ vm: UnsafeMutablePointer<fence_vm>?, _ status: Int32) -> Int32 {
    guard let L, let vm else { return status }
    return HostCall(L: L, vm: vm).state.owner?.exits(status) ?? status
}
