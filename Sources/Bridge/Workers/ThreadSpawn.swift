import CLua

/// Starting a function in a new state on a new thread.
struct ThreadSpawn: Sendable {
    var name: ByteText?
    var isDaemon = false
    var grace = Grace.usual
    /// Bytes that the state may use; nil: no bound.
    var memory: Int?
    /// The function and its arguments.
    let message: Message
    let count: Int
    let inheritance: Inheritance
    let site: SpawnSite?
    /// Somebody will ask how it has ended: it needs no report.
    var isWatched = false
    /// Called on the new thread when the work has ended, with its error: the failure is taken care of.
    var onEnd: (@Sendable (ScriptError?) -> Void)?

    func start(_ program: Program) throws(SystemError) -> Work {
        let work = Work(.thread, name: name, isDaemon: isDaemon, site: site, program: program)
        work.status = .running
        work.grace = grace
        if isWatched { work.observe() }
        let end = ThreadEnd(work, onEnd)
        program.add(work)
        do throws(SystemError) {
            try program.pool.run(program, .init(thread: work) { worker in run(work, worker, end) })
        } catch {
            program.forget(work)
            throw error
        }
        return work
    }

    private func run(_ work: Work, _ worker: Worker, _ end: ThreadEnd) {
        worker.beginWork()
        OSThread.rename(work.name)
        let L = worker.state.L
        do throws(ScriptError) {
            try worker.state.inherit(inheritance)
            worker.state.vm.pointee.limit = memory ?? 0
            try worker.state.push(message, count: count, on: L)
            let task = worker.start(L, arguments: Int32(count - 1), site: site)
            task.work = work
            task.grace = grace
            task.parent = end
            if work.isCancelRequested { worker.cancel(work) }  // it came before the worker was known
        } catch {
            var failure = error
            failure.origin = work.title
            failure.traceback = site?.story ?? ""
            if !end.ended(nil, failure), !work.finish(.failed(failure), .failed) { worker.reportLater(work, failure) }
        }
        worker.run()
        work.program.ended(work)
    }
}

/// Waits for the end of a thread's main task. Owned by the thread.
final class ThreadEnd: TaskParent, @unchecked Sendable {  // sound: used by one thread after another
    private unowned let work: Work
    private let onEnd: (@Sendable (ScriptError?) -> Void)?

    init(_ work: Work, _ onEnd: (@Sendable (ScriptError?) -> Void)?) {
        self.work = work
        self.onEnd = onEnd
    }

    var name: ByteText? { work.name }
    var title: ByteText { work.title }

    func succeeded(_ task: ScriptTask, _ count: Int32) -> Bool {
        announce()
        return false
    }

    /// Before anybody hears of it.
    private func announce() {
        if let worker = work.worker, worker.isDone { worker.program.pool.announceEnd(of: worker) }
    }

    func ended(_ task: ScriptTask?, _ error: ScriptError?) -> Bool {
        announce()
        guard let onEnd else { return false }
        if let error {
            work.observe()
            work.finish(.failed(error), .failed)
        }
        onEnd(error)
        return error != nil
    }
}

extension LuaState {
    /// What a state spawned from this one gets.
    func inheritance(_ L: OpaquePointer, leavesProcess: Bool = false) throws(Fault) -> Inheritance {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        lua_checkstack(L, 8)
        lua_rawgeti(L, Self.registry, lua_Integer(LUA_RIDX_GLOBALS))
        lua_getfield_raw(L, -1, "arg")
        lua_remove_(L, -2)
        pushPaths(L)
        lua_pushboolean(L, vm.pointee.warnings)
        func message() throws(Fault) -> Message {
            try self.message(top + 1, top + Int32(Inheritance.count), as: .value, on: L, leavesProcess: leavesProcess)
        }
        do throws(Fault) { return Inheritance(values: try message()) } catch {
            if case .memory = error { throw error }
        }
        // The script put something into `arg` that cannot travel: the new state goes without.
        lua_pushnil(L)
        lua_replace_(L, top + 1)
        return Inheritance(values: try message())
    }

    /// [-0, +2, m] package.path and package.cpath, nil for what is no string.
    private func pushPaths(_ L: OpaquePointer) {
        lua_getfield_raw(L, Self.registry, LUA_LOADED_TABLE)
        lua_getfield_raw(L, -1, "package")
        lua_remove_(L, -2)
        let package = lua_gettop(L)
        for name in ["path", "cpath"] {
            if lua_type(L, package) == LUA_TTABLE, lua_getfield_raw(L, package, name) == LUA_TSTRING { continue }
            lua_settop(L, package + (name == "path" ? 0 : 1))
            lua_pushnil(L)
        }
        lua_remove_(L, package)
    }

    func inherit(_ inheritance: Inheritance) throws(ScriptError) {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        try push(inheritance.values, count: Inheritance.count, on: L)
        vm.pointee.warnings = lua_toboolean(L, -1)
        lua_getfield_raw(L, Self.registry, LUA_LOADED_TABLE)
        lua_getfield_raw(L, -1, "package")
        for (index, name) in [(top + 2, "path"), (top + 3, "cpath")] where lua_type(L, index) == LUA_TSTRING {
            lua_pushvalue(L, index)
            lua_setfield_raw(L, name)
        }
        lua_rawgeti(L, Self.registry, lua_Integer(LUA_RIDX_GLOBALS))
        lua_pushvalue(L, top + 1)
        lua_setfield_raw(L, "arg")
    }
}
