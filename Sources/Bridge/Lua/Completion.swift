import CLua

/// Completes words at the prompt. It only reads tables, and runs no Lua code.
extension LuaState {
    /// The words that `word` could become, sorted: `string.fo` becomes `string.format`, `f:re` the methods of `f`.
    func completions(of word: [UInt8]) -> [[UInt8]] {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        lua_checkstack(L, 16)
        let separator = word.lastIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
        let path = separator.map { word[..<$0] } ?? []
        let start = separator.map { word[...$0] } ?? []
        let prefix = word[start.count...]
        Stack(L).pushGlobals()
        for name in path.split(whereSeparator: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }) {
            guard pushMember(Array(name)) else { return [] }
        }
        if separator != nil, path.isEmpty { return [] }
        let onlyFunctions = separator.map { word[$0] == UInt8(ascii: ":") } ?? false
        var names = Set<[UInt8]>(separator == nil ? Self.keywords.filter { $0.starts(with: prefix) } : [])
        forEachTable { names.formUnion(self.names(prefix, onlyFunctions)) }
        return names.sorted { $0.lexicographicallyPrecedes($1) }.map { Array(start) + $0 }
    }

    /// [-0, +(1|0), m] Pushes the member of the value on top that Lua code would find without calling anything.
    private func pushMember(_ name: [UInt8]) -> Bool {
        let value = lua_gettop(L)
        var isFound = false
        forEachTable {
            guard !isFound else { return }
            name.withUnsafeBytes { _ = push($0.assumingMemoryBound(to: CChar.self).baseAddress, $0.count, on: L) }
            isFound = lua_rawget(L, -2) != LUA_TNIL
            if isFound { lua_replace_(L, value) } else { lua_pop_(L, 1) }
        }
        return isFound
    }

    /// Calls `body` for each table in which a field of the value on top is looked up: the table is on top then.
    private func forEachTable(_ body: () -> Void) {
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        lua_pushvalue(L, top)
        for _ in 0..<10 {
            if lua_type(L, -1) == LUA_TTABLE {
                lua_pushvalue(L, -1)
                body()
                lua_pop_(L, 1)
            }
            guard lua_getmetatable(L, -1) != 0 else { return }
            Stack(L).pushField("__index", of: -1)
            // The `__index` of this runtime's own handles is a C function with the table of methods as an upvalue.
            if lua_type(L, -1) == LUA_TFUNCTION, lua_iscfunction(L, -1) != 0, lua_getupvalue(L, -1, 1) != nil {
                lua_remove_(L, -2)
            }
            guard lua_type(L, -1) == LUA_TTABLE else { return }
            lua_replace_(L, top + 1)
            lua_settop(L, top + 1)
        }
    }

    /// The names in the table on top that begin with `prefix`.
    private func names(_ prefix: ArraySlice<UInt8>, _ onlyFunctions: Bool) -> [[UInt8]] {
        var names: [[UInt8]] = []
        lua_pushnil(L)
        while lua_next(L, -2) != 0 {
            let isWanted = !onlyFunctions || lua_type(L, -1) == LUA_TFUNCTION
            lua_pop_(L, 1)
            let name = Stack(L).bytes(-1)
            if isWanted, !name.isEmpty, name.starts(with: prefix), Self.isName(name) { names.append(Array(name)) }
        }
        return names
    }

    private static func isName(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.allSatisfy { byte in
            let scalar = Unicode.Scalar(byte)
            return scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || ("0"..."9").contains(scalar)
        }
    }

    private static let keywords = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ].map { Array($0.utf8) }
}
