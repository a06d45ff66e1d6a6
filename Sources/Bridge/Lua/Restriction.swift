import CFence
import CLua

/// Takes parts of the standard libraries out of a fresh state.
extension LuaState {
    func remove(libraries: [String], globals: [String] = []) {
        let stack = Stack(L)
        stack.pushGlobals()
        for name in libraries + globals {
            stack.pushNil()
            stack.setField(name)
        }
        stack.pop()
        stack.pushLoadedModules()
        for name in libraries {
            stack.pushNil()
            stack.setField(name)
        }
        stack.pop()
    }

    func remove(functions: [String], ofLibrary library: String) {
        let stack = Stack(L)
        if stack.pushLoaded(library) == .table {
            for name in functions {
                stack.pushNil()
                stack.setField(name)
            }
        }
        stack.pop()
    }

    func keep(_ functions: [String], ofLibrary library: String) {
        let stack = Stack(L)
        guard stack.pushLoaded(library) == .table else { return stack.pop() }
        var names: [String] = []
        stack.forEachPair(of: -1) { names.append(stack.text(-2).description) }
        stack.pop()
        remove(functions: names.filter { !functions.contains($0) }, ofLibrary: library)
    }

    /// `require` looks into `package.preload`, and nowhere else.
    func keepFirstSearcher() {
        let stack = Stack(L)
        let top = stack.top
        if stack.pushLoaded("package") == .table, stack.pushField("searchers", of: -1) == .table {
            for number in stride(from: stack.itemCount(of: -1), to: 1, by: -1) {
                stack.pushNil()
                stack.setItem(number, of: -2)
            }
        }
        stack.resize(to: top)
    }

    /// From now on searches in strings can be interrupted, and finalizers of scripts are not called when the state closes.
    func guardAgainstLoops() {
        fence_guard_patterns(L)
        fence_guard_finalizers(L)
    }

    /// Runs a chunk of luaconc's own, which gets a global variable.
    func run(chunk: [UInt8], name: String, passing global: String) throws(ScriptError) {
        try load(chunk, name: name, on: L)
        Stack(L).pushGlobal(global)
        let count = try call(1, on: L)
        Stack(L).pop(count)
    }

    /// What the globals are now is the standard library of this state.
    func keepStandardAgain() { Stack(L).keepStandard() }
}

extension LuaState {
    /// [-0, +0, m] As `wrap`, for a method of files.
    func wrapFileMethod(_ function: HostFunction, _ name: String) {
        let stack = Stack(L)
        let top = stack.top
        stack.pushField(LUA_FILEHANDLE, of: Registry.index)
        if stack.kind(-1) == .table, stack.pushField("__index", of: -1) == .table {
            stack.pushField(name, of: -1)
            lua_pushstring(L, function.name)
            lua_insert_(L, -2)
            lua_rawset(L, Registry.index)
            function.push(L)
            stack.setField(name)
        }
        stack.resize(to: top)
    }

    /// [-0, +1, m] The file that `io.write` writes to; nil without `io`.
    func pushDefaultOutput(on L: OpaquePointer) { Stack(L).pushField("_IO_output", of: Registry.index) }
}

extension HostCall {
    /// 1 or 2 for a file handle that is open on standard output or standard error, 0 for another one, -1 for any other
    /// value.
    func openStandardStream(_ index: Int32) -> Int32 { fence_standard_stream(L, index) }

    /// What `tostring` gives for an argument. On failure the error is on top of the stack.
    func shown(_ index: Int32) -> Result<ByteText, Fault> {
        lua_checkstack(L, 4)
        guard fence_tostring(vm, L, index) == LUA_OK else { return .failure(.raised) }
        defer { lua_pop_(L, 1) }
        return .success(Stack(L).text(-1))
    }
}
