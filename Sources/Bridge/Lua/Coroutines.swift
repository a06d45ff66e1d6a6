import CFence
import CLua

/// The base coroutines of tasks: taken, run, given back.
extension LuaState {
    private static let pooledCoroutines = 64

    /// `isMain`: its errors become what stock Lua's command prints.
    func takeCoroutine(isMain: Bool = false) -> Coroutine {
        let coroutine: Coroutine
        if let pooled = coroutines.popLast() {
            coroutine = pooled
        } else {
            let co = fence_new_task(L).unsafelyUnwrapped
            coroutine = Coroutine(L: co, anchor: anchor(L))
        }
        fence_prepare(coroutine.L, isMain)
        return coroutine
    }

    /// The task's handle is kept with a coroutine that was just taken.
    func setHandle<T: AnyObject>(_ object: T, _ type: AnyHostType, of coroutine: Coroutine) {
        push(new: object, type, on: coroutine.L)
        fence_set_handle(coroutine.L)
    }

    /// Gives back a coroutine whose function has returned. One that the script may know is left to the collector.
    func give(_ coroutine: Coroutine) {
        let known = fence_space(coroutine.L).pointee & UInt(FENCE_EXPOSED) != 0
        if known || coroutines.count >= Self.pooledCoroutines || lua_status(coroutine.L) != LUA_OK {
            release(coroutine.anchor)
        } else {
            lua_settop(coroutine.L, 0)
            coroutines.append(coroutine)
        }
    }

    /// Gives back one that did not end by itself: its variables that are to be closed are.
    func discard(_ coroutine: Coroutine) {
        _ = fence_reset(vm, coroutine.L)
        give(coroutine)
    }

    /// The traceback of the error that ended the last task. It is forgotten.
    static func takeTraceback(on L: OpaquePointer) -> ByteText {
        lua_checkstack(L, 4)
        fence_push_traceback(L)
        defer { lua_pop_(L, 1) }
        return Stack(L).text(-1)
    }

    // MARK: - Any coroutine

    /// Whether it is among those that run at this moment or wait for the event loop, in a chain of resumes: not one
    /// that has yielded to the script.
    static func isActive(_ L: OpaquePointer) -> Bool { fence_is_active(L) }

    /// Whether a finalizer runs, in this coroutine or below it: an error raised now would become a warning.
    static func isInFinalizer(_ L: OpaquePointer) -> Bool { fence_in_finalizer(L) }

    /// Whether a function of a compiled module is among those that are being called in the coroutine.
    static func hasForeignFrame(_ L: OpaquePointer) -> Bool { fence_has_foreign_frame(L) }
}

/// A run of a task: from one switch to the next.
extension StateMemory {
    /// How one came to its end.
    struct Run {
        fileprivate let status: Int32
        fileprivate let count: Int32
    }

    /// How a base coroutine ended. Its results, or the error value, are on top of its stack.
    struct RunEnd {
        fileprivate let status: Int32
        /// Why it failed, also where its own handler of errors has dealt with it.
        fileprivate let failure: Int32
        let count: Int32

        var hasFailed: Bool { failure != LUA_OK }
        var isOutOfMemory: Bool { failure == LUA_ERRMEM }
        /// Its function has returned: it can be given back as it is.
        var hasReturned: Bool { status == LUA_OK }
    }

    /// Starts a base coroutine, or goes on with it. `end` is to be asked next.
    @inline(__always)
    func resume(_ coroutine: Coroutine, arguments: Int32) -> Run {
        var count: Int32 = 0
        let status = fence_resume(vm, coroutine.L, arguments, &count)
        return Run(status: status, count: count)
    }

    /// How the coroutine ended in that run; nil when it is suspended.
    @inline(__always)
    func end(of coroutine: Coroutine, in run: Run) -> RunEnd? {
        let status = run.status
        if status == LUA_YIELD, vm.pointee.suspending != 0 {
            vm.pointee.suspending = 0
            return nil
        }
        if status == LUA_YIELD {  // a C module yielded where nobody resumes it
            lua_settop(coroutine.L, 0)
            lua_pushstring(coroutine.L, "attempt to yield from outside a coroutine")
        }
        return RunEnd(status: status, failure: status == LUA_OK ? vm.pointee.status : status, count: run.count)
    }
}

extension HostCall {
    /// Whether a finalizer calls.
    var isInFinalizer: Bool { LuaState.isInFinalizer(L) }
}
