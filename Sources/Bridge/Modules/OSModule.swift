import CFence
import CLua
import Glibc

/// What of the standard library concerns the whole program.
enum OSModule {
    static let exit = HostFunction("os.exit", "os.exit([code[, close]])", "Ends the program.") { call throws(Fault) in
        var status = EXIT_SUCCESS
        if call.type(1) == LUA_TBOOLEAN {
            status = call.boolean(1) ? EXIT_SUCCESS : EXIT_FAILURE
        } else if !call.isNone(1) {
            status = Int32(truncatingIfNeeded: try call.integer(1))
        }
        let worker = call.worker
        worker.program.requestExit(.init(status: status, closes: call.boolean(2)))
        guard let task = worker.current else { return .none }
        // A compiled module that called Lua code back may answer an error as it likes.
        if worker.program.settings.ownsProcess, fence_has_foreign_frame(call.L), !fence_in_finalizer(call.L) {
            worker.leaveProgram()
        }
        throw worker.unwind(task, call, "os.exit") { _ in }
    }

    static func install(_ state: LuaState) {
        let L = state.L
        lua_getfield_raw(L, LuaState.registry, LUA_LOADED_TABLE)
        if lua_getfield_raw(L, -1, "os") == LUA_TTABLE {
            exit.push(L)
            lua_setfield_raw(L, "exit")
        }
        lua_pop_(L, 2)
    }
}
