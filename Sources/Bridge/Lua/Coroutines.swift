import CFence
import CLua

/// The base coroutines of tasks. A state keeps some for later tasks.
extension LuaState {
    private static let pooledCoroutines = 64

    /// `isMain`: errors get the form in which stock Lua's command prints them.
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

    /// Keeps the task's handle with a coroutine that was just taken.
    func setHandle<T: AnyObject>(_ object: T, _ type: AnyHostType, of coroutine: Coroutine) {
        push(new: object, type, on: coroutine.L)
        fence_set_handle(coroutine.L)
    }

    /// Whether a task can have a coroutine at once that is there already.
    @inline(__always)
    var hasSpareCoroutine: Bool { !coroutines.isEmpty }

    /// Takes a coroutine for a task that had none, with the function and the arguments that its userdata has kept
    /// (`pushPending`), or the anchor itself.
    func takeCoroutine(forPending anchor: Int, count: Int32, hasUserdata: Bool) -> Coroutine {
        let coroutine = takeCoroutine()
        lua_checkstack(coroutine.L, count + 7)
        if hasUserdata {
            pushAnchored(anchor, on: coroutine.L)
            fence_begin_pending(coroutine.L, count)
        } else {
            pushAnchored(anchor, count: count, on: coroutine.L)
        }
        release(anchor)
        return coroutine
    }

    /// Gives back a coroutine whose function has returned. One that the script may still have is left to the collector.
    func give(_ coroutine: Coroutine) {
        let known = fence_space(coroutine.L).pointee & UInt(FENCE_EXPOSED) != 0
        if known || coroutines.count >= Self.pooledCoroutines || lua_status(coroutine.L) != LUA_OK {
            release(coroutine.anchor)
        } else {
            lua_settop(coroutine.L, 0)
            coroutines.append(coroutine)
        }
    }

    /// Gives back a coroutine that did not return: closes its variables first.
    func discard(_ coroutine: Coroutine) {
        _ = fence_reset(vm, coroutine.L)
        give(coroutine)
    }

    /// Takes the traceback of the error that ended the last task.
    static func takeTraceback(on L: OpaquePointer) -> ByteText {
        lua_checkstack(L, 4)
        fence_push_traceback(L)
        defer { lua_pop_(L, 1) }
        return Stack(L).text(-1)
    }

    // MARK: - Any coroutine

    /// Whether the coroutine runs, has resumed one that runs, or is suspended with its task. False if it has yielded
    /// to the script.
    static func isActive(_ L: OpaquePointer) -> Bool { fence_is_active(L) }

    /// Whether a finalizer runs, in this coroutine or in one that resumed it: an error raised now would become a
    /// warning.
    static func isInFinalizer(_ L: OpaquePointer) -> Bool { fence_in_finalizer(L) }

    /// Whether a handler of a `<close>` variable runs in this coroutine, within that frame (nil: anywhere).
    static func isClosing(_ L: OpaquePointer, within frame: UnsafeRawPointer?) -> Bool { fence_is_closing(L, frame) }

    /// Whether a function of a compiled module is among the coroutine's active calls.
    static func hasForeignFrame(_ L: OpaquePointer) -> Bool { fence_has_foreign_frame(L) }
}

/// Runs of a task. One run lasts from one switch to the next.
extension StateMemory {
    /// The outcome of one run.
    struct Run {
        fileprivate let status: Int32
        fileprivate let count: Int32
    }

    /// How a base coroutine ended. Its results, or the error value, are on top of its stack.
    struct RunEnd {
        fileprivate let status: Int32
        /// Lua's status of the failure, also if the fence caught it and the coroutine returned.
        fileprivate let failure: Int32
        let count: Int32

        var hasFailed: Bool { failure != LUA_OK }
        var isOutOfMemory: Bool { failure == LUA_ERRMEM }
        /// Its function has returned: the coroutine can be given back as it is.
        var hasReturned: Bool { status == LUA_OK }
    }

    /// Starts or continues a base coroutine. The caller asks `end` next.
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
    /// The frame of the host function; valid until it has ended.
    var frame: UnsafeRawPointer? { fence_frame_of(L) }

    /// Whether a finalizer calls.
    var isInFinalizer: Bool { LuaState.isInFinalizer(L) }
}
